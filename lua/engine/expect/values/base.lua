--- What the matchers on Lua values have in common: arguments, refusals, phrases.
---
--- Pure.
---@class engine.expect.values.base
local inspect = require("engine.expect.inspect")

local M = {}

local line = inspect.line

--- Makes a `pack` for one argument that is not nil.
---@param name string of the matcher
---@param what string that it needs
---@param accepts? fun(value: any): boolean?
---@return fun(args: table): table?, string?
---@nodiscard
function M.one(name, what, accepts)
  return function(args)
    if args.n ~= 1 or args[1] == nil then
      return nil, ("%s() needs %s"):format(name, what)
    elseif accepts and not accepts(args[1]) then
      return nil, ("%s() needs %s, got %s"):format(name, what, line(args[1], 40))
    end
    return { args[1] }
  end
end

--- Makes a `pack` for no argument.
---@param name string
---@return fun(args: table): table?, string?
---@nodiscard
function M.none(name)
  return function(args)
    if args.n > 0 then
      return nil, ("%s() takes no argument"):format(name)
    end
    return {}
  end
end

--- Says whether a value is a number, and not nan.
---@param value any
---@return boolean
---@nodiscard
function M.is_number(value)
  return type(value) == "number" and value == value
end

--- Says whether a value is a text that is not empty.
---@param value any
---@return boolean
---@nodiscard
function M.is_some_text(value)
  return type(value) == "string" and value ~= ""
end

--- Makes a test for lists that are not empty, of items that are accepted.
---@param accepts fun(value: any): boolean
---@return fun(value: any): boolean
---@nodiscard
function M.is_list_of(accepts)
  return function(value)
    if type(value) ~= "table" or #value == 0 or not inspect.is_list(value) then
      return false
    end
    for _, item in ipairs(value) do
      if not accepts(item) then
        return false
      end
    end
    return true
  end
end

--- Says whether a value is a text that is not empty, or a list of such.
---@param value any
---@return boolean
---@nodiscard
function M.is_text_or_list(value)
  return M.is_some_text(value) or M.is_list_of(M.is_some_text)(value)
end

--- Makes a `refuse` for values of another type.
---@param kind string of type()
---@param what string "a text"
---@return fun(actual: any): string?
---@nodiscard
function M.needs(kind, what)
  return function(actual)
    if type(actual) ~= kind then
      return ("%s, not %s"):format(M.with_type(actual), what)
    end
  end
end

--- Shows a value and its type: "3 is a number"; nil alone.
---@param value any
---@return string
---@nodiscard
function M.with_type(value)
  if value == nil then
    return "this is nil"
  end
  return ("%s is %s"):format(line(value, 60), inspect.type(value))
end

--- Makes a check of a text ask for each text of a list.
---@param check engine.expect.Check
---@return engine.expect.Check
---@nodiscard
function M.each_text(check)
  return function(actual, expected, ctx)
    local list = type(expected[1]) == "table" and expected[1] or expected
    for _, item in ipairs(list) do
      local ok, message, detail = check(actual, item, ctx)
      if not ok then
        return ok, message, detail
      end
    end
    return true
  end
end

--- Makes a check of one expected value.
---@param check engine.expect.Check
---@return engine.expect.Check
---@nodiscard
function M.of_first(check)
  return function(actual, expected, ctx)
    return check(actual, expected[1], ctx)
  end
end

--- Makes a `says`: the phrase, then what is expected.
---@param phrase string
---@return fun(expected: table): string
---@nodiscard
function M.says(phrase)
  return function(expected)
    return expected[1] == nil and phrase or phrase .. " " .. line(expected[1], 60)
  end
end

return M
