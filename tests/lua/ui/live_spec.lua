local keys = require("engine.ui.keys")
local live = require("engine.ui.live")
local sample = dofile("tests/lua/report/sample_run.lua")
local text = require("core.text")

local check_golden = dofile("tests/tools/golden.lua")("tests/fixtures/golden/live-%s.txt")

--- A run with everything that a row can show.
local function events()
  local list = { { event = "run_begin", total = 128, files = 31, at_ms = 0 } }
  local function add(e)
    list[#list + 1] = e
  end
  local function begin(id, name, at_ms, more)
    add({ event = "scenario_begin", id = id, file = "tests/" .. id .. ".clnrm.toml", name = name,
      at_ms = at_ms, steps = 4, cell = more and more.cell, repetition = more and more.repetition })
  end
  for i = 1, 71 do
    local verdict = i == 7 and "fail" or i == 9 and "flaky" or "pass"
    begin("done" .. i, "over", i)
    add({ event = "scenario_end", id = "done" .. i, verdict = verdict, at_ms = i + 1 })
  end
  begin("load", "1k clients", 100)
  add({ event = "step_begin", id = "load", step = 3, name = "ramp" })
  add({ event = "slow", id = "load", ms = 10000 })
  begin("db", "replica catches up", 10000)
  add({ event = "service_begin", id = "db", service = "replica" })
  begin("wide", "a name 漢字 with wide letters that is longer than a screen has a right to be", 10500)
  add({ event = "step_begin", id = "wide", step = 1, name = "a step of a long name as well" })
  begin("hostile", sample.HOSTILE, 10600)
  add({ event = "step_begin", id = "hostile", step = 1, name = sample.HOSTILE })
  begin("matrix", "migrates", 10700, { cell = "db=my", repetition = 2 })
  add({ event = "step_begin", id = "matrix", step = 1, name = "one" })
  add({ event = "step_begin", id = "matrix", step = 2, name = "two" })
  begin("again", "is tried again", 10800)
  add({ event = "attempt_begin", id = "again", attempt = 2, of = 3 })
  add({ event = "step_begin", id = "again", step = 1, name = "work" })
  for i = 1, 4 do
    begin("more" .. i, "further", 11000 + i)
  end
  return list
end

local function state()
  local self = live.new()
  for _, e in ipairs(events()) do
    self:on_event(e)
  end
  self:set_waits({ db = "replica: connection refused \27[2J" })
  return self
end

local function strip(s)
  return (s:gsub("\27%[[%d;]*m", ""))
end

describe("engine.ui.live", function()
  for _, width in ipairs({ 20, 40, 80, 120, 200 }) do
    for _, charset in ipairs({ "ascii", "utf8" }) do
      for _, ink in ipairs({ "mono", "color" }) do
        local name = ("%d-%s-%s"):format(width, charset, ink)
        it("looks as agreed: " .. name, function()
          local look = { width = width, utf8 = charset == "utf8", color = ink == "color" }
          local rows = state():rows(look, 12000, 30, keys.hint(look))
          check_golden(name, table.concat(rows, "\n") .. "\n")
          assert.equal(11, #rows)
          for _, row in ipairs(rows) do
            row = look.color and strip(row) or row
            assert.is_nil(row:find("[\0-\31\127]"), row)
            assert.is_nil(text.bad_utf8(row))
            assert.is_true(text.width(row) <= width, row)
            assert.is_true(look.utf8 or not row:find("[\128-\255]"), row)
          end
        end)
      end
    end
  end

  it("draws no bar of a run that goes on until a test fails", function()
    local list = events()
    list[1].repetitions = "until-fail"
    local self = live.new()
    for _, e in ipairs(list) do
      self:on_event(e)
    end
    assert.matches("Running %[00:00:12%] 71  ", self:rows({ width = 80 }, 12000, 30)[2])
  end)

  it("takes no more rows than there are, and none on a screen that is too small", function()
    local self = state()
    for height = 0, 14 do
      assert.is_true(#self:rows({ width = 80 }, 12000, height, "x") <= height)
    end
    for width = 1, 19 do
      assert.same({}, self:rows({ width = width }, 12000, 20))
    end
  end)

  it("never makes a row wider than the screen", function()
    local self = state()
    for width = 20, 210 do
      local look = { width = width, utf8 = true }
      for _, row in ipairs(self:rows(look, 12000, 30, "hint · of keys")) do
        assert.is_true(text.width(row) <= width, row)
      end
    end
  end)

  it("knows of eight at most, and counts the rest", function()
    local rows = state():rows({ width = 80, utf8 = true }, 12000, 30)
    assert.matches("… and 2 more", rows[#rows])
  end)

  it("forgets what is over", function()
    local self = state()
    self:on_event({ event = "step_end", id = "load", step = 3 })
    self:on_event({ event = "service_ready", id = "db", service = "replica" })
    self:set_waits({})
    local got = table.concat(self:rows({ width = 120 }, 12000, 30), "\n")
    assert.is_nil(got:find("ramp", 1, true))
    assert.is_nil(got:find("replica:", 1, true))
    self:on_event({ event = "scenario_end", id = "load", verdict = "timeout" })
    got = table.concat(self:rows({ width = 120 }, 12000, 30), "\n")
    assert.is_nil(got:find("1k clients", 1, true))
    assert.matches("72/128", got)
    assert.matches("1 timed out", got)
  end)
end)

describe("engine.ui.keys", function()
  local function names(bytes)
    local list = {}
    for i, key in ipairs(keys.read(bytes)) do
      list[i] = key.name
    end
    return table.concat(list, " ")
  end

  it("reads keys, and skips what is none", function()
    assert.equal("t q Enter p", names("tq\rp"))
    assert.equal("", names("xyzT\0\255"))
    assert.equal("t", names("t\27[Aq"))
    assert.equal("", names("\27Op"))
  end)

  it("has each key once, with a name and a meaning", function()
    local seen = {}
    for _, key in ipairs(keys.list) do
      assert.is_string(key.text)
      for _, byte in ipairs(key.bytes) do
        assert.is_nil(seen[byte])
        seen[byte] = true
      end
    end
    assert.equal(#keys.list, #keys.rows())
  end)
end)
