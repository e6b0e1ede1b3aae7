--- What an engine made against what it was asked for: each setting that is otherwise is found.
local body = require("engine.backend.container.body")
local json = require("core.json")
local stdio = require("engine.backend.container.rung.stdio")
local unkept = require("engine.backend.container.unkept")

local LINK = stdio.mounted("/tmp/clnrm-engine-1/agent")
local NUMBER = ("a0"):rep(32) -- what an engine calls a volume that has no name

--- The settings of a service with all that a file may ask for.
local function asked(more)
  local spec = { name = "app", given = {}, files = {}, tmpfs = { { path = "/x", size = 4096 } },
    ulimits = { nofile = 9 }, shm_size = 1 << 20, extra_hosts = { { "other", "10.0.0.9" } },
    limits = { memory_mb = 64, pids = 20, cpu_millicores = 500 },
    volumes = { { source = "/p/d", target = "/d", read_only = true },
      { source = "/p/w", target = "/w//", read_only = false } },
    rights = { devices = { { host = "/dev/fuse", inside = "/dev/fuse", access = "rw" } } } }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return body.service({ spec = spec, env = {}, image = "sha256:1", link = LINK,
    owner = { uid = 7, gid = 8 }, project = { Type = "volume", Source = "copy-1",
      Target = "/project", ReadOnly = true },
    networks = not spec.network and { { id = "id-1", aliases = { "app" } } } or nil }).HostConfig
end

local function bind(source, target, can_write, propagation)
  return { Type = "bind", Source = source, Destination = target, RW = can_write,
    Propagation = propagation or "rprivate" }
end

--- What inspect tells of it, as Docker and as Podman put it.
local function told(wanted)
  local host = json.decode(json.encode(wanted))
  return {
    HostConfig = host,
    Mounts = { bind("/p/w", "/w", true), bind("/p/d", "/d", false),
      bind(LINK.source, body.AGENT, false),
      { Type = "volume", Name = "copy-1", Source = "/var/copy-1", Destination = "/project",
        RW = false, Propagation = "" },
      { Type = "volume", Name = NUMBER, Source = "/var/v", Destination = "/data", RW = true } },
    NetworkSettings = { Networks = { ["the-room's"] = {} } },
  }
end

local NETWORKS = { networks = { { name = "the-room's", id = "id-1" } } }

local function find(change, about)
  local wanted = asked()
  local made = told(wanted)
  change(made.HostConfig, made)
  return unkept.find(wanted, made, about or NETWORKS)
end

