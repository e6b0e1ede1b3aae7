--- What the memory limit of a service has killed, though the service goes on and a shell has
--- swallowed it: told alike by each engine.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

-- Takes memory without an end; the shell around it ends with 0.
local EATS = "sh -c 'tail -c 100000000 /dev/zero | tail' >/dev/null; true"

local HEAD = '[meta]\nname = "a"\n[services.app]\nimage = "$busybox"\nstop_timeout = "1ms"\n'
local STEP = '[[steps]]\nname = "x"\ncommand = "%s"\n'

local FILES = {
  ["of-a-step.clnrm.toml"] = HEAD .. 'command = ["sleep", "600"]\nlimits = { memory_mb = 20 }\n'
    .. STEP:format(EATS),
  ["of-its-own.clnrm.toml"] = HEAD .. ('command = "%s; echo survived; exec sleep 600"\n')
    :format(EATS) .. 'limits = { memory_mb = 20 }\nwait = { log = "survived" }\n'
    .. STEP:format("true"),
  ["of-the-file.clnrm.toml"] = HEAD .. 'command = ["sleep", "600"]\n[limits]\nmemory_mb = 20\n'
    .. STEP:format(EATS),
  ["of-a-policy.clnrm.toml"] = HEAD .. 'command = ["sleep", "600"]\n[[scenario]]\nname = "x"\n'
    .. 'policy = { max_memory_mb = 20 }\n' .. STEP:format(EATS):gsub("steps", "scenario.steps"),
  ["stopped.clnrm.lua"] = [==[
local clnrm = require("clnrm")
clnrm.test("x", function(t)
  local room = t:open({ services = { app = { image = "$busybox", command = { "sleep", "600" },
    limits = { memory_mb = 20 }, stop_timeout = "1ms" } } })
  room:exec("]==] .. EATS .. [==[", { service = "app" })
  room:service("app"):stop()
end)
]==],
  ["killed.clnrm.toml"] = HEAD .. 'command = ["sleep", "600"]\nlimits = { memory_mb = 20 }\n'
    .. '[services.other]\nimage = "$busybox"\ncommand = ["sleep", "600"]\n'
    .. '[[fault]]\nkind = "kill"\nservice = "app"\nat = "before:y"\n'
    .. STEP:format(EATS) .. 'service = "app"\n' .. STEP:format("true"):gsub('"x"', '"y"')
    .. 'service = "other"\n',
  ["enough.clnrm.toml"] = HEAD .. 'command = ["sleep", "600"]\nlimits = { memory_mb = 512 }\n'
    .. STEP:format("head -c 30000000 /dev/zero | tail -c 29999999 | wc -c >/dev/null"),
}

local WANTED = {
  ["of-a-step.clnrm.toml"] = { "fail", "H010", "services.app.limits.memory_mb" },
  ["of-its-own.clnrm.toml"] = { "fail", "H010", "services.app.limits.memory_mb" },
  ["of-the-file.clnrm.toml"] = { "fail", "H010", "limits.memory_mb" },
  ["of-a-policy.clnrm.toml"] = { "policy", "H008", "policy.max_memory_mb" },
  ["stopped.clnrm.lua"] = { "fail", "H010", "services.app.limits.memory_mb" },
  ["killed.clnrm.toml"] = { "fail", "H010", "services.app.limits.memory_mb" },
  ["enough.clnrm.toml"] = { "pass" },
}

for _, kind in ipairs({ "docker", "podman" }) do
  describe("the memory of a service of " .. kind, function()
    local specs = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and engines.engine or engines.podman, { "busybox" })

    specs:case("is told when it was used up, whoever used it", function()
      local told = {}
      for _, one in ipairs(specs:run_all(FILES).results) do
        local failure = one.failures[1] or {}
        told[one.file] = { one.verdict, failure.code, failure.message and failure.message:match(
          "^out of memory: the kernel killed a process of service 'app' %((.*) = 20%)$") }
      end
      assert.same(WANTED, told)
    end)

    -- Docker knows that; Podman as far as its monitor has heard of it
    specs:case("is told, or said to be possible, where it ended the service", function()
      local report = specs:run(("[services.app]\nimage = '$busybox'\nlimits = { memory_mb = 20 }\n"
        .. 'command = ["sh", "-c", "sleep 1; exec tail -c 100000000 /dev/zero"]\n')
        .. STEP:format("sleep 60"))
      local failure = report.results[1].failures[1]
      if failure.code == "V004" then
        assert.equal("podman", kind)
        return assert.matches("; or its own limit of memory, which its engine may not tell$",
          failure.message)
      end
      assert.equal("fail", report.results[1].verdict)
      assert.matches("memory", failure.message)
    end)
  end)
end
