--- What an engine says of an image is the same, whichever it is: its API is shared, and Podman's
--- half of it leaves things out.
local docker = dofile("tests/e2e/docker_support.lua")
local json = require("core.json")
local images = require("engine.docker.images")
local image_of = require("engine.backend.container.image")
local client_of = require("engine.docker.client")
local engines = docker.engines

--- All that an image can say of what runs in it.
local WHOLE = json.encode({
  Env = { "A=b", "C=d e" }, Entrypoint = { "/bin/sh", "-c" }, Cmd = { "sleep 60" },
  User = "1000:50", WorkingDir = "/work here", StopSignal = "SIGRTMIN+3",
  ExposedPorts = { ["80/tcp"] = {}, ["53/udp"] = {} },
  Volumes = { ["/data"] = {} },
  Healthcheck = { Test = { "CMD", "test", "-e", "/tmp/x" }, Interval = 2000000000,
    Timeout = 3000000000, StartPeriod = 4000000000, Retries = 5 },
})

describe("the settings of an image", function()
  it("are the same in Docker and Podman", function()
    local told = {}
    for name, find in pairs({ docker = engines.engine, podman = engines.podman }) do
      local engine, why = find()
      local image
      if engine then
        image, why = engines.image("busybox", { engine = engine, config = WHOLE })
      end
      if not image then
        pending(why)
        return
      end
      local client <close> = assert(client_of.connect({
        getenv = function(key)
          return key == (name == "docker" and "DOCKER_HOST" or "CONTAINER_HOST") and engine.host
            or nil
        end,
        engine = name,
      }))
      local found = assert(image_of.find(client, image))
      local looked = assert(image_of.read(assert(images.inspect(client, image)).told, image))
      assert.same(found, looked)
      told[name] = found.config
    end
    assert.same(told.docker, told.podman)
    assert.same({ argv = { "test", "-e", "/tmp/x" }, interval_ms = 2000, timeout_ms = 3000,
      start_period_ms = 4000, retries = 5 }, told.podman.health)
  end)
end)

--- Registers the specs for an engine.
local function specs_of(find)
  local specs = docker.specs({ it = it, setup = setup, pending = pending }, find,
    { "busybox", "health" })

  specs:case("is asked, and a service that fails it is not ready", function()
    local report = specs:run([==[
[services.app]
image = "$health"
command = ["sleep", "60"]
[[steps]]
name = "x"
command = "true"
]==])
    local failure = report.results[1].failures[1] or {}
    assert.same({ "fail", "T607" }, { report.results[1].verdict, failure.code }, failure.message)
  end)

  specs:case("is what another waits for", function()
    specs:passes([==[
[services.app]
image = "$health"
command = "sleep 1; echo well >/tmp/healthy; exec httpd -f -p 80 -h /tmp"
[services.late]
image = "$busybox"
command = ["sleep", "60"]
depends_on = { app = "healthy" }
[[steps]]
name = "x"
service = "late"
command = ["wget", "-qO-", "http://app/healthy"]
expect.stdout.equals = "well\n"
]==])
  end)

  specs:case("is missed by who waits for it, at its place in the file", function()
    local none = assert(engines.image("health", { engine = specs.engine,
      config = '{"Healthcheck":{"Test":["NONE"]}}' }))
    for _, image in ipairs({ specs.image.busybox, none }) do
      local report = specs:run(([==[
[services.app]
image = %q
command = ["sleep", "60"]
[services.late]
image = "$busybox"
command = ["sleep", "60"]
depends_on = { app = "healthy" }
[[steps]]
name = "x"
service = "late"
command = "true"
]==]):format(image))
      local failure = report.results[1].failures[1] or {}
      assert.same({ "error", "P109", 9 }, { report.results[1].verdict, failure.code,
        failure.line }, json.encode(failure))
      assert.matches("'late' waits until 'app' is healthy, which it never is", failure.message, 1,
        true)
    end
  end)
end

describe("the HEALTHCHECK of an image in Docker", function()
  specs_of(engines.engine)
end)

describe("the HEALTHCHECK of an image in Podman", function()
  specs_of(engines.podman)
end)
