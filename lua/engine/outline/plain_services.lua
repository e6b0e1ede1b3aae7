--- Makes the services of a file that fits, as plans read them: see engine.outline.plain.
local closure = require("engine.model.service_closure")
local reference = require("engine.image.reference")
local types = require("engine.outline.plain_values")

---@class engine.outline.plain_services
local M = {}

local WAIT_MS = 30000
local NONE = {}

local known, doubt = types.known, types.doubt

local SERVICE = known([[plugin type image command args env environment ports aliases network workdir
  working_dir hostname entrypoint stop_signal stop_timeout platform pull_policy shm_size
  depends_on kind health_check healthcheck wait limits resources]])

local images = setmetatable({}, { -- by their texts; few, and often the same
  __index = function(t, text)
    t[text] = reference.parse(text) or false
    return t[text]
  end,
})

local generic = setmetatable({}, { -- whether a plugin is the generic one
  __index = function(t, name)
    t[name] = require("engine.service.generic").is_generic(name)
    return t[name]
  end,
})

local function image_of(t)
  local text = t.image
  local image = text and images[text]
  if not image then
    return "host"
  elseif image.kind ~= "stored" then
    doubt() -- a file or folder of the machine
  end
  return { kind = image.kind, text = image.text, name = image.name, platform = t.platform,
    policy = t.pull_policy }
end

local function port_of(value)
  if type(value) ~= "string" then
    return { port = value }
  end
  local outside, inside = value:match("^(%d+):(%d+)$")
  inside = inside or value:match("^%d+$") or doubt()
  return { port = math.tointeger(tonumber(inside)),
    host = outside and math.tointeger(tonumber(outside)) }
end

local function ports_of(value)
  local ports = {}
  for i, port in ipairs(type(value) == "table" and value or { value }) do
    ports[i] = port_of(port)
  end
  return ports
end

local KINDS = { "port", "http", "log", "cmd", "file", "exit" }

local function wait_of(t, form)
  for _, kind in ipairs(KINDS) do
    if t[kind] ~= nil then
      return { kind = kind, key = form:format(kind),
        timeout_ms = t.timeout and types.ms(t.timeout) or WAIT_MS }
    end
  end
  return doubt()
end

local function waits_of(value)
  if not value[1] then
    return next(value) and { wait_of(value, "wait.%s") } or {}
  end
  local waits = {}
  for i, t in ipairs(value) do
    waits[i] = wait_of(t, "wait[" .. i .. "].%s")
  end
  return waits
end

local function service_of(name, t, line)
  for key in pairs(t) do
    if not SERVICE[key] then
      doubt()
    end
  end
  local plugin = t.plugin or t.type
  if plugin and not generic[plugin] or t.kind == "init" then
    doubt()
  end
  return {
    name = name, line = line, kind = t.kind or "daemon", image = image_of(t),
    network = t.network or "room", ports = ports_of(t.ports or NONE), depends_on = {},
    wait = waits_of(t.wait or NONE), health = (t.health_check or t.healthcheck) and true or nil,
  }
end

--- The condition that holds when the file names none.
local function usual_condition(target)
  if target.kind ~= "daemon" then
    return "completed"
  end
  return target.health and "healthy" or "started"
end

--- Says what services wait for.
local function connect(services, tables, positions)
  local by_name = closure.by_name(services)
  for _, service in ipairs(services) do
    local given, edges = tables[service].depends_on, service.depends_on
    local names = type(given) == "table" and given or { given }
    local conditions = not names[1] and given
    for _, name in ipairs(conditions and positions:keys(conditions) or names) do
      edges[#edges + 1] = { name = name,
        condition = conditions and conditions[name] or usual_condition(by_name[name] or doubt()) }
    end
  end
end

--- Lists the services in the order of the text.
local function list_of(root, places)
  local items, services, tables = {}, {}, {}
  for _, spelling in ipairs({ "service", "services" }) do
    local given = root[spelling]
    for _, name in ipairs(given and places.positions:keys(given) or NONE) do
      items[#items + 1] = { name = name, t = given[name],
        at = (places.positions:key(given, name)) }
    end
  end
  if root.service and root.services then
    table.sort(items, function(a, b)
      return a.at < b.at
    end)
  end
  for i, item in ipairs(items) do
    services[i] = service_of(item.name, item.t, places.line(item.at))
    tables[services[i]] = item.t
  end
  return services, tables
end

--- Says of each scenario and step which services it needs, and where a step runs.
local function assign(suite)
  local needs_of, all = closure.closures(suite.services), {}
  local only = #suite.services == 1 and suite.services[1].name or nil
  for i, service in ipairs(suite.services) do
    all[i] = service.name
  end
  local everything = needs_of(all)
  for _, scenario in ipairs(suite.scenarios) do
    local used, is_used, is_in_room = {}, {}, false
    for _, step in ipairs(scenario.steps) do
      local name = step.service or scenario.service or only
      step.service = name
      if name then
        if not is_used[name] then
          is_used[name], used[#used + 1] = true, name
        end
        step.needs = needs_of({ name })
      else
        is_in_room, step.needs = true, everything
      end
    end
    scenario.services = is_in_room and everything or needs_of(used)
  end
end

--- Adds the services of a file, and says which of them steps need.
---@param suite table with its scenarios, whose `service` is where steps run that do not say it
---@param root table decoded
---@param places engine.outline.Places
function M.add(suite, root, places)
  local tables
  suite.services, tables = list_of(root, places)
  for _, service in ipairs(suite.services) do
    suite.has_images = suite.has_images or service.image ~= "host"
  end
  connect(suite.services, tables, places.positions)
  assign(suite)
end

return M
