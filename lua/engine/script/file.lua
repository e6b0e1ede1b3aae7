--- What the tests of one file share while they run: hooks, fixtures of scope "file".
---
--- Made when the first test of the file begins, ended when the last one has: after_all, then the
--- fixtures.  What fails then is an error of the file, since its tests have their verdicts already.
local contexts = require("engine.script.context")
local core = require("core.task")
local findings = require("engine.script.findings")
local fixtures = require("engine.script.fixtures")
local guarded = require("engine.script.guarded")

---@class engine.script.file
local M = {}

local HOOK_MS = 60000

---@class engine.script.Shared what the whole run shares: fixtures of scope "run"
---@field fixtures table<string, engine.script.Instance>
---@field instances engine.script.Instance[]
local Shared = {}
Shared.__index = Shared

---@class engine.script.File
---@field suite engine.model.Suite
---@field registry engine.script.Registry
---@field run engine.run.Run
---@field shared engine.script.Shared
---@field fixtures table<string, engine.script.Instance>
---@field instances engine.script.Instance[]
---@field left integer tests that have not ended
---@field to_begin integer tests that have not begun; less than 0 when some were tried again
---@field hints? table<engine.pool.Shelf, engine.pool.Ticket[]> rooms that are expected for those
---@field is_varied? boolean they open other rooms than the ones before them
---@field begun boolean
---@field ready? core.task.Event before_all is over
---@field setup_failure? engine.script.Failure of before_all
---@field context? engine.script.Context of before_all and after_all
local File = {}
File.__index = File

--- Makes what is told of something that is no test.
local function scenario_of(suite, name, line)
  return {
    id = suite.file .. " › " .. name,
    name = name,
    file = suite.file,
    line = line,
    suite = suite,
    steps = {},
    is_file = true, -- it cannot be run by its name
    fn = function() end,
  }
end

local function new_context(file, kind, scope, name, line)
  return contexts.of_no_test({
    kind = kind,
    scope = scope,
    name = name,
    run = file.run,
    file = file,
  }, scenario_of(file.suite, name, line))
end

--- Makes the context of a fixture.
---@param fixture engine.script.Fixture
---@return engine.script.Context
function File:new_context(fixture)
  return new_context(self, "fixture", "file", "fixture " .. fixture.name, fixture.place.line)
end

--- Makes the context of a fixture of the run, which is told as one of the file that first used it.
---@param fixture engine.script.Fixture
---@param file engine.script.File
---@return engine.script.Context
function Shared.new_context(_, fixture, file)
  return new_context(file, "fixture", "run", "fixture " .. fixture.name, fixture.place.line)
end

local function before_all(file)
  local hooks = file.registry.hooks.before_all
  for _, hook in ipairs(hooks) do
    local ending = guarded.call(file.context, { limit_ms = HOOK_MS }, hook.fn, file.context.t)
    if ending.how ~= "returned" then
      file.setup_failure = fixtures.setup_failure("before_all", ending, hook)
      break
    elseif file.context.script.failed > 0 or file.context.script.setup_failure then
      local raised = file.context.script.setup_failure or file.context.raised[1]
      file.setup_failure = fixtures.setup_failure("before_all",
        { how = "raised", value = raised }, hook)
      break
    end
  end
  file.ready:set()
end

--- Begins the file; waits until before_all is over.
---@async
---@return engine.script.Failure? failure no test of the file can run
function File:begin()
  if not self.begun then
    self.begun, self.ready = true, core.event()
    self.context = new_context(self, "hooks", "file", "hooks of the file", 1)
    if #self.registry.hooks.before_all > 0 then
      self.run.group:spawn(before_all, self)
    else
      self.ready:set()
    end
  end
  self.ready:wait()
  return self.setup_failure
end

--- Ends the file: after_all and the fixtures, in any case.
---@async
---@return engine.diag.Diagnostic[] what failed
function File:finish()
  local list = {}
  if not self.begun or self.is_finished then
    return list
  end
  self.is_finished = true
  local function tell(context, what, ending, at)
    list[#list + 1] = findings.teardown(context, what, ending, at.place)
  end
  local hooks = self.registry.hooks.after_all
  local before = self.context.script.failed
  for i = #hooks, 1, -1 do
    local limit = fixtures.teardown_ms(self.run)
    local ending = guarded.call(self.context, { limit_ms = limit, is_teardown = true },
      hooks[i].fn, self.context.t)
    if ending.how ~= "returned" or self.context.script.failed > before then
      tell(self.context, "after_all", ending, hooks[i])
      before = self.context.script.failed
    end
  end
  local function tell_losses(context)
    for _, lost in ipairs(findings.losses(context)) do
      list[#list + 1] = lost
    end
  end
  fixtures.tear_down(self, self.run, tell, tell_losses)
  self.context:close()
  tell_losses(self.context)
  return list
end

--- Makes what the files of a run share.
---@return engine.script.Shared
function M.shared()
  return setmetatable({ fixtures = {}, instances = {} }, Shared)
end

--- Makes the file of a suite.
---@param run engine.run.Run
---@param suite engine.model.Suite
---@param shared engine.script.Shared
---@param count integer its tests in the plan
---@return engine.script.File
function M.new(run, suite, shared, count)
  return setmetatable({
    run = run,
    suite = suite,
    registry = suite.registry,
    shared = shared,
    fixtures = {},
    instances = {},
    left = count,
    to_begin = count,
    begun = false,
  }, File)
end

return M
