--- So many commands were executed in the room: their ends were seen.
local M = {
  summary = "So many commands of steps were executed, each attempt counted; no more, no fewer.",
  value = "count",
}

--- Counts the commands whose end was seen.
---@param wanted integer
---@param seen clnrm.assertions.Seen
---@return boolean ok
---@return string? why
function M.check(wanted, seen)
  local count = 0
  for _, step in ipairs(seen.steps) do
    if step.exit_code or step.signal then
      count = count + 1
    end
    count = count + step.earlier_attempts
  end
  return count == wanted, ("%d were executed, not %d"):format(count, wanted)
end

return M
