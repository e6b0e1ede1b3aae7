--- The rule of faults: what was to be made was made, and healed.
---
--- Pure.  A test of what happens under a fault has shown nothing when there was none.
---@class engine.run.judge.faults
local findings = require("engine.run.judge.findings")

local M = {}

---@class engine.run.FaultSeen
---@field what string       in words
---@field made? boolean     it was in effect, which was confirmed
---@field code? string      T901, T903
---@field error? string     why it could not be made, or healed
---@field help? string
---@field at? string        when it was to be made
---@field optional? boolean
---@field pos? engine.model.Pos

--- Whether the scenario is no pass by what its steps say, so that a fault that was not reached is
--- no news.
local function has_failed(course)
  for _, entry in ipairs(course.steps) do
    if entry.judgement.verdict ~= "pass" then
      return true
    end
  end
  return course.fault_failed or course.over or course.stopped or course.service_failure
    or course.open_error or course.unmet or course.missing_secret
end

--- Says what is wrong with one fault.
local function look(seen, course)
  local more = { pos = seen.pos, detail = { help = seen.help } }
  if seen.error then
    local verb = seen.code == "T903" and "healed" or "made"
    return findings.new("error", seen.code,
      ("the fault %q could not be %s: %s"):format(seen.what, verb, seen.error), more)
  elseif not seen.made and not seen.optional and not has_failed(course) then
    more.detail.help = "let its moment come earlier, or say `optional = true`"
    return findings.new("error", "T902",
      ("the fault %q was never made: its moment, %s, had not come when the steps were over")
        :format(seen.what, seen.at or "?"), more)
  end
end

--- Names the faults that were in effect at some time.
---@param course engine.run.Course
---@return string[]
---@nodiscard
function M.made(course)
  local list = {}
  for _, seen in ipairs(course.faults or {}) do
    list[#list + 1] = seen.made and seen.what or nil
  end
  return list
end

--- The faults that were to be made were made, and healed.
---@param _ engine.model.Scenario
---@param course engine.run.Course
---@return engine.run.Finding[]
function M.disturbed(_, course)
  local list = {}
  for _, seen in ipairs(course.faults or {}) do
    list[#list + 1] = look(seen, course)
  end
  return list
end

return M
