--- What of a room's services has to be there before what.  Pure.
---@class engine.service.graph
local M = {}

--- Indexes services by name.
---@param services engine.model.Service[]
---@return table<string, engine.model.Service>
function M.by_name(services)
  local map = {}
  for _, spec in ipairs(services) do
    if map[spec.name] then
      error(("two services are named '%s'"):format(spec.name), 2)
    end
    map[spec.name] = spec
  end
  return map
end

local function visit(map, name, path, list, seen)
  local spec = map[name]
  if not spec then
    local by = path[#path]
    error(("there is no service '%s'%s"):format(name, by and ", which " .. by .. " needs" or ""), 0)
  elseif seen[name] == "open" then
    error(("the services %s need each other"):format(table.concat(path, ", ")), 0)
  elseif seen[name] then
    return
  end
  seen[name] = "open"
  path[#path + 1] = name
  for _, dependency in ipairs(spec.depends_on or {}) do
    visit(map, dependency.name, path, list, seen)
  end
  path[#path] = nil
  seen[name] = "done"
  list[#list + 1] = name
end

--- Lists services and all they need, in an order in which they can start.  Raises where one is not
--- there or where they need each other: the model has refused that.
---@param map table<string, engine.model.Service>
---@param names string[]
---@return string[]
---@nodiscard
function M.order(map, names)
  local list, seen = {}, {}
  for _, name in ipairs(names) do
    visit(map, name, {}, list, seen)
  end
  return list
end

local function find_path(map, from, to, seen)
  if from == to then
    return { to }
  elseif seen[from] then
    return nil
  end
  seen[from] = true
  for _, dependency in ipairs(map[from].depends_on or {}) do
    local path = find_path(map, dependency.name, to, seen)
    if path then
      table.insert(path, 1, from)
      return path
    end
  end
end

--- Finds why a service is needed: one of `names`, what that needs, …, the service.
---@param map table<string, engine.model.Service>
---@param names string[]
---@param target string
---@return string[]
---@nodiscard
function M.path(map, names, target)
  local seen = {}
  for _, name in ipairs(names) do
    local path = find_path(map, name, target, seen)
    if path then
      return path
    end
  end
  return { target }
end

--- Tells who needs whom, the other way round.
---@param map table<string, engine.model.Service>
---@return table<string, string[]> # by name: those that need it themselves
---@nodiscard
function M.dependents(map)
  local result, names = {}, {}
  for name in pairs(map) do
    result[name] = {}
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    for _, dependency in ipairs(map[name].depends_on or {}) do
      table.insert(result[dependency.name], name)
    end
  end
  return result
end

return M
