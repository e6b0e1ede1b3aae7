--- The judge of the values of [property]: a pass is one on all that were asked for.
---
--- Pure.
---@class engine.run.judge.values
local course_of = require("engine.run.judge.course")
local findings = require("engine.run.judge.findings")
local show = require("engine.expect.show")

local M = {}

--- Finds that it was run on fewer, and no value is told that ended it.
---@param _ engine.model.Scenario
---@param course engine.run.Course
---@return engine.run.Finding[]?
---@nodiscard
function M.valued(_, course)
  local values = course.values
  if values and values.ran < values.of and not values.ended and not course_of.early_end(course) then
    local message = ("it was run on %d of %s"):format(values.ran, show.count(values.of, "value"))
    return { findings.new("error", "T503", message) }
  end
end

return M
