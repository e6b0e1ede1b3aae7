--- Says in what two Lua values differ: a few words for the caret, and lines for the message.
---
--- Texts as a diff of lines with marked words; lists by their first differing place, and what is
--- missing and what is extra; other tables by the paths of the entries that differ.  Bounded: what
--- is left out is counted.  Pure.
---@class engine.expect.difference
local diff = require("engine.expect.diff")
local equal = require("engine.expect.equal").equal
local inspect = require("engine.expect.inspect")
local show = require("engine.expect.show")

local M = {}

local ENTRIES_MAX = 12 -- differing entries that are shown
local COUNTED_MAX = 2000 -- differing entries that are counted
local MATCH_MAX = 200 -- items of lists that are compared as sets
local DEPTH_MAX = 50
local BEFORE = 16 -- bytes shown before the first that differs, of long texts

---@class engine.expect.Difference
---@field label string
---@field lines string[] "- " expected, "+ " seen, "  " neither
---@field missing? string[] of lists: items that are expected and not there
---@field extra? string[]

local function path_of(path, key)
  if type(key) == "string" and key:match("^[%a_][%w_]*$") then
    return path == "" and key or path .. "." .. key
  end
  return ("%s[%s]"):format(path, inspect.line(key, 40))
end

local function add(cx, line)
  cx.count = cx.count + 1
  if cx.count <= ENTRIES_MAX then
    cx.lines[#cx.lines + 1] = line
  end
end

--- Shows two values that differ; of long texts, the part in which they do.
local function shown_pair(expected, actual)
  local a, b = inspect.line(expected), inspect.line(actual)
  if a ~= b then
    return a, b
  elseif type(expected) ~= "string" or type(actual) ~= "string" then
    return a, b .. " (another one)"
  end
  local at = diff.first_difference(expected, actual)
  local from = math.max(1, at - BEFORE)
  local head = ("from byte %d: "):format(from)
  return head .. inspect.line(expected:sub(from)), head .. inspect.line(actual:sub(from))
end

local function add_pair(cx, path, expected, actual)
  cx.first = cx.first or path
  if cx.count >= ENTRIES_MAX then
    cx.count = cx.count + 2
    return
  end
  local a, b = shown_pair(expected, actual)
  add(cx, ("- %s = %s"):format(path, a))
  add(cx, ("+ %s = %s"):format(path, b))
end

--- The items of `a` that are not in `b`, each of `b` taken once.
local function items_not_in(a, b)
  local taken, left = {}, {}
  for _, item in ipairs(a) do
    local found
    for j, other in ipairs(b) do
      if not taken[j] and equal(item, other) then
        found = j
        break
      end
    end
    if found then
      taken[found] = true
    else
      left[#left + 1] = inspect.line(item)
    end
  end
  return left
end

local function cap(items)
  local more = #items - ENTRIES_MAX
  if more > 0 then
    items = table.move(items, 1, ENTRIES_MAX, 1, {})
    items[#items + 1] = ("… %d more"):format(more)
  end
  return items
end

--- Compares two lists as bags: what is missing, what is extra.
---@param expected any[]
---@param actual any[]
---@return string[]? missing nil: too long to be compared so
---@return string[]? extra
---@nodiscard
function M.bags(expected, actual)
  if #expected > MATCH_MAX or #actual > MATCH_MAX then
    return nil
  end
  return cap(items_not_in(expected, actual)), cap(items_not_in(actual, expected))
end

local walk

local function walk_lists(cx, expected, actual, path, depth)
  local first
  for i = 1, math.max(rawlen(expected), rawlen(actual)) do
    if not equal(expected[i], actual[i]) then
      first = i
      break
    end
  end
  if not first then
    return
  elseif rawlen(expected) == rawlen(actual) then
    for i = first, rawlen(expected) do
      if cx.count > COUNTED_MAX then
        return
      elseif not equal(expected[i], actual[i]) then
        walk(cx, expected[i], actual[i], ("%s[%d]"):format(path, i), depth + 1)
      end
    end
    return
  end
  local at = ("%s[%d]"):format(path, first)
  cx.first = cx.first or at
  for _, entry in ipairs({ { "-", expected }, { "+", actual } }) do
    local list = entry[2]
    local shown = first <= rawlen(list) and inspect.line(list[first]) or "(no more items)"
    add(cx, ("%s %s = %s"):format(entry[1], at, shown))
  end
end

local function walk_tables(cx, expected, actual, path, depth)
  for _, key in ipairs(inspect.keys(expected)) do
    local value, seen = rawget(expected, key), rawget(actual, key)
    local at = path_of(path, key)
    if cx.count > COUNTED_MAX then
      return
    elseif seen == nil then
      cx.first = cx.first or at
      add(cx, ("- %s = %s"):format(at, inspect.line(value)))
    elseif not equal(value, seen) then
      walk(cx, value, seen, at, depth + 1)
    end
  end
  for _, key in ipairs(inspect.keys(actual)) do
    if rawget(expected, key) == nil then
      local at = path_of(path, key)
      cx.first = cx.first or at
      add(cx, ("+ %s = %s"):format(at, inspect.line(rawget(actual, key))))
    end
  end
end

local function is_plain(value)
  local meta = debug.getmetatable(value)
  return type(value) == "table" and not (type(meta) == "table" and rawget(meta, "__eq"))
end

function walk(cx, expected, actual, path, depth)
  if not (is_plain(expected) and is_plain(actual)) or depth > DEPTH_MAX then
    add_pair(cx, path, expected, actual)
  elseif inspect.is_list(expected) and inspect.is_list(actual) then
    walk_lists(cx, expected, actual, path, depth)
  else
    walk_tables(cx, expected, actual, path, depth)
  end
end

local function difference_of_tables(expected, actual)
  local cx = { lines = {}, count = 0 }
  walk(cx, expected, actual, "", 0)
  if cx.count > ENTRIES_MAX then
    local at_least = cx.count > COUNTED_MAX and "at least " or ""
    cx.lines[#cx.lines + 1] = ("(%s%d more lines)"):format(at_least, cx.count - ENTRIES_MAX)
  end
  local result = { label = "they differ at " .. tostring(cx.first), lines = cx.lines }
  if inspect.is_list(expected) and inspect.is_list(actual) then
    local missing, extra = M.bags(expected, actual)
    if missing and #missing + #extra == 0 then
      result.label = "the same items in another order"
    elseif missing and rawlen(expected) ~= rawlen(actual) then
      result.missing = #missing > 0 and missing or nil
      result.extra = #extra > 0 and extra or nil
    end
  end
  return result
end

--- Says in what two values differ that are not equal.
---@param expected any
---@param actual any
---@return engine.expect.Difference? # nil: showing both says it all
---@nodiscard
function M.of(expected, actual)
  if type(expected) == "string" and type(actual) == "string" then
    return {
      label = ("%s, expected %d"):format(show.count(#actual, "byte"), #expected),
      lines = diff.texts(expected, actual),
    }
  elseif is_plain(expected) and is_plain(actual) then
    return difference_of_tables(expected, actual)
  end
end

return M
