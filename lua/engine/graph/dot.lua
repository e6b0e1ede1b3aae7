--- A graph for Graphviz: `dot -Tsvg`.  Pure.
local label = require("engine.graph.label")

local M = {}

--- Quotes a text as an identifier or a label; nothing in it is an escape of Graphviz.
local function quote(text)
  text = label.line(text):gsub("&", "&amp;"):gsub("\\", "\\\\"):gsub('"', '\\"')
  return '"' .. text .. '"'
end

local function add_services(out, cell, indent)
  for _, service in ipairs(cell.services) do
    local about = label.of_service(service)
    local text = quote(service.name)
    if about then
      text = text:sub(1, -2) .. "\\n" .. quote(about):sub(2)
    end
    out[#out + 1] = ("%s%s [label=%s, shape=ellipse];"):format(indent, service.id, text)
  end
end

local function add_scenario(out, scenario, indent)
  out[#out + 1] = ("%ssubgraph cluster_%s {"):format(indent, scenario.id)
  out[#out + 1] = ("%s  label=%s;"):format(indent, quote(label.of_scenario(scenario)))
  for _, step in ipairs(scenario.steps) do
    out[#out + 1] = ("%s  %s [label=%s%s];"):format(indent, step.id, quote(label.of_step(step)),
      step.critical and ", penwidth=2.5" or "")
  end
  out[#out + 1] = indent .. "}"
end

local STYLES = {
  service = "",
  step = "",
  runs_in = "style=dashed, arrowhead=none, constraint=false",
}

local function add_edges(out, graph)
  for _, edge in ipairs(graph.edges) do
    if not edge.implied then
      local about = { STYLES[edge.kind] ~= "" and STYLES[edge.kind] or nil }
      about[#about + 1] = edge.condition and "label=" .. quote(edge.condition) or nil
      about[#about + 1] = edge.critical and "penwidth=2.5" or nil
      out[#out + 1] = ("  %s -> %s%s;"):format(edge.from, edge.to,
        about[1] and (" [%s]"):format(table.concat(about, ", ")) or "")
    end
  end
end

--- Writes a graph.
---@param graph table as engine.graph makes it
---@return string
---@nodiscard
function M.render(graph)
  local out = {
    ("digraph %s {"):format(quote(graph.file)),
    ("  label=%s;"):format(quote(graph.file)),
    "  rankdir=LR;",
    '  fontname="sans-serif";',
    '  node [shape=box, fontname="sans-serif"];',
    '  edge [fontname="sans-serif"];',
  }
  for _, cell in ipairs(graph.cells) do
    local indent = "  "
    if cell.cell then
      out[#out + 1] = ("  subgraph cluster_%s {"):format(cell.id)
      out[#out + 1] = ("    label=%s;"):format(quote(cell.cell))
      indent = "    "
    end
    add_services(out, cell, indent)
    for _, scenario in ipairs(cell.scenarios) do
      add_scenario(out, scenario, indent)
    end
    out[#out + 1] = cell.cell and "  }" or nil
  end
  add_edges(out, graph)
  out[#out + 1] = "}\n"
  return table.concat(out, "\n")
end

return M
