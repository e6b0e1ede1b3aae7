--- A graph as a flowchart of Mermaid, which GitHub and GitLab draw in Markdown.  Pure.
local label = require("engine.graph.label")

local M = {}

local function by_number(c)
  return ("#%d;"):format(c:byte())
end

--- Quotes a label: whatever means something to Mermaid is written by its number, and so is what
--- would make it a list of Markdown.
local function quote(text)
  text = label.line(text):gsub("[^%w \128-\255.,:_=/@()+*!?'-]", by_number)
  text = text:gsub("^[-+*]", by_number):gsub("^(%d+)%.", "%1#46;")
  return '"' .. text .. '"'
end

local function add_services(out, cell, indent)
  for _, service in ipairs(cell.services) do
    local about = label.of_service(service)
    local text = quote(service.name)
    if about then
      text = text:sub(1, -2) .. "<br/>" .. quote(about):sub(2)
    end
    out[#out + 1] = ("%s%s([%s])"):format(indent, service.id, text)
  end
end

local function add_scenario(out, scenario, indent, critical)
  out[#out + 1] = ("%ssubgraph %s[%s]"):format(indent, scenario.id,
    quote(label.of_scenario(scenario)))
  for _, step in ipairs(scenario.steps) do
    out[#out + 1] = ("%s  %s[%s]"):format(indent, step.id, quote(label.of_step(step)))
    critical[#critical + 1] = step.critical and step.id or nil
  end
  out[#out + 1] = indent .. "end"
end

local function edge_text(edge)
  if edge.kind == "runs_in" then
    return "-.-"
  elseif edge.condition then
    return ("-->|%s|"):format(quote(edge.condition))
  end
  return edge.critical and "==>" or "-->"
end

--- Writes a graph.
---@param graph table as engine.graph makes it
---@return string
---@nodiscard
function M.render(graph)
  local out, critical = { "flowchart LR" }, {}
  for _, cell in ipairs(graph.cells) do
    local indent = "  "
    if cell.cell then
      out[#out + 1] = ("  subgraph %s[%s]"):format(cell.id, quote(cell.cell))
      indent = "    "
    end
    add_services(out, cell, indent)
    for _, scenario in ipairs(cell.scenarios) do
      add_scenario(out, scenario, indent, critical)
    end
    out[#out + 1] = cell.cell and "  end" or nil
  end
  for _, edge in ipairs(graph.edges) do
    if not edge.implied then
      out[#out + 1] = ("  %s %s %s"):format(edge.from, edge_text(edge), edge.to)
    end
  end
  if critical[1] then
    out[#out + 1] = "  classDef critical stroke-width:3px"
    out[#out + 1] = ("  class %s critical"):format(table.concat(critical, ","))
  end
  return table.concat(out, "\n") .. "\n"
end

return M
