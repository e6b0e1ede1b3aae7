--- The judge of a scenario that was tried more than once.
---
--- Pure.  Only a pass makes up for an attempt that failed, and what it makes of the whole is flaky,
--- never pass: a test that skips itself the second time, or cannot be judged then, has not passed.
---@class engine.run.judge.attempts
local M = {}

---@class engine.run.Attempt
---@field attempt integer
---@field verdict engine.Verdict
---@field duration_ms number
---@field failures engine.run.Failure[]

local RETRIED = { fail = true, timeout = true }

--- Says whether an attempt with this verdict may be followed by another.
---
--- What is wrong with the test itself, with the environment, or was forbidden, is told at once.
---@param verdict engine.Verdict
---@return boolean
---@nodiscard
function M.again(verdict)
  return RETRIED[verdict] == true
end

--- Returns the verdict of the whole.
---@param last engine.Verdict of the last attempt
---@param earlier? engine.run.Attempt[]
---@return engine.Verdict
---@nodiscard
function M.settle(last, earlier)
  local before = earlier and earlier[#earlier]
  if not before then
    return last
  elseif last == "pass" then
    return "flaky"
  elseif last == "skip" then
    return before.verdict
  end
  return last
end

return M
