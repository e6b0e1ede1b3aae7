--- No command of a step used more memory than that.
local M = {
  summary = "No single process of a step's command had more memory at its peak (MiB).",
  value = "count",
}

--- Compares the peak of each command, as the kernel counted it.
---@param wanted integer MiB
---@param seen clnrm.assertions.Seen
---@return boolean? ok
---@return string? why
function M.check(wanted, seen)
  for _, step in ipairs(seen.steps) do
    if not step.max_rss_kb then
      return nil, ("nobody saw how much memory step %q used"):format(step.name)
    elseif step.max_rss_kb > wanted * 1024 then
      return false, ("step %q had %.1f MiB at its peak, not %d at most"):format(step.name,
        step.max_rss_kb / 1024, wanted)
    end
  end
  return true
end

return M
