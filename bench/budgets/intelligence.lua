--- The suite "intelligence" under its published names: what is kept of executions. It has no
--- published figures; there they went into a table, here into the record of a run on disk.
---
--- The record lies where XDG_STATE_HOME says, so that each measurement is a process of its own.
local compare = require("compare")
local json = require("core.json")

local clnrm = assert(os.getenv("CLNRM"))
local ROUNDS = 8

--- Prints, in µs for each test: recording it, and taking it into a record in memory; the time to
--- list all runs and their histories in µs; the MB of Lua that all in memory keep.
local SCRIPT = [==[
local clock = require("core.clock")
local count = tonumber(arg[1])
local function events(take)
  take({ event = "run_begin", run_id = "r", total = count, schema = "clnrm.events/1" })
  for i = 1, count do
    local id = "f.clnrm.toml › t" .. i
    take({ event = "scenario_begin", id = id, file = "f.clnrm.toml", name = "t" .. i, tags = {},
      steps = 1, at_ms = i })
    take({ event = "step_begin", id = id, step = 1, name = "s", argv = { "true" }, at_ms = i })
    take({ event = "output", id = id, step = 1, stream = "stdout", text = "hello " .. i,
      bytes = 8, at_ms = i })
    take({ event = "step_end", id = id, step = 1, name = "s", verdict = "pass", exit_code = 0,
      duration_ms = 1.5, checks = {}, stdout_bytes = 8, stderr_bytes = 0, timed_out = false,
      rusage = { user_ms = 1, system_ms = 1, max_rss_kb = 2000 }, at_ms = i })
    take({ event = "scenario_end", id = id, file = "f.clnrm.toml", name = "t" .. i,
      verdict = "pass", failures = {}, duration_ms = 2.5, marks = {}, at_ms = i })
  end
  take({ event = "run_end", counts = { pass = count }, duration_ms = count, exit_code = 0 })
end
local recorder = assert(require("engine.runs.recorder").open({ version = "0", project = arg[2],
  cwd = arg[2], command = "run", args = {}, profile = "default", whole = true, sources = {} }))
local began = clock.now()
events(function(e) recorder:on_event(e) end)
assert(not recorder:finish(0))
local stored = clock.now() - began
local collector, kept = require("engine.report.collect").new(), {}
collectgarbage()
local before = collectgarbage("count")
began = clock.now()
events(function(e) kept[#kept + 1] = collector:add(e) end)
local collected = clock.now() - began
collectgarbage()
assert(#kept == count)
local kb = collectgarbage("count") - before
local runs = require("engine.runs")
began = clock.now()
assert(#runs.list() > 0)
local histories = runs.histories(arg[2])
local health = clock.now() - began
assert(histories)
print(require("core.json").encode({ stored / count / 1000, collected / count / 1000,
  health / 1000, kb / 1024 }))
]==]

---@param sheet bench.budgets.Sheet
return function(sheet)
  local dir = compare.directory("budgets-intelligence")
  local script = dir .. "/store.lua"
  compare.write(script, SCRIPT)
  local function measured(count)
    local state = compare.directory("budgets-intelligence-state")
    local columns = { {}, {}, {}, {} }
    for round = 1, ROUNDS do
      local pipe = assert(io.popen(("XDG_STATE_HOME=\"$PWD/%s\" %s lua %s %d /tmp"):format(state,
        clnrm, script, count)))
      local told = json.decode(pipe:read("a"))
      assert(pipe:close() and told)
      for i, column in ipairs(columns) do
        column[round] = told[i]
      end
    end
    return columns
  end
  for _, count in ipairs({ 10, 100, 1000 }) do
    local columns = measured(count)
    sheet:add({ name = ("intelligence/batch/%d: an execution and its resources stored"):format(
      count), unit = "µs", samples = columns[1], note = "to the disk, a record opened before" })
    sheet:add({ name = ("intelligence/structures/%d: an execution as one record"):format(count),
      unit = "µs", samples = columns[2] })
    sheet:add({ name = ("intelligence/health/%d: runs listed and their histories read"):format(
      count), unit = "µs", samples = columns[3], note = "up to " .. ROUNDS .. " runs" })
    sheet:add({ name = ("intelligence/allocation/%d: what so many of these keep"):format(count),
      unit = "MB", samples = columns[4] })
  end
end
