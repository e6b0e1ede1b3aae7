--- Values that the command line gives to names in tags: -D NAME=VALUE, and those of --vars.
---
--- What stands behind -D is a text.  It becomes what the value that it replaces is, so that a
--- number stays a number; where it replaces nothing it stays a text.  Nothing is guessed from how a
--- text looks: -D version=1.10 is not 1.1.  Pure.
---@class engine.template.defined
local toml = require("core.toml")

local M = {}

---@class engine.template.Given
---@field name string
---@field text? string   of -D
---@field value? any     of --vars, when there is no text
---@field origin string  as it is told: "-D", "--vars FILE"

local RESERVED = { vars = true, matrix = true }

--- Says why a name cannot be given a value.
---@param name string
---@return string? why
---@return string? hint
---@nodiscard
function M.bad_name(name)
  local space, rest = name:match("^(%a+)%.(.+)$")
  if RESERVED[space] and not M.bad_name(rest) then
    return "names stand without what they are in", ("write -D %s=…"):format(rest)
  elseif not name:find("^[%a_][%w_-]*$") then
    return "names have letters, digits, _ and -"
  elseif RESERVED[name] then
    return ("`%s` holds the others, and cannot be one itself"):format(name)
  end
end

local WORDS = {
  string = "a text", integer = "a whole number", float = "a number", boolean = "true or false",
  array = "a list", table = "a table",
}

--- Reads a text as one value of TOML.
local function as_toml(text)
  local root = not text:find("\n", 1, true) and toml.decode("v = " .. text)
  local only = root and next(root) == "v" and next(root, "v") == nil
  if only then
    return root.v
  end
end

--- Reads a text as a value of the same type as another.
---@param text string
---@param like any
---@return any value nil: it is none of this type
---@return string? wanted then
---@nodiscard
function M.convert(text, like)
  local kind = like == nil and "string" or toml.type(like)
  if kind == "string" then
    return text
  end
  local v
  if kind == "float" then
    v = text:find("^[+-]?[%d.]") and not text:find("[xX]") and tonumber(text)
    v = v and v + 0.0
    if v and math.abs(v) == math.huge then -- 1e400, which a test file cannot have either
      return nil, "a number of 64 bits"
    end
  else
    v = as_toml(text)
  end
  if v == nil or v == false and kind ~= "boolean" or toml.type(v) ~= kind then
    return nil, WORDS[kind] or "a date or time"
  end
  return v
end

--- Takes a value that has a type of its own for one of the same type as another.  A whole number
--- is a number, too.
---@param value any
---@param like any
---@return any value nil: it is none of this type
---@return string? wanted then
---@nodiscard
function M.fit(value, like)
  local kind, own = toml.type(like), toml.type(value)
  if kind == "float" and own == "integer" then
    return value + 0.0
  elseif like ~= nil and own ~= kind then
    return nil, WORDS[kind] or "a date or time"
  end
  return value
end

---@class engine.template.Layer where values stand without the command line
---@field title string
---@field values table<string, any>

--- Finds what a value stands over: one given before it, or that of a layer.
local function replaced(name, values, layers)
  if values[name] ~= nil then
    return { title = "the value given before", values = values }
  end
  for _, layer in ipairs(layers) do
    if layer.values[name] ~= nil then
      return layer
    end
  end
end

--- Gives the values their types.
---@param given engine.template.Given[] the last one of a name counts
---@param layers engine.template.Layer[] the first one that has a name counts
---@return table<string, any>? values nil: one is wrong
---@return { given: engine.template.Given, layer: engine.template.Layer, wanted: string }? problem
---@nodiscard
function M.values(given, layers)
  local values = {}
  for _, one in ipairs(given) do
    local layer = replaced(one.name, values, layers)
    local read = one.text and M.convert or M.fit
    local value, wanted = read(one.text or one.value, layer and layer.values[one.name])
    if wanted then
      return nil, { given = one, layer = layer, wanted = wanted }
    end
    values[one.name] = value
  end
  return values
end

return M
