--- What became of a scenario, as it is handed to the judge.
---
--- Pure.
---@class engine.run.judge.course
local hooks = require("engine.run.judge.hooks")

local M = {}

---@class engine.run.Course what became of a scenario
---@field steps engine.run.StepEntry[] those that were run
---@field open_error? core.Error the room could not be made
---@field missing_secret? engine.secrets.Missing nothing was run for want of it
---@field close_error? core.Error the room was not there to the end
---@field stopped? string the run was stopped: "SIGINT", "deadline", ...
---@field over? "scenario"|"file" whose time was up
---@field duration_ms number
---@field whole_ms? number of [property]: all runs, with their rooms
---@field timeout_ms? integer of the scenario
---@field is_policy_time? boolean that is its policy's
---@field script? engine.run.ScriptCourse of a Lua test
---@field services? engine.run.ServiceSeen[] that were needed, or died
---@field faults? engine.run.FaultSeen[] that were to be made
---@field fault_failed? boolean one could not be made, and nothing more was run
---@field by_hand? string[] services that somebody has restarted while it ran, or before in its room
---@field values? engine.run.ValuesSeen of a [property], in the run that is told
---@field service_failure? engine.service.Failure why the next step could not be run
---@field awaited? string names of services, when the time was over while they started
---@field hooks? table<string, engine.run.HookSeen> of its file, that were run for it
---@field strict? boolean
---@field guarded? engine.run.Finding[] what was forbidden and tried, and which limits were hit

---@class engine.run.ValuesSeen
---@field ran integer  values that it was run on, simpler ones not counted
---@field of integer   that were asked for
---@field ended? "failed"|"broken" why there were no more

---@class engine.run.StepEntry what became of a step
---@field step engine.model.Step
---@field judgement engine.run.Judgement
---@field leaked? string[]
---@field error? core.Error
---@field began? integer of a graph: its place among all begins and ends
---@field ended? integer
---@field attempts? engine.run.Attempt[] those before the last one

---@class engine.run.ScriptCourse what became of the function of a Lua test
---@field ended boolean    it was called and came to an end, and so did all that had to follow
---@field checks integer   expectations that were evaluated
---@field failed integer   those of them that did not hold, whatever became of their errors
---@field skipped? string  why it was skipped
---@field findings engine.run.Finding[] why it is no pass, each with `failure`

--- Tells whether something that a rule of its own tells ended the scenario early.
---@param course engine.run.Course
---@return any # neither nil nor false: it did
---@nodiscard
function M.early_end(course)
  return course.unmet or course.missing_secret or course.open_error or course.stopped or course.over
    or course.service_failure or course.fault_failed or hooks.failed_before(course)
end

--- Whether a step tells something of this code.
---@param course engine.run.Course
---@param code string
---@return boolean
---@nodiscard
function M.has_step_code(course, code)
  for _, entry in ipairs(course.steps) do
    for _, one in ipairs(entry.judgement.findings) do
      if one.code == code then
        return true
      end
    end
  end
  return false
end

return M
