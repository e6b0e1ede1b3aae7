--- What is told of a service whose container did not start or did not get ready, and what is kept.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines
local json = require("core.json")

local VALUE = "of-a-variable" -- shown nowhere
local HEALTH = json.encode({ Healthcheck = {
  Test = { "CMD-SHELL", "echo no database yet; exit 1" },
  Interval = 200000000, -- ns
  Retries = 2,
} })

for _, kind in ipairs({ "docker", "podman" }) do
  describe(("a failed service of %s tells of its container"):format(kind), function()
    local engine, why, place
    local image = {}

    setup(function()
      engine, why = (kind == "docker" and engines.engine or engines.podman)()
      for _, name in ipairs(engine and { "busybox", "health" } or {}) do
        image[name], why = engines.image(name, { engine = engine,
          config = name == "health" and HEALTH or nil })
        if not image[name] then
          engine = nil
          return
        end
      end
      place = engine and docker.place(engine)
    end)

    teardown(function()
      if place then
        place.close()
      end
    end)

    local function case(name, fn)
      it(name, function()
        if not engine then
          pending(why)
          return
        end
        fn()
      end)
    end

    --- Runs a file with the service `app` as a user does, and returns what is printed, in one line
    --- without the margins, and what is kept.
    local function run(name, service, more)
      local file = name .. ".clnrm.toml"
      service = service:gsub("%$(%l+)", image)
      place.write(file, ('[meta]\nname = "a"\n[services.app]\nenv = { TOKEN = "%s" }\n%s'):format(
        VALUE, service) .. '[[scenario]]\nname = "a"\n' .. (more or "")
        .. '[[scenario.steps]]\nname = "x"\ncommand = ["true"]\n')
      local got = place.clnrm({ "run", "--backend", kind, file }, { env = { COLUMNS = "400" } })
      local path = (".clnrm/artifacts/%s/a/containers/app.json"):format(file)
      local kept = docker.support.read(place.dir .. "/" .. path)
      assert.is_nil(got.out:find(VALUE, 1, true), got.out)
      if kept then
        assert.is_nil(kept:find(VALUE, 1, true), kept)
        assert.truthy(got.out:find(path, 1, true), got.out)
      end
      return (got.out:gsub("│", ""):gsub("%s+", " ")), kept and json.decode(kept), got
    end

    local function has(text, ...)
      for _, part in ipairs({ ... }) do
        assert.truthy(text:find(part, 1, true), ("%q is not in: %s"):format(part, text))
      end
    end

    case("when its program is not in the image", function()
      local out, kept = run("missing", 'image = "$busybox"\nentrypoint = ["/no/such", "a b"]\n')
      has(out, "T606", "/no/such: command not found", 'runs ["/no/such","a b"], user root, in /',
        "state created", "networks: none", "image " .. image.busybox .. " (")
      assert.equal("created", kept.inspect.State.Status)
      if kind == "docker" then -- podman notes neither
        has(out, "exit code 127", "the engine says:")
      end
    end)

    case("when it ends at once: exit code, log, state, and a file with all", function()
      local out, kept = run("exits", [==[
image = "$busybox"
command = "echo starting; echo broken >&2; exit 3"
wait = { port = 80 }
]==])
      has(out, "T602", "end of app exit 3", "state exited, exit code 3, OOMKilled: no",
        "networks: none; mounts: 3", "starting", "broken")
      assert.equal(3, kept.exit_code)
      assert.equal("starting\n", kept.stdout)
      assert.equal("broken\n", kept.stderr)
      assert.equal(3, kept.inspect.State.ExitCode)
      local names = table.concat(kept.inspect.Config.Env, " ")
      assert.matches("TOKEN=%*%*%*", names)
      -- one that passes leaves nothing of an earlier run
      out, kept = run("exits", 'image = "$busybox"\ncommand = ["sleep", "60"]\n')
      has(out, "1 passed")
      assert.is_nil(kept)
    end)

    if kind == "podman" then
      return -- it is the same code; its engine tells less of what follows
    end

    case("when it was out of memory", function()
      local out = run("oom", [==[
image = "$busybox"
command = "exec tail /dev/zero"
wait = { port = 80 }
limits = { memory_mb = 32 }
]==])
      has(out, "signal SIGKILL", "state exited, exit code 137, OOMKilled: yes")
    end)

    case("when nobody listens: the last probe, beside what was asked to be collected", function()
      local out, kept = run("silent", [==[
image = "$busybox"
command = "echo up; exec sleep 60"
user = "1000:1000"
wait = { port = 8080, timeout = "1s" }
]==], 'artifacts.collect = ["logs:all"]\n')
      has(out, "T601", "last probe nobody listens on port 8080", "user 1000:1000", "state running")
      assert.equal("nobody listens on port 8080", kept.last_probe)
      assert.equal("up\n", docker.support.read(
        place.dir .. "/.clnrm/artifacts/silent.clnrm.toml/a/logs/app.log"))
    end)

    case("when the health check of its image says no: its output", function()
      local out, kept = run("unhealthy", 'image = "$health"\ncommand = ["sleep", "60"]\n')
      has(out, "T607", "last probe exit code 1: no database yet", "state running")
      assert.equal("exit code 1: no database yet", kept.last_probe)
    end)

    case("when a volume cannot be mounted where it is to be", function()
      place.write("data/x", "x")
      local out, kept = run("volume", [==[
image = "$busybox"
command = ["sleep", "60"]
volumes = ["./data:/bin/busybox"]
]==])
      has(out, "T606", "not a directory", "state created", "mounts: 4")
      assert.is_nil(out:find("the engine says", 1, true), out) -- the message has it
      assert.matches("not a directory", kept.inspect.State.Error)
    end)

    case("also in a Lua test, and the report names the file", function()
      place.write("l.clnrm.lua", (([==[
local clnrm = require("clnrm")
clnrm.test("a", function(t)
  t:open({ services = { app = { image = "$busybox", command = { "sh", "-c", "exit 5" },
    wait = { port = 80 } } } })
end)
]==]):gsub("%$(%l+)", image)))
      local report = place.run({ "l.clnrm.lua" })
      local result = report.results[1]
      has(json.encode(result.failures), "state exited, exit code 5")
      assert.equal("container:app", result.artifacts[1].name)
      local kept = json.decode(docker.support.read(place.dir .. "/" .. result.artifacts[1].path))
      assert.equal("T602", kept.code)
      assert.same({}, place.left(report.run.run_id))
    end)
  end)
end
