---@meta core.lru

--- Caches that keep what was used last, bounded by count, bytes and age.
---@class core.lru
local lru = {}

---@class core.lru.Options
---@field count integer   most values, 1 or more
---@field bytes? integer  most bytes of all values together; default no limit
---@field ttl_ms? integer age from which a value is no longer found; default none

--- Opens an empty cache.
---@param options core.lru.Options
---@return core.lru.Lru
---@nodiscard
function lru.open(options) end

---@class core.lru.Stats
---@field hits integer
---@field misses integer    those that were too old included
---@field evictions integer put out by a limit
---@field count integer
---@field bytes integer

---@class core.lru.Lru
local Lru = {}

--- Finds a value, which is then the youngest.
---@param key string
---@return any value nil when there is none
---@nodiscard
function Lru:get(key) end

--- Stores a value and puts out the oldest ones to make room.
---@param key string
---@param value any not nil
---@param bytes? integer what it counts; default the length of a string; needed for other values
---                      where the cache has a limit of bytes
---@return true|nil ok
---@return core.Error? err ELIMIT: it is over the limit alone; what stood under the key is gone
function Lru:put(key, value, bytes) end

--- Drops a value.
---@param key string
---@return boolean was_there
function Lru:del(key) end

--- Drops all values; the counters stay.
function Lru:clear() end

--- Tells the counters.
---@return core.lru.Stats
---@nodiscard
function Lru:stats() end

--- Drops everything.
function Lru:close() end

return lru
