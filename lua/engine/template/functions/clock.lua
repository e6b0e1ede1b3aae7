--- Functions of time; a frozen clock stands still for all of them.
local arguments = require("engine.template.arguments")
local core = require("core.clock")
local value = require("engine.template.value")

---@class engine.template.functions.clock
local M = {}

local SECONDS_MAX = 9000000000 -- to 1684 and 2255: what a clock of nanoseconds holds

local function shown(name, unix_ms)
  if math.abs(unix_ms // 1000) > SECONDS_MAX then
    value.fail("`%s` would be beyond the years that can be written", name)
  end
  return core.format(unix_ms * 1000000, unix_ms % 1000 == 0 and 0 or 3)
end

local function later(ctx, name, args, argument, default)
  local seconds = arguments.of_function(name, args, argument, "i64", default)
  if math.abs(seconds) > 2 * SECONDS_MAX or seconds == math.mininteger then
    value.fail("Function `%s` received %s=%d: that is too far away", name, argument, seconds)
  end
  return shown(name, ctx.clock() + seconds * 1000)
end

function M.now_rfc3339(ctx)
  return shown("now_rfc3339", ctx.clock())
end

function M.now_unix(ctx)
  return ctx.clock() // 1000
end

function M.now_ms(ctx)
  return ctx.clock()
end

function M.now_plus(ctx, args)
  return later(ctx, "now_plus", args, "seconds")
end

function M.date_rfc3339(ctx, args)
  return later(ctx, "date_rfc3339", args, "offset_seconds", 0)
end

return M
