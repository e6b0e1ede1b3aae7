--- Builds the services of a file from their checked tables, and says which of them a step needs.
local place = require("engine.model.place")
local graph = require("engine.model.service_graph")
local modules = require("engine.service.modules")
local parts = require("engine.model.service_parts")
local places = require("engine.model.service_places")
local rights = require("engine.model.rights")
local reference = require("engine.image.reference")

---@class engine.model.services
local M = {}

---@class engine.model.Service
---@field name string
---@field line integer
---@field pos engine.model.Pos     of its name
---@field plugin? string           nil: the generic one
---@field image "host"|engine.image.Image
---@field given? { entrypoint?: table, command?: table, args?: string[], stop_signal?: boolean }
--- what the file says beside an image
---@field root? engine.image.Root  of an image that was made ready
---@field argv? string[]           entrypoint, command and args joined; either this
---@field shell? string            or this
---@field env string[][]           { name, value }
---@field cwd? string              absolute; without it /var/lib/NAME
---@field hostname? string
---@field user? string            "user" or "user:group", names or numbers
---@field ports { port: integer, host?: integer }[] host: on this machine, 0 is any free one
---@field listens integer[]        ports it is known to listen on: declared, or waited for
---@field volumes engine.model.Service.Volume[]
---@field files engine.model.Service.File[]
---@field tmpfs { path: string, size?: integer, mode?: integer }[]
---@field shm_size? integer        bytes of its own /dev/shm
---@field aliases string[]
---@field extra_hosts string[][]   { name, address }
---@field ulimits table<string, integer>
---@field network "room"|"none"|"host"
---@field networks? string[]       of the room, by their names; nil: the one that all share
---@field has_way_out? boolean
---@field rights? engine.model.Rights beyond its container
---@field is_seen_from_outside? boolean steps that say nothing run in the room, not in it
---@field relay? boolean           connections to it go through clnrm, which can disturb them
---@field kind "daemon"|"task"|"init"
---@field depends_on engine.model.Service.Dependency[]
---@field wait engine.model.Service.Wait[]
---@field health? engine.model.Service.Health
---@field limits? engine.model.Service.Limits
---@field stop_signal string|integer "SIGTERM"; a number where the image says it
---@field stop_timeout_ms integer
---@field secrets string[]         values that no log and no message shows
---@field hidden? engine.model.Pos[] of a module: where they stand in the file
---@field programs? string[]       of a module: what it needs of this machine
---@field package? string          of a module: the Debian package that has them
---@field other_image? string      of a module: what an engine would take in its place
---@field default_image? string    the same, where the file leaves it to the module
---@field unusable? string         of a module: why it cannot be used on this machine
---@field template? engine.model.Service.Template of a module
---@field step_env? string[][]     of a module: what commands beside it have, and it has not
---@field is_open? boolean         what it starts is not known: a project's module, not executed

---@class engine.model.Service.Template
---@field argv string[]
---@field into string
---@field key string
---@field env string[][]
---@field stdin? string

---@class engine.model.Service.Limits
---@field cpu_millicores? integer
---@field memory_mb? integer
---@field pids? integer
---@field pos engine.model.Pos

---@class engine.model.Service.Volume
---@field source string            absolute path of the host, links resolved
---@field target string            absolute
---@field read_only boolean
---@field pos engine.model.Pos

---@class engine.model.Service.File
---@field path string              absolute
---@field content? string          either this
---@field from? string             or this: absolute path of the host, links resolved
---@field mode integer
---@field pos engine.model.Pos

---@class engine.model.Service.Dependency
---@field name string
---@field condition "started"|"healthy"|"completed"
---@field implied? boolean         an `init` service, which everything waits for
---@field pos engine.model.Pos

---@class engine.model.Service.Wait
---@field kind "port"|"http"|"log"|"cmd"|"file"|"exit"
---@field value any                port, exit: the number; log: the expression; file: absolute path;
---                                http: the path with its query
---@field port? integer            http
---@field host? string             http: for the Host header
---@field status? integer          http
---@field body? string             http
---@field times? integer           log
---@field argv? string[]           cmd: either this
---@field shell? string            or this
---@field timeout_ms integer
---@field key string               "wait.port", "wait[2].log"
---@field pos engine.model.Pos

---@class engine.model.Service.Health
---@field argv? string[]
---@field shell? string
---@field interval_ms integer
---@field timeout_ms integer
---@field retries integer
---@field start_period_ms integer
---@field pos engine.model.Pos

local SERVICES_MAX = 100 -- of a file; addresses 127.0.1.N go further, patience does not

