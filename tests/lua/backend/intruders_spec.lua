--- What the events of an engine say that somebody else did to a container, and what this run did.
local intruders = require("engine.backend.container.intruders")
local task = require("core.task")

--- An engine that tells these events, and of a container what `told` is.
local function watch(engine, events, told, other)
  local at, asked = 0, {}
  local client = { engine = engine }
  function client.call(_, method, path)
    asked[#asked + 1] = method .. " " .. path
    return method == "POST" or other
  end
  function client.events()
    return setmetatable({ next = function()
      at = at + 1
      return events[at]
    end }, { __close = function() end })
  end
  local member = { thing = { id = "c1" }, networks = { { network = { name = "own" } } } }
  function member.inspect()
    return told
  end
  local self = assert(intruders.open(client, "r1"))
  self:add(member)
  return self, member, asked
end

--- Lets the reader read all of it.
local function after(self, member)
  task.sleep(10)
  self:close()
  return member.intruded and member.intruded.message:match("container (.*) by somebody else")
end

local function of_container(action, attributes)
  return { Type = "container", Action = action, Actor = { ID = "c1", Attributes = attributes } }
end

local function of_network(action, name, kind)
  return { Type = "network", Action = action, Actor = { ID = "n", Attributes = {
    container = "c1", name = name, type = kind or "bridge" } } }
end

describe("a container", function()
  it("is lost by a signal of somebody else, and killed at once", function()
    local self, member, asked = watch("docker", { of_container("kill", { signal = "19" }) })
    assert.equal("was sent a signal (19)", after(self, member))
    assert.same({ "POST /containers/c1/unpause", "POST /containers/c1/kill" }, asked)
    assert.equal("was sent a signal", after(watch("podman", { of_container("kill") })))
  end)

  it("is not by one that the run has announced, once", function()
    local self, member = watch("docker", { of_container("kill", { signal = "10" }) })
    self:announce(member, "kill")
    assert.is_nil(after(self, member))
    self, member = watch("docker", { of_container("kill"), of_container("kill") })
    self:announce(member, "kill")
    assert.truthy(after(self, member))
  end)

  it("is lost by a start that is none of the run's, by a stop and by another name", function()
    local self, member = watch("docker", { of_container("start"), of_container("die") })
    self:announce(member, "start")
    assert.is_nil(after(self, member))
    self, member = watch("docker", { of_container("start"), of_container("die"),
      of_container("start") })
    self:announce(member, "start")
    assert.equal("was started", after(self, member))
    assert.equal("was stopped", after(watch("podman", { of_container("stop") })))
    assert.equal("was renamed", after(watch("docker", { of_container("rename") })))
  end)

  it("is not known to be left alone after an event that cannot be read", function()
    local self = watch("docker", { of_network("disconnect", {}), of_container("pause") })
    task.sleep(10)
    local lost = self:blind()
    self:close()
    assert.matches("an event of it cannot be read", lost and lost.message, 1, true)
  end)

  it("is by one where the run's own was refused", function()
    local self, member = watch("docker", { of_container("pause") })
    self:announce(member, "pause")
    self:retract(member, "pause")
    assert.equal("was paused", after(self, member))
  end)

  it("is lost in a network that is none of its own", function()
    assert.is_nil(after(watch("docker", { of_network("connect", "own"),
      of_network("connect", "none", "null"), of_network("connect", "host", "host") })))
    assert.equal("was put into the network 'bridge'",
      after(watch("docker", { of_network("connect", "bridge") })))
  end)

  it("is lost in the company of one that is not of the run", function()
    local joined = of_network("connect", "own")
    joined.Actor.Attributes.container = "other0123456789"
    local words = "was given company in the network 'own', container other0123456,"
    local function of(run)
      return { Config = { Labels = { ["clnrm.run"] = run } },
        NetworkSettings = { Networks = { own = {} } } }
    end
    assert.equal(words, after(watch("docker", { joined }, nil, of("r2"))))
    assert.equal(words, after(watch("docker", { joined }, nil, nil))) -- it is gone already
    assert.is_nil(after(watch("docker", { joined }, nil, of("r1"))))
    joined.Actor.Attributes.name = "another"
    assert.is_nil(after(watch("docker", { joined }, nil, of("r2"))))
    local started = of_container("start")
    started.Actor.ID = "other0123456789"
    assert.equal(words, after(watch("podman", { started }, nil, of("r2"))))
    assert.is_nil(after(watch("podman", { started }, nil, of("r1"))))
  end)

  it("is lost in the company of one that shares what is its own", function()
    local started = of_container("start")
    started.Actor.ID = "other0123456789"
    for _, key in ipairs({ "NetworkMode", "PidMode", "IpcMode" }) do
      local function of(mode)
        return { Config = { Labels = {} }, HostConfig = { [key] = mode }, NetworkSettings = {} }
      end
      for _, engine in ipairs({ "docker", "podman" }) do
        assert.equal("was given company in what is its own, container other0123456,",
          after(watch(engine, { started }, nil, of("container:c1"))))
        assert.is_nil(after(watch(engine, { started }, nil, of("container:c2"))))
        assert.is_nil(after(watch(engine, { started }, nil, of("host"))))
      end
    end
  end)

  it("is lost by other limits than its own", function()
    local self, member = watch("docker", { of_container("update"), of_container("update") })
    self:announce(member, "update")
    assert.equal("was given other limits", after(self, member))
  end)

  it("is looked at where the engine does not tell which network it was", function()
    local event = { Type = "network", Action = "connect", Actor = { ID = "c1" } }
    local function told(...)
      local networks = {}
      for _, name in ipairs({ ... }) do
        networks[name] = {}
      end
      return { NetworkSettings = { Networks = networks } }
    end
    assert.is_nil(after(watch("podman", { event }, told("own", "none"))))
    assert.equal("was put into the network 'podman'",
      after(watch("podman", { event }, told("own", "podman"))))
  end)
end)
