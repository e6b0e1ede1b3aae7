--- The rule for the end of a room, and what an engine that is gone leaves of the others: it is told
--- once, first, and nothing is said of a test that only waited for it.
---
--- Pure.
---@class engine.run.judge.lost
local course_of = require("engine.run.judge.course")
local findings = require("engine.run.judge.findings")
local lost = require("engine.lost")

local M = {}

--- Codes of what only says that something did not come in time, or was not there any more.
local WAITED = {
  T005 = true, T006 = true, T501 = true, T503 = true, T601 = true, T602 = true, T603 = true,
  T604 = true, T605 = true, T606 = true, T607 = true, T609 = true, T704 = true, V001 = true,
  V002 = true, V004 = true,
}

--- Its room was there to the end.
function M.closed(_, course)
  local err = course.close_error
  if err == nil then
    return nil
  elseif err.code == "EPROTO" then
    local message = "the room's agent was tampered with: " .. tostring(err.message)
    return { findings.new("error", "T502", message,
      { is_told = course_of.has_step_code(course, "T502") }) }
  end
  local list = {}
  for _, one in ipairs({ err, err.left }) do
    local told = lost.of(one)
    list[#list + 1] = findings.new(told.verdict, told.code, told.message, {
      detail = { help = told.help },
      is_told = course_of.has_step_code(course, told.code),
    })
  end
  return list
end

--- Finds who tells that the engine is gone: a finding that is to be told, before one that is.
local function find_gone(list)
  local gone
  for _, one in ipairs(list) do
    if one.code == lost.ENGINE and (not gone or gone.is_told and not one.is_told) then
      gone = one
    end
  end
  return gone
end

--- Takes out of what was found what an engine explains that is gone; it stays once, as the first.
---@param list engine.run.Finding[] of a scenario
---@param course engine.run.Course
---@return engine.run.Finding[]
---@nodiscard
function M.settle(list, course)
  local is_of_step, gone = course_of.has_step_code(course, lost.ENGINE), find_gone(list)
  if not gone and not is_of_step then
    return list
  elseif gone and is_of_step then
    gone.is_told = true
  end
  local left = { gone }
  for _, one in ipairs(list) do
    if one.code ~= lost.ENGINE and (one.is_told or not WAITED[one.code]) then
      left[#left + 1] = one
    end
  end
  return left
end

return M
