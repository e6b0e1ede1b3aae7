--- What a policy makes of a container's settings, and whether the kernel has kept to them.  Pure.
---@class engine.backend.container.settings
local error_new = require("core.error").new
local json = require("core.json")

local M = {}

--- What entrypoints need that begin as root: files made theirs, and another user taken.
M.ENTRYPOINT = { "CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID" }

local LEVELS = {
  low = {},
  medium = { adds = M.ENTRYPOINT, has_readonly_mounts = true },
  high = { adds = {}, has_readonly_mounts = true, has_readonly_root = true },
}

--- Applies a level to the settings of a container.
---@param host table HostConfig; changed in its place
---@param level "low"|"medium"|"high"
---@param kept table<string, true> places of mounts that stay as they are: the agent's own
---@return table host
function M.apply(host, level, kept)
  local what = LEVELS[level]
  if what.adds then
    host.CapDrop = json.array({ "ALL" })
    host.CapAdd = json.array({ table.unpack(what.adds) })
  end
  for _, mount in ipairs(what.has_readonly_mounts and host.Mounts or {}) do
    mount.ReadOnly = mount.ReadOnly or not kept[mount.Target]
  end
  if what.has_readonly_root then
    host.ReadonlyRootfs = true
  end
  return host
end

local function refusal(message, help)
  return error_new({ code = "EPOLICY", op = "container.policy", message = message,
    detail = { help = help } })
end

--- Names what a service asks for and a level does not let be.  What needs it would fail for another
--- reason than its own.
local function refused_by_level(level, spec)
  local what = LEVELS[level]
  if what.has_readonly_root and spec.files and spec.files[1] then
    return refusal(("security_level = %q makes the root read-only, and service '%s' has files that "
      .. "are to be placed there"):format(level, spec.name), "show them by a volume that ends with "
      .. ":ro")
  end
  for _, volume in ipairs(what.has_readonly_mounts and spec.volumes or {}) do
    if not volume.read_only then
      return refusal(("security_level = %q shows mounts read-only, and the volume of service '%s' "
        .. "at %s is not"):format(level, spec.name, volume.target),
        "end it with :ro, or say read_only = true")
    end
  end
end

--- Names what services ask for and a policy does not let be.
---@param policy engine.model.Policy
---@param services? engine.model.Service[]
---@return core.Error? err EPOLICY
---@nodiscard
function M.refused_services(policy, services)
  for _, spec in ipairs(services or {}) do
    local err = refused_by_level(policy.level, spec)
    if spec.rights or spec.network == "host" then
      err = refusal(("a policy cannot hold service '%s', which has rights on the machine itself")
        :format(spec.name), "leave out one of them")
    elseif policy.hosts and spec.has_way_out then
      err = refusal(("allowed_network_hosts says what can be reached, and service '%s' has a way "
        .. "out"):format(spec.name), "leave out allow_network")
    end
    if err then
      return err
    end
  end
end

--- Refuses what an agent watches for, in a container that can have none.
---@param is_watched boolean
---@return true? ok
---@return core.Error? err EPOLICY
---@nodiscard
function M.without_agent(is_watched)
  if is_watched then
    return nil, refusal("no agent can be in this container, and without one nobody sees what its "
      .. "policy forbids", "take another image, or leave out what is to be seen")
  end
  return true
end

--- Refuses what needs files of this machine, or a root that is written to before the start, where
--- the agent is copied into containers.
---@param policy engine.model.Policy
---@param session engine.backend.container.Session
---@return core.Error? err EPOLICY
---@nodiscard
function M.refused_far(policy, session)
  if LEVELS[policy.level].has_readonly_root and session.rung == "stdio" then
    return refusal(("security_level = %q makes the root read-only, and the agent cannot be copied "
      .. "into it: the engine is not reached by a socket of this machine"):format(policy.level),
      'take "medium", or an engine of this machine')
  elseif policy.hosts and not session.sees_files then
    return refusal("allowed_network_hosts needs a file of this machine in each container, and the "
      .. "engine does not see them", "take an engine of this machine")
  end
