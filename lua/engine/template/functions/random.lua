--- Functions that draw: digits, identifiers, items of lists.
local arguments = require("engine.template.arguments")
local draw = require("engine.template.draw")
local ids = require("engine.generate.ids")
local moment = require("engine.template.date.parse")
local value = require("engine.template.value")

---@class engine.template.functions.random
local M = {}

local argument = arguments.of_function

local DIGITS_MAX = 1000000
local SEEDED_MS = 1735689600000 -- 2025-01-01T00:00:00Z, as the standard name `freeze_clock` has it

function M.rand_hex(ctx, args)
  local count = argument("rand_hex", args, "n", "usize", 16)
  if count > DIGITS_MAX then
    value.fail("Function `rand_hex` makes at most %d digits", DIGITS_MAX)
  end
  return draw.stream(ctx, "rand_hex", args):hex(count)
end

function M.uuid_v4(ctx, args)
  return ids.uuid_v4(draw.stream(ctx, "uuid_v4", args))
end

function M.uuid_v5(_, args)
  local ns = argument("uuid_v5", args, "ns", "String")
  local uuid = ids.uuid_v5(ns, argument("uuid_v5", args, "name", "String"))
  return uuid or value.fail("Function `uuid_v5` received ns=`%s`, which is neither a UUID nor one "
    .. "of dns, url, oid, x500", ns)
end

-- The time of a call: RFC 3339 or milliseconds, or that of the clock.  A clock that runs would make
-- other bytes of the same seed each time.
local function unix_ms(ctx, name, args)
  local given = args.time
  if given == nil and not ctx.is_frozen and (args.seed ~= nil or ctx.seed ~= nil) then
    ctx.has_asked_time = true
    return SEEDED_MS
  elseif given == nil then
    return ctx.clock()
  elseif math.type(given) == "integer" then
    return given
  end
  local m = type(given) == "string" and moment.time(given)
  if not m then
    value.fail("Function `%s` received time=%s, which is neither RFC 3339 nor a number of "
      .. "milliseconds", name, value.text(given))
  end
  return m.unix * 1000 + m.nanosecond // 1000000
end

function M.uuid_v7(ctx, args)
  return ids.uuid_v7(draw.stream(ctx, "uuid_v7", args), unix_ms(ctx, "uuid_v7", args))
end

function M.ulid(ctx, args)
  return ids.ulid(draw.stream(ctx, "ulid", args), unix_ms(ctx, "ulid", args))
end

local function list_of(name, args)
  local list = argument(name, args, "list", "Vec<Value>")
  if #list == 0 and name ~= "shuffle" then
    value.fail("Function `%s` received an empty `list`", name)
  end
  return list
end

function M.pick(ctx, args)
  local list = list_of("pick", args)
  return draw.stream(ctx, "pick", args):pick(list)
end

-- A list that takes turns, ["hot", 0.8, "cold", 0.2], as pairs: the language has no list in a list.
local function as_pairs(list)
  if list[1] == nil or value.is_array(list[1]) then
    return list
  end
  local paired = {}
  for i = 1, #list, 2 do
    paired[#paired + 1] = { list[i], list[i + 1] }
  end
  return paired
end

local function total_weight(list)
  local total = 0.0
  for i, pair in ipairs(list) do
    local weight = value.is_array(pair) and #pair == 2 and value.to_float(pair[2])
    if not weight or weight < 0 or weight ~= weight or weight == math.huge then
      value.fail("Function `weighted` needs values with weights that are not negative: number %d "
        .. "has none", i)
    end
    total = total + weight
  end
  return total > 0 and total or value.fail("Function `weighted` needs a weight above 0")
end

function M.weighted(ctx, args)
  local list = as_pairs(argument("weighted", args, "pairs", "Vec<Value>"))
  local total = total_weight(list)
  local at = draw.stream(ctx, "weighted", args):float() * total
  local last
  for _, pair in ipairs(list) do
    local weight = value.to_float(pair[2])
    last = weight > 0 and pair or last
    if at < weight then
      return pair[1]
    end
    at = at - weight
  end
  return last[1] -- what rounding left over
end

function M.shuffle(ctx, args)
  local list = list_of("shuffle", args)
  return value.array(draw.stream(ctx, "shuffle", args):shuffle(list))
end

function M.sample(ctx, args)
  local list = list_of("sample", args)
  local count = argument("sample", args, "k", "usize", 1)
  if count > #list then
    value.fail("Function `sample` received k=%d, but the list has only %d", count, #list)
  end
  local shuffled = draw.stream(ctx, "sample", args):shuffle(list)
  return table.move(shuffled, 1, count, 1, value.array({}))
end

return M
