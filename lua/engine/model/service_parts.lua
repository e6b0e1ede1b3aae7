--- The parts of a service: each from its checked key, with what only the whole service can tell.
---
--- A key may come from the file or from a service module; `checked.context[key]` is the context of
--- the latter, so that what is wrong is said where it was written.
local place = require("engine.model.place")
local host_path = require("engine.model.host_path")
local http_url = require("engine.model.http_url")
local rights = require("engine.model.rights")
local types = require("engine.model.schema.service_types")

---@class engine.model.service_parts
local M = {}

local WAIT_MS = 30000
local HEALTH = { interval = 1000, timeout = 5000, retries = 3, start_period = 0 }
local FILE_MODE = 420 -- 0644

--- Says who knows where the value of a key stands.
local function context_of(cx, checked, key)
  return checked.context and checked.context[key] or cx
end

--- Says where item `i` of a checked list stands.
local function item_place(list, i)
  return list.t, list.k or i
end

--- Makes a path in a service's view absolute.
---@param name string of the service
---@param cwd? string
---@param path string
---@return string
function M.inside(name, cwd, path)
  return host_path.join(cwd or "/var/lib/" .. name, path)
end

--- Lists the ports, and those that conditions are about.
function M.ports(cx, service, checked)
  local list, has = checked.value.ports or {}, {}
  service.ports, service.listens = {}, {}
  for i, port in ipairs(list) do
    if port and has[port.port] then
      local t, k = item_place(list, i)
      context_of(cx, checked, "ports"):at_value("P105", t, k,
        ("port %d is given twice"):format(port.port), "leave one out")
    elseif port then
      has[port.port] = true
      service.ports[#service.ports + 1] = port
      service.listens[#service.listens + 1] = port.port
    end
  end
end

--- Says why a path of a room is no place for a file or a mount, or nil.
local function place_problem(path)
  local normal = host_path.normal(path)
  local dir = host_path.kernel_dir(normal)
  if path:sub(1, 1) ~= "/" then
    return "is not an absolute path: " .. path
  elseif normal == "/" then
    return "is the root of the room"
  elseif dir then
    return "is in " .. dir .. ", which the kernel fills"
  end
end

--- Finds what a key names on the host; tells what is wrong.
local function find(cx, path, t, k, allow)
  local real, stat = host_path.find(path, cx.dir, cx.project_dir, allow)
  if not real then
    cx:at_value(stat.code, t, k, ("%s %s"):format(cx:name(k), stat.message), stat.label, stat.help)
    return nil
  end
  return real, stat
end

--- Reads one volume.
local function volume_of(item, t, k)
  if not item.order then
    return item.source, item.target, item.read_only, { t, k, t, k }
  end
  local value = item.value
  return value.host_path, value.container_path, value.read_only or false,
    { item.raw, "host_path", item.raw, "container_path" }
end

local function add_volume(cx, service, item, t, k)
  local path, target, read_only, at = volume_of(item, t, k)
  local source = path and find(cx, path, at[1], at[2], cx.allow or {})
  local why = target and place_problem(target)
  if why then
    cx:at_value("P103", at[3], at[4], ("%s %s"):format(cx:name(at[4]), why))
    return
  end
  target = target and host_path.normal(target)
  for _, other in ipairs(service.volumes) do
    if other.target == target then
      cx:at_value("P105", at[3], at[4], ("two volumes are at %s"):format(cx:quote(target)),
        "leave one out")
      return
    end
  end
  if target then
    service.volumes[#service.volumes + 1] = {
      source = source,
      target = target,
      read_only = read_only,
      pos = place.of_value(cx, t, k),
    }
  end
end

function M.volumes(cx, service, checked)
  cx = context_of(cx, checked, "volumes")
  local list, within = checked.value.volumes or {}, cx.within
  service.volumes = {}
  cx.within = "volumes"
  for i, item in ipairs(list) do
    if item then
      add_volume(cx, service, item, item_place(list, i))
    end
  end
  cx.within = within
end

--- Finds the file that is copied; gives its permission bits.
local function copied(cx, item)
  local real, stat = find(cx, item.value.from, item.raw, "from")
  if real and stat.type ~= "file" then
    cx:at_value("P126", item.raw, "from", "`from` is a folder: " .. real, nil,
      "a folder is shown by volumes")
    return nil
  end
  return real, real and stat.mode & 511 -- 0777
end

local function add_file(cx, service, item, t, k)
  local value = item.value
  local from, mode
  if value.from then
    from, mode = copied(cx, item)
  end
  local path = value.path and M.inside(service.name, service.cwd, value.path)
  local why = path and (value.path:match("/$") and "is a folder: it ends with /"
    or host_path.upwards(value.path)
    or place_problem(path))
  if why then
    cx:at_value("P103", item.raw, "path", "`path` " .. why)
    return
  end
  for _, other in ipairs(service.files) do
    if other.path == path then
      cx:at_value("P105", item.raw, "path", ("two files are placed at %s"):format(cx:quote(path)),
        "leave one out")
      return
    end
  end
  if path then
    service.files[#service.files + 1] = {
      path = path,
      content = value.content,
      from = from,
      mode = value.mode or mode or FILE_MODE,
      pos = place.of_value(cx, t, k),
    }
  end
end

function M.files(cx, service, checked)
  cx = context_of(cx, checked, "files")
  local list = checked.value.files or {}
  service.files = {}
  for i, item in ipairs(list) do
    if item then
      add_file(cx, service, item, item_place(list, i))
    end
  end
end

function M.extra_hosts(cx, service, checked)
  local in_engine = rights.may_be_engines(cx, service)
  local value, list = checked.value.extra_hosts, {}
  cx, service.extra_hosts = context_of(cx, checked, "extra_hosts"), list
  local function add(name, address, t, k)
    if types.is_loopback(address) or in_engine and types.is_address(address) then
      list[#list + 1] = { name, address }
    else
      cx:at_value("P124", t, k, ("%s leads out of the room"):format(cx:name(k)), nil,
        "a room has no other address than its own loopback: 127.0.0.1")
    end
  end
  if value and type(value[1]) == "string" then -- one, as text
    return add(value[1], value[2], checked.raw, checked.spelt.extra_hosts)
  end
  local within = cx.within
  for i, item in ipairs(value or {}) do
    cx.within = item and not item.key and "extra_hosts" or within
    if item and item.key and item.value then
      add(item.key, item.value, value.t, item.key)
    elseif item and not item.key then
      add(item[1], item[2], item_place(value, i))
    end
  end
  cx.within = within
end

--- The limits that a command can be given, below those of the room.
local ULIMITS = {
  "core", "cpu", "data", "fsize", "memlock", "msgqueue", "nofile", "nproc", "sigpending", "stack",
}

local function check_ulimit(cx, item, t, in_engine)
  local soft, hard, raw, k = item.value, item.value, t, item.key
  if type(item.value) == "table" then
    soft, hard, raw, k = item.value.value.soft, item.value.value.hard, item.value.raw, "hard"
  end
  if not soft or not hard then
    return nil
  end
  local most = not in_engine and require("engine.backend.sandbox_command").LIMITS[item.key]
  if soft ~= hard then
    cx:at_value("P124", raw, k, "a room has one limit, which is soft and hard at once", nil,
      "give both the same number")
  elseif most and hard > most then
    cx:at_value("P124", raw, k, ("`%s` would be raised to %d"):format(item.key, hard), nil,
      ("a room has %d, and what runs in it can only have less"):format(most))
  else
    return hard
  end
end

function M.ulimits(cx, service, checked)
  local in_engine = rights.may_be_engines(cx, service) -- which refuses what is above its own
  cx = context_of(cx, checked, "ulimits")
  local list, known = checked.value.ulimits or {}, {}
  service.ulimits = {}
  for _, name in ipairs(ULIMITS) do
    known[name] = true
  end
  for _, item in ipairs(list) do
    if not known[item.key] then
      local near = cx:suggest(item.key, ULIMITS)
      cx:at_key("P101", list.t, item.key, ("unknown limit %s"):format(cx:name(item.key)),
        near and ("did you mean `%s`?"):format(near), not near
          and "known here: " .. table.concat(ULIMITS, ", ") or nil)
    elseif item.value then
      service.ulimits[item.key] = check_ulimit(cx, item, list.t, in_engine)
    end
  end
end

local KINDS = { "port", "http", "log", "cmd", "file", "exit" }

local function kind_of(checked)
  for _, kind in ipairs(KINDS) do
    if checked.value[kind] ~= nil then
      return kind
    end
  end
end

local READ = {
  http = function(cx, service, wait, checked)
    local url, why, code, help = http_url.of_service(checked.value.http, service)
    if not url and code == "P121" and service.is_open then
      return -- its module may know the port
    elseif not url then
      cx:at_value(code or "P103", checked.raw, "http", "`http` " .. why, nil, help)
      return
    end
    wait.value, wait.host, wait.port = url.path, url.host, url.port
    wait.status, wait.body = checked.value.status or 200, checked.value.body
  end,
  log = function(_, _, wait, checked)
    wait.times = checked.value.times or 1
  end,
  cmd = function(_, _, wait, checked)
    wait.value, wait.argv, wait.shell = nil, checked.value.cmd.argv, checked.value.cmd.shell
  end,
  file = function(_, service, wait, checked)
    wait.value = M.inside(service.name, service.cwd, checked.value.file)
  end,
  exit = function(cx, service, _, checked)
    if service.kind == "daemon" and not service.is_open then
      cx:at_value("P109", checked.raw, "exit", "a daemon never ends by itself", nil,
        'what ends is a task: add kind = "task"')
    end
  end,
}

local function add_listening(service, port)
  for _, known in ipairs(service.listens) do
    if known == port then
      return
    end
  end
  service.listens[#service.listens + 1] = port
end

function M.waits(cx, service, checked)
  cx = context_of(cx, checked, "wait")
  local value = checked.value.wait
  local list = not value and {} or value.order and { value } or value
  service.wait = {}
  for i, item in ipairs(list) do
    local kind = kind_of(item)
    if kind then
      local wait = {
        kind = kind,
        value = item.value[kind],
        timeout_ms = item.value.timeout or WAIT_MS,
        key = (value.order and "wait.%s" or "wait[" .. i .. "].%s"):format(item.spelt[kind]),
        pos = place.of_value(cx, item.raw, item.spelt[kind]),
      }
      if READ[kind] then
        READ[kind](cx, service, wait, item)
      end
      service.wait[#service.wait + 1] = wait
      local port = kind == "port" and wait.value or wait.port
      if port then
        add_listening(service, port)
      end
    end
  end
end

function M.health(cx, service, checked)
  cx = context_of(cx, checked, "health_check")
  local item = checked.value.health_check
  local cmd = item and item.value.cmd
  if cmd then
    service.health = {
      argv = cmd.argv,
      shell = cmd.shell,
      interval_ms = item.value.interval or HEALTH.interval,
      timeout_ms = item.value.timeout or HEALTH.timeout,
      retries = item.value.retries or HEALTH.retries,
      start_period_ms = item.value.start_period or HEALTH.start_period,
      pos = place.of_value(cx, item.t, item.k),
    }
  end
  local limits = checked.value.limits
  if limits and next(limits.value) then
    service.limits = {
      cpu_millicores = limits.value.cpu_millicores,
      memory_mb = limits.value.memory_mb,
      pids = limits.value.pids,
      pos = place.of_value(context_of(cx, checked, "limits"), limits.t, limits.k),
    }
  end
end

return M
