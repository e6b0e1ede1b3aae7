--- The matchers on tables.
---
--- Pure.
local base = require("engine.expect.values.base")
local inspect = require("engine.expect.inspect")
local suggest = require("engine.suggest")

---@type table<string, engine.expect.ValueMatcher>
local M = {}

local line = inspect.line

-- Tables

local function missing_keys(actual, keys)
  local missing, present = {}, {}
  for _, key in ipairs(keys) do
    local list = actual[key] == nil and missing or present
    list[#list + 1] = key
  end
  return missing, present
end

local function key_help(actual, missing)
  local names = {}
  for _, key in ipairs(inspect.keys(actual)) do
    names[#names + 1] = type(key) == "string" and key or nil
  end
  for _, key in ipairs(missing) do
    local near = type(key) == "string" and suggest.nearest(key, names)
    if near then
      return ("there is %s"):format(line(near))
    end
  end
end

local function list_text(list)
  local out = {}
  for i = 1, math.min(#list, 8) do
    out[i] = line(list[i], 40)
  end
  return table.concat(out, ", ") .. (#list > 8 and (", … %d more"):format(#list - 8) or "")
end

M.has_keys = {
  code = "T713",
  pack = base.one("has_keys", "a list of keys that is not empty", base.is_list_of(function(key)
    return key ~= nil
  end)),
  refuse = base.needs("table", "a table"),
  check = function(actual, expected)
    local missing = missing_keys(actual, expected[1])
    if #missing == 0 then
      return true
    end
    local keys = inspect.keys(actual)
    return false, ("the table has no key %s"):format(list_text(missing)), {
      label = #keys == 0 and "it is empty" or "it has " .. list_text(keys),
      help = key_help(actual, missing),
    }
  end,
  deny = function(actual, expected)
    local _, present = missing_keys(actual, expected[1])
    if #present == 0 then
      return true
    end
    return false, ("the table has the key %s"):format(list_text(present))
  end,
  says = base.says("has the keys"),
}

local function length_of(actual)
  if type(actual) == "string" then
    return #actual, "byte"
  end
  local meta = debug.getmetatable(actual)
  if type(meta) == "table" and rawget(meta, "__len") then
    return #actual, "item"
  end
  return inspect.count(actual), inspect.is_list(actual) and "item" or "entry"
end

local function plural(n, noun)
  return ("%d %s"):format(n, n == 1 and noun or noun == "entry" and "entries" or noun .. "s")
end

M.has_length = {
  code = "T714",
  pack = base.one("has_length", "a number of items or bytes", function(value)
    return math.type(value) == "integer" and value >= 0
  end),
  refuse = function(actual)
    if type(actual) ~= "string" and type(actual) ~= "table" then
      return base.with_type(actual) .. ", which has no length"
    end
  end,
  check = function(actual, expected)
    local n, noun = length_of(actual)
    if n == expected[1] then
      return true
    end
    return false, ("%s has %s, not %d"):format(
      type(actual) == "string" and "the text" or "the table", plural(n, noun), expected[1]), {
      label = line(actual, 80),
    }
  end,
  says = base.says("has the length"),
  whole = true,
}

return M
