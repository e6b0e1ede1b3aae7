--- Reads what filters and functions are given, and says what is wrong with it: in Tera's words, but
--- with plain ones for the types of Rust.
local grown = require("engine.template.grown")
local json_text = require("engine.template.json_text")
local limits = require("engine.template.limits")
local value = require("engine.template.value")

---@class engine.template.arguments
local M = {}

--- Most bytes of a text that a filter makes: what a template may hold in memory is bounded.
M.TEXT_MAX = limits.TEXT_BYTES

--- Most items of a list that a function makes.
M.LIST_MAX = 1000000

local I32_MAX, U32_MAX = 0x7fffffff, 0xffffffff

local function integer(low, high)
  return function(v)
    if math.type(v) == "integer" and v >= low and v <= high then
      return v
    end
  end
end

local READERS = {
  String = function(v)
    return type(v) == "string" and v or nil
  end,
  bool = function(v)
    if type(v) == "boolean" then
      return v
    end
  end,
  f64 = value.to_float,
  i64 = integer(math.mininteger, math.maxinteger),
  i32 = integer(-I32_MAX - 1, I32_MAX),
  u32 = integer(0, U32_MAX),
  usize = function(v)
    if math.type(v) == "integer" then
      return v >= 0 and v or nil
    end
    return value.kind(v) == "u64" and math.maxinteger or nil -- more than there ever is
  end,
  ["Vec<Value>"] = function(v)
    return value.is_array(v) and v or nil
  end,
}

--- What each kind is called in messages.
local WORDS = {
  String = "a string", bool = "a boolean", f64 = "a number", i64 = "an integer",
  i32 = "an integer of 32 bits", u32 = "an integer from 0 to 4294967295",
  usize = "an integer that is not negative", ["Vec<Value>"] = "an array",
}

--- Reads the value that a filter was called on.
---@param filter string
---@param v any
---@param kind string of READERS: "String", "f64", "Vec<Value>", …
---@return any
function M.subject(filter, v, kind)
  local read = READERS[kind](v)
  if read == nil then
    value.fail("Filter `%s` was called on an incorrect value: got `%s` but expected %s",
      filter, json_text.shown(v), WORDS[kind])
  end
  return read
end

--- Reads an argument of a filter.
---@param filter string
---@param args table<string, any>
---@param name string
---@param kind string
---@param default? any without one, the argument is needed
---@return any
function M.of_filter(filter, args, name, kind, default)
  local v = args[name]
  if v == nil then
    if default == nil then
      value.fail("Filter `%s` expected an arg called `%s`", filter, name)
    end
    return default
  end
  local read = READERS[kind](v)
  if read == nil then
    value.fail("Filter `%s` received an incorrect type for arg `%s`: got `%s` but expected %s",
      filter, name, json_text.shown(v), WORDS[kind])
  end
  return read
end

--- Reads an argument of a function.
---@param name string of the function
---@param args table<string, any>
---@param argument string
---@param kind string
---@param default? any without one, the argument is needed
---@return any
function M.of_function(name, args, argument, kind, default)
  local v = args[argument]
  if v == nil then
    if default == nil then
      value.fail("Function `%s` was called without a `%s` argument", name, argument)
    end
    return default
  end
  local read = READERS[kind](v)
  if read == nil then
    value.fail("Function `%s` received %s=%s but `%s` can only be %s", name, argument,
      json_text.shown(v), argument, WORDS[kind])
  end
  return read
end

--- Reads an optional argument of a function; nil where it is not given.
---@param name string
---@param args table<string, any>
---@param argument string
---@param kind string
---@return any
function M.optional(name, args, argument, kind)
  if args[argument] ~= nil then
    return M.of_function(name, args, argument, kind)
  end
end

--- Refuses an argument that a function does not know: misspelt, it would be left out unseen.
--- Tera's own functions take any, as Tera does.
---@param name string of the function
---@param args table<string, any>
---@param known table<string, any> name of an argument → anything but nil
function M.check_known(name, args, known)
  local unknown
  for argument in pairs(args) do
    if known[argument] == nil and (not unknown or argument < unknown) then
      unknown = argument
    end
  end
  if unknown then
    local names = {}
    for one in pairs(known) do
      names[#names + 1] = one
    end
    table.sort(names)
    local near = require("engine.suggest").nearest(unknown, names)
    value.fail("Function `%s` has no argument `%s`%s", name, unknown,
      near and (": did you mean `%s`?"):format(near)
      or #names > 0 and "; it has " .. table.concat(names, ", ") or "")
  end
end

--- Refuses a text that would be too long before it is made.
M.check_size = grown.check

return M
