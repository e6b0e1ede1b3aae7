--- The judge of a scenario that was tried more than once.
---
--- Pure.  Only a pass makes up for an attempt that failed, and what it makes of the whole is flaky,
--- never pass: a test that skips itself the second time, or cannot be judged then, has not passed.
--- Nothing makes up for one that broke, or did what is forbidden.
local verdicts = require("engine.verdict")

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

--- Finds the earlier attempt that failed last, and the worst of those that nothing makes up for.
local function look(earlier)
  local failed, broken
  for _, one in ipairs(earlier or {}) do
    if RETRIED[one.verdict] or one.verdict == "flaky" then
      failed = one
    elseif one.verdict ~= "pass" and (not broken
      or verdicts.worst(broken.verdict, one.verdict) ~= broken.verdict) then
      broken = one
    end
  end
  return failed, broken
end

--- Returns the verdict of the whole.
---@param last engine.Verdict of the last attempt
---@param earlier? engine.run.Attempt[]
---@return engine.Verdict
---@return engine.run.Attempt? of an earlier one, whose verdict that is
---@nodiscard
function M.settle(last, earlier)
  local failed, broken = look(earlier)
  local settled, of = last, nil
  if failed and last == "pass" then
    settled = "flaky"
  elseif failed and last == "skip" then
    settled, of = failed.verdict, failed
  end
  if broken and broken.verdict ~= settled
    and verdicts.worst(broken.verdict, settled) == broken.verdict then
    settled, of = broken.verdict, broken
  end
  return settled, of
end

return M
