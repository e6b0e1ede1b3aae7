--- Fake numbers, dates and times.  None depends on the clock.
local clock = require("core.clock")

---@class engine.generate.fake.number
local M = {}

-- 2000-01-01 to 2029-12-31.
local FIRST_DAY, LAST_DAY = 10957, 21914

M.INT_OPTIONS = { min = 0, max = 2147483647 }

M.int = function(s, o)
  return s:between(o.min, o.max)
end

M.INT_RANGE_OPTIONS = { min = 0, max = 100 }

function M.int_range(s, o)
  return s:between(o.min, o.max)
end

M.FLOAT_OPTIONS = { min = 0.0, max = 1.0 }

M.float = function(s, o)
  return o.min + s:float() * (o.max - o.min)
end

M.BOOL_OPTIONS = { ratio = 50 }

function M.bool(s, o)
  return s:chance(o.ratio)
end

local function moment(s)
  return clock.format((s:between(FIRST_DAY, LAST_DAY) * 86400 + s:below(86400)) * 1000000000)
end

function M.date(s)
  return moment(s):sub(1, 10)
end

function M.time(s)
  return moment(s):sub(12, 19)
end

function M.datetime(s)
  return moment(s)
end

function M.timestamp(s)
  return s:between(FIRST_DAY, LAST_DAY) * 86400 + s:below(86400)
end

function M.semver(s)
  return ("%d.%d.%d"):format(s:below(10), s:below(20), s:below(50))
end

return M