end

--- Refuses names of hosts where containers find each other by the engine's own names.
---@param policy engine.model.Policy
---@param networks string[] that the room needs
---@return core.Error? err EPOLICY
---@nodiscard
function M.refused_hosts(policy, networks)
  if policy.hosts and networks[1] then
    return refusal("allowed_network_hosts in a room of several containers: in this build the agent "
      .. "answers no names of services", "take one container: a service, or [room] image; or run "
      .. "it in the sandbox")
  end
end

local function is_unconfined(options)
  for _, option in ipairs(type(options) == "table" and options or {}) do
    local text = tostring(option)
    if text:find("seccomp", 1, true) then
      return text:find("unconfined", 1, true) ~= nil
    end
  end
  return true -- it says nothing of seccomp
end

--- Says why an engine cannot have such rooms.
---@param level "low"|"medium"|"high"
---@param info table what `GET /info` told
---@return core.Error? err EPOLICY
---@nodiscard
function M.refused_engine(level, info)
  if level == "high" and is_unconfined(info.SecurityOptions) then
    return error_new({
      code = "EPOLICY",
      op = "container.policy",
      message = 'security_level = "high" needs a seccomp profile, and the engine runs containers '
        .. "unconfined",
      detail = { help = "start the engine with its default profile, or take another level" },
    })
  end
end

--- Docker's and Podman's own, by the kernel's numbers.
local DEFAULT = {
  AUDIT_WRITE = 29, CHOWN = 0, DAC_OVERRIDE = 1, FOWNER = 3, FSETID = 4, KILL = 5, MKNOD = 27,
  NET_BIND_SERVICE = 10, NET_RAW = 13, SETFCAP = 31, SETGID = 6, SETPCAP = 8, SETUID = 7,
  SYS_CHROOT = 18,
}
M.DEFAULT_COUNT = 14

local function set_of(list)
  local set = {}
  for _, name in ipairs(type(list) == "table" and list or {}) do
    set[tostring(name):upper():gsub("^CAP_", "")] = true
  end
  return set
end

--- Lists the capabilities that a container has by its settings: Docker tells them as they were
--- asked for, Podman what it has dropped of its own.
---@param host table HostConfig
---@return string[] names sorted
---@nodiscard
function M.capabilities(host)
  local dropped, added, names = set_of(host.CapDrop), set_of(host.CapAdd), {}
  for name in pairs(DEFAULT) do
    if not dropped.ALL and not dropped[name] then
      added[name] = true
    end
  end
  for name in pairs(added) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function fact(facts, name)
  for _, one in ipairs(facts) do
    if one.name == name then
      return one.what
    end
  end
  return ""
end

--- Compares what the agent has by the kernel's word with what was asked for: no command and no
--- process of the image has more.
---@param asked table HostConfig of the create call
---@param facts { name: string, what: string }[] of the agent
---@param level "low"|"medium"|"high"
---@return core.Error? err EPOLICY
---@nodiscard
function M.more_than(asked, facts, level)
  local may, what = 0, nil
  for _, name in ipairs(M.capabilities(asked)) do
    may = may | (DEFAULT[name] and 1 << DEFAULT[name] or 0)
  end
  local held = tonumber(fact(facts, "capabilities"), 16) or 0
  if held & ~may ~= 0 then
    what = ("it has the capabilities %016x, and was to have %016x"):format(held, may)
  elseif fact(facts, "no_new_privs") == "no" then
    what = "new privileges are possible in it"
  elseif level == "high" and fact(facts, "seccomp") == "none" then
    what = "its system calls are not filtered"
  end
  return what and error_new({
    code = "EPOLICY",
    op = "container.policy",
    message = "the engine has not made the container as it was asked to: " .. what,
  }) or nil
end

return M
