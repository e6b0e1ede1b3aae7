--- The reports of one line or letter for each result.
local recorded = dofile("tests/lua/report/recorded.lua")
local text = require("core.text")

local LOOK = { width = 80, utf8 = true }

local function strip_sgr(s)
  return (s:gsub("\27%[[%d;]*m", ""))
end

describe("engine.report.line", function()
  local got = recorded.render("line", LOOK)

  it("numbers the results as they come", function()
    assert.matches("^%[ 1/15%]        PASS %[   0%.021s%] tests/cli", got)
    assert.matches("\n%[15/15%]        PASS ", got)
    assert.matches("\n              ERROR tests/x%.toml  P102\n", strip_sgr(got))
  end)

  it("knows no total of a run that goes on until a test fails", function()
    local events = recorded.events()
    events[1].repetitions = "until-fail"
    local open = recorded.render("line", LOOK, events)
    assert.matches("^%[1%]        PASS ", open)
    assert.matches("\n%[15%]        PASS ", open)
    local people = recorded.render("human", { width = 80, utf8 = true, show = { counter = true } },
      events)
    assert.matches(" %(15%) tests/", people)
  end)

  it("names cells, repetitions, attempts and reasons", function()
    assert.matches("FLAKY .-tests/matrix%.clnrm%.toml%[db=pg,n=1%] › migrates  passed on attempt 2",
      got)
    assert.matches("migrates #2  T001\n", got)
    assert.matches("SKIP .-needs docker  requires docker\n", got)
  end)

  it("explains what failed at the end, then the sum", function()
    assert.matches("\n        FAIL %[   1%.204s%] tests/db%.clnrm%.toml:4 › rolls back  T101\n\n"
      .. "error%[T101%]", got)
    assert.matches("Summary %[  31%.377s%] 14 run: [^\n]*\n$", got)
  end)

  it("says only what is bad when it shall be quiet", function()
    local quiet = recorded.render("line", { width = 80, utf8 = true, quiet = true })
    assert.is_nil(quiet:find("PASS", 1, true))
    assert.matches("FAIL", quiet)
  end)

  it("writes no line of results wider than a screen", function()
    local look = { width = 60, utf8 = true, fits = true }
    local seen = 0
    for line in recorded.render("line", look):gmatch("[^\n]+") do
      if line:find("^%[") then
        seen = seen + 1
        assert.is_true(text.width(line) <= 60, line)
      end
    end
    assert.equal(15, seen)
  end)

  it("says nothing about a run of nothing", function()
    local stop = { event = "run_end", counts = {}, duration_ms = 0, exit_code = 4 }
    assert.equal("", recorded.render("line", LOOK, { stop }))
  end)
end)

describe("engine.report.dot", function()
  it("has one letter for each result, and explains at the end", function()
    local got = recorded.render("dot", LOOK)
    assert.matches("^%.%.FTIs%.fFfPF%.s%.E\n\n        FAIL ", got)
  end)

  it("breaks its rows at the width", function()
    local got = recorded.render("dot", { width = 10, utf8 = true })
    assert.matches("^%.%.FTIs%.fFf\nPF%.s%.E\n", got)
  end)
end)

describe("engine.report.concise", function()
  local got = recorded.render("concise", {})

  it("has one line for each failure, with its place, and nothing else", function()
    local count = 0
    for line in got:gmatch("([^\n]*)\n") do
      count = count + 1
      assert.matches("^[^:]+:?%d*:?%d*: error%[%u%d%d%d%] .", line)
    end
    assert.equal(7, count)
    assert.matches("\ntests/db%.clnrm%.toml:7:25: error%[T101%] step", "\n" .. got)
  end)

  it("gives a failure without a place that of its scenario", function()
    assert.matches("\ntests/db%.clnrm%.toml:12:1: error%[T003%] killed", got)
  end)
end)
