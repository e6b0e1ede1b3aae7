--- No process outlived the step that started it.
local M = {
  summary = "No process outlived the step that had started it.",
  value = "true",
}

--- Looks for processes that were killed at the end of their step.
---@param _ true
---@param seen clnrm.assertions.Seen
---@return boolean ok
---@return string? why
function M.check(_, seen)
  for _, step in ipairs(seen.steps) do
    if #step.leaked > 0 then
      return false, ("step %q left %s"):format(step.name, table.concat(step.leaked, ", "))
    end
  end
  return true
end

return M
