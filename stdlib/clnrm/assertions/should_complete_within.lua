--- The test took no longer than a time.
local M = {
  summary = "The steps of the test, the start of its services among them, took no longer.",
  value = "duration",
}

--- Compares the time that the test took.
---@param wanted_ms integer
---@param seen clnrm.assertions.Seen
---@return boolean ok
---@return string? why
function M.check(wanted_ms, seen)
  return seen.duration_ms <= wanted_ms,
    ("it took %.0f ms, not %d at most"):format(seen.duration_ms, wanted_ms)
end

return M
