--- What services wait for: conditions filled in and checked, and in which order they can start.
local closure = require("engine.model.service_closure")
local place = require("engine.model.place")
local references = require("engine.model.references")

---@class engine.model.service_graph
local M = {}

--- The condition that holds when the file names none.
local function usual_condition(target)
  if target.kind ~= "daemon" then
    return "completed"
  end
  return target.health and "healthy" or "started"
end

--- Says why a condition can never come true, or nil.  Of a service whose module was not executed
--- that is not known.
local function impossible(target, condition)
  if target.is_open then
    return nil
  elseif condition == "completed" and target.kind == "daemon" then
    return "is a daemon, which never completes", 'what completes has kind = "task"'
  elseif condition == "healthy" and type(target.image) == "table" then
    return nil -- its image may have a HEALTHCHECK: engine.image looks
  elseif condition == "healthy" and not target.health then
    return "has no health_check, so it is never healthy",
      '"started" waits until it is ready; or give it a health_check'
  end
end

local function add_dependency(cx, service, edge, target)
  local condition = edge.condition or usual_condition(target)
  local why, help = impossible(target, condition)
  if why then
    cx:at_value("P109", edge.t, edge.k, ("%s %s"):format(cx:quote(target.name), why), nil, help)
    return
  end
  for _, known in ipairs(service.depends_on) do
    if known.name == target.name then
      cx:at_value("P105", edge.t, edge.k, ("%s is given twice"):format(cx:quote(target.name)),
        "leave one out")
      return
    end
  end
  service.depends_on[#service.depends_on + 1] = {
    name = target.name,
    condition = condition,
    pos = place.of_value(cx, edge.t, edge.k),
  }
end

--- Makes everything wait for the `init` services that do not wait for it themselves.
local function add_inits(services, found)
  for _, init in ipairs(services) do
    if init.kind == "init" then
      local before = {}
      closure.visit(init.name, found, before, {})
      for _, service in ipairs(services) do
        if not before[service.name] and service.kind ~= "init" then
          local has = false
          for _, edge in ipairs(service.depends_on) do
            has = has or edge.name == init.name
          end
          if not has then
            table.insert(service.depends_on, 1,
              { name = init.name, condition = "completed", implied = true, pos = service.pos })
          end
        end
      end
    end
  end
end

--- Fills in what services wait for.  Unknown names and cycles are told by engine.model.references.
---@param cx engine.model.Context
---@param services engine.model.Service[]
---@param checked_of table<engine.model.Service, engine.model.Checked>
function M.connect(cx, services, checked_of)
  local found = closure.by_name(services)
  for _, service in ipairs(services) do
    for _, edge in ipairs(references.dependencies(checked_of[service])) do
      local target = found[edge.name]
      if target and target ~= service then
        add_dependency(cx, service, edge, target)
      end
    end
  end
  add_inits(services, found)
end

M.closures = closure.closures

return M
