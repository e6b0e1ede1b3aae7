--- A graph as a tree of lines: cells, their services and scenarios, and the steps of these.
local label = require("engine.graph.label")
local show = require("engine.ui.show")
local style = require("engine.ui.style")

local M = {}

local UTF8 = { branch = "├─ ", last = "└─ ", through = "│  ", blank = "   ", mark = "●" }
local ASCII = { branch = "|- ", last = "`- ", through = "|  ", blank = "   ", mark = "*" }
local NAME_MAX = 40 -- columns of names that what is beside them leaves room for

---@class engine.graph.tree.Node
---@field text string
---@field about? string     beside it
---@field is_head? boolean
---@field is_marked? boolean
---@field children? engine.graph.tree.Node[]

local function services_node(graph, cell)
  local before, names = {}, {}
  for _, service in ipairs(cell.services) do
    names[service.id] = service.name
  end
  for _, edge in ipairs(graph.edges) do
    if edge.kind == "service" then
      before[edge.to] = before[edge.to] or {}
      table.insert(before[edge.to], ("%s is %s"):format(names[edge.from], edge.condition))
    end
  end
  local node = { text = "services", is_head = true, children = {} }
  for i, service in ipairs(cell.services) do
    local parts = { label.of_service(service) }
    local waits = before[service.id]
    parts[#parts + 1] = waits and "after " .. label.join(waits)
    node.children[i] = { text = service.name, about = table.concat(parts, ", ") }
  end
  return node
end

local function step_node(step, before, numbers, is_graph)
  local parts, waits = {}, {}
  for i, id in ipairs(is_graph and before[step.id] or {}) do
    waits[i] = numbers[id]
  end
  parts[#parts + 1] = step.service and "in " .. step.service or nil
  if is_graph then
    parts[#parts + 1] = waits[1] and "after " .. label.join(waits) or step.step > 1 and "at once"
      or nil
  end
  parts[#parts + 1] = step.duration_ms and label.time(step.duration_ms) or nil
  return {
    text = ("%d %s"):format(step.step, step.name),
    about = table.concat(parts, ", "),
    is_marked = step.critical,
  }
end

local function scenario_node(scenario, before)
  local numbers, notes = {}, {}
  local node = { text = scenario.name, is_head = true, children = {} }
  for _, step in ipairs(scenario.steps) do
    numbers[step.id] = step.step
  end
  for i, step in ipairs(scenario.steps) do
    node.children[i] = step_node(step, before, numbers, scenario.width ~= nil)
  end
  notes[#notes + 1] = scenario.shared_room and "shared room" or nil
  notes[#notes + 1] = scenario.services[1] and "with " .. label.join(scenario.services) or nil
  notes[#notes + 1] = scenario.critical_ms
    and ("critical path %s"):format(label.time(scenario.critical_ms)) or nil
  node.about = table.concat(notes, ", ")
  return node
end

local function cell_nodes(graph, cell, before)
  local list = {}
  list[1] = cell.services[1] and services_node(graph, cell) or nil
  for _, scenario in ipairs(cell.scenarios) do
    list[#list + 1] = scenario_node(scenario, before)
  end
  return list
end

--- Makes the tree of a graph.
local function root_of(graph)
  local before = label.before(graph)
  local root = { text = graph.file, is_head = true, children = {} }
  for _, cell in ipairs(graph.cells) do
    local nodes = cell_nodes(graph, cell, before)
    if cell.cell then
      table.insert(root.children, { text = ("[%s]"):format(cell.cell), is_head = true,
        children = nodes })
    else
      table.move(nodes, 1, #nodes, #root.children + 1, root.children)
    end
  end
  return root
end

--- The column behind the names of some nodes, long ones left out.  Written in ASCII a name is
--- longer, which counts where lines are cut to a screen alone.
local function widest_of(look, nodes)
  local widest = 0
  for _, node in ipairs(nodes) do
    local width = show.width(show.safe(look, node.text))
    local is_long = width > NAME_MAX
      and (look.fits or show.width(show.safe({ utf8 = true }, node.text)) > NAME_MAX)
    widest = math.max(widest, is_long and NAME_MAX or width)
  end
  return widest
end

local function add(look, out, node, lead, under, widest)
  local glyphs = look.utf8 and UTF8 or ASCII
  local name, about = show.safe(look, node.text), show.safe(look, node.about or "")
  local gap = (" "):rep(math.max(widest - show.width(name), 0))
  local mark = node.is_marked and "  " .. glyphs.mark or ""
  local line = lead .. name
  if about ~= "" or mark ~= "" then
    line = line .. gap .. (about ~= "" and "  " .. about or "") .. mark
  end
  if look.fits then
    line = show.fit(look, line, look.width)
  end
  out[#out + 1] = (node.is_head and style.paint(look.color, "bold", line) or line) .. "\n"
  local children = node.children or {}
  local below = widest_of(look, children)
  for i, child in ipairs(children) do
    local is_last = i == #children
    add(look, out, child, under .. (is_last and glyphs.last or glyphs.branch),
      under .. (is_last and glyphs.blank or glyphs.through), child.is_head and 0 or below)
  end
end

--- Writes a graph.
---@param look engine.ui.Look
---@param graph table as engine.graph makes it
---@return string
---@nodiscard
function M.render(look, graph)
  local out = {}
  add(look, out, root_of(graph), "", "", 0)
  return table.concat(out)
end

return M
