--- Limits that an engine, or the kernel behind it, does not take: an error of the file, whoever is
--- asked, whether it is said as the container is made or as it starts.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

local HEAD = '[meta]\nname = "a"\n'
local SERVICE = '[services.app]\nimage = "$busybox"\ncommand = ["sleep", "60"]\n'
  .. 'stop_timeout = "1ms"\n'
local ROOM = '[room]\nimage = "$busybox"\n[limits]\n'
local STEP = '[[steps]]\nname = "x"\ncommand = "true"\n'

local FILES = {
  ["cpu-of-a-service.clnrm.toml"] = HEAD .. SERVICE .. "limits = { cpu_millicores = 1 }\n" .. STEP,
  ["memory-of-a-service.clnrm.toml"] = HEAD .. SERVICE .. "limits = { memory_mb = 1 }\n" .. STEP,
  ["files-of-a-service.clnrm.toml"] = HEAD .. SERVICE
    .. "ulimits = { nofile = 4000000000 }\n" .. STEP,
  ["over-the-project.clnrm.toml"] = HEAD .. SERVICE .. 'volumes = ["./d:/project"]\n' .. STEP,
  ["cpu-of-a-room.clnrm.toml"] = HEAD .. ROOM .. "cpu_millicores = 1\n" .. STEP,
  ["memory-of-a-room.clnrm.toml"] = HEAD .. ROOM .. "memory_mb = 1\n" .. STEP,
  ["d/x"] = "",
}

for _, kind in ipairs({ "docker", "podman" }) do
  describe("a limit that is refused by " .. kind, function()
    local specs = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and engines.engine or engines.podman, { "busybox" })

    specs:case("is an error of the file", function()
      local report, count = specs:run_all(FILES), 0
      assert.equal(2, report.code)
      for _, one in ipairs(report.results) do
        local failure = one.failures[1] or {}
        assert.same({ one.file, "error", "H009" }, { one.file, one.verdict, failure.code },
          failure.message)
        assert.matches("the engine refuses what it asks for: ", failure.message, 1, true)
        count = count + 1
      end
      assert.equal(6, count)
    end)

    specs:case("is not one of the sandbox: a service may have more files than its rooms", function()
      specs:passes(SERVICE .. "ulimits = { nofile = 4096 }\n" .. STEP:gsub("true", "ulimit -n")
        .. 'expect.stdout.equals = "4096\\n"\n')
    end)
  end)
end
