--- Signals to services of an engine that takes its time to answer: whose end was it?
local docker = dofile("tests/e2e/docker_support.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local engines = docker.engines

describe("a service that a signal of clnrm has ended", function()
  it("has ended because it was asked to, also where the engine tells of the end first", function()
    local engine, why = engines.engine()
    local image
    if engine then
      image, why = engines.image("busybox")
    end
    if not image then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    place.write("a.clnrm.lua", ([[
local clnrm = require("clnrm")
clnrm.test("is stopped, and killed", function(t)
  local room = t:open({ services = { app = {
    image = %q,
    command = "trap 'exit 5' TERM; echo up; while :; do sleep 0.02; done",
    wait = { log = "up" },
  } } })
  local app = room:service("app")
  clnrm.expect((app:stop())):is_true()
  clnrm.expect((app:start())):is_true()
  clnrm.expect((app:kill("SIGKILL"))):is_true()
end)
]]):format(image))
    local proxy <close> = fakes.proxy(engine.host, "delay:1.5:/kill")
    local report = place.run({}, { env = { DOCKER_HOST = proxy.host } })
    assert.equal(0, report.code, docker.failure(report))
    assert.same({}, place.left(report.run.run_id))
  end)
end)

describe("a service whose outputs the engine does not tell to their end", function()
  it("is a lost room, no short output", function()
    local engine, why = engines.engine()
    local image
    if engine then
      image, why = engines.image("busybox")
    end
    if not image then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    place.write(".clnrm/override/engine/backend/container/process.lua", [[
local process = require("builtin.engine.backend.container.process")
process.OUTPUT_MS = 200
return process
]])
    place.write("a.clnrm.toml", ([=[
[meta]
name = "a"
[services.app]
image = %q
command = "echo up; exit 0"
kind = "task"
[[steps]]
name = "x"
command = "true"
service = "app"
]=]):format(image))
    local proxy <close> = fakes.proxy(engine.host, "delay:6:/attach")
    local report = place.run({}, { env = { DOCKER_HOST = proxy.host } })
    assert.equal(6, report.code, docker.failure(report))
    assert.matches("does not tell all that it has printed", docker.failure(report))
    assert.same({}, place.left(report.run.run_id))
  end)
end)

describe("a service of whose end the engine will not tell", function()
  it("is lost while the step still runs: nothing that nobody watches passes", function()
    local engine, why = engines.engine()
    local image
    if engine then
      image, why = engines.image("busybox")
    end
    if not image then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", ([=[
[meta]
name = "a"
[services.app]
image = %q
command = ["sleep", "600"]
stop_timeout = "1s"
[[steps]]
name = "x"
command = "sleep 45"
timeout = "90s"
service = "app"
]=]):format(image))
    local proxy <close> = fakes.proxy(engine.host, "cut:0:/wait")
    local report = place.run({}, { env = { DOCKER_HOST = proxy.host } })
    assert.equal(6, report.code, docker.failure(report))
    assert.matches("its container was lost: .*/wait", docker.failure(report))
    assert.same({}, place.left(report.run.run_id))
  end)
end)
