--- Fixtures: set up by the first who uses one, taken down in reverse order, whatever happened.
---
--- One of scope "test" runs in the test's own task and rooms.  One of scope "file" or "run" has a
--- task, rooms and a deadline of its own; tests that use it meanwhile wait, and their time does not
--- count.
local apart = require("engine.script.apart")
local clock = require("engine.run.clock")
local core = require("core.task")
local failure = require("engine.script.failure")
local guarded = require("engine.script.guarded")
local host = require("clnrm.host")
local place = require("engine.script.place")
local suggest = require("engine.suggest")

---@class engine.script.fixtures
local M = {}

local TIMEOUT_MS = 60000 -- of a setup that says none
local TEARDOWN_MS = 30000
local STOPPED_MS = 5000 -- for a teardown, when the run was stopped

local RANK = { test = 1, file = 2, run = 3 }

---@class engine.script.Instance a fixture that somebody uses
---@field fixture engine.script.Fixture
---@field context engine.script.Context where its setup and teardown run
---@field owner engine.script.Context|engine.script.File|engine.script.Shared who takes it down
---@field state "setup"|"ready"|"failed"
---@field done core.task.Event
---@field value? any
---@field failure? engine.script.Failure
---@field waits_for? engine.script.Instance

--- Says why a setup failed, for each who uses it.
local function setup_failure(what, ending, fixture)
  local message, at
  if ending.over then
    message, at = "its time is over", fixture.place
  else
    message, at = guarded.describe(ending)
  end
  local inner = failure.is(ending.value) and ending.value or nil
  local is_infra = inner and (inner.kind == "lost" or inner.verdict == "infra")
  return failure.new({
    kind = "setup",
    code = is_infra and inner.code or "T707",
    verdict = is_infra and inner.verdict or "error",
    message = ("%s failed: %s"):format(what, message),
    place = at or fixture.place,
    notes = inner and inner.notes,
    label = inner and inner.label,
    help = inner and inner.help,
    expected = inner and inner.expected,
    actual = inner and inner.actual,
    cause = ending.value,
  })
end

M.setup_failure = setup_failure

