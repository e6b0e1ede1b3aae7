--- What a plan must not show, and which secrets its tests lack: as a run finds both.
local secrets = require("engine.secrets")

local M = {}

--- Gives the files of some scenarios their secrets, as a run does: those of [secrets], those that
--- templates read from variables that are named like secrets, and passwords of services.
---@param scenarios engine.model.Scenario[] `missing_secret` of their suites says what is not given
---@param source? engine.secrets.Source default: the environment alone
---@return engine.run.Secrets
function M.of(scenarios, source)
  local masks, suites, seen = require("engine.run.secrets").new(scenarios), {}, {}
  for _, scenario in ipairs(scenarios) do
    local suite = scenario.suite
    masks:add(suite.services, scenario)
    masks:add(suite.services, scenario, "file")
    suites[#suites + 1] = not seen[suite] and suite or nil
    seen[suite] = true
  end
  secrets.give(suites, source or secrets.source(), masks)
  return masks
end

return M
