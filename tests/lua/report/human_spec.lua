local sample = dofile("tests/lua/report/sample_run.lua")
local text = require("core.text")

local check_golden = dofile("tests/tools/golden.lua")("tests/fixtures/golden/human-%s.txt")

local function strip_sgr(s)
  return (s:gsub("\27%[[%d;]*m", ""))
end

describe("engine.report.human", function()
  for _, width in ipairs({ 40, 80, 120, 200 }) do
    for _, charset in ipairs({ "ascii", "utf8" }) do
      for _, ink in ipairs({ "mono", "color" }) do
        local name = ("%d-%s-%s"):format(width, charset, ink)
        local look = { width = width, fits = true }
        look.utf8, look.color = charset == "utf8", ink == "color"

        it("looks as agreed: " .. name, function()
          check_golden(name, sample.render("human", look))
        end)

        it("lets nothing of a test act on the terminal: " .. name, function()
          look.verbose = 2
          local got = sample.render("human", look)
          if look.color then
            got = strip_sgr(got)
          end
          assert.is_nil(got:find("[\0-\9\11-\31\127]"))
          assert.is_nil(text.bad_utf8(got))
          assert.is_nil(got:find("\n%s*::"))
          assert.is_nil(got:find("\n%s*##%["))
          if look.utf8 then
            assert.is_nil(got:find("\u{202e}", 1, true))
            assert.is_nil(got:find("\u{2028}", 1, true))
            assert.is_nil(got:find("\u{9b}", 1, true))
          else
            assert.is_nil(got:find("[\128-\255]"))
          end
        end)

        it("never writes a status line wider than the screen: " .. name, function()
          look.verbose = 1
          local seen = 0
          for line in strip_sgr(sample.render("human", look)):gmatch("[^\n]*") do
            if line:match("^ +[%u%l]+ %d* ?%[ *%d+%.") or line:match("^%s+%u+ tests") then
              seen = seen + 1
              assert.is_true(text.width(line) <= width, line)
            end
          end
          assert.is_true(seen >= 15)
        end)
      end
    end
  end

  it("does not cut names where no screen has a width", function()
    local got = sample.render("human", { width = 80, utf8 = true })
    assert.matches("load%.clnrm%.toml › a name .- has a right to be\n", got)
  end)

  it("is silent about what is good when it shall be quiet", function()
    local got = sample.render("human", { width = 80, utf8 = true, quiet = true })
    assert.is_nil(got:find("PASS", 1, true))
    assert.is_nil(got:find("Starting", 1, true))
    assert.matches("FAIL .-rolls back", got)
    assert.matches("Summary", got)
  end)

  it("shows steps when asked, and their output when asked twice", function()
    local once = sample.render("human", { width = 80, utf8 = true, verbose = 1 })
    assert.matches("step 1 %[   0%.003s%] migrate: exit 0", once)
    assert.is_nil(once:find("hello", 1, true))
    local twice = sample.render("human", { width = 80, utf8 = true, verbose = 2 })
    assert.matches("stdout %(6 bytes%)\n%s+│ hello\n", twice)
  end)

  it("tells a step that did not start from one whose end nobody saw", function()
    local steps = require("engine.report.human.steps")
    local function words(code)
      return steps.steps({ width = 80, fits = true, utf8 = true }, {
        steps = { { step = 1, name = "x", duration_ms = 2, error = code and { code = code } } },
      }, false)
    end
    assert.matches("x: did not start", words("COMMAND_NOT_FOUND"))
    assert.matches("x: did not start", words("EPOLICY"))
    assert.matches("x: stopped", words("ECANCELED"))
    assert.matches("x: its end was not seen", words("EAGENT"))
    assert.matches("x: its end was not seen", words(nil))
  end)

  it("shows services when asked, and their log when asked twice", function()
    local once = sample.render("human", { width = 80, utf8 = true, verbose = 1 })
    assert.matches("service %[   0%.012s%] db: ready %(3 probes%)  stopped: exit 0\n", once)
    assert.matches("service %[   1%.500s%] hostile .-: failed %(T603%)  signal 11\n", once)
    assert.is_nil(once:find("listening on", 1, true))
    local twice = sample.render("human", { width = 80, utf8 = true, verbose = 2 })
    assert.matches("log, its end %(17 bytes%)\n%s+│ listening on 5432\n", twice)
  end)

  it("says what is awaited when it is asked what is under way", function()
    local running = { { id = "a › b", ms = 1200, awaits = {
      { service = "db", state = "starting", probe = "connection refused\27[2J" },
    } } }
    local got = sample.render("human", { width = 80, utf8 = true }, {
      { event = "status", running = running },
    })
    assert.matches("Running %[   1%.200s%] a › b\n", got)
    assert.matches("awaits service db: connection refused", got)
    assert.is_nil(got:find("\27", 1, true))
  end)

  it("repeats failures below the sum, with place and code", function()
    local got = sample.render("human", { width = 200, utf8 = true })
    local below = got:match("Summary.*$")
    assert.matches("FAIL .-tests/db%.clnrm%.toml:4 › rolls back  T101\n", below)
    assert.matches("ERROR tests/x%.toml  P102\n", below)
    assert.is_nil(below:find("prints version", 1, true))
  end)

  it("counts failures that it does not repeat", function()
    local events = { sample.events()[1] }
    for i = 1, 130 do
      events[#events + 1] = {
        event = "scenario_end",
        id = i,
        file = "a.toml",
        name = "n" .. i,
        verdict = "fail",
        duration_ms = 1,
        failures = {},
        marks = {},
      }
    end
    local counts = { fail = 130 }
    events[#events + 1] = { event = "run_end", counts = counts, duration_ms = 1, exit_code = 1 }
    assert.matches("and 30 more\n$", sample.render("human", { width = 80 }, events))
  end)

  it("shows the same trouble of the environment once", function()
    local events = { sample.events()[1] }
    for i, message in ipairs({ "no rooms", "no rooms", "another cause" }) do
      events[#events + 1] = {
        event = "scenario_end",
        id = i,
        file = "a.toml",
        name = "n" .. i,
        verdict = "infra",
        duration_ms = 1,
        failures = { { severity = "error", code = "V001", message = message } },
        marks = {},
      }
    end
    local got = sample.render("human", { width = 80 }, events)
    assert.equal(3, select(2, got:gsub("INFRA", "")))
    assert.equal(1, select(2, got:gsub("no rooms", "")))
    assert.equal(1, select(2, got:gsub("another cause", "")))
  end)

  it("says nothing about a run of nothing", function()
    local events = { sample.events()[1] }
    events[1].total = 0
    events[2] = { event = "run_end", counts = {}, duration_ms = 0, exit_code = 4 }
    assert.equal("", sample.render("human", { width = 80 }, events))
  end)

  it("says why a run stopped early", function()
    local stop = { event = "run_end", counts = {}, duration_ms = 1, exit_code = 130 }
    stop.interrupted = "SIGINT"
    stop.not_run = 7
    local got = sample.render("human", { width = 80 }, { stop })
    assert.matches("Stopped by SIGINT", got)
    assert.matches("0 run: 7 not run", got)
    for why, words in pairs({
      deadline = "by the deadline of the run", ["fail-fast"] = "at a failure (--fail-fast)",
      ["until-fail"] = "at the first that was not good (--repeat until-fail)",
    }) do
      stop.interrupted = why
      got = sample.render("human", { width = 80 }, { stop })
      assert.is_truthy(got:find("Stopped " .. words, 1, true), got)
    end
  end)

  it("calls its parts through the module, so that users replace one alone", function()
    local human = require("engine.report.human")
    local replaced = stub(human, "word").returns("OOPS", "red")
    finally(function()
      replaced:revert()
    end)
    assert.matches("OOPS %[", sample.render("human", { width = 80 }))
  end)
end)
