--- What an engine is asked for, and what is read of its answers: pure parts.
local body = require("engine.backend.container.body")
local image = require("engine.backend.container.image")
local isolation = require("engine.backend.container.isolation")
local json = require("core.json")
local names = require("engine.backend.container.names")
local stdio = require("engine.backend.container.rung.stdio")
local tar = require("engine.backend.container.tar")

local LINK = stdio.mounted("/tmp/clnrm-engine-1/agent")

local function service(more)
  local spec = { name = "app", given = {}, files = {}, volumes = {} }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return body.service({ spec = spec, env = {}, image = "sha256:1", link = LINK,
    owner = { uid = 7, gid = 8 } })
end

local function room(more)
  local about = { image = "sha256:1", link = LINK, hostname = "room",
    owner = { uid = 0, gid = 0 } }
  for key, value in pairs(more or {}) do
    about[key] = value
  end
  return body.room(about)
end

describe("the body of a container", function()
  it("asks for no rights that it does not need, whatever a file says", function()
    local project = body.bind("/p", "/project", true)
    for _, one in ipairs({ room(), room({ project = project }), service(), service({
      tmpfs = { { path = "/x" } }, ulimits = { nofile = 9 }, hostname = "h",
      volumes = { { source = "/p/d", target = "/d", read_only = true } },
    }) }) do
      local host = one.HostConfig
      assert.is_false(host.Privileged)
      assert.is_false(host.AutoRemove)
      assert.is_false(host.PublishAllPorts)
      assert.same({ "no-new-privileges" }, { table.unpack(host.SecurityOpt) })
      assert.same({ "NET_RAW", "MKNOD", "AUDIT_WRITE", "SYS_CHROOT" },
        { table.unpack(host.CapDrop) })
      assert.equal("none", host.NetworkMode)
      assert.equal("none", host.LogConfig.Type)
      assert.equal(body.PIDS, host.PidsLimit)
      for _, name in ipairs({ "CapAdd", "Devices", "PidMode", "UTSMode", "UsernsMode", "Binds",
        "PortBindings", "VolumesFrom", "Init", "DeviceRequests", "Runtime", "CgroupParent" }) do
        assert.is_nil(host[name], name)
      end
      assert.equal("private", host.IpcMode)
      for _, mount in ipairs(host.Mounts) do
        assert.equal("bind", mount.Type)
        assert.is_true(mount.BindOptions.NonRecursive)
      end
      assert.is_string(json.encode(one))
    end
  end)

  it("gives what is in memory to who uses it, in the way of each engine", function()
    local spec = { name = "app", given = {}, tmpfs = { { path = "/x", mode = 448 } } }
    local about = { spec = spec, env = {}, image = "i", owner = { uid = 7, gid = 8 } }
    assert.matches("^uid=7,gid=8,.*mode=0700", body.service(about).HostConfig.Tmpfs["/x"])
    about.is_podman, about.owner = true, nil
    assert.matches("^U,.*mode=0700", body.service(about).HostConfig.Tmpfs["/x"])
    assert.matches("uid=0,gid=0", room().HostConfig.Tmpfs["/room"])
  end)

  it("has what the command line has permitted, and nothing else", function()
    local host = service({ network = "host", rights = { privileged = true, cap_add = { "SYS_TIME" },
      pid = "host", uts = "host", devices = { { host = "/dev/a", inside = "/dev/b",
        access = "r" } } } }).HostConfig
    assert.is_true(host.Privileged)
    assert.same({ "SYS_TIME" }, { table.unpack(host.CapAdd) })
    assert.same({ "host", "host", "host", "private" },
      { host.NetworkMode, host.PidMode, host.UTSMode, host.IpcMode })
    assert.same({ PathOnHost = "/dev/a", PathInContainer = "/dev/b", CgroupPermissions = "r" },
      host.Devices[1])
  end)

  it("drops nothing that is added: Podman would refuse it", function()
    local function dropped(...)
      return { table.unpack(service({ rights = { cap_add = { ... } } }).HostConfig.CapDrop) }
    end
    assert.same({ "MKNOD", "AUDIT_WRITE", "SYS_CHROOT" }, dropped("NET_RAW", "SYS_TIME"))
    assert.same({ "NET_RAW", "MKNOD", "AUDIT_WRITE" }, dropped("CAP_SYS_CHROOT"))
    assert.same({}, dropped("ALL"))
  end)

  it("has names of no other network looked up", function()
    local networks = { { id = "n", aliases = {} } }
    local host = room({ networks = networks }).HostConfig
    assert.same({ "127.0.0.1" }, { table.unpack(host.Dns) })
    assert.is_nil(room({ networks = networks, is_podman = true }).HostConfig.Dns)
    assert.is_nil(room().HostConfig.Dns)
  end)

  it("has the names of others where its engine does not find them, the file's own first", function()
    local network = { id = "n", aliases = { "app" }, ip = "10.0.0.11", mac = "02:42:0a:00:00:0b" }
    local spec = { name = "app", given = {}, extra_hosts = { { "b", "::1" } } }
    local one = body.service({ spec = spec, env = {}, image = "i", is_podman = true,
      networks = { network },
      hosts = { { "b", "10.0.0.13" }, { "bee", "10.0.0.13" }, { "bee", "10.0.0.15" } } })
    assert.same({ "b:::1", "bee:10.0.0.13" }, { table.unpack(one.HostConfig.ExtraHosts) })
    local there = one.NetworkingConfig.EndpointsConfig.n
    assert.same({ "10.0.0.11", "02:42:0a:00:00:0b" },
      { there.IPAMConfig.IPv4Address, there.MacAddress })
    there = body.endpoint({ id = "n", aliases = {} })
    assert.same({}, { there.IPAMConfig, there.MacAddress })
  end)

  it("gives each container of a network an address, and a service's names to its relay", function()
    assert.is_nil(names.subnet("fd00::/64"))
    assert.is_nil(names.subnet("10.0.0.300/24"))
    local network = { id = "n", subnet = names.subnet("10.0.0.0/24") }
    local spec = { room = { image = "i" },
      services = { { name = "a", relay = true }, { name = "b", aliases = { "bee" } } } }
    local function fixed(aliases, of)
      return names.fix({ { aliases = aliases, network = network } }, spec, of)[1].ip
    end
    assert.same({ "10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.13" },
      { fixed({ "room" }), fixed({ "a" }, "a"), fixed({}, "a"), fixed({ "b" }, "b") })
    local function relayed(one)
      return one.relay and one.name .. "-own" or nil
    end
    assert.same({ { "room", "10.0.0.10" }, { "a", "10.0.0.11" }, { "a-own", "10.0.0.12" } },
      names.hosts({ room = network }, spec, spec.services[2], relayed))
    assert.same({}, names.hosts({ room = { id = "n" } }, spec, nil, relayed)) -- of Docker
  end)

  it("leaves to the image what the file does not say", function()
    local one = service()
    for _, key in ipairs({ "Entrypoint", "Cmd", "User", "WorkingDir", "StopSignal",
      "Healthcheck" }) do
      assert.is_nil(one[key], key)
    end
    one = service({ given = { command = { shell = "a b" }, args = nil } })
    assert.is_nil(one.Entrypoint)
    assert.same({ "/bin/sh", "-c", "a b" }, { table.unpack(one.Cmd) })
    one = service({ given = { args = { "-v" } } })
    assert.is_nil(one.Entrypoint)
    assert.same({ "-v" }, { table.unpack(one.Cmd) })
    one = service({ given = { entrypoint = { argv = { "x" } } } })
    assert.same({ "x" }, { table.unpack(one.Entrypoint) })
    assert.same({}, { table.unpack(one.Cmd) })
  end)

  it("limits by the smaller of two, without swap beside memory", function()
    local spec = { name = "a", given = {}, limits = { memory_mb = 64, pids = 9 } }
    local host = body.service({ spec = spec, env = {}, image = "i",
      limits = { memory_mb = 32, cpu_millicores = 500 } }).HostConfig
    assert.equal(32 << 20, host.Memory)
    assert.equal(32 << 20, host.MemorySwap)
    assert.equal(9, host.PidsLimit)
    assert.equal(500000000, host.NanoCpus)
  end)

  it("makes an internal network, unless there is to be a way out", function()
    assert.is_true(body.network("n", false).Internal)
    assert.is_false(body.network("n", true).Internal)
    local closed = { ["com.docker.network.bridge.inhibit_ipv4"] = "true" }
    assert.same(closed, body.network("n", false).Options)
    assert.is_nil(body.network("n", true).Options)
    assert.is_nil(body.network("n", false, nil, true).Options)
  end)
end)

