--- The context of a plain program: rooms that belong to no test.
local contexts = require("engine.script.context")

---@class engine.script.program
local M = {}

local context ---@type engine.script.Context?

--- Returns the context of the program that runs.
---@return engine.script.Context
function M.context()
  if not context then
    local dir = require("core.fs").getcwd()
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
