--- The API as data: faults.

local CACHE = [[
local room = t:open({ services = { cache = clnrm.service.redis({%s}) } })
local cache = room:service("cache")
]]
local PLAIN = CACHE:format("")
local BY_RELAY = CACHE:format(" relay = true ")

local RETURNS = { { "clnrm.Fault", "fault" } }
local RAISES = { { "raises", "it cannot be made, or was not seen to be in effect: T901" } }

local function entry(name, doc, more)
  local params = { { "service", "clnrm.Service" }, { "options?", "clnrm.FaultOptions" } }
  if more.value then
    table.insert(params, 2, more.value)
  end
  return {
    name = name, kind = "function", async = true, params = params, returns = RETURNS,
    errors = RAISES, doc = doc, example = more.example,
  }
end

---@type engine.api.Type[]
return {
  {
    name = "clnrm.chaos",
    kind = "module",
    title = "Faults",
    doc = [[
Each function really makes a fault to a service of a room, and returns it. It ends after `lasts`, by
`heal`, at the end of its scope (`local fault <close> =`), and at the end of the room. What they do,
and what they cannot: [faults](../chaos.md).]],
    entries = {
      entry("kill", "Kills the service; it stays down, and is started again by `heal`.", {
        example = PLAIN .. [[
local fault = clnrm.chaos.kill(cache)
clnrm.expect(room:exec("redis-cli -h cache ping").exit_code):equals(1)
clnrm.expect(fault:heal()):is_true()
clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")]],
      }),
      entry("stop", "Stops the service by its own signal; as `kill` otherwise.", {
        example = PLAIN .. [[
clnrm.chaos.stop(cache)
clnrm.expect(room:exec("redis-cli -h cache ping").exit_code):equals(1)]],
      }),
      entry("pause", "Lets the processes of the service stand still.", {
        example = PLAIN .. [[
clnrm.chaos.pause(cache, { lasts = "500ms" })
clnrm.expect(room:exec("timeout 0.1 redis-cli -h cache ping").exit_code):equals(124)
clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")]],
      }),
      entry("partition", "Cuts the network between the service and all others.", {
        example = BY_RELAY .. [[
local fault = clnrm.chaos.partition(cache)
clnrm.expect(room:exec("timeout 0.2 redis-cli -h cache ping").exit_code):equals(124)
fault:heal()
clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")]],
      }),
      entry("delay", "Makes a round trip to the service take longer.", {
        value = { "delay", "number|string", "seconds, or `\"300ms\"`" },
        example = BY_RELAY .. [[
do
  local _ <close> = clnrm.chaos.delay(cache, "200ms")
  clnrm.expect(room:exec("redis-cli -h cache ping").duration_ms):ge(200)
end]],
      }),
      entry("loss", "Makes a share of what is sent come late, as what TCP has to send again.", {
        value = { "share", "number", "from 0.001 to 0.99" },
        example = BY_RELAY .. [[
clnrm.chaos.loss(cache, 0.2, { seed = 7 })
clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")]],
      }),
      entry("bandwidth", "Lets so many bytes a second pass on each way.", {
        value = { "bytes", "integer|string", "or `\"64k\"`" },
        example = BY_RELAY .. [[
clnrm.chaos.bandwidth(cache, "1m")
local set = room:exec("head -c 524288 /dev/zero | redis-cli -h cache -x set k")
clnrm.expect(set.duration_ms):ge(400)]],
      }),
      entry("disk_full", "Makes the place full that the service writes to: its working directory, "
        .. "or `path`.", {
        example = CACHE:format(' tmpfs = { "/data:size=1m" } ') .. [[
clnrm.chaos.disk_full(cache, { path = "/data" })
local written = room:exec("redis-cli -h cache config set dir /data && "
  .. "redis-cli -h cache set k v && redis-cli -h cache save")
clnrm.expect(written.stdout):contains("ERR")]],
      }),
      entry("memory", "Lowers the service's limit of memory, `limits.memory_mb`.", {
        value = { "mib", "integer" },
        example = CACHE:format(" limits = { memory_mb = 64 } ") .. [[
clnrm.chaos.memory(cache, 32)
clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")]],
      }),
      entry("cpu", "Lowers the service's share of the processor, `limits.cpu_millicores`.", {
        value = { "millicores", "integer", "1000 is one processor" },
        example = CACHE:format(" limits = { cpu_millicores = 1000 } ") .. [[
clnrm.chaos.cpu(cache, 100)
clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")]],
      }),
    },
  },
  {
    name = "clnrm.FaultOptions",
    kind = "options",
    of = "chaos",
    title = "How a fault is made",
    doc = "The last argument of each function of `clnrm.chaos`.",
    entries = {
      { name = "lasts", kind = "key", type = "number|string", optional = true,
        doc = "How long: seconds, or `\"500ms\"`. Without it until it is healed." },
      { name = "signal", kind = "key", type = "string", optional = true,
        doc = "Of kill: SIGKILL (the default), SIGTERM, SIGINT, SIGQUIT or SIGABRT." },
      { name = "seed", kind = "key", type = "integer", optional = true,
        doc = "Of loss: the same number loses the same pieces. Default 1." },
      { name = "path", kind = "key", type = "string", optional = true,
        doc = "Of disk_full: an absolute path." },
    },
  },
  {
    name = "clnrm.Fault",
    kind = "object",
    of = "chaos",
    as = "fault",
    title = "A fault that was made",
    doc = "What the functions of `clnrm.chaos` return.",
    entries = {
      { name = "kind", kind = "field", type = "string", doc = "As `kind` of a `[[fault]]`.",
        example = PLAIN .. 'clnrm.expect(clnrm.chaos.pause(cache).kind):equals("pause")' },
      { name = "service", kind = "field", type = "string", doc = "The name of the service.",
        example = PLAIN .. 'clnrm.expect(clnrm.chaos.pause(cache).service):equals("cache")' },
      {
        name = "heal",
        kind = "method",
        async = true,
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Ends it; a second call does nothing. A service that was killed is ready afterwards.",
        errors = { { "EFAULT", "it could not be ended, which makes the test an error as well" } },
        example = PLAIN .. [[
local fault = clnrm.chaos.pause(cache)
clnrm.expect(fault:heal()):is_true()]],
      },
    },
  },
}
