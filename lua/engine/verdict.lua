--- Verdicts: their names, which of several stands, and the exit code of a run.
---
--- Pure.  REFERENCE: pass, fail, timeout, policy, error, infra, flaky, skip; several exit codes at
--- once: 3 > 2 > 6 > 1 > 5 > 4 > 0.
local exit_codes = require("engine.cli.exit_codes")

---@class engine.verdict
local M = {}

---@alias engine.Verdict "pass"|"fail"|"timeout"|"policy"|"error"|"infra"|"flaky"|"skip"

--- All verdicts; each later one stands over those before it.
---@type engine.Verdict[]
M.names = { "pass", "skip", "flaky", "fail", "timeout", "policy", "infra", "error" }

local rank = {}
for i, name in ipairs(M.names) do
  rank[name] = i
end

--- Returns the verdict that stands when both were reached.
---@param a engine.Verdict
---@param b engine.Verdict
---@return engine.Verdict
---@nodiscard
function M.worst(a, b)
  local rank_a, rank_b = rank[a], rank[b]
  if not rank_a or not rank_b then
    error(("'%s' is no verdict"):format(tostring(rank_a and b or a)), 2)
  end
  return rank_a >= rank_b and a or b
end

--- Says whether a test with this verdict may be counted as good.
---@param verdict engine.Verdict
---@return boolean
---@nodiscard
function M.is_good(verdict)
  return verdict == "pass" or verdict == "flaky" or verdict == "skip"
end

--- Makes a table with a zero for each verdict.
---@return table<engine.Verdict, integer>
---@nodiscard
function M.counts()
  local counts = {}
  for _, name in ipairs(M.names) do
    counts[name] = 0
  end
  return counts
end

---@class engine.verdict.RunOptions
---@field total? integer tests that were to be run; a sum that differs is a bug: 3
---@field not_run? integer those of them that were never begun
---@field flaky? "pass"|"fail"|"quarantine"
---@field unexcused? integer flaky tests that no quarantine lists (default: all of them)
---@field outstanding? integer earlier failures that were not run again
---@field not_kept? boolean a room that was to be kept was not: what was asked for was not done
---@field stopped? "SIGINT"|"SIGTERM"|"SIGHUP"|"EPIPE"|"deadline"|"cancelled"|"save"|"order"|"stop"
---       what ended the run

local STOPPED = { EPIPE = 141, deadline = 124, cancelled = 6, save = 6, order = 6, stop = 6 }

--- Whether flaky tests make the run fail.
local function flaky_counts(counts, opts)
  if opts.flaky == "fail" then
    return counts.flaky > 0
  elseif opts.flaky == "quarantine" then
    return (opts.unexcused or counts.flaky) > 0
  end
  return false
end

--- Returns the exit code of a run.
---@param counts table<engine.Verdict, integer>
---@param opts? engine.verdict.RunOptions
---@return integer
---@nodiscard
function M.exit_code(counts, opts)
  opts = opts or {}
  local sum = 0
  for name, count in pairs(counts) do
    if not rank[name] or math.type(count) ~= "integer" or count < 0 then
      return 3
    end
    sum = sum + count
  end
  if opts.total and opts.total ~= sum + (opts.not_run or 0) then
    return 3
  elseif opts.stopped then
    return STOPPED[opts.stopped] or exit_codes.of_signal[opts.stopped] or 3
  elseif counts.error > 0 or opts.not_kept then
    return 2
  elseif counts.infra > 0 then
    return 6
  elseif counts.fail + counts.timeout + counts.policy > 0 then
    return 1
  elseif flaky_counts(counts, opts) then
    return 1
  elseif counts.pass + counts.flaky == 0 then
    return 4 -- nothing ran
  elseif (opts.outstanding or 0) > 0 then
    return 5
  end
  return 0
end

return M
