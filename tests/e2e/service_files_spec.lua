--- Files of a service that an engine cannot have where they are to be: an error of the file with
--- their path, and no program that failed.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

local function service(path)
  return ('[meta]\nname = "a"\n[services.app]\nimage = "$busybox"\nstop_timeout = "1ms"\n'
    .. 'command = ["sleep", "60"]\ntmpfs = ["/scratch"]\nfiles = [{ path = %q, content = "x" }]\n'
    .. '[[steps]]\nname = "x"\ncommand = "cat %s"\nexpect.stdout.equals = "x"\n')
    :format(path, path)
end

local BUILT = [==[
[meta]
name = "a"
[services.app]
build = { context = "." }
stop_timeout = "1ms"
files = [{ path = "/data/x", content = "x" }]
[[steps]]
name = "x"
command = "cat /data/x; stat -c %u /data/x"
expect.stdout.equals = "x12\n"
]==]

local DOCKERFILE = 'FROM $busybox\nRUN mkdir /data && chown 12:13 /data\nVOLUME /data\nUSER 12:13\n'
  .. 'ENTRYPOINT ["sleep", "60"]\n'

for _, kind in ipairs({ "docker", "podman" }) do
  describe("a file of a service of " .. kind, function()
    local specs = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and engines.engine or engines.podman, { "busybox" })

    --- Runs one, and says what its first failure is.
    local function failure_of(files)
      local report = specs:run_all(files)
      local failure = report.results[1].failures[1] or {}
      return { report.code, report.results[1].verdict, failure.code }, failure.message
    end

    for path, why in pairs({ ["/scratch/x"] = "/scratch is a tmpfs",
      -- Podman says so behind thousands of bytes of its own
      ["/bin/busybox/x"] = kind == "docker" and "not a directory" or nil }) do
      specs:case("is an error where it cannot be: " .. path, function()
        local told, message = failure_of({ ["a.clnrm.toml"] = service(path) })
        assert.same({ 2, "error", "H009" }, told, message)
        assert.matches(path .. " cannot be placed: .*" .. why, message)
      end)
    end

    specs:case("is where it is to be, or cannot be below a volume of the image", function()
      local told, message = failure_of({ ["a.clnrm.toml"] = BUILT, Dockerfile = DOCKERFILE })
      if kind == "docker" then
        return assert.same({ 0, "pass" }, told, message)
      end
      assert.same({ 2, "error", "H009" }, told, message)
      assert.matches("/data/x cannot be placed: /data is a volume of the image", message)
    end)
  end)
end
