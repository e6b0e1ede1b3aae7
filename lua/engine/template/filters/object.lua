--- Filters of objects, and those that take values of several kinds.
local arguments = require("engine.template.arguments")
local json_text = require("engine.template.json_text")
local value = require("engine.template.value")

---@class engine.template.filters.object
local M = {}

function M.get(_, v, args)
  local key = arguments.of_filter("get", args, "key", "String")
  if value.kind(v) ~= "object" then
    value.fail("Filter `get` was used on a value that isn't an object")
  end
  local found = v[key]
  if found == nil then
    found = args.default
  end
  if found == nil then
    value.fail("Filter `get` tried to get key `%s` but it wasn't found", key)
  end
  return found
end

M["default"] = function(_, v, args)
  if v ~= nil then
    return v
  elseif args.value == nil then
    value.fail("The `default` filter requires a `value` argument.")
  end
  return args.value
end

function M.length(_, v)
  local kind = value.kind(v)
  if kind == "array" then
    return #v
  elseif kind == "object" then
    return #value.keys(v)
  elseif kind == "string" then
    return utf8.len(v) or #value.chars(v)
  end
  value.fail("Filter `length` was used on a value that isn't an array, an object, or a string.")
end

function M.reverse(_, v)
  local kind = value.kind(v)
  if kind ~= "array" and kind ~= "string" then
    value.fail("Filter `reverse` received an incorrect type for arg `value`: got `%s` but expected "
      .. "an array or a string", json_text.shown(v))
  end
  if kind == "string" then
    local bytes = v:reverse() -- those of a character go back into their order
    return utf8.len(v) and bytes:gsub("[\x80-\xBF]+[\xC0-\xFF]", string.reverse) or bytes
  end
  local reversed, count = value.array({}), #v
  for i = 1, count do
    reversed[i] = v[count + 1 - i]
  end
  return reversed
end

function M.json_encode(_, v, args)
  return json_text.write(v, args.pretty == true)
end

return M
