--- An engine that tells no events any more: nobody would see what somebody else does to containers,
--- so no test passes, and it is said why.
local docker = dofile("tests/e2e/docker_support.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")

local SOON = [==[
local builtin = require("builtin.engine.docker.events")
builtin.GIVE_UP_MS = $ms
return builtin
]==]

local TEST = [==[
[meta]
name = "a"
[room]
image = "$image"
[[steps]]
name = "x"
command = ["sleep", "2"]
]==]

--- Registers the specs for an engine.
local function specs_of(find)
  local specs = docker.specs({ it = it, setup = setup, pending = pending }, find, { "busybox" })

  --- Runs a test of two seconds with an engine whose answers are cut, and returns its end.
  local function run(fault, give_up_ms)
    local proxy <close> = fakes.proxy(specs.engine.host, fault)
    local place <close> = docker.place({ kind = specs.engine.kind, host = proxy.host })
    place.write("a.clnrm.toml", (TEST:gsub("%$image", specs.image.busybox)))
    docker.support.sh("mkdir -p .clnrm/override/engine/docker", { cwd = place.dir })
    place.write(".clnrm/override/engine/docker/events.lua", (SOON:gsub("%$ms", give_up_ms)))
    local report = place.run()
    local one = report.results[1]
    return report.code, one.verdict, one.failures or {}, report.err
  end

  local function check_told(fault, give_up_ms)
    local code, verdict, failures, err = run(fault, give_up_ms)
    assert.same({ 6, "infra", 1 }, { code, verdict, #failures }, err)
    assert.equal("V008", failures[1].code, failures[1].message)
    assert.matches("does not tell what is done to containers", failures[1].message)
  end

  specs:case("broken under a test, and refused anew, is told as that", function()
    check_told("break:1:GET .*/events", 400)
  end)

  specs:case("broken, and tried anew as the test ends, is waited for", function()
    check_told("break:1.5:GET .*/events", 3000)
  end)

  specs:case("refused from the beginning is told as that", function()
    check_told("end:0:GET .*/events", 400)
  end)
end

describe("the stream of events of Docker", function()
  specs_of(docker.engines.engine)
end)

describe("the stream of events of Podman", function()
  specs_of(docker.engines.podman)
end)
