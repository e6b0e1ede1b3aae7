--- Names that refer to other names in a file: services, steps.  Unknown ones and cycles are errors.
---@class engine.model.references
local M = {}

local CIRCLE_SHOWN = 12
local NAMES_MAX, NAMES_SHOWN = 100, 10

--- Reports a name that nothing has; of many names that there are, only some are looked at.
---@param known string[] in the order of the file
---@param t table where the name stands
---@param k any
function M.unknown(cx, what, name, known, t, k)
  local names = table.move(known, 1, math.min(#known, NAMES_MAX), 1, {})
  local near = cx:suggest(name, names)
  local label = near and ("did you mean %s?"):format(cx:quote(near)) or nil
  local help
  if not near and #names > 0 then
    local shown = table.concat(names, ", ", 1, math.min(#names, NAMES_SHOWN))
    help = "there is: " .. shown .. (#names > NAMES_SHOWN and ", …" or "")
  end
  local message = ("no %s is named %s"):format(what, cx:quote(name))
  local d = cx:at_value("P113", t, k, message, label, help)
  cx:set_meant(d, t[k] == name and near or nil)
end

--- Lists what a depends_on names.
---@param checked engine.model.Checked
---@return { name: string, t: table, k: any, condition?: string }[]
---@nodiscard
function M.dependencies(checked)
  local value = checked.value.depends_on
  local list = {}
  if type(value) == "string" then
    list[1] = { name = value, t = checked.raw, k = "depends_on" }
  end
  for i, item in ipairs(type(value) == "table" and value or {}) do
    local name = type(item) == "table" and item.key or item
    local k = type(item) == "table" and name or value.k or i
    list[i] = { name = name, t = value.t, k = k, condition = item ~= name and item.value or nil }
  end
  return list
end

--- Finds the circle at the end of a path.
---@return { name: any }[] entries
local function circle_of(path, name)
  local circle, seen = {}, false
  for _, entry in ipairs(path) do
    seen = seen or entry.name == name
    circle[#circle + 1] = seen and entry or nil
  end
  return circle
end

--- Writes a circle; of a long one, how it begins and ends.
local function circle_text(circle, name_of)
  local names = {}
  for i, entry in ipairs(circle) do
    names[i] = name_of(entry.name)
  end
  local count, first = #names, names[1]
  if count > CIRCLE_SHOWN then
    names = table.move(names, 1, CIRCLE_SHOWN // 2, 1, {})
    names[#names + 1] = ("(%d more)"):format(count - #names)
  end
  names[#names + 1] = first
  return table.concat(names, " → ")
end

--- Tells a circle where the file names the last step of it; a step that names nothing waits by its
--- place.
local function tell_circle(cx, circle, what, name_of)
  local message = ("%s wait for each other: %s"):format(what, circle_text(circle, name_of))
  local at, help
  for i = #circle, 1, -1 do
    local edge = circle[i].edge
    at = at or edge.t and edge
    if not edge.t and not help then
      help = ("%s has no depends_on, so it waits for all that stand before it"):format(
        cx:quote(name_of(circle[i].name)))
    end
  end
  cx:at_value("P114", at.t, at.k, message, nil, help)
end

local function itself(name)
  return name
end

--- Finds cycles by a walk without recursion; each is told once.
---@param order any[] names
---@param edges_of table<any, { name: any, t?: table, k?: any }[]> by name; t and k: where it stands
---@param what string
---@param name_of? fun(name: any): string
function M.find_cycles(cx, order, edges_of, what, name_of)
  name_of = name_of or itself
  local state = {} -- 1: on the path, 2: done
  for _, start in ipairs(order) do
    local path = state[start] == nil and { { name = start, at = 0 } } or {}
    state[start] = state[start] or 1
    while #path > 0 do
      local top = path[#path]
      top.at = top.at + 1
      local edge = edges_of[top.name][top.at]
      top.edge = edge
      if not edge then
        state[top.name] = 2
        path[#path] = nil
      elseif state[edge.name] == 1 then
        tell_circle(cx, circle_of(path, edge.name), what, name_of)
      elseif state[edge.name] == nil and edges_of[edge.name] then
        state[edge.name] = 1
        path[#path + 1] = { name = edge.name, at = 0 }
      end
    end
  end
end

--- Checks what services wait for; that of steps is engine.model.step_graph's.
---@param named { name: string, checked: engine.model.Checked }[]
local function check_graph(cx, named)
  local order, edges_of, has_edges = {}, {}, false
  for _, item in ipairs(named) do
    if not edges_of[item.name] then
      order[#order + 1] = item.name
      edges_of[item.name] = M.dependencies(item.checked)
      has_edges = has_edges or #edges_of[item.name] > 0
    end
  end
  if not has_edges then
    return
  end
  for _, name in ipairs(order) do
    for _, edge in ipairs(edges_of[name]) do
      if not edges_of[edge.name] then
        M.unknown(cx, "service", edge.name, order, edge.t, edge.k)
      end
    end
  end
  M.find_cycles(cx, order, edges_of, "services")
end

--- Checks that the service of a step or a scenario is there.
local function check_service(cx, checked, services)
  local name = checked.value.service
  if name and not services.has[name] then
    M.unknown(cx, "service", name, services.list, checked.raw, "service")
  end
end

--- Checks that the services whose logs are collected are there.
local function check_collect(cx, checked, services)
  local artifacts = checked.value.artifacts
  local list = artifacts and artifacts.value.collect or {}
  for i, item in ipairs(list) do
    local is_known = item.kind ~= "logs" or services.has[item.name]
      or item.name == "all" and services.list[1]
    if not is_known then
      M.unknown(cx, "service", item.name, services.list, list.t, list.k or i)
    end
  end
end

local function check_steps(cx, list, services)
  for _, checked in ipairs(list or {}) do
    check_service(cx, checked, services)
  end
end

--- Checks all names that refer to others.
---@param cx engine.model.Context
---@param root engine.model.Checked
function M.check(cx, root)
  local services, named = { list = {}, has = {} }, {}
  for _, spelling in ipairs({ "service", "services" }) do
    for _, item in ipairs(root.value[spelling] or {}) do
      services.has[item.key] = true
      services.list[#services.list + 1] = item.key
      named[#named + 1] = item.value and { name = item.key, checked = item.value }
    end
  end
  check_graph(cx, named)
  check_steps(cx, root.value.steps, services)
  for _, spelling in ipairs({ "scenario", "scenarios" }) do
    for _, checked in ipairs(root.value[spelling] or {}) do
      check_service(cx, checked, services)
      check_collect(cx, checked, services)
      check_steps(cx, checked.value.steps, services)
    end
  end
end

M.own_check = M.check -- as in engine.model

return M
