--- `raises`: what a function does when it is called.
---
--- It calls the function by `ctx.attempt`, which says as pcall whether it raised.
local base = require("engine.expect.values.base")
local equal = require("engine.expect.equal").equal
local inspect = require("engine.expect.inspect")
local regex = require("engine.expect.regex")

---@type table<string, engine.expect.ValueMatcher>
local M = {}

local line = inspect.line

-- raises

local function message_of(err)
  if type(err) == "table" and type(err.message) == "string" then
    return err.message
  end
  return tostring(err)
end

local function check_raised(err, pattern)
  if pattern == nil then
    return true
  elseif type(pattern) == "table" then
    for _, key in ipairs(inspect.keys(pattern)) do
      local value = type(err) == "table" and err[key]
      if not equal(value, pattern[key]) then
        return false, ("the error's %s is %s, not %s"):format(
          tostring(key), line(value, 60), line(pattern[key], 60)), { label = line(err, 120) }
      end
    end
    return true
  end
  local message = message_of(err)
  local at, _, problem = regex.find(pattern, message)
  if problem then
    return nil, problem.message, { code = problem.code == "EBUDGET" and "T403" or "T404" }
  elseif at then
    return true
  end
  return false, ("the error does not match %s"):format(line(pattern, 60)), {
    label = "it raised " .. line(message, 120),
    help = regex.help(pattern, message),
  }
end

M.raises = {
  code = "T716",
  pack = function(args, negated)
    local pattern = args[1]
    if args.n == 0 then
      return {}
    elseif negated then
      return nil, "`.no:raises()` takes no argument: nothing may be raised at all"
    elseif args.n > 1 or type(pattern) ~= "table" and not base.is_some_text(pattern)
      or type(pattern) == "table" and next(pattern) == nil then
      return nil, "raises() takes a regular expression, a table of fields, or nothing"
    end
    local compiled, err = true, nil
    if type(pattern) == "string" then
      compiled, err = regex.compile(pattern)
    end
    if not compiled then
      return nil, ("%s is no regular expression: %s"):format(line(pattern, 60), err.message)
    end
    return { pattern }
  end,
  refuse = function(actual)
    local meta = debug.getmetatable(actual)
    if type(actual) ~= "function" and not (type(meta) == "table" and meta.__call) then
      return base.with_type(actual) .. ", which cannot be called"
    end
  end,
  check = function(actual, expected, ctx)
    local ok, err = ctx.attempt(actual)
    if ok then
      return false, "the function raised nothing", { actual = "nothing" }
    end
    return check_raised(err, expected[1])
  end,
  deny = function(actual, _, ctx)
    local ok, err = ctx.attempt(actual)
    if ok then
      return true
    end
    return false, ("the function raised %s"):format(line(message_of(err), 120))
  end,
  says = base.says("raises"),
}

return M