local function find(context, name)
  local registry = context.file.registry
  local fixture = type(name) == "string" and registry.fixtures[name]
  if fixture then
    return fixture
  end
  local names = {}
  for known in pairs(registry.fixtures) do
    names[#names + 1] = known
  end
  table.sort(names)
  local near = type(name) == "string" and suggest.nearest(name, names)
  place.misuse(("t:use: there is no fixture '%s'%s"):format(tostring(name),
    near and ("; did you mean '%s'?"):format(near) or ""))
end

--- Finds who holds the instances of a fixture, and under which key.
local function holder_of(context, fixture)
  if fixture.scope == "test" then
    return context, fixture.name
  elseif fixture.scope == "file" then
    return context.file, fixture.name
  end
  -- The same place in the same file is the same fixture, whichever file of tests loaded it.
  local key = ("%s\0%s:%d"):format(fixture.name, fixture.place.file, fixture.place.line)
  return context.file.shared, key
end

--- Refuses a fixture that would wait for itself.
local function check_circle(context, instance)
  local own = context.instance
  local at = instance
  while at do
    if at == own then
      place.misuse(("t:use: the fixture '%s' uses itself, by way of others"):format(
        own.fixture.name))
    end
    at = at.waits_for
  end
end

--- Waits for a setup that is under way; the test's time stands still.
local function await(context, instance)
  if context.instance then
    context.instance.waits_for = instance
  end
  context.pauses = (context.pauses or 0) + 1
  local began = clock.ms()
  local ok, err = instance.done:wait()
  context.pauses = context.pauses - 1
  context.paused_ms = (context.paused_ms or 0) + clock.ms() - began
  if context.instance then
    context.instance.waits_for = nil
  end
  if not ok then
    context:check_over()
    error(err, 0)
  end
end

local function settle(instance, holder, ending)
  local fixture, script = instance.fixture, instance.context.script
  if ending.how == "returned" and fixture.scope ~= "test" then -- what was caught counts as well
    local caught = script.setup_failure or instance.context.raised[1]
    ending = caught and { how = "raised", value = caught } or ending
  end
  if ending.how == "returned" then
    instance.state, instance.value = "ready", ending.value
    holder.instances[#holder.instances + 1] = instance
  else
    instance.state = "failed"
    instance.failure = setup_failure(("setup of the fixture '%s'"):format(fixture.name), ending,
      fixture)
  end
  instance.done:set()
end

--- Sets up a fixture of scope "test", in the test's own task.
local function set_up_here(context, instance)
  local before = context.instance
  context.instance = instance
  local fixture, frames, ok, value = instance.fixture, nil, nil, nil
  local function set_up()
    ok, value = apart.xpcall(fixture.setup, function(raised)
      frames = place.stack(2)
      return raised
    end, context.t)
    return true
  end
  local in_time = true
  if fixture.timeout_ms then
    in_time = core.timeout(fixture.timeout_ms, set_up)
  else
    set_up()
  end
  context.instance = before
  if not ok and failure.is(value) and (value.kind == "over" or value.kind == "skip"
      or value.kind == "setup") then
    instance.state, instance.failure = "failed", value
    instance.done:set()
    error(value, 0)
  end
  if in_time then
    settle(instance, context,
      { how = ok and "returned" or "raised", value = value, frames = frames })
  else
    settle(instance, context, { how = "late", over = "scenario", value = value })
  end
end

--- Sets up a shared fixture, in a task of the run.
local function set_up_shared(instance, holder)
  local ending = guarded.call(instance.context,
    { limit_ms = instance.fixture.timeout_ms or TIMEOUT_MS }, instance.fixture.setup,
    instance.context.t)
  settle(instance, holder, ending)
end

--- Returns the value of a fixture; sets it up when nobody has.
---@async
---@param context engine.script.Context
---@param name any
---@return any
function M.use(context, name)
  context:check_over()
  local fixture = find(context, name)
  if RANK[fixture.scope] < RANK[context.scope] then
    place.misuse(("t:use: '%s' lives for one %s, which is shorter than what uses it"):format(
      fixture.name, fixture.scope))
  end
  local holder, key = holder_of(context, fixture)
  local instance = holder.fixtures[key]
  if not instance then
    instance = { fixture = fixture, owner = holder, state = "setup", done = core.event() }
    holder.fixtures[key] = instance
    if fixture.scope == "test" then
      instance.context = context
      set_up_here(context, instance)
    else
      instance.context = holder:new_context(fixture, context.file)
      instance.context.instance = instance
      context.run.group:spawn(set_up_shared, instance, holder)
    end
  end
  if instance.state == "setup" then
    check_circle(context, instance)
    await(context, instance)
  end
  if instance.state == "failed" then
    if not (host.context() or context).trial then
      context.script.setup_failure = context.script.setup_failure or instance.failure
    end
    error(instance.failure, 0)
  end
  return instance.value
end

--- How long something that takes down may take.
---@param run engine.run.Run
---@param own? integer
---@return integer ms
function M.teardown_ms(run, own)
  local limit = own or TEARDOWN_MS
  return run.stopped and math.min(limit, STOPPED_MS) or limit
end

--- Takes down what was set up, the last first.
---@async
---@param holder { instances: engine.script.Instance[], fixtures: table }
---@param run engine.run.Run
---@param tell fun(context: engine.script.Context, what: string, ending: engine.script.Ending,
---fixture: engine.script.Fixture) a teardown failed
---@param tell_losses fun(context: engine.script.Context) its rooms are closed
function M.tear_down(holder, run, tell, tell_losses)
  for i = #holder.instances, 1, -1 do
    local instance = holder.instances[i]
    holder.instances[i] = nil
    local fixture, context = instance.fixture, instance.context
    if fixture.teardown then
      local failed_before = context.script.failed
      local ending = guarded.call(context,
        { limit_ms = M.teardown_ms(run, fixture.timeout_ms), is_teardown = true },
        fixture.teardown, instance.value, context.t)
      if ending.how ~= "returned" or context.script.failed > failed_before then
        tell(context, ("teardown of the fixture '%s'"):format(fixture.name), ending, fixture)
      end
    end
    if context.kind ~= "test" then
      context:close()
      tell_losses(context)
    end
  end
  holder.fixtures = {}
end

return M
