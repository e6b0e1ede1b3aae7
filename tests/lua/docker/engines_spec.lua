local lfs = require("lfs")
local task = require("clnrm.task")

local docker = dofile("tests/lua/docker/engines.lua")
local support = dofile("tests/e2e/support.lua")

local ENGINE = "tools/engines/engine.py"
local is_root = docker.run({ "id", "-u" }) == "0"

local function sorted(dir)
  local names = {}
  for name in lfs.dir(dir) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- Links of the network that were not among `before`.  Where the machine has an engine, networks
--- and containers of other tests come and go in it.
local function new_links(before)
  local known, list, has_engine = {}, {}, docker.run({ ENGINE, "find" }) ~= nil
  for _, name in ipairs(before) do
    known[name] = true
  end
  for _, name in ipairs(sorted("/sys/class/net")) do
    local is_engines = has_engine and (name:match("^br%-%x+$") or name:match("^veth"))
    list[#list + 1] = not known[name] and not is_engines and name or nil
  end
  return list
end

local function is_there(path)
  return lfs.symlinkattributes(path, "mode") ~= nil
end

--- Processes, mounts, groups and files that an engine has left.
local function left_of(home, groups)
  local left = {}
  for pid in lfs.dir("/proc") do
    local line = pid:match("^%d+$") and support.read("/proc/" .. pid .. "/cmdline") or ""
    if line:find(home .. "/", 1, true) or line:find(home .. "\0", 1, true) then
      left[#left + 1] = "process " .. line:gsub("%z", " ")
    end
  end
  for line in support.read("/proc/self/mountinfo"):gmatch("[^\n]+") do
    if line:find(home, 1, true) then
      left[#left + 1] = "mount " .. line
    end
  end
  for group in groups:gmatch("[^\n]+") do
    if is_there(group) then
      left[#left + 1] = "group " .. group
    end
  end
  if is_there(home) then
    left[#left + 1] = "directory " .. home
  end
  return left
end

local function eventually(what)
  for _ = 1, 3000 do
    if what() then
      return true
    end
    task.sleep(10)
  end
  return false
end

describe("engines of the tests", function()
  it("are the machine's own where one answers, and private where none does", function()
    local engine, why = docker.engine()
    if not engine then
      return pending(why)
    end
    assert.equal(200, (engine:api("GET", "/_ping")))
    assert.equal(docker.run({ ENGINE, "find" }) == nil, engine.home ~= nil)
  end)

  it("say in one line why none is there", function()
    local out, why = docker.run({
      "env", "DOCKER_HOST=unix:///nowhere",
      "unshare", "-Urm", "--propagation", "private", "sh", "-c",
      "mount -t tmpfs none /run && exec python3 " .. ENGINE .. " find",
    })
    assert.is_nil(out)
    assert.equal("no Docker engine answers at unix:///nowhere or unix:///var/run/docker.sock", why)
  end)

  for _, kind in ipairs({ "docker", "podman" }) do
    it("are killed, come back, and leave nothing: " .. kind, function()
      if not is_root then
        return pending("a private engine takes root")
      end
      local links = sorted("/sys/class/net")
      local engine <close> = assert(docker.private_engine({ kind = kind }))
      assert.same({}, new_links(links))
      assert.equal(engine.host, docker.run({ ENGINE, "start", kind, engine.home }))

      local image = assert(docker.image("busybox", { engine = engine }))
      local id = assert(engine:docker("run", "-d", "--network", "none", image, "sleep", "86400"))
      assert.equal("hi", engine:docker("exec", id, "echo", "hi"))
      local groups = support.read(engine.home .. "/cgroups")

      local pid = engine:pid()
      engine:signal("STOP")
      assert.matches("State:%s+T", support.read("/proc/" .. pid .. "/status"))
      engine:signal("CONT")
      assert.equal(200, (engine:api("GET", "/_ping")))

      engine:signal("KILL")
      assert.is_false(is_there("/proc/" .. pid))
      assert.is_nil(engine:pid())
      assert.equal(0, (engine:api("GET", "/_ping")))
      engine:up()
      assert.not_nil(engine:pid())
      assert.not_nil(engine:docker("inspect", id))

      engine:close()
      assert.same({}, left_of(engine.home, groups))
      assert.same({}, new_links(links))
    end)
  end

  it("end with their owner, however it ends", function()
    if not is_root then
      return pending("a private engine takes root")
    end
    local self_pid = lfs.symlinkattributes("/proc/self", "target")
    local home = ("/tmp/clnrm-engines.%s-o/docker"):format(self_pid)
    local host = assert(docker.run({ "sh", "-c", [[
      sleep 86400 </dev/null >/dev/null 2>&1 &
      "$0" start docker "$1" --owner $! && cat "$1/cgroups" >"$2"
      kill -9 $!]], ENGINE, home, home:gsub("/docker$", "-groups") }))
    local list = home:gsub("/docker$", "-groups")
    local groups = support.read(list)
    os.remove(list)
    assert.equal("unix://" .. home .. "/s", host)
    assert.is_true(#groups > 0)
    assert.is_true(eventually(function()
      return #left_of(home, groups) == 0
    end), table.concat(left_of(home, groups), "\n"))
    assert.is_true(eventually(function()
      return not is_there((home:gsub("/docker$", "")))
    end))
  end)

  it("are cleared by stop when their supervisor was killed", function()
    if not is_root then
      return pending("a private engine takes root")
    end
    local engine <close> = assert(docker.private_engine())
    local groups = support.read(engine.home .. "/cgroups")
    local supervisor = support.read(engine.home .. "/supervisor"):match("^%d+")
    assert(docker.run({ "kill", "-9", supervisor }))
    engine:close()
    assert.is_true(eventually(function()
      return #left_of(engine.home, groups) == 0
    end), table.concat(left_of(engine.home, groups), "\n"))
  end)

  it("are nobody else's: what was not started here is not touched", function()
    local dir = support.tempdir()
    support.write(dir .. "/supervisor", "1 1")
    local _, why = docker.run({ ENGINE, "signal", dir, "KILL" })
    assert.equal("engine: no engine of ours runs in " .. dir, why)
    support.remove(dir)
    local refused
    refused, why = docker.run({ "python3", "tools/engines/inside.py", dir, "net:[1]", "/bin/true" })
    assert.is_nil(refused)
    assert.matches("^inside.py: not in namespaces of its own", why)
  end)

  it("push to a registry and pull from it, with and without a password", function()
    if not is_root then
      return pending("a private engine takes root")
    end
    local engine <close> = assert(docker.private_engine())
    local image = assert(docker.image("scratch", { engine = engine }))
    local open <close> = assert(docker.registry({ engine = engine }))
    local name = open.address .. "/a/scratch:1"
    assert(engine:docker("tag", image, name))
    assert(engine:docker("push", "-q", name))
    assert(engine:docker("rmi", name, image))
    assert(engine:docker("pull", "-q", name))

    local closed <close> = assert(docker.registry({ engine = engine, auth = "me:pass" }))
    local function status(...)
      return engine:exec("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
        "http://" .. closed.address .. "/v2/", ...)
    end
    assert.equal("401", status())
    assert.equal("401", status("-u", "me:wrong"))
    assert.equal("200", status("-u", "me:pass"))
    local other = closed.address .. "/a/scratch:1"
    assert(engine:docker("tag", name, other))
    local pushed, why = engine:docker("push", "-q", other)
    assert.is_nil(pushed)
    assert.matches("no basic auth credentials", why)
  end)
end)
