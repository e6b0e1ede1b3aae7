--- The progress of a run as lines without end: one when a scenario begins, for logs that must show
--- what it hung in.
local line = require("engine.ui.line")

local M = {}

---@class engine.ui.Plain
local Plain = {}
Plain.__index = Plain

--- Takes an event.
---@param e table
function Plain:on_event(e)
  local o = self.o
  if e.event == "scenario_begin" then
    o.write(line.format(o, "BEGIN", "cyan", nil, line.scenario(o, e)))
  elseif e.event == "attempt_begin" and self.begun[e.id] then
    local tail = ("try %d of %d"):format(e.attempt, e.of)
    o.write(line.format(o, "BEGIN", "cyan", nil, self.begun[e.id], tail))
  end
  if e.event == "scenario_begin" then
    self.begun[e.id] = line.scenario(o, e)
  elseif e.event == "scenario_end" then
    self.begun[e.id] = nil
  end
end

--- Ends; everything is written by then.
function Plain.finish() end

--- Makes the reporter.
---@param o engine.ui.Look with `write`
---@return engine.ui.Plain
function M.new(o)
  return setmetatable({ o = o, begun = {} }, Plain)
end

return M
