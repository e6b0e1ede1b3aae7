--- What the engine is asked for: the bodies of its `create` calls.  Pure.
---
--- Least rights first: no new privileges, a limit of processes, Docker's default capabilities less
--- four, no way out, nothing of the host but what is named here.  Never privileged, never a
--- namespace of the host, never a device, never AutoRemove: it destroys the exit code, OOMKilled
--- and the outputs that a verdict needs.
---@class engine.backend.container.body
local json = require("core.json")

local M = {}

M.AGENT = "/run/clnrm/agent" -- where the agent's program is, in a container
M.LINK = "/run/clnrm/link" -- and the folder of its socket
M.PIDS = 4096
M.DROPPED = { "NET_RAW", "MKNOD", "AUDIT_WRITE", "SYS_CHROOT" }
M.ROOM_SIZE = 512 << 20 -- bytes of /room

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

---@class engine.backend.container.Link # how the agent of a container is reached
---@field dir string   folder of this machine, its socket's
---@field program string file of this machine

local function add_link(host, link)
  host.Mounts[#host.Mounts + 1] = bind(link.program, M.AGENT, true)
  host.Mounts[#host.Mounts + 1] = bind(link.dir, M.LINK, false)
end

local function seconds(ms)
  return math.max(1, (ms + 999) // 1000)
end

--- How the agent is started.
---@param limit_ms integer in which somebody must join it
---@return string[]
---@nodiscard
function M.agent_argv(limit_ms)
  return { M.AGENT, "serve", M.LINK .. "/s", M.LINK .. "/k", ("%d"):format(seconds(limit_ms)) }
end

local function owner_of(about)
  if about.uid and not about.is_podman then
    return ("uid=%d,gid=%d,mode=0755"):format(about.uid, about.gid)
  end
  return "mode=1777"
end

---@class engine.backend.container.RoomAbout
---@field image string         id
---@field link engine.backend.container.Link
---@field project_dir? string
---@field hostname string
---@field uid? integer         who its commands are; nil: a name of the image, not known yet
---@field gid? integer
---@field is_podman? boolean     whose tmpfs takes neither
---@field limits? engine.policy.Limits
---@field network? { id: string, aliases: string[] } default: none

--- The body of a room: the agent is its first process, in the image's place.
---@param about engine.backend.container.RoomAbout
---@return table
---@nodiscard
function M.room(about)
  local host = host_config(about.limits)
  local argv = M.agent_argv(60000)
  host.Tmpfs = {
    ["/room"] = ("rw,exec,nosuid,nodev,size=%d,%s"):format(M.ROOM_SIZE, owner_of(about)),
  }
  host.ExtraHosts = json.array({ about.hostname .. ":127.0.0.1" })
  add_link(host, about.link)
  if about.project_dir then
    host.Mounts[#host.Mounts + 1] = bind(about.project_dir, "/project", true)
  end
  local body = {
    Image = about.image,
    Entrypoint = json.array({ argv[1] }),
    Cmd = json.array({ table.unpack(argv, 2) }),
    Hostname = about.hostname,
    Tty = false,
    OpenStdin = false,
    AttachStdin = false,
    AttachStdout = false,
    AttachStderr = false,
    Healthcheck = { Test = json.array({ "NONE" }) }, -- of what the image would have run
    HostConfig = host,
  }
  M.join(body, about.network)
  return body
end

--- Puts a container into a network of the room.
---@param body table
---@param network? { id: string, aliases: string[] }
function M.join(body, network)
  if network then
    body.HostConfig.NetworkMode = network.id
    body.NetworkingConfig = {
      EndpointsConfig = { [network.id] = { Aliases = json.array(network.aliases) } },
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

--- What the file says in the place of the image's entrypoint and command; what it leaves is left.
local function add_command(body, given)
  local entry, command, args = given.entrypoint, given.command, given.args
  if entry then
    body.Entrypoint = json.array({ table.unpack(words(entry)) })
  end
  if command or args then
    local cmd = json.array({ table.unpack(command and words(command) or {}) })
    table.move(args or {}, 1, #(args or {}), #cmd + 1, cmd)
    body.Cmd = cmd
  elseif entry then
    body.Cmd = json.array()
  end
end

local function tmpfs_of(list)
  local all = {}
  for _, one in ipairs(list or {}) do
    local options = { "rw", "exec", "nosuid", "nodev", ("mode=%04o"):format(one.mode or 1023) }
    options[#options + 1] = ("size=%d"):format(one.size or 64 * MIB)
    all[one.path] = table.concat(options, ",")
  end
  return next(all) and all or nil
end

local function ulimits_of(map)
  local list, names = json.array(), {}
  for name in pairs(map or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    list[i] = { Name = name, Soft = map[name], Hard = map[name] }
  end
  return list
end

---@class engine.backend.container.ServiceAbout
---@field spec engine.model.Service with its image's config
---@field env string[][]            over the image's
---@field image string              id
---@field link? engine.backend.container.Link nil: no agent comes beside it
---@field project_dir? string
---@field network? { id: string, aliases: string[] }
---@field hostname? string
---@field limits? engine.policy.Limits those of the room hold as well

--- The smaller of two limits each.
local function smaller(a, b)
  local joined = {}
  for _, name in ipairs({ "memory_mb", "pids", "cpu_millicores" }) do
    local one, other = a and a[name], b and b[name]
    joined[name] = one and other and math.min(one, other) or one or other
  end
  return joined
end

--- The body of a service: its image's own entrypoint, command, user, signal and health check.
---@param about engine.backend.container.ServiceAbout
---@return table
---@nodiscard
function M.service(about)
  local spec = about.spec
  local host = host_config(smaller(spec.limits, about.limits))
  local body = {
    Image = about.image,
    Env = pairs_of(about.env),
    Hostname = spec.hostname or spec.name:sub(1, 63),
    WorkingDir = spec.cwd,
    StopSignal = spec.given.stop_signal and spec.stop_signal or nil,
    Tty = false,
    OpenStdin = false,
    AttachStdin = false,
    AttachStdout = true,
    AttachStderr = true,
    HostConfig = host,
  }
  add_command(body, spec.given)
  host.Tmpfs = tmpfs_of(spec.tmpfs)
  host.Ulimits = ulimits_of(spec.ulimits)
  host.ShmSize = spec.shm_size
  local hosts = json.array()
  for i, entry in ipairs(spec.extra_hosts or {}) do
    hosts[i] = entry[1] .. ":" .. entry[2]
  end
  host.ExtraHosts = hosts
  for _, volume in ipairs(spec.volumes or {}) do
    host.Mounts[#host.Mounts + 1] = bind(volume.source, volume.target, volume.read_only)
  end
  if about.project_dir then
    host.Mounts[#host.Mounts + 1] = bind(about.project_dir, "/project", true)
  end
  if about.link then
    add_link(host, about.link)
  end
  M.join(body, about.network)
  return body
end

--- The body of a room's network: an internal one, unless there is to be a way out.
---@param name string of the engine's list; nobody looks it up
---@param has_way_out boolean
---@return table
---@nodiscard
function M.network(name, has_way_out)
  return {
    Name = name,
    Driver = "bridge",
    Internal = not has_way_out,
    CheckDuplicate = false,
    EnableIPv6 = false,
    Attachable = false,
  }
end

return M
