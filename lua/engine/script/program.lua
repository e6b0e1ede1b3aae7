--- A program: what it opens belongs to no test, and what it registers is run when it has ended.
local contexts = require("engine.script.context")
local discover = require("engine.discover")
local fs = require("core.fs")
local registry = require("engine.script.registry")

---@class engine.script.program
local M = {}

local context ---@type engine.script.Context?
local file ---@type string?
local tests ---@type engine.script.Registry?

--- Lets the program register tests.
---@param shown string the file
function M.accept(shown)
  file = shown
end

--- Returns what the program registers its tests in; nil when it does so no more.
---@return engine.script.Registry?
function M.registry()
  if file and not tests then
    local path = fs.realpath(file) or file
    local project_dir = discover.project(path)
    tests = registry.new(file, {
      path = path,
      project_dir = fs.realpath(project_dir) or project_dir,
    })
    tests.own = M.context().own
  end
  return tests and not tests.is_closed and tests or nil
end

--- Ends the registration.
---@return engine.script.Registry? tests nil: it registered none
function M.registered()
  if tests then
    tests:close()
  end
  file = nil
  return tests and #tests.tests > 0 and tests or nil
end

--- Counts the tests that the program has registered so far.
---@return integer
function M.count()
  return tests and #tests.tests or 0
end

--- Returns the context of the program that runs.
---@return engine.script.Context
function M.context()
  if not context then
    local dir = fs.getcwd()
    local suite = { project_dir = dir, file = "program", room = { project = "ro" } }
    context = contexts.new({
      kind = "program",
      scope = "run",
      name = "program",
      cx = {
        scenario = { id = "program", name = "program", suite = suite, line = 1 },
        services = {},
        course = { steps = {} },
      },
      own = {},
    })
  end
  return context
end

return M
