--- What the suites of budgets measure with: calls in the process, and runs of the program.
local clock = require("core.clock")
local compare = require("compare")
local json = require("core.json")

---@class bench.budgets.measure
local M = {}

local clnrm = assert(os.getenv("CLNRM"))

--- Times calls, each sample the mean of so many in a row, in microseconds; a first one is not
--- counted.
---@param count integer samples
---@param calls integer in each
---@param fn fun(i: integer)
---@return number[]
function M.us(count, calls, fn)
  local samples = {}
  for i = 0, count do
    local before = clock.now()
    for call = 1, calls do
      fn(i * calls + call)
    end
    samples[i] = (clock.now() - before) / calls / 1000
  end
  samples[0] = nil
  return samples
end

--- The middle of some figures.
---@param samples number[]
---@return number
function M.median(samples)
  local sorted = table.move(samples, 1, #samples, 1, {})
  table.sort(sorted)
  return sorted[(#sorted + 1) // 2]
end

--- How many times as large the middle of the first is. Not the least: of 40 runs in turn on a busy
--- machine that of a policy which costs nothing was 0.80 of none, and the middle 0.98.
---@param slow number[]
---@param fast number[]
---@return number[] one figure
function M.ratio(slow, fast)
  return { M.median(slow) / M.median(fast) }
end

---@class bench.budgets.Ran
---@field run number ms of the whole run
---@field tests number[] ms of each test
---@field steps number[] of each test, ms from its first step to the end of its last one
---@field rss_mb number at the end of it

--- Runs a file once.
---@param path string
---@param options? string
---@param verdict? string of its tests; default "pass"
---@return bench.budgets.Ran
function M.run(path, options, verdict)
  local ran, from = { tests = {}, steps = {} }, {}
  local pipe = assert(io.popen(("%s run --no-record -f events %s %s"):format(clnrm, options or "",
    path)))
  for line in pipe:lines() do
    local e = json.decode(line)
    if e.event == "step_begin" then
      from[e.id] = from[e.id] or { e.at_ms, e.at_ms }
    elseif e.event == "step_end" then
      from[e.id][2] = e.at_ms
    elseif e.event == "scenario_end" then
      assert(e.verdict == (verdict or "pass"), line)
      ran.tests[#ran.tests + 1] = e.duration_ms
      ran.steps[#ran.steps + 1] = from[e.id][2] - from[e.id][1]
    elseif e.event == "run_end" then
      ran.run, ran.rss_mb = e.duration_ms, e.memory.rss_kb / 1024
    end
  end
  pipe:close()
  assert(ran.run and ran.tests[1], path .. ": no test of it has run")
  return ran
end

--- Runs files in turn, and returns a figure of each run.
---@param rounds integer
---@param files { path: string, options?: string, verdict?: string }[]
---@param figure fun(ran: bench.budgets.Ran): number
---@return number[][] samples of each file
function M.turns(rounds, files, figure)
  local samples = {}
  for round = 0, rounds do -- the first is not counted
    for turn = 1, #files do
      local i = (turn + round) % #files + 1 -- so that no place in a round is one file's
      local file = files[i]
      samples[i] = samples[i] or {}
      samples[i][round] = figure(M.run(file.path, file.options, file.verdict))
    end
  end
  for _, list in ipairs(samples) do
    list[0] = nil
  end
  return samples
end

--- Writes a test file.
---@param dir string
---@param name string
---@param text string
---@return string path
function M.file(dir, name, text)
  local path = ("%s/%s.clnrm.toml"):format(dir, name)
  compare.write(path, '[meta]\nname = "bench"\n' .. text)
  return path
end

--- A scenario of some steps.
---@param name string
---@param count integer of its steps
---@param about? string what it says besides
---@param of_step? string what each step says besides
---@return string
function M.scenario(name, count, about, of_step)
  local parts = { ('[[scenario]]\nname = "%s"\n%s'):format(name, about or "") }
  for i = 1, count do
    parts[#parts + 1] = ('[[scenario.steps]]\nname = "s%d"\ncommand = ["/usr/bin/true"]\n%s')
      :format(i, of_step or "")
  end
  return table.concat(parts)
end

return M