--- Copies a checked list, without where it stands.
local function values(list)
  return list and table.move(list, 1, #list, 1, {}) or {}
end

--- Builds one service; what it depends on is added when all are known.
---@param cx engine.model.Context
---@param name string
---@param checked engine.model.Checked
---@return engine.model.Service
function M.service(cx, name, checked)
  local plugin = checked.value.plugin
  local service = {
    name = name,
    pos = place.of_key(cx, checked.t, checked.k),
    plugin = plugin and not modules.is_generic(plugin) and plugin or nil,
    image = "host",
    depends_on = {},
    secrets = {},
  }
  local spelt = checked.spelt
  if spelt.image or spelt.build or spelt.platform or spelt.pull_policy or service.plugin then
    service.image = require("engine.model.image").of_service(cx, service, checked)
  end
  local finish
  if not plugin and checked.spelt.plugin then
    service.is_open = true
  elseif service.plugin then
    finish = require("engine.service.module").apply(cx, service, checked)
  end
  local value = checked.value -- with what the module says
  service.line = service.pos and service.pos.line
  service.env = value.env or {}
  service.cwd = value.workdir and parts.inside(name, nil, value.workdir)
  service.hostname, service.user = value.hostname, value.user
  service.network, service.kind = value.network or "room", value.kind or "daemon"
  service.relay = value.relay or nil
  service.aliases, service.tmpfs = values(value.aliases), values(value.tmpfs)
  service.shm_size = value.shm_size
  service.stop_signal = value.stop_signal or "SIGTERM"
  service.stop_timeout_ms = value.stop_timeout or 10000
  require("engine.model.service_command").read(cx, service, checked)
  parts.ports(cx, service, checked)
  parts.volumes(cx, service, checked)
  parts.files(cx, service, checked)
  places.check(cx, checked, rights.may_be_engines(cx, service))
  parts.extra_hosts(cx, service, checked)
  parts.ulimits(cx, service, checked)
  parts.waits(cx, service, checked)
  parts.health(cx, service, checked)
  rights.apply(cx, service, checked)
  if finish then
    finish()
  end
  return service
end

--- Lists the checked services of a file in its order.
local function in_order(cx, root)
  local items = {}
  for _, spelling in ipairs({ "service", "services" }) do
    local map = root.value[spelling] or {}
    for _, item in ipairs(map) do
      if item.value then
        item.at = place.order(cx, map.t, item.key)
        items[#items + 1] = item
      end
    end
  end
  table.sort(items, function(a, b)
    return a.at < b.at
  end)
  return items
end

--- Tells names that lead to two services; letters count alike, small or capital.
local function check_names(cx, services, checked_of)
  local owner = {}
  local function take(service, name, at, t, k)
    local other = owner[name:lower()]
    if other == service then
      at(cx, "P105", t, k, ("%s is a name of it already"):format(cx:quote(name)), "leave it out")
    elseif other then
      at(cx, "P105", t, k, ("%s is a name of the service %s, too"):format(cx:quote(name),
        cx:quote(other.name)), "a name leads to one service")
    end
    owner[name:lower()] = other or service
  end
  for _, service in ipairs(services) do
    local checked = checked_of[service]
    take(service, service.name, cx.at_key, checked.t, checked.k)
  end
  for _, service in ipairs(services) do
    local aliases = checked_of[service].value.aliases or {}
    for i, alias in ipairs(aliases) do
      if alias then
        take(service, alias, cx.at_value, aliases.t, aliases.k or i)
      end
    end
  end
  for _, service in ipairs(services) do
    local hostname, checked = service.hostname, checked_of[service]
    if hostname and owner[hostname:lower()] ~= service then -- a name as well, among containers
      take(service, hostname, cx.at_value, checked.raw, checked.spelt.hostname)
    end
  end
end

--- Tells a port of this machine that two services ask for.
local function check_host_ports(cx, services, checked_of)
  local owner = {}
  for _, service in ipairs(services) do
    local list = checked_of[service].value.ports or {}
    for i, port in ipairs(list) do
      local is_fixed = port and port.host and port.host > 0
      local other = is_fixed and owner[port.host]
      if other and other ~= service then
        cx:at_value("P105", list.t, list.k or i,
          ("port %d of this machine is asked for by %s, too"):format(port.host,
            cx:quote(other.name)), ("with \"0:%d\" it is any free one"):format(port.port))
      end
      if is_fixed then
        owner[port.host] = service
      end
    end
  end
end

--- Whether the services of a file are containers: an engine was asked for, or `auto` takes one
--- because of the images that the file names.
local function is_in_engine(cx, items)
  if cx.backend ~= "auto" then
    return cx.backend == "docker" or cx.backend == "podman"
  elseif cx.room_image then
    return cx.room_image.kind == "stored"
  end
  for _, item in ipairs(items) do
    local text = item.value.value.image
    local image = type(text) == "string" and reference.parse(text)
    if image and image.kind == "stored" or item.value.spelt.build then
      return true
    end
  end
  return false
end

--- Builds the services of a file.
---@param cx engine.model.Context
---@param root engine.model.Checked
---@return engine.model.Service[]
function M.build(cx, root)
  local services, checked_of, seen = {}, {}, {}
  local items = in_order(cx, root)
  if #items > SERVICES_MAX then
    local checked = items[SERVICES_MAX + 1].value
    cx:at_key("P103", checked.t, checked.k, ("more than %d services"):format(SERVICES_MAX))
    return services
  end
  cx.in_engine = is_in_engine(cx, items)
  for _, item in ipairs(items) do
    if not seen[item.key] then -- given twice is told elsewhere
      seen[item.key] = true
      local service = M.service(cx, item.key, item.value)
      services[#services + 1], checked_of[service] = service, item.value
    end
  end
  check_names(cx, services, checked_of)
  check_host_ports(cx, services, checked_of)
  graph.connect(cx, services, checked_of)
  return services
end

--- Says of each scenario and step which services it needs, and where a step runs.
---@param suite engine.model.Suite whose services are built
function M.assign(suite)
  local closure = graph.closures(suite.services)
  local all, first = {}, suite.services[1]
  -- what a fault does to the only service is to be seen: from outside of it
  local is_inside = #suite.services == 1 and not first.relay and not first.is_seen_from_outside
  local only = is_inside and first.name or nil
  for i, service in ipairs(suite.services) do
    all[i] = service.name
  end
  local everything = closure(all)
  for _, scenario in ipairs(suite.scenarios) do
    local used, is_used, is_in_room = {}, {}, false
    for _, step in ipairs(scenario.steps) do
      local name = step.service or scenario.service or only
      step.service = name
      if name then
        if not is_used[name] then
          is_used[name], used[#used + 1] = true, name
        end
        step.needs = closure({ name })
      else
        is_in_room, step.needs = true, everything
      end
    end
    scenario.services = is_in_room and everything or closure(used)
  end
end

return M
