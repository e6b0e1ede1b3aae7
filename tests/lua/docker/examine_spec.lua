--- What doctor tells of engines: against scripted ones, and a real one.
local examine = require("engine.docker.examine")
local json = require("core.json")

local engines = dofile("tests/lua/docker/engines.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local homes = dofile("tests/lua/docker/support.lua")
local owners_of = dofile("tests/tools/engine_owners.lua")

local PING = { match = "^GET /_ping$", body = "OK",
  headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" } }
local INFO = {
  ServerVersion = "20.10.24", Driver = "overlay2", CgroupVersion = "2", CgroupDriver = "systemd",
  SecurityOptions = { "name=seccomp,profile=default", "name=rootless", "name=cgroupns" },
  Architecture = "x86_64", OperatingSystem = "Debian", MemoryLimit = true, PidsLimit = true,
  CpuCfsQuota = true,
}
local EMPTY = {
  { match = "/containers/json", body = "[]", headers = { ["Content-Type"] = "application/json" } },
  { match = "/networks", body = "[]", headers = { ["Content-Type"] = "application/json" } },
  { match = "/volumes", body = "{}", headers = { ["Content-Type"] = "application/json" } },
}

describe("what doctor tells of engines", function()
  local home

  before_each(function()
    home = homes.home()
    home.env.CONTAINER_HOST = "unix://" .. home.dir .. "/none"
    home.env.PATH = home.dir .. "/bin"
  end)
  after_each(function()
    home.remove()
  end)

  --- Examines; the findings by name.
  local function findings()
    local list = {}
    examine.run(function(finding)
      assert.is_nil(list[finding.name])
      list[finding.name] = finding
    end, home.getenv)
    return list
  end

  local function with(info, more)
    local rules = { PING, { match = "/info", body = assert(json.encode(info)),
      headers = { ["Content-Type"] = "application/json" } } }
    for _, rule in ipairs(more or EMPTY) do
      rules[#rules + 1] = rule
    end
    local fake <close> = fakes.engine(rules)
    home.env.DOCKER_HOST = fake.host
    return findings()
  end

  it("has version, API, address and where that is from; what it runs as and on", function()
    local list = with(INFO)
    assert.equal("ok", list.docker.status)
    assert.equal(("Docker 20.10.24, API 1.41, at %s (DOCKER_HOST)"):format(home.env.DOCKER_HOST),
      list.docker.text)
    assert.equal("ok", list["  engine"].status)
    assert.equal("rootless, cgroup 2 (systemd), storage overlay2, x86_64", list["  engine"].text)
    assert.equal("protection: seccomp, cgroupns", list["  engine"].details[1])
    assert.equal("none", list["  leftovers"].text)
    assert.is_nil(list["  credentials"])
  end)

  it("bears an engine that says nothing of itself", function()
    local list = with({ SecurityOptions = { 7, "x" }, Driver = 4 })
    assert.equal("as root, cgroup ? (?), storage ?, ?", list["  engine"].text)
    assert.equal("protection: none", list["  engine"].details[1])
  end)

  it("warns of what cannot be limited", function()
    local info = {}
    for name, value in pairs(INFO) do
      info[name] = value
    end
    info.MemoryLimit, info.PidsLimit = false, false
    local finding = with(info)["  engine"]
    assert.equal("warn", finding.status)
    assert.matches("cannot limit memory, processes$", finding.text)
    assert.matches("delegate these controllers", finding.remedy)
  end)

  it("says that an engine is not here, and warns where somebody said that it is", function()
    local list = findings()
    assert.equal("warn", list.podman.status)
    assert.matches("from CONTAINER_HOST", list.podman.text)
    assert.matches("systemctl", list.podman.remedy)
    home.env.CONTAINER_HOST, home.env.XDG_RUNTIME_DIR = nil, home.dir
    local endpoint = require("engine.docker.endpoint")
    local system = endpoint.SYSTEM.podman
    endpoint.SYSTEM.podman = home.dir .. "/nowhere.sock"
    list = findings()
    endpoint.SYSTEM.podman = system
    assert.equal("none", list.podman.status)
    assert.is_nil(list.podman.remedy)
    assert.matches("systemctl", list.podman.details[1])
  end)

  it("says why an engine cannot be used, with the remedy", function()
    home.env.DOCKER_HOST = "unix://" .. home.socket("left/s")
    local finding = findings().docker
    assert.equal("warn", finding.status)
    assert.matches("nothing listens at it", finding.text)
    assert.matches("systemctl start docker", finding.remedy)
    home.env.DOCKER_HOST = "tcp://192.0.2.1:2375" -- never dialled
    finding = findings().docker
    assert.equal("warn", finding.status)
    assert.matches("in clear over a network", finding.text)
    home.env.DOCKER_HOST = nil
    home.config("no json")
    assert.equal("warn", findings().docker.status)
  end)

  it("warns of an engine that is too old, or breaks off", function()
    local old <close> = fakes.engine({ { match = "/_ping", body = "OK",
      headers = { ["Api-Version"] = "1.24", Server = "Docker/1.12 (linux)" } } })
    home.env.DOCKER_HOST = old.host
    local finding = findings().docker
    assert.equal("warn", finding.status)
    assert.matches("too old: its API is 1%.24", finding.text)
    local broken <close> = fakes.engine({ PING, { match = "/info", status = 500,
      body = '{"message":"no more"}' } })
    home.env.DOCKER_HOST = broken.host
    finding = findings().docker
    assert.equal("warn", finding.status)
    assert.matches("no more", finding.text)
  end)

  it("looks for the helpers that config.json names, and runs none", function()
    home.config({ credsStore = "here", credHelpers = { ["a.example"] = "gone", b = "here" } })
    home.write("bin/docker-credential-here", "#!/bin/sh\ntouch " .. home.dir .. "/ran\n", 448)
    local finding = with(INFO)["  credentials"]
    assert.equal("warn", finding.status)
    assert.matches("names docker-credential-gone, which is not in PATH", finding.text, 1, true)
    home.config({ credsStore = "here" })
    finding = with(INFO)["  credentials"]
    assert.equal("ok", finding.status)
    assert.equal("by docker-credential-here", finding.text)
    home.write("bin/docker-credential-here", "no program", 384)
    assert.equal("warn", with(INFO)["  credentials"].status)
    assert.is_nil(io.open(home.dir .. "/ran"))
  end)

  it("warns of what killed runs have left, and counts what is of others", function()
    local function labelled(changes)
      local labels_of = require("engine.docker.labels")
      local owner = assert(labels_of.owner())
      owner.machine = owner.machine or "none"
      for name, value in pairs(changes) do
        owner[name] = value
      end
      return labels_of.of("x", owner)
    end
    local dead = labelled({ boot = "00000000-0000-0000-0000-000000000000" })
    local alive, foreign = labelled({}), labelled({ machine = "other" })
    local headers = { ["Content-Type"] = "application/json" }
    local finding = with(INFO, {
      { match = "/containers/json", headers = headers, body = assert(json.encode({
        { Id = "a", Names = { "/a" }, Labels = dead, Created = 1 },
        { Id = "b", Names = { "/b" }, Labels = alive, Created = 1 },
        { Id = "c", Names = { "/c" }, Labels = foreign, Created = 1 } })) },
      { match = "/networks", headers = headers,
        body = assert(json.encode({ { Id = "n", Name = "n", Labels = dead } })) },
      { match = "/volumes", headers = headers, body = '{"Volumes":null}' },
    })["  leftovers"]
    local labels_of = require("engine.docker.labels")
    if not labels_of.owner().machine then
      return pending("this machine has no id")
    end
    assert.equal("warn", finding.status)
    assert.equal("2 things of runs that were killed", finding.text)
    assert.equal("clnrm reap", finding.remedy)
    assert.same({ "1 thing of others, as far as can be told" }, finding.details)
  end)

  for _, kind in ipairs({ "engine", "podman" }) do
    it("is true of a real one: " .. kind, function()
      local engine, why = engines[kind]()
      if not engine then
        return pending(why)
      end
      local name = kind == "podman" and "podman" or "docker"
      home.env.CONTAINER_HOST, home.env.DOCKER_HOST = engine.host, engine.host
      local list = {}
      examine.run(function(finding)
        list[#list + 1] = finding
      end, home.getenv)
      local found = {}
      for _, finding in ipairs(list) do
        assert.equal("string", type(finding.text))
        found[finding.name] = finding -- the later one: podman's
      end
      assert.equal("ok", found[name].status, found[name].text)
      local _, body = engine:api("GET", "/version")
      local version = json.decode(body).Version
      assert.matches(" " .. version:gsub("%p", "%%%0") .. ", API 1%.4%d, at ", found[name].text)
      assert.matches("cgroup [12] %(%l+%), storage [%w-]+, ", found["  engine"].text)
    end)
  end

  it("is told by clnrm doctor, which fails for none of it", function()
    local owners = owners_of.new({ host = "unix:///nowhere" }, "", "x=y")
    local told = owners:clnrm("doctor", "--format", "json")
    owners:close()
    assert.equal(0, told.code, told.err)
    local by_name = {}
    for _, finding in ipairs(assert(json.decode(told.out)).findings) do
      by_name[finding.name] = finding
    end
    assert.equal("warn", by_name.docker.status)
    assert.matches("unix:///nowhere, from DOCKER_HOST", by_name.docker.text)
    assert.equal("warn", by_name.podman.status)
  end)
end)
