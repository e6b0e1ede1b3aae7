--- Runs a command of `[hooks]` on the machine itself, which `--allow host-hooks` has permitted.
---
--- It has the project as its directory, clnrm's environment with a few variables of the hook, and
--- a process group of its own, of which nothing is left when it has ended, its time is over, or the
--- run was stopped.
---@class engine.run.host_command
local clock = require("core.clock")
local core = require("core.task")
local fs = require("core.fs")
local observe = require("engine.run.observe")
local proc = require("core.proc")
local process_result = require("engine.run.process_result")

local M = {}

local SIGKILL = 9
local KILL_MS = 5000 -- for the end of a command that was killed
local SPANS_MAX = 1000 -- that are told apart; the last one holds what comes then

---@class engine.run.Span by core.clock.wall()
---@field from_ns integer
---@field to_ns integer

--- The environment that clnrm was started with.
local function own_environment()
  local list = {}
  for entry in (fs.read("/proc/self/environ") or ""):gmatch("[^\0]+") do
    list[#list + 1] = entry
  end
  return list
end

local function set(list, name, value)
  local prefix = name .. "="
  for i = #list, 1, -1 do
    if list[i]:sub(1, #prefix) == prefix then
      table.remove(list, i)
    end
  end
  list[#list + 1] = prefix .. value
end

local function environment(run, scenario, item)
  local list, suite = own_environment(), scenario.suite
  set(list, "CLNRM_HOOK", item.name)
  set(list, "CLNRM_RUN_ID", run.id)
  set(list, "CLNRM_FILE", suite.path)
  if suite.cell then
    set(list, "CLNRM_CELL", suite.cell)
  end
  if not scenario.is_file then
    set(list, "CLNRM_SCENARIO", scenario.name)
  end
  return list
end

--- Waits for the end of a command, and brings it about at the deadline.
local function await(process, limit_ms)
  local ended, err = core.timeout(limit_ms, process.wait, process)
  if ended then
    return ended, false
  end
  process:signal(SIGKILL)
  local timed_out = err ~= nil and err.code == "ETIMEDOUT"
  ended = core.shield(core.timeout, KILL_MS, process.wait, process)
  if not timed_out then
    return nil, err -- the run was stopped
  end
  return ended, ended and true or err
end

local function exec(run, cx, item, opts)
  local suite = cx.scenario.suite
  local process, err = proc.spawn({
    argv = item.argv or { "/bin/sh", "-c", item.shell },
    env = environment(run, cx.scenario, item),
    cwd = suite.project_dir,
    out_max = observe.SHOWN_MAX,
  })
  if not process then
    return { error = err, timeout_ms = opts.limit_ms, timeout_of = opts.limit_of or "step" }
  end
  local closing <close> = process
  local ended, late = await(closing, opts.limit_ms)
  local result = ended and process_result.of(closing, ended, late == true) or nil
  local observed = observe.step(item, result, not ended and late or nil)
  observed.files, observed.timeout_ms, observed.timeout_of = {}, opts.limit_ms,
    opts.limit_of or "step"
  return observed
end

--- Notes for a developer loop that a command runs from now on.
---@return engine.run.Span?
local function note(run)
  local spans = run.on_machine
  if not spans then
    return nil
  elseif not spans[SPANS_MAX] then
    spans[#spans + 1] = { from_ns = clock.wall() }
  end
  spans[#spans].to_ns = math.maxinteger
  return spans[#spans]
end

--- Runs the command of a hook.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param item engine.model.Hook with `on` = "host"
---@param opts engine.run.StepOptions limit_ms
---@return engine.run.Observed
function M.exec(run, cx, item, opts)
  local span = note(run)
  local observed = exec(run, cx, item, opts)
  if span then
    span.to_ns = clock.wall()
  end
  return observed
end

return M
