--- Two faults of one service at once, in rooms of engines: both are healed, whichever ends first.
local docker = dofile("tests/e2e/docker_support.lua")

local ROOM =
  '[room]\nimage = "$redis"\n[services.cache]\nimage = "$redis"\nwait = { port = 6379 }\n'
local PING = 'timeout 1 redis-cli -h cache ping'
local STEPS = '[[steps]]\nname = "first"\ncommand = "true"\n'
  .. '[[steps]]\nname = "second"\ncommand = "if ' .. PING .. '; then exit 1; fi"\n'
local AGAIN = '[[steps]]\nname = "again"\ntimeout = "60s"\n'
  .. 'command = "until ' .. PING .. '; do sleep 0.1; done"\n'

local function fault(kind, at, length)
  return ('[[fault]]\nkind = "%s"\nservice = "cache"\nat = "%s"\n%s'):format(kind, at,
    length and ('for = "%s"\n'):format(length) or "")
end

local CUT, KILL = "net_partition", "kill"

--- Registers the specs for an engine.
local function specs_of(find)
  local specs = docker.specs({ it = it, setup = setup, pending = pending }, find, { "redis" })

  specs:case("cut off, and killed then, until the end", function()
    specs:passes(ROOM .. fault(CUT, "before:first") .. fault(KILL, "before:second") .. STEPS)
  end)

  specs:case("killed, and cut off then, until the end", function()
    specs:passes(ROOM .. fault(KILL, "before:first") .. fault(CUT, "before:second") .. STEPS)
  end)

  specs:case("cut off for a time, and down for longer", function()
    specs:passes(ROOM .. fault(CUT, "before:first", "2s") .. fault(KILL, "before:second", "5s")
      .. STEPS .. AGAIN)
  end)

  specs:case("down for a time, and cut off for longer", function()
    specs:passes(ROOM .. fault(CUT, "before:first", "5s") .. fault(KILL, "before:second", "1s")
      .. STEPS .. AGAIN)
  end)
end

describe("a service of Docker that is", function()
  specs_of(docker.engines.engine)
end)

describe("a service of Podman that is", function()
  specs_of(docker.engines.podman)
end)
