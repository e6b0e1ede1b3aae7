local markdown = require("engine.report.markdown")
local recorded = dofile("tests/lua/report/recorded.lua")
local sample = dofile("tests/lua/report/sample_run.lua")

--- Takes fenced blocks out, by the rule of CommonMark: as many backticks, or more, end a block.
local function without_fences(page)
  local out, fence = {}, nil
  for line in page:gmatch("([^\n]*)\n") do
    local ticks = line:match("^(```+)")
    if fence then
      if ticks and #ticks >= #fence and line == ticks then
        fence = nil
      end
    elseif ticks then
      fence = ticks
    else
      out[#out + 1] = line
    end
  end
  assert.is_nil(fence, "a fence without an end")
  return table.concat(out, "\n")
end

describe("engine.report.md", function()
  local page = recorded.render("md", {})

  it("begins with the sum", function()
    assert.matches("^%*%*clnrm%*%*: 14 run: 5 passed %(1 slow, 1 leaky, 1 failed as expected%), "
      .. "3 failed, .- 2 flaky, 2 skipped in 31.377 s\n\n<details>", page)
  end)

  it("unfolds each failure, flaky ones and the slowest in tables", function()
    assert.equal(7, select(2, page:gsub("<details><summary>", "")))
    assert.equal(7, select(2, page:gsub("</details>", "")))
    assert.matches("### Flaky\n\n| test | attempts | why |\n| %-%-%- | %-%-%- | %-%-%- |\n| <code>",
      page)
    assert.matches("### Slowest\n.-| 90061%.001 s |.-| 30%.004 s |.-| 12%.000 s |", page)
    assert.equal(5, select(2, page:match("### Slowest.*$"):gsub("\n| [%d]", "")))
  end)

  it("lets nothing out of the fences", function()
    local failure = {
      severity = "error", code = "T001", message = "</details> ```",
      notes = { { title = "stdout", lines = { "```", "````` </details>", "<script>" } } },
    }
    local got = recorded.render("md", {}, {
      { event = "scenario_end", id = "x", file = "a", name = "</summary><b>`|`\n| x |",
        verdict = "fail", duration_ms = 1, failures = { failure }, marks = {} },
      { event = "run_end", counts = { fail = 1 }, duration_ms = 1 },
    })
    local outside = without_fences(got)
    assert.equal(1, select(2, outside:gsub("</details>", "")))
    assert.equal(1, select(2, outside:gsub("</summary>", "")))
    assert.is_nil(outside:find("<b>", 1, true))
    assert.is_nil(outside:find("<script>", 1, true))
  end)

  it("has no element but its own, whatever tests are called", function()
    local allowed = { details = true, summary = true, code = true }
    for _, got in ipairs({ page, sample.render("md", {}) }) do
      local outside = without_fences(got)
      for name in outside:gmatch("</?([%a!][%w-]*)") do
        assert.is_true(allowed[name], name)
      end
      assert.is_nil(outside:find("[\0-\9\11-\31\127@]"))
      assert.is_nil(got:find("\n%s*::"))
    end
  end)

  it("is never larger than its limit, and says what is missing", function()
    local events = recorded.events()
    for i = 1, 2000 do
      table.insert(events, #events, {
        event = "scenario_end", id = i, file = "a", name = ("n"):rep(300) .. i, verdict = "fail",
        duration_ms = 1, marks = {},
        failures = { { severity = "error", code = "T001", message = ("m"):rep(500) } },
      })
    end
    local got = recorded.render("md", {}, events)
    assert.is_true(#got <= 60000)
    assert.is_true(#got > 50000)
    assert.matches("\n%d+ more left out: this page holds at most 60000 bytes%.\n$", got)
    without_fences(got)
  end)

  it("says that a run was stopped, or never ended", function()
    local stop = { event = "run_end", counts = {}, duration_ms = 1, interrupted = "SIGINT" }
    assert.matches("Stopped: <code>SIGINT</code>", recorded.render("md", {}, { stop }))
    assert.matches("The run did not end%.", recorded.render("md", {}, {}))
  end)
end)

describe("engine.report.markdown", function()
  it("makes markup, mentions and links into character references", function()
    assert.equal("&#42;&#42;b&#42;&#42; &#64;me &#35;1 &#124; &#91;x&#93;(y) &#95;b&#95;",
      markdown.inline("**b** @me #1 | [x](y) _b_"))
    assert.equal("http&#58;//www&#46;x.com", markdown.inline("http://www.x.com"))
    assert.equal("&#38;amp; &#60;b&#62; ␊", markdown.inline("&amp; <b> \n"))
    assert.equal("&#58;tada: a&#58;b", markdown.inline(":tada: a:b"))
    assert.equal("!&#91;x&#93;(y)", markdown.inline("![x](y)"))
    for _, text in ipairs({ "- a", "+ a", "=== a", "1. a" }) do
      assert.is_nil(markdown.inline(text):find("^%d*[-+=.]"), text)
    end
  end)

  it("leaves ordinary punctuation as it is", function()
    local text = "step \"sum\": it's 95 % (+3.5, a=b; x-y), or not? No! a_b"
    assert.equal(text, markdown.inline(text))
    assert.equal("held: ", markdown.inline("held: "))
    assert.equal("held:", markdown.inline("held:"))
  end)

  it("fences with more backticks than the text has", function()
    assert.equal("````text\na ``` b\n````\n", markdown.fenced("a ``` b\n"))
  end)
end)
