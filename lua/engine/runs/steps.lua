--- How long the steps of tests took, by the records.
local reader = require("engine.runs.reader")
local results = require("engine.runs.results")

local M = {}

--- Reads the times of the steps of a record; of one that ran more than once, the last one.
---@param info engine.runs.Info
---@return table<string, table<string, number>> ms by identity, then by the name of the step
---@nodiscard
function M.of(info)
  local identities, times = {}, {}
  for e in reader.events(info.file, "scenario_end") do
    if type(e.id) == "string" then
      identities[e.id] = results.identity(info, e)
    end
  end
  for e in reader.events(info.file, "step_end") do
    local identity = type(e.id) == "string" and identities[e.id]
    if identity and type(e.name) == "string" and type(e.duration_ms) == "number" then
      times[identity] = times[identity] or {}
      times[identity][e.name] = e.duration_ms
    end
  end
  return times
end

return M
