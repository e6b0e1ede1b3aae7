--- Finds a value in decoded JSON by a path such as `$.users[0]["first name"]`.
---
--- The whole language: `$` is the value itself, `.name` and `["name"]` go to a key (both kinds of
--- quotes work; `\"`, `\'` and `\\` are escapes), `[n]` goes to an item counted from 0, or from the
--- end when negative.  No wildcards: a path names one value, so that a check has one answer.
---@class engine.jsonpath
local M = {}

local error_new = require("core.error").new
---@alias engine.jsonpath.Path (string|integer)[] keys are strings, positions integers (from 0)

local STEPS_MAX = 64

local function fail(path, at, why)
  return nil, error_new({
    code = "ESYNTAX",
    op = "jsonpath.parse",
    message = ("%s at character %d of the path %s"):format(why, at, path),
    pos = { line = 1, column = at },
  })
end

--- Reads the quoted key that starts at `at`; returns it and the place behind its quote.
local function quoted(path, at)
  local quote, parts, i = path:sub(at, at), {}, at + 1
  while i <= #path do
    local c = path:sub(i, i)
    if c == quote then
      return table.concat(parts), i + 1
    end
    if c == "\\" then
      i = i + 1
      c = path:match("^[\\\"']", i)
      if not c then
        return nil, i - 1
      end
    end
    parts[#parts + 1] = c
    i = i + 1
  end
  return nil, at
end

--- Reads what stands in brackets, from behind the `[`.
local function bracketed(path, at)
  local digits, next_at = path:match("^(-?%d+)%]()", at)
  if digits then
    local index = math.tointeger(tonumber(digits)) -- nil beyond 64 bits
    return index, index and next_at or at
  end
  if not path:find("^[\"']", at) then
    return nil, at
  end
  local key, after = quoted(path, at)
  if not key or path:sub(after, after) ~= "]" then
    return nil, after
  end
  return key, after + 1
end

--- Parses a path.
---@param path string
---@return engine.jsonpath.Path|nil steps empty for `$`
---@return core.Error? err ESYNTAX, with the column in `pos`
---@nodiscard
function M.parse(path)
  local steps, at = {}, 2
  if path:sub(1, 1) ~= "$" then
    return fail(path, 1, "a path starts with $")
  end
  while at <= #path do
    local step, next_at
    local name, after = path:match("^%.([%w_\x80-\xff-]+)()", at)
    if name then
      step, next_at = name, after
    elseif path:sub(at, at) == "[" then
      step, next_at = bracketed(path, at + 1)
      if step == nil then
        return fail(path, next_at, "expected [n] or [\"name\"]")
      end
    else
      return fail(path, at, "expected .name, [n] or [\"name\"]")
    end
    if #steps == STEPS_MAX then
      return fail(path, at, "too many steps")
    end
    steps[#steps + 1], at = step, next_at
  end
  return steps
end

--- What one step of a path leads to in a table.
local function member(container, step)
  if type(step) == "string" then
    return container[step]
  end
  return container[step < 0 and #container + step + 1 or step + 1]
end

--- Follows parsed steps.  Null is found as `json.null`, so nil always means that nothing is there.
---@param value any decoded JSON
---@param steps engine.jsonpath.Path
---@return any found nil when there is nothing
---@return integer taken how many steps led somewhere
---@nodiscard
function M.follow(value, steps)
  for i, step in ipairs(steps) do
    local found
    if type(value) == "table" then
      found = member(value, step)
    end
    if found == nil then
      return nil, i - 1
    end
    value = found
  end
  return value, #steps
end

--- Parses and follows in one.
---@param value any decoded JSON
---@param path string
---@return any found nil when there is nothing, or the path is wrong
---@return core.Error? err set only when the path is wrong
---@nodiscard
function M.get(value, path)
  local steps, err = M.parse(path)
  if not steps then
    return nil, err
  end
  return (M.follow(value, steps))
end

return M
