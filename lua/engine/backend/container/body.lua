--- What the engine is asked for: the bodies of its `create` calls.  Pure.
---
--- Least rights first: no new privileges, a limit of processes, Docker's default capabilities less
--- four, no way out, nothing of the host but what is named here.  Privileged, a namespace of the
--- host, devices only where the command line permits it; never AutoRemove: it destroys the exit
--- code, OOMKilled and the outputs that a verdict needs.
---@class engine.backend.container.body
local error_new = require("core.error").new
local json = require("core.json")

local M = {}

M.AGENT = "/run/clnrm/agent" -- where the agent's program is mounted, in a container
M.PIDS = 4096
M.DROPPED = { "NET_RAW", "MKNOD", "AUDIT_WRITE", "SYS_CHROOT" }
M.ROOM_SIZE = 512 << 20 -- bytes of /room
M.LOG_SIZE = "16m" -- of a service whose room may be kept, by the engine

local MIB = 1 << 20
local NANO_OF_MILLI = 1000000

--- A folder or file of the host.  Not recursive: what is mounted below it stays the host's, for
--- Docker 20.10 makes the top of a read-only bind read-only and nothing below it.
local function bind(source, target, is_read_only)
  return {
    Type = "bind",
    Source = source,
    Target = target,
    ReadOnly = is_read_only,
    BindOptions = { NonRecursive = true, Propagation = "rprivate" },
  }
end
M.bind = bind

--- What would end a part of a mount, or the text of all of it, where Podman joins them.
local ENDS = '[,"%c]'

--- Finds a mount that Podman cannot be told of: its API takes the parts of each, and joins them
--- with commas, so that a name with one becomes parts of its own ("a,src=/etc").
---@param host table HostConfig
---@return core.Error? err EPOLICY
---@nodiscard
function M.unsayable(host)
  for _, mount in ipairs(host.Mounts) do
    for _, path in ipairs({ mount.Source, mount.Target }) do
      if path:find(ENDS) then
        return error_new({ code = "EPOLICY", op = "container.mounts",
          message = ("Podman cannot be asked to show %s at %s: it reads a comma, a double quote or "
            .. "a control character in a name as its end"):format(json.encode(mount.Source),
            json.encode(mount.Target)),
          detail = { help = "give another name to it (the volume, the project's folder, TMPDIR), "
            .. "or use Docker" },
        })
      end
    end
  end
end

--- Settings of the host for every container.
---@param limits? { memory_mb?: integer, pids?: integer, cpu_millicores?: integer }
---@return table HostConfig
local function host_config(limits)
  limits = limits or {}
  local memory = limits.memory_mb and limits.memory_mb * MIB
  return {
    CapDrop = json.array({ table.unpack(M.DROPPED) }),
    SecurityOpt = json.array({ "no-new-privileges" }),
    PidsLimit = limits.pids or M.PIDS,
    Memory = memory,
    MemorySwap = memory, -- the same: no swap beside it
    NanoCpus = limits.cpu_millicores and limits.cpu_millicores * NANO_OF_MILLI,
    LogConfig = { Type = "none" },
    NetworkMode = "none",
    IpcMode = "private",
    RestartPolicy = { Name = "no" },
    AutoRemove = false,
    Privileged = false,
    PublishAllPorts = false,
    Mounts = json.array(),
  }
end

--- Gives a tmpfs to the user whose commands see it.
local function owner_of(about)
  if about.is_podman then
    return "U" -- the container's user, whom Podman knows itself
  end
  return ("uid=%d,gid=%d"):format(about.owner.uid, about.owner.gid)
end

---@class engine.backend.container.RoomAbout
---@field image string         id
---@field link engine.backend.container.Link
---@field project? table        the mount that shows it
---@field hostname string
---@field user? string         of the file, in the place of the image's
---@field owner? { uid: integer, gid: integer } who its commands are; nil: of Podman
---@field is_podman? boolean     whose tmpfs takes no numbers, and whose names are not resolved so
---@field limits? engine.policy.Limits
---@field networks? engine.backend.container.Joined[] default: none
---@field hosts? string[][]     { name, address } of others, which its engine does not find
---@field labels? table<string, string>

