--- What a service asks for beyond its container: rights on the machine, which only the command line
--- can permit, and networks that only an engine has.

---@class engine.model.rights
local M = {}

local NONE = {}

---@class engine.model.Rights
---@field privileged? boolean
---@field cap_add? string[]    "NET_ADMIN"
---@field devices? { host: string, inside: string, access: string }[]
---@field pid? "host"
---@field ipc? "host"
---@field uts? "host"

--- The keys that a file alone cannot have, and by which name they are permitted.
M.ALLOW = {
  privileged = "privileged",
  cap_add = "added-capabilities",
  devices = "devices",
  pid = "host-namespaces",
  ipc = "host-namespaces",
  uts = "host-namespaces",
  network = "host-network",
}
local ORDER = { "privileged", "cap_add", "devices", "pid", "ipc", "uts", "network" }
local OF_ENGINE = {
  "privileged", "cap_add", "devices", "pid", "ipc", "uts", "networks", "allow_network",
}

--- Whether a key of these says something.
local function is_asked(value, key)
  local what = value[key]
  if key == "network" then
    return what == "host"
  end
  return what ~= nil and what ~= false and what ~= "private" and not (type(what) == "table"
    and what[1] == nil)
end

--- Reads a device: "/dev/fuse", "/dev/fuse:/dev/x:rw".
---@param text string
---@return { host: string, inside: string, access: string }? device
---@return string? why
function M.device(text)
  local host, rest = text:match("^(/[^:]+):?(.*)$")
  local inside, access = (rest or ""):match("^(/[^:]+):?(.*)$")
  if not inside then
    inside, access = host, rest
  end
  if not host or host:find("/%.%.?/") or not (access == "" or access:match("^r?w?m?$")) then
    return nil, 'is no device: "/dev/NAME", or "/dev/NAME:/dev/INSIDE:rwm"'
  end
  return { host = host, inside = inside, access = access == "" and "rwm" or access }
end

--- Says what is wrong with the name of a capability, or nil.
---@param text string
---@return string? why
function M.capability_problem(text)
  if not text:match("^[%u_]+$") then
    return 'is no capability: "NET_ADMIN", say'
  end
end

--- Says that a sandbox room cannot give what a key asks for.
---@param key string as the file spells it
---@return string message
---@return string help
local function not_here(key)
  return ("`%s` is for containers of Docker and Podman"):format(key),
    "a sandbox room has nothing of the machine, and no other network than its own"
end

--- Copies a checked list, without where it stands.
local function plain(value)
  return type(value) == "table" and table.move(value, 1, #value, 1, {}) or value
end

--- Says what of the machine a service has in one part of a room's isolation.
---@param service engine.model.Service
---@param part "net"|"fs"|"pid"|"user"
---@return string? text what follows the service's name; nil: nothing
---@nodiscard
function M.of_machine(service, part)
  local rights = service.rights or NONE
  if part == "net" and service.network == "host" then
    return "has the network of the machine"
  elseif part == "net" and service.has_way_out then
    return "has a way out"
  elseif rights.privileged then
    return "is privileged: it has all rights on the machine"
  elseif part == "pid" and rights.pid == "host" then
    return "sees the processes of the machine"
  elseif part == "pid" and rights.ipc == "host" then
    return "shares memory with processes of the machine"
  elseif part == "fs" and rights.devices then
    return "has devices of the machine"
  elseif part == "user" and rights.cap_add then
    return "has " .. table.concat(rights.cap_add, " "):lower() .. " as well"
  end
end

--- What a service cannot have of its own beside a namespace of the machine: Docker leaves it out,
--- and Podman fails as it makes the container.
local NOT_BESIDE = { { "ipc", "shm_size" }, { "uts", "hostname" } }

local function check_beside(cx, checked)
  local value, spelt = checked.value, checked.spelt
  for _, pair in ipairs(NOT_BESIDE) do
    local namespace, key = pair[1], pair[2]
    if is_asked(value, namespace) and value[key] ~= nil then
      cx:at_key("P109", checked.raw, spelt[key], ("`%s` says nothing beside %s = %q"):format(
        spelt[key], namespace, value[namespace]), "it is the machine's", "leave one of them out")
    end
  end
end

--- Reads what a service asks for; tells what nobody has permitted, or no room can give.
---@param cx engine.model.Context
---@param service engine.model.Service gets it
---@param checked engine.model.Checked
function M.apply(cx, service, checked)
  local value, spelt = checked.value, checked.spelt
  for _, key in ipairs(ORDER) do
    local name = M.ALLOW[key]
    if is_asked(value, key) and cx.as_run and not (cx.allow and cx.allow[name]) then
      cx:at_value("P129", checked.raw, spelt[key],
        ("the service %s would have %s"):format(cx:quote(service.name), key == "network"
          and "the network of the machine itself" or "rights on the machine itself"),
        "not without --allow " .. name,
        ("clnrm run --allow %s lets it; a file alone cannot"):format(name))
    end
  end
  local rights = {}
  for _, key in ipairs({ "privileged", "cap_add", "devices", "pid", "ipc", "uts" }) do
    rights[key] = is_asked(value, key) and plain(value[key]) or nil
  end
  service.rights = next(rights) and rights or nil
  service.networks = is_asked(value, "networks") and plain(value.networks) or nil
  service.has_way_out = value.allow_network or nil
  local image = service.image
  local is_sandboxs = not service.is_open and not cx.in_engine
    and (type(image) ~= "table" or image.kind == "rootfs" or image.kind == "archive")
  for _, key in ipairs(is_sandboxs and OF_ENGINE or {}) do
    if is_asked(value, key) then
      local message, help = not_here(key)
      cx:at_key("P124", checked.raw, spelt[key], message, nil, help)
    end
  end
  if is_sandboxs and value.network == "host" then
    cx:at_value("P124", checked.raw, spelt.network, (not_here("network")), nil,
      (select(2, not_here("network"))))
  end
  check_beside(cx, checked)
  if (service.networks or service.has_way_out) and (value.network or "room") ~= "room" then
    local key = service.networks and "networks" or "allow_network"
    cx:at_key("P109", checked.raw, spelt[key], ("`%s` says nothing beside network = %q"):format(
      spelt[key], value.network), nil, "leave one of them out")
  end
end

--- Whether a service is, or may become, a container of an engine: where nobody says which backend
--- (`validate`), its image does.
---@param cx engine.model.Context
---@param service engine.model.Service
---@return boolean
---@nodiscard
function M.may_be_engines(cx, service)
  local image = service.image
  return cx.in_engine == true or cx.backend == nil and type(image) == "table"
    and image.kind ~= "rootfs" and image.kind ~= "archive"
end

--- Names what of a service a sandbox room cannot give.
---@param service engine.model.Service
---@return core.Error? err EPOLICY
---@nodiscard
function M.refused(service)
  local key = service.rights and next(service.rights) or service.networks and "networks"
    or service.has_way_out and "allow_network" or service.network == "host" and "network"
  for _, host in ipairs(service.extra_hosts or {}) do
    local is_far = not require("engine.model.schema.service_types").is_loopback(host[2])
    key = key or is_far and "extra_hosts" or nil
  end
  if not key then
    return nil
  end
  local message, help = not_here(key)
  return require("core.error").new({ code = "EPOLICY", op = "room.rights",
    message = ("service '%s': %s"):format(service.name, message), detail = { help = help } })
end

return M
