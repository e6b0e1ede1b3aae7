--- What the debugger has where a step of a file failed: how the step ended, and its room.
---@class engine.pdb.step
local contexts = require("engine.script.context")
local core = require("core.task")
local rooms = require("engine.script.room")
local scopes = require("engine.pdb.scope")

local M = {}

---@class engine.pdb.StepValue `step` in lines of the debugger
---@field name string
---@field command string|string[]
---@field exit_code? integer
---@field signal? integer
---@field timed_out boolean
---@field duration_ms number
---@field stdout string
---@field stderr string
---@field failures string[]

local function text_of(output)
  return output and output.text or ""
end

--- Makes the value of a step that was run.
---@param item engine.model.Step
---@param entry engine.run.StepEntry with `observed` and `failures`
---@return engine.pdb.StepValue
---@nodiscard
function M.value(item, entry)
  local observed, failures = entry.observed, {}
  for i, failure in ipairs(entry.failures) do
    failures[i] = ("%s: %s"):format(failure.code, failure.message)
  end
  return {
    name = item.name,
    command = item.shell or table.move(item.argv, 1, #item.argv, 1, {}),
    exit_code = observed.exit_code,
    signal = observed.signal,
    timed_out = observed.timed_out or false,
    duration_ms = observed.duration_ms or 0,
    stdout = text_of(observed.stdout),
    stderr = text_of(observed.stderr),
    failures = failures,
  }
end

local function copied(map)
  local copy = {}
  for key, value in pairs(map or {}) do
    copy[key] = value
  end
  return copy
end

--- The run as the debugger's lines have it: what they do is told to nobody.
local function quiet(run)
  return setmetatable({ emit = function() end }, { __index = run, __newindex = run })
end

--- Makes a context for lines that use the room of a scenario.
local function context_of(run, cx)
  local scenario = cx.scenario
  local context = contexts.of_no_test({
    kind = "hooks",
    scope = "test",
    name = scenario.name,
    run = quiet(run),
    file = { suite = scenario.suite, registry = { fixtures = {}, own = {} } },
  }, scenario)
  context.own_room = rooms.borrow(context, cx.entry.room, cx.services[1])
  return context
end

--- Says what is shown of the failures of a step.
local function diagnostics_of(failures)
  local list = {}
  for i, failure in ipairs(failures) do
    list[i] = copied(failure)
    list[i].rerun, list[i].severity = nil, failure.severity or "error"
  end
  return list
end

--- Makes the stop at a step that failed.
---@param run engine.run.Run
---@param cx engine.run.Context
---@param item engine.model.Step
---@param entry engine.run.StepEntry with `observed` and `failures`
---@return engine.pdb.Stop stop
---@return async fun() leave to be called when it is over
---@nodiscard
function M.stop(run, cx, item, entry)
  local context = context_of(run, cx)
  local values = { t = context.t, room = context.own_room.facade, step = M.value(item, entry),
    captured = copied(cx.captured) }
  return {
    scope = scopes.new({}, {}),
    context = context,
    diagnostics = diagnostics_of(entry.failures),
    title = ("step %q"):format(item.name),
    values = values,
    names = { "step", "captured", "room" },
    after = "continue",
    can_step = false,
    no_steps = "a step is a command, and is over; `continue` ends the test as it failed",
    no_frames = "a file of steps has none: `step` is how the step ended, `room` its room",
  }, function()
    core.shield(context.close, context)
  end
end

return M
