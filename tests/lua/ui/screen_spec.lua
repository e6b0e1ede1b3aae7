local bar = require("engine.ui.bar")
local link = require("engine.ui.link")
local progress = require("engine.ui.progress")
local screen = require("engine.ui.screen")

--- A stream that keeps what it gets; `busy` bytes are still to be taken.
local function stream_of(width)
  local stream = { fd = 1000, width = width, queued = 0, out = {} }
  function stream.put(_, bytes)
    stream.out[#stream.out + 1] = bytes
  end
  function stream.drain() end
  return stream
end

local function env(values)
  return function(name)
    return values[name]
  end
end

describe("engine.ui.screen", function()
  local stream, now, it_screen

  before_each(function()
    stream, now = stream_of(80), 1000
    it_screen = screen.new(stream, function()
      return now
    end, true)
  end)

  it("passes lines on while there is no region", function()
    it_screen:write("a\n")
    assert.same({ "a\n" }, stream.out)
  end)

  it("makes a frame one write: the old region away, lines, the new region", function()
    it_screen.paint = function()
      return { "one", "two" }
    end
    it_screen:write("a\n")
    assert.same({ "\27[?2026ha\none\ntwo\n\27[?2026l" }, stream.out)
    now = 2000
    it_screen:write("b\n")
    assert.equal("\27[?2026h\r\27[2K\27[A\27[2K\27[A\27[2Kb\none\ntwo\n\27[?2026l", stream.out[2])
    it_screen:close()
    assert.equal("\27[?2026h\r\27[2K\27[A\27[2K\27[A\27[2K\27[?2026l", stream.out[3])
  end)

  it("draws twelve frames a second at most, and loses no line", function()
    local n = 0
    it_screen.paint = function()
      n = n + 1
      return { "frame " .. n }
    end
    for i = 1, 1000 do
      now = now + 1
      it_screen:write(i .. "\n")
    end
    assert.is_true(#stream.out <= 13, #stream.out)
    it_screen:close()
    local all = table.concat(stream.out)
    for i = 1, 1000 do
      assert.is_truthy(all:find("%f[%d]" .. i .. "\n"), i)
    end
  end)

  it("draws nothing that is the same", function()
    it_screen.paint = function()
      return { "same" }
    end
    it_screen:frame()
    it_screen:frame()
    assert.equal(1, #stream.out)
    it_screen:frame(true)
    assert.equal(2, #stream.out)
  end)

  it("gives a slow terminal its lines, and no frames", function()
    it_screen.paint = function()
      return { "region" }
    end
    it_screen:frame()
    stream.queued = 5
    now = 5000
    it_screen:frame()
    assert.equal(1, #stream.out)
    it_screen:write("line\n")
    assert.is_nil(stream.out[2]:find("region", 1, true))
    assert.matches("line\n", stream.out[2])
    now = 6000
    it_screen:write("more\n")
    assert.equal("more\n", stream.out[3])
  end)

  it("counts the rows that a narrower terminal has broken, unless it cuts them", function()
    for reflows, ups in pairs({ [true] = 4, [false] = 2 }) do
      local s = stream_of(80)
      local one = screen.new(s, function()
        return now
      end, reflows)
      one.paint = function()
        return { ("x"):rep(70), "\27[31m" .. ("y"):rep(10) .. "\27[0m" }
      end
      one:frame()
      s.width = 30
      one:frame(true)
      assert.equal(ups, select(2, s.out[2]:gsub("\27%[A", "")))
    end
    assert.is_true(screen.reflows(env({ TERM = "xterm-256color" })))
    assert.is_true(screen.reflows(env({ TERM = "screen", TMUX = "x" })))
    assert.is_false(screen.reflows(env({ TERM = "linux" })))
    assert.is_false(screen.reflows(env({ TERM = "screen" })))
    assert.is_false(screen.reflows(env({ TERM = "xterm", XTERM_VERSION = "XTerm(379)" })))
  end)

  it("draws nothing before a new width has settled, and loses no line", function()
    stream.width = 30 -- the terminal, which is none, has another
    it_screen.paint = function()
      return { ("x"):rep(20) }
    end
    it_screen:frame()
    assert.is_true(it_screen:resize())
    it_screen:write("line\n")
    now = now + 599
    it_screen:frame()
    assert.is_false(it_screen:resize())
    assert.equal(1, #stream.out)
    now = now + 1
    it_screen:frame()
    assert.matches("line\nx+\n", stream.out[2])
    it_screen:frame()
    assert.equal(2, #stream.out)
  end)

  it("draws a region of a new width although its rows are the same", function()
    stream.width = 30
    it_screen.paint = function()
      return { "same" }
    end
    it_screen:frame()
    it_screen:resize()
    now = now + 600
    it_screen:frame()
    assert.equal(2, #stream.out)
  end)

  it("takes the region away and shows all lines in the end, settled or not", function()
    stream.width = 30
    it_screen.paint = function()
      return { "region" }
    end
    it_screen:frame()
    it_screen:resize()
    it_screen:write("line\n")
    it_screen:close()
    assert.matches("line\n", stream.out[2])
    assert.is_nil(stream.out[2]:find("region", 1, true))
  end)

  it("shows lines and no region while it is held", function()
    it_screen.paint = function()
      return { "region" }
    end
    it_screen:frame()
    it_screen:hold()
    now = 9000
    it_screen:write("line\n")
    it_screen:frame(true)
    assert.is_nil(table.concat(stream.out, "", 2):find("region", 1, true))
    it_screen:resume()
    assert.matches("region", stream.out[#stream.out])
  end)
end)

describe("engine.ui.bar", function()
  it("is as long as it is told, at any part", function()
    for done = 0, 128 do
      assert.equal(20, utf8.len(bar.draw({ utf8 = true }, done, 128, 20)))
      assert.equal(20, #bar.draw({}, done, 128, 20))
    end
    assert.equal("█▌··", bar.draw({ utf8 = true }, 3, 8, 4))
    assert.equal("#...", bar.draw({}, 3, 8, 4))
    assert.equal("....", bar.draw({}, 0, 0, 4))
  end)
end)

describe("engine.ui.progress", function()
  it("is a bar on a terminal and a counter elsewhere", function()
    local function mode(wanted, is_tty, values)
      values.TERM = values.TERM or "xterm"
      return progress.settle(wanted, { is_tty = is_tty }, env(values))
    end
    assert.equal("bar", mode("auto", true, {}))
    assert.equal("counter", mode("auto", false, {}))
    for _, values in ipairs({ { CI = "1" }, { NO_COLOR = "1" }, { TERM = "dumb" } }) do
      assert.equal("counter", mode("auto", true, values))
    end
    assert.equal("bar", mode("bar", true, { CI = "1", NO_COLOR = "1" }))
    assert.equal("counter", mode("bar", true, { TERM = "dumb" }))
    assert.equal("counter", mode("bar", false, {}))
    assert.equal("counter", progress.settle("auto", { is_tty = true }, env({})))
    for _, name in ipairs({ "plain", "none", "json", "counter" }) do
      assert.equal(name, mode(name, true, {}))
    end
  end)
end)

describe("engine.ui.link", function()
  it("is made on terminals that are known, and nowhere else", function()
    local function wants(values, is_tty)
      return link.wants("auto", is_tty ~= false, env(values))
    end
    assert.is_true(wants({ TERM = "xterm-kitty" }))
    assert.is_true(wants({ TERM = "xterm-256color", VTE_VERSION = "6800" }))
    assert.is_true(wants({ TERM = "xterm-256color", TERM_PROGRAM = "WezTerm" }))
    assert.is_true(wants({ TERM = "tmux", TERM_PROGRAM = "tmux", TERM_PROGRAM_VERSION = "3.4" }))
    assert.is_false(wants({ TERM = "tmux", TERM_PROGRAM = "tmux", TERM_PROGRAM_VERSION = "3.3a" }))
    assert.is_false(wants({ TERM = "screen", VTE_VERSION = "6800", TMUX = "x" }))
    assert.is_false(wants({ TERM = "xterm" }))
    assert.is_false(wants({ TERM = "xterm", VTE_VERSION = "4200" }))
    assert.is_false(wants({ TERM = "xterm-kitty" }, false))
    assert.is_false(wants({ TERM = "xterm-kitty", CI = "1" }))
    assert.is_false(wants({ TERM = "xterm-kitty", NO_COLOR = "1" }))
    assert.is_true(link.wants("always", false, env({})))
    assert.is_false(link.wants("never", true, env({ TERM = "xterm-kitty" })))
  end)

  it("names the host, and escapes what a terminal could take for its end", function()
    local links = { host = "box", dir = "/home/me" }
    assert.equal("file://box/home/me/a%20b/%C3%A9.toml", link.url(links, "a b/é.toml"))
    assert.equal("file://box/x%1B%5C%07", link.url(links, "/x\27\\\7"))
    assert.equal("\27]8;;file://box/x\27\\x:3\27]8;;\27\\", link.wrap(links, "/x", "x:3"))
    assert.equal("x:3", link.wrap(nil, "/x", "x:3"))
    assert.matches("^file://[^/]*/", link.url(link.new(), "x"))
  end)
end)
