--- A graph as one page: tables and drawings that need neither scripts nor a style sheet.  Pure.
local label = require("engine.graph.label")
local layout = require("engine.graph.layout")
local text = require("core.text")

local M = {}

local NAME_MAX = 28 -- columns of a name in a drawing; all of it stands in the table below
local STYLE = [[
body { font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border: 1px solid #8888; padding: .25em .6em; text-align: left; vertical-align: top; }
figure { margin: 1em 0; overflow-x: auto; }
@media (prefers-color-scheme: dark) { html { background: #111; color: #ddd; }
figure { background: #ddd; color: #111; } }
]]

local NAMED = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local function escape(s)
  return (label.line(tostring(s)):gsub("[&<>\"']", NAMED))
end

local function row(out, kind, cells)
  local list = {}
  for i, cell in ipairs(cells) do
    list[i] = ("<%s%s>%s</%s>"):format(kind, kind == "th" and ' scope="col"' or "", escape(cell),
      kind)
  end
  out[#out + 1] = "<tr>" .. table.concat(list) .. "</tr>"
end

local function table_of(out, heads, rows)
  out[#out + 1] = "<table>"
  row(out, "th", heads)
  for _, cells in ipairs(rows) do
    row(out, "td", cells)
  end
  out[#out + 1] = "</table>"
end

--- Draws an edge between two boxes, from the right side of one to the left side of the other.
local function draw_edge(out, from, to, is_critical)
  local x1, y1 = from.x + from.width, from.y + layout.HEIGHT / 2
  local x2, y2 = to.x - 5, to.y + layout.HEIGHT / 2
  local bend = layout.GAP / 2
  out[#out + 1] = ('<path d="M%g %gC%g %g %g %g %g %g" fill="none" stroke="#555" '
    .. 'stroke-width="%s" marker-end="url(#arrow)"/>'):format(x1, y1, x1 + bend, y1, x2 - bend, y2,
    x2, y2, is_critical and "2.5" or "1")
end

local function draw_box(out, box, step, shown)
  out[#out + 1] = ('<g><title>%s</title><rect x="%g" y="%g" width="%g" height="%d" rx="4" '
    .. 'fill="#fff" stroke="#333" stroke-width="%s"/><text x="%g" y="%g" text-anchor="middle" '
    .. 'font-family="sans-serif" font-size="13" fill="#111">%s</text></g>'):format(
    escape(label.of_step(step)), box.x, box.y, box.width, layout.HEIGHT,
    step.critical and "2.5" or "1", box.x + box.width / 2, box.y + 20, shown)
end

--- Draws the steps of a scenario.
local function draw(out, scenario, edges)
  local shown, widths, box_of = {}, {}, {}
  for i, step in ipairs(scenario.steps) do
    local name = text.cut(label.line(step.name), NAME_MAX, { middle = true, mark = "…" })
    shown[i] = ("%d %s"):format(step.step, name)
    widths[i] = text.width(shown[i])
  end
  local boxes, width, height = layout.place(scenario.steps, widths)
  for i, step in ipairs(scenario.steps) do
    box_of[step.id] = boxes[i]
  end
  out[#out + 1] = ('<figure><svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
    .. 'role="img" aria-label="%s">'):format(math.ceil(width), math.ceil(height),
    escape("steps of " .. scenario.name))
  for _, edge in ipairs(edges) do
    if box_of[edge.to] and box_of[edge.from] and edge.kind == "step" and not edge.implied then
      draw_edge(out, box_of[edge.from], box_of[edge.to], edge.critical)
    end
  end
  for i, step in ipairs(scenario.steps) do
    draw_box(out, boxes[i], step, escape(shown[i]))
  end
  out[#out + 1] = "</svg></figure>"
end

local function add_services(out, cell, edges)
  if not cell.services[1] then
    return
  end
  local names, after, rows = {}, {}, {}
  for _, service in ipairs(cell.services) do
    names[service.id] = service.name
  end
  for _, edge in ipairs(edges) do
    if edge.kind == "service" then
      after[edge.to] = after[edge.to] or {}
      table.insert(after[edge.to], ("%s is %s"):format(names[edge.from], edge.condition))
    end
  end
  for i, service in ipairs(cell.services) do
    rows[i] = { service.name, label.of_service(service) or "",
      label.join(after[service.id] or {}) or "", service.line or "" }
  end
  out[#out + 1] = "<h3>Services</h3>"
  table_of(out, { "service", "what", "after", "line" }, rows)
end

local function add_scenario(out, scenario, edges)
  out[#out + 1] = ("<h3>%s</h3>"):format(escape(label.of_scenario(scenario)))
  if scenario.services[1] then
    out[#out + 1] = ("<p>With %s.</p>"):format(escape(label.join(scenario.services)))
  end
  if #scenario.steps <= layout.STEPS_MAX then
    draw(out, scenario, edges)
  else
    out[#out + 1] = ("<p>%d steps: too many to be drawn.</p>"):format(#scenario.steps)
  end
  local rows = {}
  for i, step in ipairs(scenario.steps) do
    rows[i] = { step.step, step.name, step.service or "", label.join(step.after) or "",
      step.duration_ms and label.time(step.duration_ms) or "",
      step.critical and "critical path" or "", step.line or "" }
  end
  table_of(out, { "step", "name", "in service", "after", "took", "", "line" }, rows)
end

--- Writes a graph.
---@param graph table as engine.graph makes it
---@return string
---@nodiscard
function M.render(graph)
  local file = escape(graph.file)
  local out = {
    "<!DOCTYPE html>",
    '<html lang="en"><head><meta charset="utf-8"/>',
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      .. "style-src 'unsafe-inline'\"/>",
    '<meta name="viewport" content="width=device-width"/>',
    ("<title>%s</title><style>%s</style></head><body>"):format(file, STYLE),
    '<svg width="0" height="0" aria-hidden="true"><defs><marker id="arrow" viewBox="0 0 10 10" '
      .. 'refX="5" refY="5" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" '
      .. 'orient="auto"><path d="M0 0 10 5 0 10z" fill="#555"/></marker></defs></svg>',
    ("<h1>%s</h1>"):format(file),
  }
  for _, cell in ipairs(graph.cells) do
    out[#out + 1] = cell.cell and ("<h2>%s</h2>"):format(escape(cell.cell)) or nil
    add_services(out, cell, graph.edges)
    for _, scenario in ipairs(cell.scenarios) do
      add_scenario(out, scenario, graph.edges)
    end
  end
  out[#out + 1] = "</body></html>\n"
  return table.concat(out, "\n")
end

return M
