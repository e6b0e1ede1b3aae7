--- `equals`, and the matchers on texts.
---
--- Pure.
local base = require("engine.expect.values.base")
local difference = require("engine.expect.difference")
local equal = require("engine.expect.equal").equal
local inspect = require("engine.expect.inspect")
local regex = require("engine.expect.regex")
local texts = require("engine.expect.text")

---@type table<string, engine.expect.ValueMatcher>
local M = {}

local line = inspect.line

-- equals

local function typed(value)
  return value == nil and "nil" or ("%s (%s)"):format(line(value, 60), inspect.type(value))
end

local function equals_message(actual, expected)
  if type(actual) ~= type(expected) then
    return ("%s is not %s"):format(typed(actual), typed(expected))
  elseif type(actual) == "table" and type(expected) == "table" then
    return "the table is not the expected one"
  elseif type(actual) == "function" then
    return "the function is another one"
  end
  return ("%s is not %s"):format(line(actual, 60), line(expected, 60))
end

local function check_equals(actual, wanted, ctx)
  local expected = wanted[1]
  if type(actual) == "string" and type(expected) == "string" then
    return texts.equals_text(actual, expected, ctx)
  end
  local same = equal(actual, expected)
  if same then
    return true
  elseif same == nil then
    return nil, "the values are nested too deep to be compared", { code = "T401" }
  end
  local found = difference.of(expected, actual) or {}
  return false, equals_message(actual, expected), {
    label = found.label or ("it is %s"):format(line(actual, 60)),
    diff = found.lines,
    missing = found.missing,
    extra = found.extra,
  }
end

M.equals = {
  code = "T710",
  pack = function(args)
    if args.n ~= 1 then
      return nil, "equals() needs one value"
    end
    return { args[1] }
  end,
  check = function(actual, expected, ctx)
    local ok, message, detail = check_equals(actual, expected, ctx)
    if type(actual) == "string" and type(expected[1]) == "string" and detail then
      detail.code = detail.code or "T105"
    end
    return ok, message, detail
  end,
  says = function(expected)
    return "equals " .. line(expected[1], 60)
  end,
}

-- Texts

local function define_text(name, code, denied, what, accepts, check, deny, phrase)
  M[name] = {
    code = code,
    denied = denied,
    pack = base.one(name, what, accepts),
    refuse = base.needs("string", "a text"),
    check = check,
    deny = deny,
    says = base.says(phrase),
  }
end

local function pack_regex(args)
  local expected, problem = base.one("matches", "a regular expression that is not empty, or a list",
    base.is_text_or_list)(args)
  for _, source in ipairs(expected and (type(args[1]) == "table" and args[1] or args) or {}) do
    local compiled, err = regex.compile(source)
    if not compiled then
      return nil, ("%s is no regular expression: %s"):format(line(source, 60), err.message)
    end
  end
  return expected, problem
end

define_text("matches", "T101", "T102", "", nil, base.each_text(texts.matches),
  base.each_text(texts.not_matches), "matches")
M.matches.pack = pack_regex
define_text("starts_with", "T106", nil, "a text that is not empty", base.is_some_text,
  base.of_first(texts.starts_with), nil, "starts with")
define_text("ends_with", "T106", nil, "a text that is not empty", base.is_some_text,
  base.of_first(texts.ends_with), nil, "ends with")
define_text("lines", "T107", nil, "a number of lines, or a list of lines", function(value)
  if type(value) == "table" then
    return next(value) == nil or base.is_list_of(function(item)
      return type(item) == "string"
    end)(value)
  end
  return math.type(value) == "integer" and value >= 0
end, base.of_first(texts.lines), nil, "has the lines")

-- contains

local function has_value(actual, item)
  for _, value in next, actual do
    if equal(value, item) then
      return true
    end
  end
  return false
end

local function check_contains(actual, expected, ctx)
  if type(actual) == "string" then
    return base.each_text(texts.contains)(actual, expected, ctx)
  elseif has_value(actual, expected[1]) then
    return true
  end
  return false, ("%s is not in the table"):format(line(expected[1], 60)), {
    code = "T711",
    label = ("not in %s"):format(line(actual, 80)),
  }
end

local function deny_contains(actual, expected, ctx)
  if type(actual) == "string" then
    return base.each_text(texts.not_contains)(actual, expected, ctx)
  elseif not has_value(actual, expected[1]) then
    return true
  end
  return false, ("%s is in the table"):format(line(expected[1], 60)), {
    code = "T718",
    label = ("it is in %s"):format(line(actual, 80)),
  }
end

M.contains = {
  code = "T103",
  denied = "T104",
  pack = base.one("contains", "a value"),
  refuse = function(actual, expected)
    if type(actual) == "table" then
      return nil
    elseif type(actual) ~= "string" then
      return base.with_type(actual) .. ": only texts and tables contain something"
    elseif not base.is_text_or_list(expected[1]) then
      return ("a text contains texts that are not empty, not %s"):format(line(expected[1], 40))
    end
  end,
  check = check_contains,
  deny = deny_contains,
  says = base.says("contains"),
}

return M
