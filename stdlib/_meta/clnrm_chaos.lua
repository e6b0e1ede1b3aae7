---@meta clnrm.chaos

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- Each function really makes a fault to a service of a room, and returns it. It ends after
--- `lasts`, by `heal`, at the end of its scope (`local fault <close> =`), and at the end of the
--- room. What they do, and what they cannot: [faults](../chaos.md).
---@class clnrm.chaos
local chaos = {}

--- Kills the service; it stays down, and is started again by `heal`.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({}) } })
--- local cache = room:service("cache")
--- local fault = clnrm.chaos.kill(cache)
--- clnrm.expect(room:exec("redis-cli -h cache ping").exit_code):equals(1)
--- clnrm.expect(fault:heal()):is_true()
--- clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")
--- ```
---@async
---@param service clnrm.Service
---@param options? clnrm.FaultOptions
---@return clnrm.Fault fault
--- raises: it cannot be made, or was not seen to be in effect: T901.
function chaos.kill(service, options) end

--- Stops the service by its own signal; as `kill` otherwise.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({}) } })
--- local cache = room:service("cache")
--- clnrm.chaos.stop(cache)
--- clnrm.expect(room:exec("redis-cli -h cache ping").exit_code):equals(1)
--- ```
---@async
---@param service clnrm.Service
---@param options? clnrm.FaultOptions
---@return clnrm.Fault fault
--- raises: it cannot be made, or was not seen to be in effect: T901.
function chaos.stop(service, options) end

--- Lets the processes of the service stand still.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({}) } })
--- local cache = room:service("cache")
--- clnrm.chaos.pause(cache, { lasts = "500ms" })
--- clnrm.expect(room:exec("timeout 0.1 redis-cli -h cache ping").exit_code):equals(124)
--- clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")
--- ```
---@async
---@param service clnrm.Service
---@param options? clnrm.FaultOptions
---@return clnrm.Fault fault
--- raises: it cannot be made, or was not seen to be in effect: T901.
function chaos.pause(service, options) end

--- Cuts the network between the service and all others.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({ relay = true }) } })
--- local cache = room:service("cache")
--- local fault = clnrm.chaos.partition(cache)
--- clnrm.expect(room:exec("timeout 0.2 redis-cli -h cache ping").exit_code):equals(124)
--- fault:heal()
--- clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")
--- ```
---@async
---@param service clnrm.Service
---@param options? clnrm.FaultOptions
---@return clnrm.Fault fault
--- raises: it cannot be made, or was not seen to be in effect: T901.
function chaos.partition(service, options) end

--- Makes a round trip to the service take longer.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({ relay = true }) } })
--- local cache = room:service("cache")
--- do
---   local _ <close> = clnrm.chaos.delay(cache, "200ms")
---   clnrm.expect(room:exec("redis-cli -h cache ping").duration_ms):ge(200)
--- end
--- ```
---@async
---@param service clnrm.Service
---@param delay number|string # seconds, or `"300ms"`
---@param options? clnrm.FaultOptions
---@return clnrm.Fault fault
--- raises: it cannot be made, or was not seen to be in effect: T901.
function chaos.delay(service, delay, options) end

--- Makes a share of what is sent come late, as what TCP has to send again.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({ relay = true }) } })
--- local cache = room:service("cache")
--- clnrm.chaos.loss(cache, 0.2, { seed = 7 })
--- clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")
--- ```
---@async
---@param service clnrm.Service
---@param share number # from 0.001 to 0.99
---@param options? clnrm.FaultOptions
---@return clnrm.Fault fault
--- raises: it cannot be made, or was not seen to be in effect: T901.
function chaos.loss(service, share, options) end

--- Lets so many bytes a second pass on each way.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({ relay = true }) } })
--- local cache = room:service("cache")
--- clnrm.chaos.bandwidth(cache, "1m")
--- local set = room:exec("head -c 524288 /dev/zero | redis-cli -h cache -x set k")
--- clnrm.expect(set.duration_ms):ge(400)
--- ```
---@async
---@param service clnrm.Service
---@param bytes integer|string # or `"64k"`
---@param options? clnrm.FaultOptions
---@return clnrm.Fault fault
--- raises: it cannot be made, or was not seen to be in effect: T901.
function chaos.bandwidth(service, bytes, options) end

--- Makes the place full that the service writes to: its working directory, or `path`.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({ tmpfs = { "/data:size=1m" } }) } })
--- local cache = room:service("cache")
--- clnrm.chaos.disk_full(cache, { path = "/data" })
--- local written = room:exec("redis-cli -h cache config set dir /data && "
---   .. "redis-cli -h cache set k v && redis-cli -h cache save")
--- clnrm.expect(written.stdout):contains("ERR")
--- ```
---@async
---@param service clnrm.Service
---@param options? clnrm.FaultOptions
---@return clnrm.Fault fault
--- raises: it cannot be made, or was not seen to be in effect: T901.
function chaos.disk_full(service, options) end

--- Lowers the service's limit of memory, `limits.memory_mb`.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({ limits = { memory_mb = 64 } }) } })
--- local cache = room:service("cache")
--- clnrm.chaos.memory(cache, 32)
--- clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")
--- ```
---@async
---@param service clnrm.Service
---@param mib integer
---@param options? clnrm.FaultOptions
---@return clnrm.Fault fault
--- raises: it cannot be made, or was not seen to be in effect: T901.
function chaos.memory(service, mib, options) end

--- Lowers the service's share of the processor, `limits.cpu_millicores`.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({ limits = { cpu_millicores = 1000 } }) } })
--- local cache = room:service("cache")
--- clnrm.chaos.cpu(cache, 100)
--- clnrm.expect(room:exec("redis-cli -h cache ping").stdout):equals("PONG\n")
--- ```
---@async
---@param service clnrm.Service
---@param millicores integer # 1000 is one processor
---@param options? clnrm.FaultOptions
---@return clnrm.Fault fault
--- raises: it cannot be made, or was not seen to be in effect: T901.
function chaos.cpu(service, millicores, options) end

--- The last argument of each function of `clnrm.chaos`.
---@class clnrm.FaultOptions
---@field lasts? number|string # How long: seconds, or `"500ms"`. Without it until it is healed.
---@field signal? string # Of kill: SIGKILL (the default), SIGTERM, SIGINT, SIGQUIT or SIGABRT.
---@field seed? integer # Of loss: the same number loses the same pieces. Default 1.
---@field path? string # Of disk_full: an absolute path.

--- What the functions of `clnrm.chaos` return.
---@class clnrm.Fault
---@field kind string # As `kind` of a `[[fault]]`.
---@field service string # The name of the service.
local Fault = {}

--- Ends it; a second call does nothing. A service that was killed is ready afterwards.
---
--- ```lua
--- local room = t:open({ services = { cache = clnrm.service.redis({}) } })
--- local cache = room:service("cache")
--- local fault = clnrm.chaos.pause(cache)
--- clnrm.expect(fault:heal()):is_true()
--- ```
---@async
---@return true? ok
---@return core.Error? err
--- EFAULT: it could not be ended, which makes the test an error as well.
function Fault:heal() end

return chaos
