--- Names that refer to other names in a file: services, steps.  Unknown ones and cycles are errors.
---@class engine.model.references
local M = {}

local CIRCLE_SHOWN = 12

local function unknown(cx, what, name, known, t, k)
  local names = {}
  for other in pairs(known) do
    names[#names + 1] = other
  end
  table.sort(names)
  local near = cx:suggest(name, names)
  local label = near and ("did you mean %s?"):format(cx:quote(near)) or nil
  local help = not near and #names > 0 and "there is: " .. table.concat(names, ", ") or nil
  cx:at_value("P113", t, k, ("no %s is named %s"):format(what, cx:quote(name)), label, help)
end

--- Lists what a depends_on names: { name =, t =, k = }.
local function dependencies(checked)
  local value = checked.value.depends_on
  local list = {}
  if type(value) == "string" then
    list[1] = { name = value, t = checked.raw, k = "depends_on" }
  end
  for i, item in ipairs(type(value) == "table" and value or {}) do
    list[i] = { name = item.key or item, t = value.t, k = item.key or value.k or i }
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
local function find_cycles(cx, nodes, what)
  local state = {} -- 1: on the path, 2: done
  for _, start in ipairs(nodes.order) do
    local path = state[start] == nil and { { name = start, at = 0 } } or {}
    state[start] = state[start] or 1
    while #path > 0 do
      local top = path[#path]
      local edges = nodes[top.name].edges
      top.at = top.at + 1
      local edge = edges[top.at]
      if not edge then
        state[top.name] = 2
        path[#path] = nil
      elseif state[edge.name] == 1 then
        local message = ("%s wait for each other: %s"):format(what, circle_text(path, edge.name))
        cx:at_value("P114", edge.t, edge.k, message)
      elseif state[edge.name] == nil and nodes[edge.name] then
        state[edge.name] = 1
        path[#path + 1] = { name = edge.name, at = 0 }
      end
    end
  end
end

local function check_graph(cx, items, what, many)
  local nodes = { order = {} }
  for _, item in ipairs(items) do
    if not nodes[item.name] then
      nodes.order[#nodes.order + 1] = item.name
      nodes[item.name] = { edges = dependencies(item.checked) }
    end
  end
  local known = {}
  for _, name in ipairs(nodes.order) do
    known[name] = true
  end
  for _, name in ipairs(nodes.order) do
    for _, edge in ipairs(nodes[name].edges) do
      if not known[edge.name] then
        unknown(cx, what, edge.name, known, edge.t, edge.k)
      end
    end
  end
  find_cycles(cx, nodes, many)
end

local function named_steps(list)
  local items = {}
  for _, checked in ipairs(list or {}) do
    if checked.value.name then
      items[#items + 1] = { name = checked.value.name, checked = checked }
    end
  end
  return items
end

local function check_steps(cx, list, services)
  for _, checked in ipairs(list or {}) do
    local name = checked.value.service
    if name and not services[name] then
      unknown(cx, "service", name, services, checked.raw, "service")
    end
  end
  check_graph(cx, named_steps(list), "step", "steps")
end

--- Checks all names that refer to others.
---@param cx engine.model.Context
---@param root engine.model.Checked
function M.check(cx, root)
  local services, items = {}, {}
  for _, spelling in ipairs({ "service", "services" }) do
    for _, item in ipairs(root.value[spelling] or {}) do
      services[item.key] = true
      items[#items + 1] = { name = item.key, checked = item.value }
    end
  end
  check_graph(cx, items, "service", "services")
  check_steps(cx, root.value.steps, services)
  for _, spelling in ipairs({ "scenario", "scenarios" }) do
    for _, checked in ipairs(root.value[spelling] or {}) do
      local name = checked.value.service
      if name and not services[name] then
        unknown(cx, "service", name, services, checked.raw, "service")
      end
      check_steps(cx, checked.value.steps, services)
    end
  end
end

return M