describe("tar for an engine", function()
  it("reads what it writes, and is not compressed", function()
    for _, size in ipairs({ 0, 1, 511, 512, 513, 70000 }) do
      local path = "/" .. ("d/"):rep(size % 2 == 0 and 10 or 80) .. "f"
      local content = ("x"):rep(size)
      local text = tar.write({ { path = path, content = content, mode = 493 } },
        { uid = 0, gid = 0 })
      assert.equal(0, #text % 512)
      local got, mode = tar.first(text)
      assert.equal(content, got)
      assert.equal(493, mode)
      if size > 0 then
        assert.is_nil(tar.first(text:sub(1, -2000)))
      end
    end
    assert.is_nil(tar.first(""))
    assert.is_nil(tar.first(("\0"):rep(1024)))
  end)
end)

describe("files for an engine", function()
  it("belong to whom they are for, whatever number that is", function()
    local text = tar.write({ { path = "/f", content = "x", mode = 420 } },
      { uid = 1000, gid = 1000660000 })
    assert.equal("0001750\0", text:sub(109, 116))
    assert.equal("\x80" .. (">I7"):pack(1000660000), text:sub(117, 124))
  end)
end)

describe("the user of an image", function()
  local PASSWD = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001:app:/home/app:/bin/sh\n"
  local GROUP = "root:x:0:\nstaff:x:50:app\n"

  it("is looked up by name and by number", function()
    assert.same({ uid = 1000, gid = 1001, name = "app", home = "/home/app" },
      image.user("app", PASSWD, GROUP))
    assert.same({ uid = 1000, gid = 50, name = "app", home = "/home/app" },
      image.user("1000:staff", PASSWD, GROUP))
    assert.same({ uid = 7, gid = 0 }, image.user("7", PASSWD, GROUP))
    assert.same({ uid = 7, gid = 8 }, image.user("7:8", "", ""))
    assert.same({ uid = 0, gid = 0, name = "root", home = "/root" }, image.user("", PASSWD, GROUP))
    assert.matches("no user 'x'", select(2, image.user("x", PASSWD, GROUP)))
    assert.matches("no group 'x'", select(2, image.user("app:x", PASSWD, GROUP)))
  end)
end)

describe("the isolation of a container", function()
  it("is what the engine says, not what was asked for", function()
    local about = { engine = "docker", image = { text = "i:1" }, user = { uid = 7 } }
    local host = { NetworkMode = "host", PidMode = "host", CapDrop = json.null, PidsLimit = 0,
      SecurityOpt = { "seccomp=unconfined" }, Memory = 1 << 20 }
    local told = isolation.of({ HostConfig = host }, about)
    assert.equal("not isolated: network mode host", told.net)
    assert.equal("host", told.pid)
    assert.matches("uid 7, default capabilities less 0, new privileges possible, no seccomp",
      told.user)
    assert.matches("memory 1 MiB, processes without a limit", told.limits)
  end)

  it("names what services have of the machine, and the limits of each", function()
    local told = isolation.told("docker")
    isolation.add_services(told, {
      { name = "web", network = "host", rights = { pid = "host", cap_add = { "SYS_TIME" } } },
      { name = "all", rights = { privileged = true }, limits = { memory_mb = 64, pids = 7 } },
      { name = "plain" },
    }, { memory_mb = 100 })
    local all = "; service 'all' is privileged: it has all rights on the machine"
    assert.equal("own namespace, loopback only; service 'web' has the network of the machine"
      .. all, told.net)
    assert.equal("own namespace; service 'web' sees the processes of the machine" .. all, told.pid)
    assert.matches("; service 'web' has sys_time as well" .. all, told.user, 1, true)
    assert.equal("service 'web': memory 100 MiB, 4096 processes (cgroup); service 'all': memory 64 "
      .. "MiB, 7 processes (cgroup); service 'plain': memory 100 MiB, 4096 processes (cgroup)",
      told.limits)
  end)
end)
