--- Failures of rooms of Docker are shown where their cause stands in the file, each once.
local docker = dofile("tests/e2e/docker_support.lua")

describe("what a room of Docker is refused", function()
  local specs = docker.specs({ it = it, setup = setup, pending = pending },
    docker.engines.engine, { "busybox" })

  --- Runs a file, and returns its failures: "CODE: the text of the line that it is shown at", up to
  --- the value.
  local function shown(text, opts)
    local place <close> = docker.place(specs.engine)
    text = ('[meta]\nname = "t"\n' .. text):gsub("%$image", specs.image.busybox)
    place.write("t.clnrm.toml", text)
    place.write("Dockerfile", "FROM scratch\n")
    local lines, list = {}, {}
    for line in text:gmatch("([^\n]*)\n") do
      lines[#lines + 1] = line
    end
    local report = place.run({}, opts)
    for i, failure in ipairs(report.results[1].failures) do
      list[i] = ("%s: %s"):format(failure.code, lines[failure.line]:match("^[^={]*[%w%]]"))
    end
    return list, report.results[1].failures
  end

  local ROOM = '[room]\nimage = "$image"\n'
  local SERVICE = '[services.app]\nimage = "$image"\ncommand = ["sleep", "60"]\n'
  local STEP = '[[steps]]\nname = "x"\nservice = "app"\ncommand = ["true"]\n'

  specs:case("is shown at the user of a step", function()
    assert.same({ "H009: user" },
      (shown(ROOM .. '[[steps]]\nname = "x"\ncommand = ["true"]\nuser = "nobody-here"\n')))
  end)

  specs:case("is shown at the limits of a service", function()
    assert.same({ "H009: limits" }, (shown(SERVICE .. "limits = { memory_mb = 1 }\n" .. STEP)))
  end)

  specs:case("is shown at the build that the sandbox does not do", function()
    assert.same({ "H009: build" }, (shown('[services.app]\nbuild = { context = "." }\n' .. STEP,
      { backend = "sandbox" })))
  end)

  specs:case("is shown at the image, where no engine is", function()
    assert.same({ "V005: image" }, (shown(SERVICE .. STEP,
      { env = { DOCKER_HOST = "unix:///nowhere/docker.sock" } })))
  end)

  specs:case("names both platforms of an image that is there for another one", function()
    local list, failures = shown(SERVICE .. 'platform = "linux/mips64le"\n' .. STEP)
    assert.same({ "V005: image" }, list)
    assert.matches("Docker has it for linux/%w+, the file asks for linux/mips64le;",
      failures[1].message)
  end)

  specs:case("is one failure where busybox would run a disallowed command itself", function()
    local list, failures = shown(ROOM .. '[[scenario]]\nname = "a"\n[scenario.policy]\n'
      .. 'disallowed_commands = ["wget"]\n[[scenario.steps]]\nname = "x"\n'
      .. 'command = "wget -h; true"\n')
    assert.same({ "H009: command" }, list)
    assert.matches("was not run: it is busybox, which runs `wget` in itself", failures[1].message,
      1, true)
  end)

  specs:case("is shown at the policy whose maximum was met, and not at wider limits", function()
    assert.same({ "H008: [scenario.policy]" }, (shown(ROOM .. '[limits]\nmemory_mb = 200\n'
      .. '[[scenario]]\nname = "a"\n[scenario.policy]\nmax_memory_mb = 20\n'
      .. '[[scenario.steps]]\nname = "x"\n'
      .. 'command = "dd if=/dev/zero of=/dev/shm/a bs=1M count=60; true"\n')))
  end)

  specs:case("is shown at the command that tried what is forbidden", function()
    assert.same({ "H012: command" }, (shown(ROOM .. '[limits]\nmemory_mb = 200\n'
      .. '[[scenario]]\nname = "a"\n[scenario.policy]\nsecurity_level = "high"\n'
      .. '[[scenario.steps]]\nname = "x"\ncommand = "echo x > /etc/new; true"\n')))
  end)
end)
