--- What a pool counts, and all pools of this process together.
---@class engine.pool.stats
local M = {}

---@class engine.pool.Stats
---@field made integer    rooms that were made
---@field taken integer   given to a scenario
---@field ready integer   of these: were there already
---@field again integer   of these: had been used before
---@field dirty integer   were given back, or had waited, and could not be used (again)
---@field dead integer    had died while they waited
---@field wasted integer  were made and never taken
---@field made_ms number  mean time to make one
---@field wait_ms number  all that scenarios waited for rooms
local Stats = {}
Stats.__index = Stats

local NAMES = {
  "made", "taken", "ready", "again", "dirty", "dead", "wasted", "made_ms", "wait_ms",
}

local function new()
  local stats = {}
  for _, name in ipairs(NAMES) do
    stats[name] = 0
  end
  return setmetatable(stats, Stats)
end

M.total = new() -- of this process

--- Adds to a count, here and to the total.
---@param name string
---@param value? number default 1
function Stats:add(name, value)
  self[name] = self[name] + (value or 1)
  M.total[name] = M.total[name] + (value or 1)
end

--- Counts a room that was made.
---@param ms number
function Stats:made_one(ms)
  for _, stats in ipairs({ self, M.total }) do
    stats.made_ms = (stats.made_ms * stats.made + ms) / (stats.made + 1)
    stats.made = stats.made + 1
  end
end

--- Returns the numbers alone.
---@return table<string, number>
---@nodiscard
function Stats:copy()
  local copy = {}
  for _, name in ipairs(NAMES) do
    copy[name] = self[name]
  end
  return copy
end

--- Makes what one pool counts.
---@return engine.pool.Stats
---@nodiscard
function M.new()
  return new()
end

return M
