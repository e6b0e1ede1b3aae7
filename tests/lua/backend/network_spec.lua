--- Networks of a room that an engine does not remove: one that hangs in that call, as engines have
--- deadlocked, while it answers pings.  Times are a hundredth here.
local client_of = require("engine.docker.client")
local fakes = dofile("tests/lua/docker/fakes.lua")
local network_of = require("engine.backend.container.network")
local pulse_of = require("engine.docker.pulse")
local request = require("engine.docker.request")

local PART = 100
local PING = {
  match = "^GET /_ping$", body = "OK",
  headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" },
}

describe("the removal of a network", function()
  local usual, timeout_ms = {}, request.timeout_ms

  setup(function()
    for _, name in ipairs({ "QUIET_MS", "SHORT_MS" }) do
      usual[name], pulse_of[name] = pulse_of[name], pulse_of[name] // PART
    end
    request.timeout_ms = function(method, path)
      return timeout_ms(method, path) // PART
    end
  end)

  teardown(function()
    for name, ms in pairs(usual) do
      pulse_of[name] = ms
    end
    request.timeout_ms = timeout_ms
  end)

  --- Makes two networks in an engine that does not remove any, and calls `fn` with both.
  local function with(fn)
    local fake <close> = fakes.engine({
      PING,
      { match = "^POST .*/networks/create$", times = 1, body = { Id = "first" } },
      { match = "^POST .*/networks/create$", times = 1, body = { Id = "second" } },
      { match = "/networks/", hang = true },
    })
    local client <close> = assert(client_of.connect({ getenv = function(name)
      return name == "DOCKER_HOST" and fake.host or nil
    end }))
    local noted = {}
    local session = { run = "r", client = client, labels = {}, guard = {
      note = function(_, _, thing)
        noted[thing] = true
        return true
      end,
      gone = function(_, _, thing)
        noted[thing] = nil
      end,
    } }
    local list = {}
    for i = 1, 2 do
      list[i] = assert(network_of.open(session, false))
    end
    fn(list, noted, fake)
  end

  local function removals(fake)
    local count = 0
    for _, entry in ipairs(fake:log()) do
      count = count + (entry.request:find("^DELETE ") and 1 or 0)
    end
    return count
  end

  it("that hangs is given up, a later one sooner, and both stay noted", function()
    with(function(list, noted, fake)
      for i, seconds in ipairs({ "0.2", "0.1" }) do
        local ok, err = list[i]:remove()
        assert.is_nil(ok)
        assert.equal("ELEFT", err.code)
        assert.matches(("^the network clnrm%%-r%%-%%d+%%-%%x+ could not be removed: Docker: DELETE "
          .. "/networks/%s: no answer within %s s; the engine does not say what holds it$"):format(
          i == 1 and "first" or "second", seconds), err.message)
        assert.is_true(noted[list[i].thing.thing])
      end
      assert.equal(2, removals(fake)) -- neither is sent twice
    end)
  end)

  it("that hangs keeps no other network of its room from being tried", function()
    with(function(list, noted, fake)
      local ok, err = network_of.remove_all({ room = list[1], other = list[2] })
      assert.is_nil(ok)
      assert.equal("ELEFT", err.code)
      assert.equal(2, removals(fake))
      for _, network in ipairs(list) do
        assert.is_true(noted[network.thing.thing])
      end
    end)
  end)
end)
