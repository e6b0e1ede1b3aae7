--- Reads tables of options that users write: unknown keys and wrong types are errors of theirs.
local duration = require("engine.model.duration")
local place = require("engine.script.place")
local show = require("engine.expect.show")
local suggest = require("engine.suggest")

---@class engine.script.options
local M = {}

local TEXT_MAX = 131071 -- bytes of one argument or K=V: what Linux takes

local function article(kind)
  return ({ string = "a text", number = "a number", boolean = "true or false", table = "a table",
    ["function"] = "a function", ["nil"] = "nothing" })[kind] or "a " .. kind
end

--- Says what was given instead of what is right: the value, where one line holds it.
local function given_of(value)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" then
    return show.value(value)
  end
  return article(kind)
end

--- Reads a duration: seconds as a number, or "500ms", "10s", "2m".
---@param value any
---@return integer? milliseconds
function M.duration(value)
  if type(value) == "string" then
    return duration.parse(value)
  elseif type(value) == "number" and value >= 0 and value * 1000 <= duration.MAX_MS then
    return math.ceil(value * 1000)
  end
  return nil
end

local checks = {}

function checks.text(value)
  return type(value) == "string" and #value <= TEXT_MAX and not value:find("\0", 1, true), value
end

function checks.bytes(value)
  return type(value) == "string", value
end

checks["true or false"] = function(value)
  return type(value) == "boolean", value
end

checks["a function"] = function(value)
  return type(value) == "function", value
end

checks["a table"] = function(value)
  return type(value) == "table", value
end

checks["a whole number"] = function(value)
  return math.type(value) == "integer" and value >= 0, value
end

checks["a duration, as 10 or \"500ms\""] = function(value)
  local ms = M.duration(value)
  return ms ~= nil and ms > 0, ms
end

checks["a list of texts"] = function(value)
  if type(value) ~= "table" then
    return false
  end
  local count = 0
  for _ in pairs(value) do
    count = count + 1
  end
  for i = 1, count do
    if not checks.text(value[i]) then
      return false
    end
  end
  return true, table.move(value, 1, count, 1, {})
end

--- A table of variables becomes a list of pairs, sorted by name.
checks["a table of variables"] = function(value)
  if type(value) ~= "table" then
    return false
  end
  local list = {}
  for name, text in pairs(value) do
    local kind = type(text)
    if type(name) ~= "string" or not name:match("^[^=%z]+$")
      or not (kind == "string" or kind == "number" or kind == "boolean")
      or not checks.text(tostring(text)) then
      return false
    end
    list[#list + 1] = { name, tostring(text) }
  end
  table.sort(list, function(a, b)
    return a[1] < b[1]
  end)
  return true, list
end

M.DURATION = "a duration, as 10 or \"500ms\""

--- Reads options by a schema: key → what it must be, or { refused = why }, or a function that
--- takes the value and returns whether it is right, what it becomes, and what it must be.
---@param given any
---@param schema table<string, string|table|function>
---@param what string names the call in messages: "t.room:exec"
---@return table values
function M.read(given, schema, what)
  if given == nil then
    return {}
  elseif type(given) ~= "table" then
    place.misuse(("%s takes its options as a table, not %s"):format(what, given_of(given)))
  end
  local values, names = {}, {}
  for name in pairs(schema) do
    names[#names + 1] = name
  end
  table.sort(names)
  for key, value in pairs(given) do
    local rule = type(key) == "string" and schema[key]
    if not rule then
      local near = type(key) == "string" and suggest.nearest(key, names)
      local hint = near and ("did you mean '%s'?"):format(near)
        or "it takes " .. table.concat(names, ", ")
      place.misuse(("%s has no option '%s'; %s"):format(what, tostring(key), hint))
    elseif type(rule) == "table" then
      place.misuse(("%s: %s is not enforced by this build: %s"):format(what, key, rule.refused))
    end
    local ok, read, expects
    if type(rule) == "function" then
      ok, read, expects = rule(value)
    else
      ok, read = checks[rule](value)
      expects = rule
    end
    if not ok then
      place.misuse(("%s: %s must be %s, not %s"):format(what, key, expects or "right",
        type(value) == "table" and "this table" or given_of(value)))
    end
    values[key] = read
  end
  return values
end

--- Requires an argument to be of a type.
---@param value any
---@param rule string as in `read`
---@param what string names the argument: "t:log: the text"
---@return any
function M.argument(value, rule, what)
  local ok, read = checks[rule](value)
  if not ok then
    place.misuse(("%s must be %s, not %s"):format(what, rule, given_of(value)))
  end
  return read
end

return M
