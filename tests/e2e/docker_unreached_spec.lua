--- An engine that cannot be reached: the message has the path, the cause and the next step.
local docker = dofile("tests/e2e/docker_support.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local support = docker.support

describe("an engine that is named and cannot be asked", function()
  local specs = docker.specs({ it = it, setup = setup, pending = pending },
    docker.engines.podman, { "busybox" })

  specs:case("is told where another one makes the rooms, unless that is asked for", function()
    local place <close> = docker.place(specs.engine)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n[room]\nimage = %q\n[[steps]]\n'
      .. 'name = "x"\ncommand = "true"\n'):format(specs.image.busybox))
    local function said(env, ...)
      local got = place.clnrm({ "run", ... }, { env = env })
      assert.equal(0, got.code, got.err .. got.out)
      return got.err
    end
    local words = "warning: rooms are made by Podman, since Docker, which is named, cannot be "
      .. "asked: DOCKER_CONTEXT names the context nope, and there is none"
    assert.matches(words, said({ DOCKER_CONTEXT = "nope" }), 1, true)
    place.write("broken/config.json", "nojson")
    assert.matches("Docker, which is named, cannot be asked: .*config.json is no JSON",
      said({ DOCKER_CONFIG = place.dir .. "/broken" }))
    assert.is_nil(said({ DOCKER_CONTEXT = "nope" }, "--backend", "podman"):find("warning", 1, true))
    assert.is_nil(said({ DOCKER_CONTEXT = "nope" }, "-q"):find("warning", 1, true))
  end)
end)

describe("an engine that cannot be reached", function()
  local dir

  setup(function()
    dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "a"\n[room]\nimage = "localhost/none:1"\n'
      .. '[[steps]]\nname = "x"\ncommand = "true"\n')
    support.write(dir .. "/broken/config.json", "nojson")
  end)

  teardown(function()
    support.remove(dir)
  end)

  --- Pulls, and returns what was said.
  local function said(env)
    local got = support.run({ "pull", "localhost/none:1" }, { cwd = dir, env = env })
    assert.are_not.equal(0, got.code)
    return got.err
  end

  it("by ssh is told with what ssh says, by a run as well", function()
    local env = { DOCKER_HOST = "ssh://nobody@127.0.0.1:1" }
    local words = "Docker cannot be reached by ssh: ssh://nobody@127.0.0.1:1, from DOCKER_HOST: "
      .. "ssh: connect to host 127.0.0.1 port 1: Connection refused"
    local text = said(env)
    assert.matches(words, text, 1, true)
    assert.matches("this must work without a question: ssh ", text, 1, true)
    local got = support.run({ "run", "--backend", "docker" }, { cwd = dir, env = env })
    assert.equal(6, got.code)
    assert.matches("error[V005]: " .. words, got.out .. got.err, 1, true)
  end)

  it("at its path is told to be none", function()
    local fake <close> = fakes.engine({ { match = "/_ping$", status = 404, body = "not found" } })
    local relay <close> = docker.tcp(fake)
    local host = relay.host .. "/wrong"
    assert.matches("what answers at " .. host .. " is no engine: not found",
      said({ DOCKER_HOST = host }), 1, true)
  end)

  it("for a file of settings is told with that", function()
    assert.matches("/broken/config.json is no JSON: line 1, column 1: ",
      said({ DOCKER_CONFIG = dir .. "/broken" }), 1, true)
  end)
end)
