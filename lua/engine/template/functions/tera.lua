--- The functions that Tera itself has: range, now, throw, get_random, get_env.
local arguments = require("engine.template.arguments")
local value = require("engine.template.value")

---@class engine.template.functions.tera
local M = {}

local argument = arguments.of_function

function M.range(_, args)
  local start = argument("range", args, "start", "usize", 0)
  local step = argument("range", args, "step_by", "usize", 1)
  local stop = argument("range", args, "end", "usize")
  if start > stop then
    value.fail("Function `range` was called with a `start` argument greater than the `end` one")
  elseif step == 0 then
    value.fail("Function `range` was called with step_by=0, which never comes to an end")
  elseif (stop - start) // step > arguments.LIST_MAX then
    value.fail("Function `range` would make more than %d numbers", arguments.LIST_MAX)
  end
  local list = value.array({})
  for i = start, stop - 1, step do
    list[#list + 1] = i
  end
  return list
end

-- Seconds east of UTC of this machine's own time.
local function local_offset(unix)
  local sign, hours, minutes = os.date("%z", unix):match("^([+-])(%d%d)(%d%d)$")
  local seconds = sign and (tonumber(hours) * 60 + tonumber(minutes)) * 60 or 0
  return sign == "-" and -seconds or seconds
end

local FORMAT = "%Y-%m-%dT%H:%M:%S%.f%:z" -- RFC 3339

function M.now(ctx, args)
  local is_utc = argument("now", args, "utc", "bool", false)
  local is_timestamp = argument("now", args, "timestamp", "bool", false)
  local unix_ms = ctx.clock()
  local unix = unix_ms // 1000
  if is_timestamp then
    return unix
  end
  -- A frozen clock is one of UTC: it must show the same on every machine.
  local offset = (is_utc or ctx.is_frozen) and 0 or local_offset(unix)
  local civil = require("engine.template.date.civil") -- most templates have no times
  local format = require("engine.template.date.format")
  return format.write(format.compile(FORMAT), civil.moment(unix, unix_ms % 1000 * 1000000, offset))
end

function M.throw(_, args)
  value.fail("%s", argument("throw", args, "message", "String"))
end

function M.get_random(ctx, args)
  local start = argument("get_random", args, "start", "i32", 0)
  local stop = argument("get_random", args, "end", "i32")
  if start >= stop then
    value.fail("Function `get_random` needs a `start` that is less than its `end`")
  end
  return require("engine.template.draw").stream(ctx, "get_random", args):between(start, stop - 1)
end

function M.get_env(ctx, args)
  local name = argument("get_env", args, "name", "String")
  local found = ctx.env(name)
  if found ~= nil then
    return found
  elseif args.default == nil then
    value.fail("Environment variable `%s` not found", name)
  end
  return args.default
end

return M
