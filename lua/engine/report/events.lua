--- The events of a run as they happen: one JSON object a line.
local plain = require("engine.report.plain")

local M = {}

M.SCHEMA = "clnrm.events/1"

---@class engine.report.Events
local Events = {}
Events.__index = Events

--- Takes an event.
---@param e table
function Events:on_event(e)
  local fields
  if e.event == "output" then
    fields = plain.fields(e, { text = true })
    for key, value in pairs(plain.output(e)) do
      fields[key] = value
    end
  else
    fields = plain.fields(e)
  end
  if e.event == "run_begin" then
    fields.schema = M.SCHEMA
  end
  self.o.write(plain.line(fields) .. "\n")
end

--- Ends the report; everything is written by then.
function Events.finish() end

--- Makes the report.
---@param o { write: fun(bytes: string) }
---@return engine.report.Events
function M.new(o)
  return setmetatable({ o = o }, Events)
end

return M
