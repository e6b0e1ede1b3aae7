--- Builds the faults of a file, [[fault]], and says which scenario gets which.
local place = require("engine.model.place")
local references = require("engine.model.references")

---@class engine.model.faults
local M = {}

---@class engine.model.Fault
---@field kind engine.chaos.Kind
---@field service string
---@field scenario? string     only in the scenario of this name
---@field at engine.model.Fault.At
---@field for_ms? integer      nil: until the end of the scenario
---@field optional? boolean    it is no error when its moment never comes
---@field pos? engine.model.Pos
---@field signal? string       kill
---@field delay_ms? integer    net_delay: of a round trip
---@field loss? number         net_loss: 0 to 1, neither of them
---@field bandwidth? integer   net_bandwidth: bytes a second on each way
---@field seed? integer        net_loss: of what is lost; default 1
---@field path? string         disk_full
---@field memory_mb? integer   memory
---@field cpu_millicores? integer cpu

---@class engine.model.Fault.At
---@field ms? integer          after the first step of the scenario could begin
---@field before? string       just before the step of this name
---@field after? string        just after it
---@field text string          as the file has it

--- Which key a kind must have, and which it may have.
local NEEDS = {
  net_delay = "delay", net_loss = "loss", net_bandwidth = "bandwidth", memory = "memory_mb",
  cpu = "cpu_millicores",
}
local OF_KIND = {
  signal = "kill", delay = "net_delay", loss = "net_loss", bandwidth = "net_bandwidth",
  seed = "net_loss", path = "disk_full", memory_mb = "memory", cpu_millicores = "cpu",
}
local LIMITED = { memory = "memory_mb", cpu = "cpu_millicores" }
local BY_RELAY = { net_delay = true, net_loss = true, net_bandwidth = true, net_partition = true }

local OUTSIDE = { kill = true, stop = true, pause = true } -- and where the network is disturbed

local function check_keys(cx, checked)
  local kind = checked.value.kind
  if not kind then
    return
  end
  for _, spec in ipairs(checked.order) do
    local of = OF_KIND[spec.name]
    if of and of ~= kind then
      cx:at_key("P109", checked.raw, checked.spelt[spec.name],
        ("`%s` is of a fault %s, not of %s"):format(spec.name, cx:quote(of), cx:quote(kind)))
    end
  end
  local needed = NEEDS[kind]
  if needed and not checked.spelt[needed] then
    local key = cx.schema.root.by_name.fault.type.item.by_name[needed]
    cx:missing_key(cx.schema.root.by_name.fault.type.item, key, checked.t, checked.k)
  end
end

local function service_of(cx, checked, suite)
  local name, names = checked.value.service, {}
  for i, service in ipairs(suite.services) do
    names[i] = service.name
    if service.name == name then
      return service
    end
  end
  if name then
    references.unknown(cx, "service", name, names, checked.raw, "service")
  end
end

--- Checks that there is a limit that could be lowered.
local function check_limit(cx, checked, service)
  local name = LIMITED[checked.value.kind]
  local limit, wanted = service.limits and service.limits[name], name and checked.value[name]
  if name and wanted and not limit then
    cx:at_value("P109", checked.raw, "kind",
      ("the service %s has no limits.%s that could be lowered"):format(cx:quote(service.name),
        name), nil, ("give it one: limits.%s = %d"):format(name, wanted * 4))
  elseif wanted and wanted >= limit then
    cx:at_value("P109", checked.raw, name,
      ("%s is no less than the limit of the service %s, %d"):format(cx:name(name),
        cx:quote(service.name), limit))
  end
end