--- Adds names; the first of one name holds.
local function add_hosts(hosts, list)
  local seen = {}
  for _, entry in ipairs(hosts) do
    seen[entry:match("^[^:]*")] = true
  end
  for _, entry in ipairs(list or {}) do
    if not seen[entry[1]] then
      seen[entry[1]], hosts[#hosts + 1] = true, entry[1] .. ":" .. entry[2]
    end
  end
end

--- The body of a room: the agent is its first process, in the image's place.
---@param about engine.backend.container.RoomAbout
---@return table
---@nodiscard
function M.room(about)
  local host = host_config(about.limits)
  host.Tmpfs = {
    ["/room"] = ("rw,exec,nosuid,nodev,size=%d,mode=0755,%s"):format(M.ROOM_SIZE,
      owner_of(about)),
  }
  host.ExtraHosts = json.array({ about.hostname .. ":127.0.0.1" })
  add_hosts(host.ExtraHosts, about.hosts)
  host.Mounts[1] = about.project
  local body = {
    Image = about.image,
    User = about.user,
    Hostname = about.hostname,
    Labels = about.labels,
    Tty = false,
    OpenStdin = false,
    AttachStdin = false,
    AttachStdout = false,
    AttachStderr = false,
    Healthcheck = { Test = json.array({ "NONE" }) }, -- of what the image would have run
    HostConfig = host,
  }
  about.link:add_first(body)
  M.join(body, about.networks, about.is_podman)
  return body
end

--- Who answers for names that are none of the network's: nobody, and soon.  Docker's own resolver
--- would ask the machine's for them, in some versions even where there is no way out, and says
--- nothing when that cannot be reached: 20 s for a name that does not exist.
local RESOLVERS, RESOLVER_OPTIONS = { "127.0.0.1" }, { "ndots:1", "timeout:2", "attempts:2" }

--- What a container is in a network: its names there, and its address where that is fixed.
---@param network engine.backend.container.Joined
---@return table
---@nodiscard
function M.endpoint(network)
  return {
    Aliases = json.array(network.aliases),
    IPAMConfig = network.ip and { IPv4Address = network.ip } or nil,
    MacAddress = network.mac,
  }
end

--- Puts a container into the first of its networks: the engine takes no more as it makes it.
---@param body table
---@param networks? engine.backend.container.Joined[]
---@param is_podman? boolean whose containers would have no other resolver then
---@param has_way_out? boolean what is asked for other names is answered
function M.join(body, networks, is_podman, has_way_out)
  local network = networks and networks[1]
  if network and not is_podman and not has_way_out then
    body.HostConfig.Dns = json.array({ table.unpack(RESOLVERS) })
    body.HostConfig.DnsOptions = json.array({ table.unpack(RESOLVER_OPTIONS) })
  end
  if network then
    body.HostConfig.NetworkMode = network.id
    body.NetworkingConfig = {
      EndpointsConfig = { [network.id] = M.endpoint(network) },
    }
  end
end

local function words(command)
  return command.argv or { "/bin/sh", "-c", command.shell }
end

local function pairs_of(env)
  local list = json.array()
  for i, pair in ipairs(env or {}) do
    list[i] = pair[1] .. "=" .. pair[2]
  end
  return list
end

local function argv_of(command, args)
  local list = json.array({ table.unpack(command and words(command) or {}) })
  return table.move(args or {}, 1, #(args or {}), #list + 1, list)
end

--- What the file says in the place of the image's entrypoint and command; what it leaves is left.
local function add_command(body, given)
  local entry, command, args = given.entrypoint, given.command, given.args
  if entry and entry.argv and not entry.argv[1] then -- an empty one is nothing said, to Podman
    body.Entrypoint, body.Cmd = argv_of(command, args), json.array()
    return
  end
  body.Entrypoint = entry and argv_of(entry)
  if command or args then
    body.Cmd = argv_of(command, args)
  elseif entry then
    body.Cmd = json.array()
  end
end

local function tmpfs_of(list, about)
  local all = {}
  for _, one in ipairs(list or {}) do
    local options = { owner_of(about), "rw", "exec", "nosuid", "nodev",
      ("mode=%04o"):format(one.mode or 1023) }
    options[#options + 1] = ("size=%d"):format(one.size or 64 * MIB)
    all[one.path] = table.concat(options, ",")
  end
  return next(all) and all or nil
end

--- Podman raises what it is not told of to a number that is beyond its own limits on some machines.
local OF_PODMAN = { "nofile", "nproc" }

local function ulimits_of(map, own)
  local list, names = json.array(), {}
  for name in pairs(map or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    list[i] = { Name = name, Soft = map[name], Hard = map[name] }
  end
  for _, name in ipairs(names[1] and own and OF_PODMAN or {}) do
    if not map[name] and own[name] then
      list[#list + 1] = { Name = name, Soft = own[name], Hard = own[name] }
    end
  end
  return list
end

--- What is dropped all the same: Podman refuses to drop what is added.
local function left_dropped(rights)
  local added, list = {}, json.array()
  for _, name in ipairs(rights.cap_add) do
    added[name:upper():gsub("^CAP_", "")] = true
  end
  for _, name in ipairs(added.ALL and {} or M.DROPPED) do
    list[#list + 1] = not added[name] and name or nil
  end
  return list
end

--- What a service has beyond its container; the command line has permitted it.
local function add_rights(body, spec)
  local host, rights = body.HostConfig, spec.rights or {}
  if spec.network == "host" then
    host.NetworkMode = "host"
  end
  host.Privileged = rights.privileged or false
  if rights.cap_add then
    host.CapAdd, host.CapDrop = json.array({ table.unpack(rights.cap_add) }), left_dropped(rights)
  end
  host.PidMode, host.UTSMode = rights.pid, rights.uts
  host.IpcMode = rights.ipc or host.IpcMode
  if rights.uts then
    body.Hostname = nil -- it is the machine's
  end
  local devices = json.array()
  for i, device in ipairs(rights.devices or {}) do
    devices[i] = { PathOnHost = device.host, PathInContainer = device.inside,
      CgroupPermissions = device.access }
  end
  host.Devices = devices[1] and devices or nil
end

---@class engine.backend.container.ServiceAbout
---@field spec engine.model.Service with its image's config
---@field env string[][]            over the image's
---@field image string              id
---@field link? engine.backend.container.Link nil: no agent comes beside it
---@field project? table        the mount that shows the project
---@field networks? engine.backend.container.Joined[]
---@field hosts? string[][]     { name, address } of others, which its engine does not find
---@field owner? { uid: integer, gid: integer } of its tmpfs, when it has some; nil: of Podman
---@field is_podman? boolean
---@field hostname? string
---@field own_limits? table<string, integer> of Podman: what it can give, by the names of ulimits
---@field limits? engine.policy.Limits those of the room hold as well
---@field labels? table<string, string>
---@field has_log? boolean the engine keeps what it prints, for who looks into a kept room

--- The smaller of two limits each.
---@param a? engine.policy.Limits
---@param b? engine.policy.Limits
---@return engine.policy.Limits
---@nodiscard
function M.smaller(a, b)
  local joined = {}
  for _, name in ipairs({ "memory_mb", "pids", "cpu_millicores" }) do
    local one, other = a and a[name], b and b[name]
    joined[name] = one and other and math.min(one, other) or one or other
  end
  return joined
end

--- Adds what a service is called, where its engine does not know it: to itself it is 127.0.0.1.
--- In a network the engine does, and tells the address that others reach it by; before one that a
--- relay stands for, the name is the relay's there.
local function add_own_names(hosts, about)
  local spec, network = about.spec, about.networks and about.networks[1]
  local is_known = network ~= nil and network.aliases[1] ~= nil
  local hostname = about.hostname or spec.hostname or spec.name
  for _, name in ipairs({ spec.name, table.unpack(spec.aliases or {}) }) do
    if not is_known or about.is_podman and name ~= hostname then -- it knows host names alone
      hosts[#hosts + 1] = name .. ":127.0.0.1"
    end
  end
end

--- The body of a service: its image's own entrypoint, command, user, signal and health check.
---@param about engine.backend.container.ServiceAbout
---@return table
---@nodiscard
function M.service(about)
  local spec = about.spec
  local host = host_config(M.smaller(spec.limits, about.limits))
  local body = {
    Image = about.image,
    User = spec.user,
    Env = pairs_of(about.env),
    Hostname = about.hostname or spec.hostname or spec.name:sub(1, 63),
    WorkingDir = spec.cwd,
    StopSignal = spec.given.stop_signal and spec.stop_signal or nil,
    Labels = about.labels,
    Tty = false,
    OpenStdin = false,
    AttachStdin = false,
    AttachStdout = true,
    AttachStderr = true,
    HostConfig = host,
  }
  add_command(body, spec.given)
  if about.has_log then
    host.LogConfig = { Type = "json-file", Config = { ["max-size"] = M.LOG_SIZE } }
  end
  host.Tmpfs = tmpfs_of(spec.tmpfs, about)
  host.Ulimits = ulimits_of(spec.ulimits, about.own_limits)
  host.ShmSize = spec.shm_size
  local hosts = json.array()
  for i, entry in ipairs(spec.extra_hosts or {}) do
    hosts[i] = entry[1] .. ":" .. entry[2]
  end
  add_own_names(hosts, about)
  add_hosts(hosts, about.hosts)
  host.ExtraHosts = hosts
  for _, volume in ipairs(spec.volumes or {}) do
    host.Mounts[#host.Mounts + 1] = bind(volume.source, volume.target, volume.read_only)
  end
  host.Mounts[#host.Mounts + 1] = about.project
  if about.link then
    about.link:add_beside(body)
  end
  add_rights(body, spec)
  M.join(body, about.networks, about.is_podman, spec.has_way_out)
  return body
end

--- The body of a room's network: an internal one, unless there is to be a way out.
---@param name string of the engine's list; nobody looks it up
---@param has_way_out boolean
---@param labels? table<string, string>
---@param is_podman? boolean whose networks do not know the option
---@return table
---@nodiscard
function M.network(name, has_way_out, labels, is_podman)
  return {
    -- Internal closes what leads on, not the gateway's address: with that on the bridge, servers of
    -- the machine that listen on all addresses are reached.
    Options = not has_way_out and not is_podman
      and { ["com.docker.network.bridge.inhibit_ipv4"] = "true" } or nil,
    Name = name,
    Labels = labels,
    Driver = "bridge",
    Internal = not has_way_out,
    CheckDuplicate = false,
    EnableIPv6 = false,
    Attachable = false,
  }
end

return M
