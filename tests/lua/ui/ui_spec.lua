local line = require("engine.ui.line")
local pager = require("engine.ui.pager")
local show = require("engine.ui.show")
local stream = require("engine.ui.stream")
local style = require("engine.ui.style")
local text = require("core.text")

local function env(values)
  return function(name)
    return values[name]
  end
end

describe("engine.ui.stream", function()
  it("decides on colour by flag, variables, terminal, in this order", function()
    local function wants(when, is_tty, values)
      values.TERM = values.TERM or "xterm"
      return stream.wants_color(when, is_tty, env(values))
    end
    assert.is_true(wants(nil, true, {}))
    assert.is_false(wants(nil, false, {}))
    assert.is_true(wants("always", false, { NO_COLOR = "1", TERM = "dumb" }))
    assert.is_false(wants("never", true, { CLICOLOR_FORCE = "1" }))
    assert.is_true(wants("auto", false, { CLICOLOR_FORCE = "1", NO_COLOR = "1" }))
    assert.is_true(wants("auto", false, { FORCE_COLOR = "1" }))
    assert.is_false(wants("auto", true, { NO_COLOR = "1" }))
    assert.is_true(wants("auto", true, { NO_COLOR = "" }))
    assert.is_false(wants("auto", true, { CI = "true" }))
    assert.is_false(wants("auto", true, { TERM = "dumb" }))
    assert.is_false(stream.wants_color("auto", true, env({})))
    assert.is_false(wants("auto", false, { CLICOLOR_FORCE = "0" }))
  end)

  it("keeps the first failure, and is silent from then on", function()
    local out = stream.open(1)
    out.fd = 1000
    out:write("x")
    assert.equal("EBADF", out.err.code)
    out:write("y")
    assert.equal(0, out.queued)
    assert.is_false(out:finish())
  end)
end)

describe("engine.ui.style", function()
  it("paints only where colour is wanted", function()
    assert.equal("x", style.paint(false, "red bold", "x"))
    assert.equal("\27[31;1mx\27[0m", style.paint(true, "red bold", "x"))
    assert.equal("", style.paint(true, "red", ""))
  end)
end)

describe("engine.ui.show", function()
  it("takes apart what terminals join, and nothing else", function()
    assert.equal("👩👩👧|DE!|❤|1\u{20e3}|👍|🏴", show.unjoined(
      "👩\u{200d}👩\u{200d}👧|🇩🇪!|❤\u{fe0f}|1\u{fe0f}\u{20e3}|👍🏽|🏴\u{e0067}\u{e007f}"))
    for _, other in ipairs({ "plain", "é e\u{301}", "日本 ┌─┐", "🏆🚀🇺"}) do
      assert.equal((other:gsub("🇺", "U")), show.unjoined(other))
    end
  end)

  it("makes a text safe for one line", function()
    assert.equal("a b", show.safe({ utf8 = false }, "a b"))
    assert.equal("␛[2J␊", show.safe({ utf8 = true }, "\27[2J\n"))
    assert.is_nil(show.safe({ utf8 = false }, "\27é\n\xff"):find("[^\32-\126]"))
  end)

  it("keeps lines from being commands of a CI runner", function()
    assert.equal("a ::b\n| ::error::x\n  | ##[error]", show.inert("a ::b\n::error::x\n  ##[error]"))
    assert.equal("| ::x", show.inert("::x"))
    assert.equal("plain", show.inert("plain"))
  end)

  it("cuts in the middle, by columns", function()
    assert.equal("abcdef", show.fit({ utf8 = true }, "abcdef", 6))
    assert.equal(5, text.width(show.fit({ utf8 = true }, "abcdefgh", 5)))
    assert.matches("^a.-…", show.fit({ utf8 = true }, "abcdefgh", 5))
    assert.is_true(text.width(show.fit({ utf8 = true }, "漢字漢字漢字", 5)) <= 5)
    assert.equal("a...h", show.fit({ utf8 = false }, "abcdefgh", 5))
  end)
end)

