--- Names that refer to other names in a file: services, steps.  Unknown ones and cycles are errors.
---@class engine.model.references
local M = {}

local CIRCLE_SHOWN = 12
local NAMES_MAX, NAMES_SHOWN = 100, 10

--- Reports a name that nothing has; of many names that there are, only some are looked at.
---@param known string[] in the order of the file
local function unknown(cx, what, name, known, t, k)
  local names = table.move(known, 1, math.min(#known, NAMES_MAX), 1, {})
  local near = cx:suggest(name, names)
  local label = near and ("did you mean %s?"):format(cx:quote(near)) or nil
  local help
  if not near and #names > 0 then
    local shown = table.concat(names, ", ", 1, math.min(#names, NAMES_SHOWN))
    help = "there is: " .. shown .. (#names > NAMES_SHOWN and ", …" or "")
  end
  cx:at_value("P113", t, k, ("no %s is named %s"):format(what, cx:quote(name)), label, help)
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

--- Writes the circle at the end of a path; of a long one, how it begins and ends.
local function circle_text(path, name)
  local names, seen = {}, false
  for _, entry in ipairs(path) do
    seen = seen or entry.name == name
    names[#names + 1] = seen and entry.name or nil
  end
  local count = #names
  if count > CIRCLE_SHOWN then
    names = table.move(names, 1, CIRCLE_SHOWN // 2, 1, {})
    names[#names + 1] = ("(%d more)"):format(count - #names)
  end
  names[#names + 1] = name
  return table.concat(names, " → ")
end

--- Finds cycles by a walk without recursion; each is told once.
---@param order string[] names
---@param edges_of table<string, { name: string, t: table, k: any }[]> by name
local function find_cycles(cx, order, edges_of, what)
  local state = {} -- 1: on the path, 2: done
  for _, start in ipairs(order) do
    local path = state[start] == nil and { { name = start, at = 0 } } or {}
    state[start] = state[start] or 1
    while #path > 0 do
      local top = path[#path]
      top.at = top.at + 1
      local edge = edges_of[top.name][top.at]
      if not edge then
        state[top.name] = 2
        path[#path] = nil
      elseif state[edge.name] == 1 then
        local message = ("%s wait for each other: %s"):format(what, circle_text(path, edge.name))
        cx:at_value("P114", edge.t, edge.k, message)
      elseif state[edge.name] == nil and edges_of[edge.name] then
        state[edge.name] = 1
        path[#path + 1] = { name = edge.name, at = 0 }
      end
    end
  end
end

--- Checks what named things wait for.
---@param named { name: string, checked: engine.model.Checked }[]
local function check_graph(cx, named, what, many)
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
        unknown(cx, what, edge.name, order, edge.t, edge.k)
      end
    end
  end
  find_cycles(cx, order, edges_of, many)
end

--- Checks that the service of a step or a scenario is there.
local function check_service(cx, checked, services)
  local name = checked.value.service
  if name and not services.has[name] then
    unknown(cx, "service", name, services.list, checked.raw, "service")
  end
end

local function check_steps(cx, list, services)
  local named = {}
  for _, checked in ipairs(list or {}) do
    check_service(cx, checked, services)
    if checked.value.name then
      named[#named + 1] = { name = checked.value.name, checked = checked }
    end
  end
  check_graph(cx, named, "step", "steps")
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
  check_graph(cx, named, "service", "services")
  check_steps(cx, root.value.steps, services)
  for _, spelling in ipairs({ "scenario", "scenarios" }) do
    for _, checked in ipairs(root.value[spelling] or {}) do
      check_service(cx, checked, services)
      check_steps(cx, checked.value.steps, services)
    end
  end
end

return M