describe("what an engine made", function()
  it("is what was asked for, in the words of Docker and of Podman", function()
    assert.is_nil(find(function() end))
    assert.is_nil(find(function(host, made)
      host.IpcMode, host.NetworkMode, host.PidMode = "shareable", "bridge", "private"
      host.Ulimits = { { Name = "RLIMIT_NOFILE", Soft = 9, Hard = 9 },
        { Name = "RLIMIT_NPROC", Soft = 1, Hard = 1 } }
      host.Tmpfs["/x"] = host.Tmpfs["/x"] .. ",rprivate,tmpcopyup"
      host.PortBindings = { ["6379/tcp"] = json.null } -- of the image
      host.Tmpfs["/run"], host.Sysctls, host.Devices[1].CgroupPermissions = "rw", nil, ""
      made.Mounts[2].Source = "/host_mnt/p/d" -- Docker Desktop's
    end))
    for name, one in pairs({ ["id-1"] = {}, ["as it was renamed"] = { NetworkID = "id-1" } }) do
      assert.is_nil(find(function(_, made)
        made.NetworkSettings.Networks = { [name] = one }
      end))
    end
    local alone = asked({ network = "none" })
    local made = told(alone)
    made.NetworkSettings.Networks = { none = {} }
    assert.is_nil(unkept.find(alone, made))
    made.NetworkSettings.Networks = json.null
    assert.is_nil(unkept.find(alone, made))
  end)

  for what, change in pairs({
    ["Memory is 0, and not 67108864"] = function(host) host.Memory = 0 end,
    ["NanoCpus is 0"] = function(host) host.NanoCpus = 0 end,
    ["PidsLimit is "] = function(host) host.PidsLimit = json.null end,
    ["ShmSize is 67108864"] = function(host) host.ShmSize = 64 << 20 end,
    ["it is privileged"] = function(host) host.Privileged = true end,
    ["PidMode is the machine's"] = function(host) host.PidMode = "host" end,
    ["IpcMode is the machine's"] = function(host) host.IpcMode = "host" end,
    ["UTSMode is the machine's"] = function(host) host.UTSMode = "host" end,
    ["NetworkMode is the machine's"] = function(host) host.NetworkMode = "host" end,
    ["UsernsMode is the machine's"] = function(host) host.UsernsMode = "host" end,
    ["PidMode is another container's"] = function(host) host.PidMode = "container:b" end,
    ["new privileges are possible in it"] = function(host) host.SecurityOpt = json.null end,
    ["its system calls are not filtered"] = function(host)
      table.insert(host.SecurityOpt, "seccomp=unconfined")
    end,
    ["it has the capability SYS_ADMIN"] = function(host) host.CapAdd = { "SYS_ADMIN" } end,
    ["it has the capability NET_RAW"] = function(host) table.remove(host.CapDrop, 1) end,
    ["it has the device /dev/kvm"] = function(host)
      table.insert(host.Devices, { PathOnHost = "/dev/kvm", PathInContainer = "/dev/fuse" })
    end,
    ["no tmpfs is at /x"] = function(host) host.Tmpfs = json.null end,
    ["the tmpfs at /x is not size=4096"] = function(host) host.Tmpfs["/x"] = "rw,size=40960" end,
    ["ExtraHosts has no other:10.0.0.9"] = function(host) host.ExtraHosts = {} end,
    ["Dns has no 127.0.0.1"] = function(host) host.Dns = { "10.0.0.1" } end,
    ["the limit nofile is 10, and not 9"] = function(host) host.Ulimits[1].Hard = 10 end,
    ["it is removed when it ends"] = function(host) host.AutoRemove = true end,
    ["it is started again when it ends: always"] = function(host)
      host.RestartPolicy.Name = "always"
    end,
    ["its ports are published"] = function(host)
      host.PortBindings = { ["80/tcp"] = { { HostPort = "80" } } }
    end,
    ["the engine keeps what it prints: json-file"] = function(host)
      host.LogConfig.Type = "json-file"
    end,
    ["/d shows /etc, and not /p/d"] = function(_, made) made.Mounts[2].Source = "/etc" end,
    ["/d can be written to"] = function(_, made) made.Mounts[2].RW = true end,
    ["/w// is read-only"] = function(_, made) made.Mounts[1].RW = false end,
    ["what is mounted below /d goes to and from the machine (rshared)"] = function(_, made)
      made.Mounts[2].Propagation = "rshared"
    end,
    ["nothing is mounted at /d"] = function(_, made) table.remove(made.Mounts, 2) end,
    ["/m shows /etc, which nobody asked for"] = function(_, made)
      table.insert(made.Mounts, bind("/etc", "/m", false))
    end,
    ["/data shows /var/v, which nobody asked for"] = function(_, made)
      made.Mounts[5].Name = "other" -- a volume of somebody
    end,
    ["/project shows /var/copy-1, and not copy-1"] = function(_, made)
      made.Mounts[4].Name = "copy-2"
    end,
    ["it is in the network bridge"] = function(_, made)
      made.NetworkSettings.Networks.bridge = { NetworkID = "id-2" }
    end,
    ["it is not in the network the-room's"] = function(_, made)
      made.NetworkSettings.Networks = {}
    end,
  }) do
    it("is an error where " .. what, function()
      local err = assert(find(change))
      assert.equal("EPOLICY", err.code)
      assert.matches("as it was asked to: " .. what, err.message, 1, true)
    end)
  end

  it("is an error where a read-only root or loopback is not", function()
    local wanted = asked({ network = "none" })
    wanted.ReadonlyRootfs = true
    local made = told(wanted)
    made.NetworkSettings.Networks = {}
    assert.is_nil(unkept.find(wanted, made))
    made.HostConfig.ReadonlyRootfs = false
    assert.matches("its root can be written to", unkept.find(wanted, made).message)
    made.HostConfig.ReadonlyRootfs, made.HostConfig.NetworkMode = true, "bridge"
    assert.matches("it has a network: bridge", unkept.find(wanted, made).message)
  end)

  it("is told with what the engine has said of it", function()
    local function less(host)
      host.Memory = 0
    end
    assert.matches("; it says: no memory; no swap$", find(less, { networks = NETWORKS.networks,
      warnings = { "no memory", "no swap" } }).message)
    assert.is_nil(find(function() end, { networks = NETWORKS.networks, warnings = { "no swap" } }))
  end)
end)
