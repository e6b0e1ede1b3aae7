--- No step printed anything to standard error.
local M = {
  summary = "No step printed anything to standard error.",
  value = "true",
}

--- Looks at how much each step printed there.
---@param _ true
---@param seen clnrm.assertions.Seen
---@return boolean? ok
---@return string? why
function M.check(_, seen)
  for _, step in ipairs(seen.steps) do
    if not step.stderr_bytes then
      return nil, ("nobody saw what step %q printed"):format(step.name)
    elseif step.stderr_bytes > 0 then
      return false, ("step %q printed %d bytes to standard error"):format(step.name,
        step.stderr_bytes)
    end
  end
  return true
end

return M
