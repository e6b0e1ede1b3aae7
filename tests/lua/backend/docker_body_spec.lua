--- What an engine is asked for, and what is read of its answers: pure parts.
local body = require("engine.backend.container.body")
local image = require("engine.backend.container.image")
local isolation = require("engine.backend.container.isolation")
local json = require("core.json")
local tar = require("engine.backend.container.tar")

local LINK = { dir = "/tmp/clnrm-engine-1/1", program = "/tmp/clnrm-engine-1/agent" }

local function service(more)
  local spec = { name = "app", given = {}, files = {}, volumes = {} }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return body.service({ spec = spec, env = {}, image = "sha256:1", link = LINK })
end

local function room(more)
  local about = { image = "sha256:1", link = LINK, hostname = "room", uid = 0, gid = 0 }
  for key, value in pairs(more or {}) do
    about[key] = value
  end
  return body.room(about)
end

describe("the body of a container", function()
  it("asks for no rights that it does not need, whatever a file says", function()
    for _, one in ipairs({ room(), room({ project_dir = "/p" }), service(), service({
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
  end)
end)

describe("tar for an engine", function()
  it("reads what it writes, and is not compressed", function()
    for _, size in ipairs({ 0, 1, 511, 512, 513, 70000 }) do
      local path = "/" .. ("d/"):rep(size % 2 == 0 and 10 or 80) .. "f"
      local content = ("x"):rep(size)
      local text = tar.write({ { path = path, content = content, mode = 493 } })
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
end)
