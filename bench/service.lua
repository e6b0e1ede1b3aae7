--- A redis-server as a service of an open room, from its start until it is known to be ready,
--- against the same server started by hand.
local clock = require("core.clock")
local compare = require("compare")
local sandbox = require("engine.backend.sandbox")
local service = require("engine.service")

local STARTS, PORT = 5, "26379"
local COMMAND = { "redis-server", "--port", PORT, "--bind", "127.0.0.1", "--save", "" }

local spec = {
  name = "redis",
  argv = COMMAND,
  wait = { { kind = "port", value = tonumber(PORT) } },
}

local function measure()
  local samples, furniture = {}, service.furniture({ spec })
  for i = 1, STARTS do
    local room <close> = assert(sandbox.open({
      room = { project = "none" },
      hosts = furniture.hosts,
      dirs = furniture.dirs,
    }))
    local set = service.new(room, { spec })
    local start = clock.now()
    local ok, failure = set:start({ "redis" })
    samples[i] = clock.now() - start
    set:close({ now = true })
    assert(ok, failure and failure.message)
  end
  return samples
end

local words = {}
for i, word in ipairs(COMMAND) do
  words[i] = "'" .. word .. "'"
end

compare.run({
  name = "service",
  title = "redis-server from its start until it is ready: by hand, asking its port every 0.2 ms; "
    .. "as a service in an open room, where its process and its port are checked as well",
  rounds = 20,
  cases = {
    {
      name = "posix_spawn and connect",
      measure = compare.command(STARTS, table.concat(words, " "), "ready " .. PORT),
    },
    { name = "service in the sandbox", measure = measure, goal = "ratio 1.2" },
  },
})