local function build_fault(cx, checked, suite)
  local value = checked.value
  check_keys(cx, checked)
  local service = service_of(cx, checked, suite)
  if not (service and value.kind) then
    return nil
  end
  check_limit(cx, checked, service)
  service.relay = service.relay or BY_RELAY[value.kind]
  service.is_seen_from_outside = service.is_seen_from_outside or OUTSIDE[value.kind]
  if BY_RELAY[value.kind] and service.network == "none" then
    cx:at_value("P109", checked.raw, "kind",
      ("nothing reaches the service %s: its network is \"none\""):format(cx:quote(service.name)))
  end
  return {
    kind = value.kind,
    service = service.name,
    scenario = value.scenario,
    at = value.at or { ms = 0, text = "0s" },
    for_ms = value["for"],
    optional = value.optional,
    pos = place.of_value(cx, checked.t, checked.k),
    signal = value.signal,
    delay_ms = value.delay,
    loss = value.loss,
    bandwidth = value.bandwidth,
    seed = value.seed,
    path = value.path,
    memory_mb = value.memory_mb,
    cpu_millicores = value.cpu_millicores,
  }
end

--- Builds the faults of a file; services whose network they disturb get `relay`.
---@param cx engine.model.Context
---@param root engine.model.Checked
---@param suite engine.model.Suite whose services are built
---@return { fault: engine.model.Fault, checked: engine.model.Checked }[]
function M.build(cx, root, suite)
  local list = {}
  for _, checked in ipairs(root.value.fault) do
    local fault = checked and build_fault(cx, checked, suite)
    list[#list + 1] = fault and { fault = fault, checked = checked }
  end
  return list
end

local function has(list, name)
  for _, one in ipairs(list) do
    if one == name then
      return true
    end
  end
  return false
end

local function names_of(list)
  local names = {}
  for i, one in ipairs(list) do
    names[i] = one.name
  end
  return names
end

--- Tells why a fault is in no scenario.
local function tell_unused(cx, suite, fault, checked)
  local steps, named = {}, nil
  for _, scenario in ipairs(suite.scenarios) do
    named = named or scenario.name == fault.scenario and scenario or nil
    if not fault.scenario or scenario == named then
      table.move(names_of(scenario.steps), 1, #scenario.steps, #steps + 1, steps)
    end
  end
  local step = fault.at.before or fault.at.after
  if fault.scenario and not named then
    references.unknown(cx, "scenario", fault.scenario, names_of(suite.scenarios), checked.raw,
      "scenario")
  elseif step and not has(steps, step) then
    references.unknown(cx, "step", step, steps, checked.raw, "at")
  else
    cx:at_value("P109", checked.t, checked.k,
      ("no scenario that this fault is for needs the service %s"):format(
        cx:quote(fault.service)))
  end
end

--- Whether somebody else in a scenario could notice that the network of a service is disturbed.
local function is_noticed(scenario, fault)
  if not BY_RELAY[fault.kind] or #scenario.services > 1 then
    return true
  end
  for _, step in ipairs(scenario.steps) do
    if step.service ~= fault.service then
      return true
    end
  end
  return false
end

--- Gives each scenario the faults that are for it.
---@param cx engine.model.Context
---@param suite engine.model.Suite whose services are assigned
---@param list { fault: engine.model.Fault, checked: engine.model.Checked }[]
function M.assign(cx, suite, list)
  for _, item in ipairs(list) do
    local fault, is_used = item.fault, false
    local step = fault.at.before or fault.at.after
    for _, scenario in ipairs(suite.scenarios) do
      if (not fault.scenario or fault.scenario == scenario.name)
        and has(scenario.services, fault.service)
        and (not step or has(names_of(scenario.steps), step)) then
        scenario.faults = scenario.faults or {}
        table.insert(scenario.faults, fault)
        is_used = true
        if not is_noticed(scenario, fault) then
          cx:at_value("P109", item.checked.t, item.checked.k,
            "all steps run in the service itself, where its network is not disturbed", nil,
            "let a step run in the room, or in another service")
        end
      end
    end
    if not is_used then
      tell_unused(cx, suite, fault, item.checked)
    end
  end
end

return M
