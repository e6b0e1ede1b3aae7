--- Runs a Lua module of `[hooks]`: in a context that is no test's, with the scenario's room as its
--- `t.room`.
---
--- A scenario has one context for before_each and after_each, a file one for before_all and
--- after_all, so that what `t` is given in the one is there in the other.  What the module does is
--- told to nobody as a step, and what it checks is no evidence; what it logs and attaches is told.
---@class engine.run.hook_module
local clock = require("engine.run.clock")
local contexts = require("engine.script.context")
local core = require("core.task")
local duration = require("engine.model.duration")
local failure = require("engine.script.failure")
local findings = require("engine.script.findings")
local guarded = require("engine.script.guarded")
local leftover = require("engine.script.leftover")
local lost = require("engine.lost")
local rooms = require("engine.script.room")

local M = {}

local TOLD = { log = true, attachment = true }

--- Makes the run as a hook has it: the same, but little of what happens is told.
local function quiet(run)
  return setmetatable({
    emit = function(_, event)
      if TOLD[event.event] then
        run:emit(event)
      end
    end,
  }, { __index = run, __newindex = run })
end

local function new_context(run, cx)
  local scenario, suite = cx.scenario, cx.scenario.suite
  return contexts.of_no_test({
    kind = "hooks",
    scope = scenario.is_file and "file" or "test",
    name = scenario.name,
    run = quiet(run),
    file = { suite = suite, registry = { fixtures = {}, own = {} } },
  }, scenario)
end

--- Returns the context of the hooks of a scenario, with its room as it is now.
local function context_of(run, cx, services)
  local context = cx.hook_context or new_context(run, cx)
  cx.hook_context = context
  if not context.own_room and cx.entry.room then
    context.own_room = rooms.borrow(context, cx.entry.room, services)
  elseif context.own_room then
    context.own_room.services = services or context.own_room.services
  end
  return context
end

--- Finds what is wrong when the function has returned, though it had reasons not to.
local function hidden(context, before)
  local script = context.script
  if script.refused then
    return findings.new(context, script.refused)
  elseif script.failed > before then
    return findings.caught(context, context.raised[#context.raised])
  elseif script.lost then
    local told = lost.of(script.lost)
    told.kind = "lost"
    return findings.raised(context, { value = failure.new(told) })
  elseif next(context.pending) ~= nil then
    return findings.new(context, {
      verdict = "error",
      code = "T705",
      message = "a value was expected to be something, and no matcher said what",
      place = context:first_pending(),
      help = "for example expect(value):equals(1)",
    })
  end
end

--- Finds why a hook did not pass; nil: it did.
---@return engine.run.Finding?
local function problem_of(context, item, ending, before, opts)
  if ending.over then
    return findings.new(context, {
      verdict = "error",
      code = "T510",
      message = ending.over == "stopped" and "the run was stopped"
        or opts.limit_of and opts.limit_of ~= "step"
          and ("it did not end before the deadline of its %s"):format(opts.limit_of)
        or ("it did not end within %s"):format(duration.format(opts.limit_ms)),
      place = context.over_at or item.module.place,
    })
  elseif ending.how ~= "returned" then
    return findings.raised(context, ending)
  end
  local found = hidden(context, before)
  local left = core.shield(leftover.settle, context, true)[1]
  return found or left and findings.new(context, left)
end

---@class engine.run.HookEnd what a module came to
---@field failure? engine.run.Failure nil: it passed
---@field timed_out boolean
---@field duration_ms number

--- Calls the function of a hook.
---@async
---@param run engine.run.Run
---@param cx engine.run.Context
---@param item engine.model.Hook with `module`
---@param opts engine.run.StepOptions limit_ms; services of the room
---@return engine.run.HookEnd
function M.run(run, cx, item, opts)
  local context, began = context_of(run, cx, opts.services), clock.ms()
  context.file.registry.own = item.module.own
  context.pending, context.hook = {}, item.name
  local before = context.script.failed
  local ending = guarded.call(context, { limit_ms = opts.limit_ms }, item.module.fn, context.t)
  local found = problem_of(context, item, ending, before, opts)
  core.shield(leftover.settle, context, true)
  return {
    failure = found and found.failure,
    timed_out = ending.over == "scenario",
    duration_ms = clock.ms() - began,
  }
end

--- Ends what the hooks of a scenario have opened and started; its own room goes on.
---@async
---@param cx engine.run.Context
---@return engine.run.Failure[] failures what was lost, forbidden or found dead with that
function M.leave(cx)
  local context = cx.hook_context
  if not context then
    return {}
  end
  cx.hook_context = nil
  core.shield(context.close, context)
  context.script.lost = nil -- told already
  return findings.losses(context)
end

return M
