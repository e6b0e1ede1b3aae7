--- A stream of events that cannot be had again.
local client_of = require("engine.docker.client")
local events_of = require("engine.docker.events")
local fakes = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/docker/fakes.lua")

local EVENT = '{"Type":"container","Action":"start","id":"a","timeNano":1700000000000000001}\n'

--- Reads the events of an engine to their end; how often it was opened anew, and the last error.
local function read_all(...)
  local fake <close> = fakes.engine({
    { match = "_ping", headers = { ["Api-Version"] = "1.41" }, body = "OK" }, ...,
  })
  local client <close> = assert(client_of.connect({
    getenv = function(name)
      return name == "DOCKER_HOST" and fake.host or nil
    end,
  }))
  local events <close> = assert(client:events({ give_up_ms = 200 }))
  local told, opened = 0, 0
  while true do
    local event, err = events:next()
    if not event then
      return told, opened, err
    elseif event.Type == events_of.OWN then
      opened = opened + 1
    else
      told = told + 1
    end
  end
end

describe("a stream of events", function()
  it("is over when each new one ends at once", function()
    local told, opened, err = read_all({ match = "events", chunks = { EVENT } })
    assert.same({ 1, "ECLOSED" }, { told, err.code })
    assert.is_true(opened > 0)
  end)
end)
