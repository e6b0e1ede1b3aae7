--- Checks on JSON: the value at a path of the text that a step printed.
---
--- Values compare by type: a text never equals a number; 1 and 1.0 are the same number.  Pure.
---@class engine.expect.json
local json = require("core.json")
local jsonpath = require("engine.jsonpath")
local show = require("engine.expect.show")
local suggest = require("engine.suggest")
local toml = require("core.toml")

local M = {}

local KEYS_SHOWN = 8
local DEPTH_MAX = 128

local function is_list(value)
  return json.is_array(value) or toml.type(value) == "array"
end

local function kind_of(value)
  if value == json.null then
    return "null"
  elseif type(value) == "table" then
    return is_list(value) and "array" or "object"
  end
  return type(value)
end

--- The kind of a value of a test file; a date is compared as the text that it prints as.
local function kind_expected(value)
  if value == json.null then
    return "null", value
  end
  if is_list(value) then
    return "array"
  elseif toml.type(value) == "table" then
    return "object"
  elseif type(value) == "table" then
    return "string", tostring(value)
  end
  return type(value), value
end

local function render(value)
  return json.encode(value, { invalid = "replace" }) or tostring(value)
end

local function show_value(value)
  if type(value) == "string" then
    return show.value(value)
  end
  local shown = render(value)
  return #shown > 60 and shown:sub(1, 57) .. "…" or shown
end

local compare

--- The value when it is a table, else one that is not empty.
local function expected_table(value)
  return type(value) == "table" and value or { true }
end

local function compare_lists(expected, actual, at, depth, ctx)
  if #expected ~= #actual then
    return ("%s has %s, not %d"):format(at, show.count(#actual, "item"), #expected)
  end
  for i = 1, #expected do
    local why = compare(expected[i], actual[i], ("%s[%d]"):format(at, i - 1), depth + 1,
      ctx)
    if why then
      return why
    end
  end
end

local function compare_objects(expected, actual, at, depth, ctx)
  for key, value in pairs(expected) do
    if actual[key] == nil then
      return ("%s has no %s"):format(at, show.value(key))
    end
    local why = compare(value, actual[key], at .. "." .. key, depth + 1, ctx)
    if why then
      return why
    end
  end
  for key in pairs(actual) do
    if expected[key] == nil then
      return ("%s has %s, which was not expected"):format(at, show.value(key))
    end
  end
end

--- Says where two values differ, or nil when they are equal.
function compare(expected, actual, at, depth, ctx)
  if depth > DEPTH_MAX then
    return at .. " is nested too deep to be compared"
  end
  local kind, wanted, plain = kind_of(actual), kind_expected(expected)
  if ctx.kind == "value" and kind == "array" and next(expected_table(expected)) == nil then
    wanted = "array" -- {} of Lua is either
  end
  if kind ~= wanted then
    return ("%s is %s (%s), not %s (%s)"):format(
      at, show_value(actual), kind, show_value(expected), wanted)
  elseif kind == "array" then
    return compare_lists(expected, actual, at, depth, ctx)
  elseif kind == "object" then
    return compare_objects(expected, actual, at, depth, ctx)
  elseif actual ~= plain then
    return ("%s is %s, not %s"):format(at, show_value(actual), show_value(expected))
  end
end

local function keys_of(object)
  local keys = {}
  for key in pairs(object) do
    keys[#keys + 1] = tostring(key)
  end
  table.sort(keys)
  return keys
end

--- Says what a step of a path does not find at `at`, where `value` is, and what is there instead.
local function missing(at, step, value)
  local kind = kind_of(value)
  if type(step) == "number" then
    local there = kind == "array" and "has " .. show.count(#value, "item") or "is no list: " .. kind
    return ("there is no %s[%d]"):format(at, step), ("%s %s"):format(at, there)
  elseif kind ~= "object" then
    return ("there is no %s.%s"):format(at, step), ("%s is no object: %s"):format(at, kind)
  end
  local keys = keys_of(value)
  local near = suggest.nearest(step, keys)
  local help = near and ("did you mean %s.%s?"):format(at, near)
  if not help then
    local more = #keys > KEYS_SHOWN and ", …" or ""
    local shown = table.concat(table.move(keys, 1, math.min(#keys, KEYS_SHOWN), 1, {}), ", ")
    help = #keys == 0 and at .. " is empty" or ("%s has: %s%s"):format(at, shown, more)
  end
  return ("there is no %s.%s"):format(at, step), help
end

--- Writes the first `count` steps of a path.
local function path_text(steps, count)
  local out = { "$" }
  for i = 1, count do
    local step = steps[i]
    out[#out + 1] = math.type(step) and ("[%d]"):format(step)
      or step:match("^[%w_-]+$") and "." .. step
      or ("[%s]"):format(show.value(step))
  end
  return table.concat(out)
end

local function check_entry(root, entry, ctx)
  local steps = entry.steps
  if not steps then
    local parsed, err = jsonpath.parse(entry.path)
    if not parsed then
      return nil, err.message
    end
    steps = parsed
  end
  local value, taken = jsonpath.follow(root, steps)
  if value == nil then
    local reached = path_text(steps, taken)
    local there = jsonpath.follow(root, table.move(steps, 1, taken, 1, {}))
    local what, help = missing(reached, steps[taken + 1], there)
    return false, ("%s: %s"):format(ctx.subject, what), { label = what, help = help, unfit = true }
  end
  local difference = compare(entry.value, value, entry.path or path_text(steps, #steps), 0, ctx)
  if difference then
    return false, ("%s: %s"):format(ctx.subject, difference), {
      label = difference,
      actual = render(value),
    }
  end
  return true
end

--- Lists what is expected: one `{ path =, value = }`, or a table from paths to values.
---@param expected { path: string, value: any }|table<string, any>
---@return { path: string, value: any }[]
---@nodiscard
function M.entries(expected)
  if type(expected.path) == "string" and expected.value ~= nil then
    return { expected }
  end
  local list = {}
  for path, value in pairs(expected) do
    list[#list + 1] = { path = path, value = value }
  end
  table.sort(list, function(a, b)
    return a.path < b.path
  end)
  return list
end

--- Checks that each path leads to its value.
---@param actual string
---@param expected { path: string, value: any }|table<string, any>
---@param ctx engine.expect.Context
---@return boolean? ok nil: could not be evaluated
---@return string? message
---@return engine.expect.Detail? detail
function M.check(actual, expected, ctx)
  local root, err = json.decode(actual)
  if root == nil then
    local label = actual == "" and ctx.subject .. " is empty" or err.message
    return false, ctx.subject .. " is not JSON", { label = label, unfit = true }
  end
  return M.check_value(root, expected, ctx)
end

--- Checks that each path of what was read leads to its value.
---@param root any
---@param expected { path: string, value: any }|table<string, any>
---@param ctx engine.expect.Context
---@return boolean? ok nil: could not be evaluated
---@return string? message
---@return engine.expect.Detail? detail
function M.check_value(root, expected, ctx)
  for _, entry in ipairs(M.entries(expected)) do
    local ok, message, detail = check_entry(root, entry, ctx)
    if not ok then
      return ok, message, detail
    end
  end
  return true
end

--- Says whether a value names at least one path, and nothing but paths.
---@param expected any
---@return boolean
---@nodiscard
function M.accepts(expected)
  if type(expected) ~= "table" or next(expected) == nil then
    return false
  end
  for key in pairs(expected) do
    if type(key) ~= "string" then
      return false
    end
  end
  return true
end

return M