describe("engine.ui.line", function()
  it("sets word, time and subject in their columns", function()
    local look = { width = 80, fits = true, utf8 = true }
    assert.equal("        PASS [   0.021s] a › b\n",
      line.format(look, "PASS", "green", 21, line.place(look, "a", "b")))
    assert.equal("       ERROR a:3 > b  T101\n",
      line.format({ width = 80 }, "ERROR", "red", nil, line.place({}, "a", "b", 3), "T101"))
  end)

  it("gives up the tail, then the time, before the subject is lost", function()
    for width = 1, 60 do
      local look = { width = width, fits = true, utf8 = true }
      local got = line.format(look, "FAIL", "red", 21, "tests/a.toml › name", "T101"):sub(1, -2)
      assert.is_true(text.width(got) <= math.max(width, 13), got)
    end
  end)

  it("breaks a sum between its parts", function()
    local look = { width = 38, fits = true }
    assert.equal("         Sum [   0.000s] one, two,\n" .. (" "):rep(25) .. "three\n",
      line.wrapped(look, "Sum", "bold", 0, { "one,", "two,", "three" }))
  end)
end)

describe("engine.ui.pager", function()
  it("is chosen by CLNRM_PAGER, then PAGER", function()
    assert.equal("most", pager.command(env({ CLNRM_PAGER = "most", PAGER = "more" })))
    assert.equal("more", pager.command(env({ PAGER = "more" })))
    assert.equal("less -FIRX", pager.command(env({})))
    assert.is_nil(pager.command(env({ CLNRM_PAGER = "", PAGER = "more" })))
    assert.is_nil(pager.command(env({ PAGER = "cat" })))
  end)

  it("stays on a full screen with a short text, too", function()
    assert.equal("less -IR", pager.command(env({}), true))
    assert.equal("less", pager.command(env({ PAGER = "less" }), true))
  end)

  it("has no colours for a less that would show their signs", function()
    local function fitted(command, vars)
      return pager.fit(env(vars or {}), command, "\27[1;31mred\27[0m")
    end
    for _, command in ipairs({ "less", "/usr/bin/less -F", "less --chop-long-lines" }) do
      assert.equal("red", fitted(command, { LESS = "-iM" }))
      assert.equal("\27[1;31mred\27[0m", fitted(command))
      assert.equal("\27[1;31mred\27[0m", fitted(command, { LESS = "-iR" }))
    end
    assert.equal("\27[1;31mred\27[0m", fitted("less -FR", { LESS = "-i" }))
    assert.equal("\27[1;31mred\27[0m", fitted("more", { LESS = "-i" }))
  end)

  it("looks at each option of less for the one that shows colours", function()
    local function has_colors(command, less)
      local got = pager.fit(env({ LESS = less }), command, "\27[1;31mred\27[0m")
      return got ~= "red"
    end
    for _, less in ipairs({ "R", "-R", "-iMR", "-i -R", "iM r", "--RAW-CONTROL-CHARS",
      "--no-init --raw-control-chars", "--RAW -i", "-j4 -R", "--tabs=4 -R", "-Pmore$-R",
      "--prompt=x$ -R", "-+i -R", "--quit-if-one-screen -R", "-x4,8 -R" }) do
      assert.is_true(has_colors("less", less), less)
    end
    for _, less in ipairs({ "", "-i", "--no-init --prompt=x", "--quit-if-one-screen",
      "--prompt=our own", "--prompt our", "-Pprompt", "-Pour -R", "-R -+R", "-k/r", "-p r",
      "--chop-long-lines --force", "+/r" }) do
      assert.is_false(has_colors("less", less), less)
      assert.is_true(has_colors("less --RAW-CONTROL-CHARS", less), less)
      assert.is_true(has_colors("less -i -R", less), less)
      assert.is_false(has_colors("less --quit-if-one-screen -Pour +/r", less), less)
    end
    assert.is_false(has_colors("less -+R", "-R"))
    assert.is_false(has_colors("less -- -R", "-i"))
  end)

  it("tells a less that nobody has told anything to show colours", function()
    local function of(vars)
      local pipe = assert(io.popen(vars .. pager.line('printf %s "$LESS"'), "r"))
      local value = pipe:read("a")
      pipe:close()
      return value
    end
    assert.equal("R", of("unset LESS; "))
    assert.equal("-iM", of("LESS=-iM; "))
    assert.equal("", of("LESS=; "))
  end)

  it("writes straight where there is no terminal", function()
    local got
    local out = { is_tty = false }
    function out.write(_, s)
      got = s
    end
    pager.show(out, "text")
    assert.equal("text", got)
  end)
end)
