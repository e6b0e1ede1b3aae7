--- What waits for what in a test file, as plain data: the services and steps of each cell and
--- scenario, and the edges between them.  The formats of `clnrm graph` are made of it.
---
--- docs/reference/plan-json.md has each field.  An edge leads from what comes first to what waits
--- for it.  Reads no file; times are given to it.
local critical = require("engine.graph.critical")
local document = require("engine.plan.document")
local implied = require("engine.graph.implied")
local json = require("core.json")

local M = {}

M.SCHEMA = "clnrm.graph/1"

---@class engine.graph.Times of steps, in ms, by the identity of their scenario and their name
---@field of fun(self, scenario: engine.model.Scenario): table<string, number>

local function service_of(service, id, clean)
  local image = document.image(service.image)
  for key, value in pairs(image) do
    image[key] = type(value) == "string" and clean(value) or value
  end
  return {
    id = id,
    name = clean(service.name),
    line = service.line,
    kind = service.kind,
    plugin = service.plugin,
    image = image,
  }
end

--- Adds the services of a suite, and what they wait for.
---@return table<string, string> id by name
local function add_services(out, cell, suite, clean)
  local id_of = {}
  for i, service in ipairs(suite.services) do
    id_of[service.name] = ("%ss%d"):format(cell.id, i)
    cell.services[i] = service_of(service, id_of[service.name], clean)
  end
  for _, service in ipairs(suite.services) do
    for _, edge in ipairs(service.depends_on) do
      out.edges[#out.edges + 1] = {
        from = id_of[edge.name],
        to = id_of[service.name],
        kind = "service",
        condition = edge.condition,
      }
    end
  end
  return id_of
end

local function step_of(step, id, clean, ms)
  return { id = id, step = step.index, name = clean(step.name), line = step.line,
    service = step.service and clean(step.service), duration_ms = ms }
end

--- Adds the edges of the steps of a scenario; marks those that others imply.
local function add_edges(out, group, after)
  local is_implied = group.width and implied.of(after) or {}
  for index, list in ipairs(after) do
    for _, before in ipairs(list) do
      local from, to = group.steps[before], group.steps[index]
      out.edges[#out.edges + 1] = {
        from = from.id,
        to = to.id,
        kind = "step",
        implied = is_implied[index] and is_implied[index][before],
        critical = from.critical and to.critical and to.waits_for == before or nil,
      }
    end
  end
  for _, step in ipairs(group.steps) do
    step.waits_for = nil
  end
end

--- Adds a scenario with its steps.
local function add_scenario(out, cell, scenario, services, times, clean)
  local group = {
    id = ("%st%d"):format(cell.id, #cell.scenarios + 1),
    name = clean(scenario.name),
    line = scenario.line,
    shared_room = scenario.is_shared,
    services = json.array(),
    width = scenario.graph and scenario.graph.width or nil,
    steps = json.array(),
  }
  for i, name in ipairs(scenario.services) do
    group.services[i] = clean(name)
  end
  cell.scenarios[#cell.scenarios + 1] = group
  local known, after = times and times:of(scenario) or {}, {}
  for i, step in ipairs(scenario.steps) do
    after[i] = document.after(scenario, i)
    group.steps[i] = step_of(step, ("%sp%d"):format(group.id, i), clean, known[step.name])
    group.steps[i].after = after[i]
  end
  if scenario.graph then
    group.critical_ms = critical.mark(group.steps)
  end
  add_edges(out, group, after)
  for i, step in ipairs(scenario.steps) do
    if step.service then
      out.edges[#out.edges + 1] =
        { from = services[step.service], to = group.steps[i].id, kind = "runs_in" }
    end
  end
end

--- Makes the graph of a file.
---@param scenarios engine.model.Scenario[] those that are to be in it, of one file
---@param opts? { times?: engine.graph.Times, clean?: fun(name: string, scenario:
---engine.model.Scenario): string } clean: takes secrets out of names
---@return table
---@nodiscard
function M.of(scenarios, opts)
  opts = opts or {}
  local first = scenarios[1] and scenarios[1].suite
  local out = {
    schema = M.SCHEMA,
    file = first and first.file,
    cells = json.array(),
    edges = json.array(),
  }
  local cells, services = {}, {}
  for _, scenario in ipairs(scenarios) do
    local suite = scenario.suite
    local function clean(name)
      return opts.clean and opts.clean(name, scenario) or name
    end
    if not cells[suite] then
      local cell = {
        id = ("c%d"):format(#out.cells + 1),
        cell = suite.cell and clean(suite.cell),
        name = clean(suite.name),
        services = json.array(),
        scenarios = json.array(),
      }
      out.cells[#out.cells + 1], cells[suite] = cell, cell
      services[suite] = add_services(out, cell, suite, clean)
    end
    add_scenario(out, cells[suite], scenario, services[suite], opts.times, clean)
  end
  return out
end

return M
