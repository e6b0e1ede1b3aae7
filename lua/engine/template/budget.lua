--- What the cells of a file use up together: as much as one template may.
local limits = require("engine.template.limits")

---@class engine.template.budget
local M = {}

local MESSAGES = {
  steps = ("the cells of the file together take more than %d steps"):format(limits.STEPS),
  work = "filters, tests and functions of all cells go through more values than a file may",
  made = ("the cells of the file make texts of more than %d MiB together"):format(
    limits.MADE_BYTES >> 20),
}

---@class engine.template.Left
---@field steps integer
---@field work integer
---@field made integer bytes that were made by now

---@class engine.template.Budget
---@field source string
---@field cell_steps integer
---@field left? engine.template.Left nil: nothing was rendered yet
---@field problem? engine.template.FileProblem why no cell can be rendered any more
local Budget = {}
Budget.__index = Budget

--- Makes that of a file.
---@param source string
---@param cell_steps integer of each cell but the first, whatever it does
---@return engine.template.Budget
---@nodiscard
function M.new(source, cell_steps)
  return setmetatable({ source = source, cell_steps = cell_steps }, Budget)
end

--- Begins a cell.  Outputs take no steps, so each tag of another cell than the first counts one.
---@return engine.template.Left? left nil: all that a template may
---@return engine.template.FileProblem? problem nothing is left
function Budget:begin()
  local left = self.left
  if left and left.steps < self.cell_steps then
    self.problem = self.problem or { code = "R006", message = MESSAGES.steps,
      help = "split the file", offset = (self.source:find("[matrix]", 1, true) or 1) - 1,
      length = #"[matrix]" }
  elseif left then
    left.steps = left.steps - self.cell_steps
  end
  return left, self.problem
end

--- Says of a limit that the cells before came near it.
---@param before? engine.template.Left what the cell began with
---@param problem engine.template.Problem
---@return boolean is_so
function Budget:explain(before, problem)
  local message = before and MESSAGES[problem.limit]
  if message then
    problem.message, problem.help = message, "split the file, or let each cell do less"
  end
  return message ~= nil
end

return M
