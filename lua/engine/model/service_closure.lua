--- What services need, with all that these wait for in turn.  Pure.
---@class engine.model.service_closure
local M = {}

--- Finds services by their names.
---@param services engine.model.Service[]
---@return table<string, engine.model.Service>
---@nodiscard
function M.by_name(services)
  local found = {}
  for _, service in ipairs(services) do
    found[service.name] = service
  end
  return found
end

--- Adds what a service and all before it wait for to `list`, first things first.
function M.visit(name, found, seen, list)
  local service = found[name]
  if seen[name] or not service then
    return
  end
  seen[name] = true
  for _, edge in ipairs(service.depends_on) do
    M.visit(edge.name, found, seen, list)
  end
  list[#list + 1] = name
end

--- Gives a function that lists what names need, with themselves, in an order they can start in.
--- Equal questions get the same list.
---@param services engine.model.Service[]
---@return fun(names: string[]): string[]
function M.closures(services)
  local found, known = M.by_name(services), {}
  return function(names)
    local key = table.concat(names, "\0")
    local list = known[key]
    if not list then
      local seen = {}
      list = {}
      for _, name in ipairs(names) do
        M.visit(name, found, seen, list)
      end
      known[key] = list
    end
    return list
  end
end

return M
