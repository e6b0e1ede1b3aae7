--- What a plan must not show, and which secrets its tests lack: as a run finds both.
local identity = require("engine.plan.identity")
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

--- Tells the secrets that the names of some scenarios may hold; nothing is given to them.
local function tell_secrets(suites, source, to)
  for _, suite in ipairs(suites) do
    secrets.add_inherited(suite.room.inherit_env, to)
    secrets.add_inherited(suite.inputs, to)
    if suite.given then
      secrets.each_given(suite.given, function(value)
        to:add_value(value)
      end)
    end
    for _, secret in ipairs(suite.secrets or {}) do
      local value = source:get(secret.variable)
      to:add_value(value and #value >= secrets.MIN and value or "")
    end
    for _, service in ipairs(suite.services) do
      if service.secrets and service.secrets[1] then
        for _, scenario in ipairs(suite.scenarios) do
          to:add({ service }, scenario)
        end
      end
    end
  end
end

--- Whether there is any; most files have none.
local function has_secrets(suites, source)
  local has = false
  local function note(_, value)
    has = has or value ~= ""
  end
  tell_secrets(suites, source, { add_value = note, add = note })
  return has
end

--- Finds the tags of a test that hold secrets.
---@return table<string, true>
local function secret_tags(scenario, masks)
  local found = {}
  for _, list in ipairs({ scenario.tags or {}, scenario.suite.tags or {} }) do
    for _, tag in ipairs(list) do
      found[tag] = masks:name(tag, scenario.id) ~= tag or nil
    end
  end
  return found
end

--- Notes of tests whose names hold secrets what they are called in records, which have none, and
--- what their own part of that is; and which of their tags hold some.
---@param suites engine.model.Suite[]
---@param source? engine.secrets.Source default: the environment alone
function M.note_names(suites, source)
  source = source or secrets.source()
  local masks
  if has_secrets(suites, source) then
    local scenarios = {}
    for _, suite in ipairs(suites) do
      table.move(suite.scenarios, 1, #suite.scenarios, #scenarios + 1, scenarios)
    end
    masks = require("engine.run.secrets").new(scenarios)
    tell_secrets(suites, source, masks)
  end
  for _, suite in ipairs(suites) do
    for _, scenario in ipairs(suite.scenarios) do
      local name = masks and identity.of(scenario)
      local behind = masks and masks:behind(scenario.id)
      local told = masks and masks:name(name, scenario.id) .. behind
      scenario.told_test = told ~= name and told or nil
      local own = masks and masks:name(scenario.name, scenario.id) .. behind
      scenario.told_name = own ~= scenario.name and own or nil
      scenario.secret_tags = masks and secret_tags(scenario, masks) or nil
    end
  end
end

return M
