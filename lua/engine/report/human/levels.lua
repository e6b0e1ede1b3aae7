--- What of a run is told: levels of the status lines, and when outputs are shown.  Pure.
---
--- Each level tells what those before it tell, and more:
---   none   no status line
---   fail   fail, timeout, policy, error, infra, files that could not be read
---   retry  attempts that failed before another one, and tests that are flaky or in quarantine
---   slow   tests that are slow (also while they run) or have left something behind
---   pass   the other tests that passed, also by failing as expected
---   skip   tests that were skipped
---   all    everything there is; in this build the same as skip
local M = {}

M.status = { "none", "fail", "retry", "slow", "pass", "skip", "all" }
M.output = { "immediate", "final", "immediate-final", "never" }

local rank = {}
for i, name in ipairs(M.status) do
  rank[name] = i
end

local BAD = { fail = true, timeout = true, policy = true, error = true, infra = true }

--- Returns the marks of a record as a set.
---@param record { marks: string[] }
---@return table<string, boolean>
function M.marks(record)
  local set = {}
  for _, mark in ipairs(record.marks) do
    set[mark] = true
  end
  return set
end

--- Says at which level a record is told first.
---@param record { verdict: string, marks: string[] }
---@return "fail"|"retry"|"slow"|"pass"|"skip"
---@nodiscard
function M.of(record)
  local marks = M.marks(record)
  if record.verdict == "skip" then
    return "skip"
  elseif record.verdict == "flaky" or marks.quarantined then
    return "retry"
  elseif record.verdict ~= "pass" then
    return "fail"
  end
  return (marks.slow or marks.leak) and "slow" or "pass"
end

--- Says whether a level tells what is told at another.
---@param level string
---@param what string
---@return boolean
---@nodiscard
function M.tells(level, what)
  return rank[level] >= rank[what]
end

--- Says whether a verdict is bad news.
---@param verdict string
---@return boolean
---@nodiscard
function M.is_bad(verdict)
  return BAD[verdict] == true
end

--- Says whether a scenario failed as `expect_failure` says, and passed by that.
---@param record { verdict: string, marks: string[] }
---@return boolean
---@nodiscard
function M.is_expected(record)
  return record.verdict == "pass" and M.marks(record)["expected-failure"] == true
end

--- Says whether an output is shown where it happens.
---@param when string
---@return boolean
---@nodiscard
function M.is_immediate(when)
  return when == "immediate" or when == "immediate-final"
end

--- Says whether an output is shown above the sum.
---@param when string
---@return boolean
---@nodiscard
function M.is_final(when)
  return when == "final" or when == "immediate-final"
end

--- Fills in what was not asked for.
---@param show engine.report.HumanShow
---@param quiet? boolean
---@return engine.report.HumanShow show
function M.complete(show, quiet)
  show.status = show.status or quiet and "fail" or "all"
  show.final_status = show.final_status or "fail"
  show.failure_output = show.failure_output or "immediate"
  show.success_output = show.success_output or "never"
  return show
end

return M
