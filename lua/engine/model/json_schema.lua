--- The JSON Schema of test files, made of the schema that checks them; for editors.
---
--- Pure.  It says what a table may hold and of which type; what hangs on other values, on other
--- files or on the grammar of a text is the checker's alone.
local json = require("core.json")
local markup = require("engine.markup")
local types = require("engine.model.types")

---@class engine.model.json_schema
local M = {}

M.DRAFT = "http://json-schema.org/draft-07/schema#"

local DURATION = "^([0-9]+(ms|s|m|h))+$"
local INSTANT = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?"
  .. "([Zz]|[+-][0-9]{2}:[0-9]{2})$|[{][{]" -- or a tag

---@class engine.model.json_schema.Maker
---@field definitions table<string, table>
---@field name_of table<engine.model.Record, string>
local Maker = {}
Maker.__index = Maker

local function text_of(type_)
  return {
    type = "string",
    minLength = not type_.empty and 1 or nil,
    maxLength = type_.max and type_.max < types.HUGE and type_.max or nil,
  }
end

local function number_of(kind)
  return function(type_)
    return {
      type = kind,
      minimum = type_.min and type_.min > -types.HUGE and type_.min or nil,
      maximum = type_.max and type_.max < types.HUGE and type_.max or nil,
    }
  end
end

local function any_of(list)
  return #list == 1 and list[1] or { anyOf = json.array(list) }
end

local STRING, INTEGER = { type = "string" }, { type = "integer" }
local VALUE = { type = json.array({ "string", "number", "boolean" }) }

--- What a type is in JSON Schema, by its kind.
local KINDS = {
  text = text_of,
  integer = number_of("integer"),
  number = number_of("number"),
  boolean = function()
    return { type = "boolean" }
  end,
  regex = function()
    return { type = "string", minLength = 1 }
  end,
  one_of = function(type_)
    return { enum = json.array(table.move(type_.words, 1, #type_.words, 1, {})) }
  end,
  duration = function(type_)
    local whole = { type = "integer", minimum = type_.min_ms > 0 and 1 or 0 }
    return type_.plain and whole or any_of({ whole, { type = "string", pattern = DURATION } })
  end,
  command = function(type_)
    return any_of({
      { type = "string", minLength = 1 },
      { type = "array", items = STRING, minItems = not type_.empty and 1 or nil },
    })
  end,
  env = function()
    return any_of({
      { type = "object", additionalProperties = VALUE },
      { type = "array", items = { type = "string", pattern = "=" } },
    })
  end,
  volume = function()
    return { type = "string", pattern = ":" }
  end,
  instant = function()
    return { type = "string", pattern = INSTANT }
  end,
}

for _, kind in ipairs({ "port", "size", "mode" }) do
  KINDS[kind] = function()
    return any_of({ INTEGER, { type = "string", minLength = 1 } })
  end
end
for _, kind in ipairs({ "tmpfs", "extra_host", "user", "device", "signal" }) do
  KINDS[kind] = function()
    return { type = "string", minLength = 1 }
  end
end

function KINDS.list(type_, maker)
  local item = maker:type(type_.item)
  local list = { type = "array", items = item, minItems = type_.min > 0 and type_.min or nil }
  return type_.single and any_of({ item, list }) or list
end

function KINDS.map(type_, maker)
  return {
    type = "object",
    additionalProperties = maker:type(type_.item),
    minProperties = type_.min > 0 and type_.min or nil,
  }
end

local CHOICES = { "string", "integer", "float", "boolean", "array", "table", "time" }

function KINDS.either(type_, maker)
  local list = {}
  for _, kind in ipairs(CHOICES) do
    local choice = type_.choices[kind]
    if choice and not (kind == "time" and type_.choices.string) then -- both are texts here
      local made = maker:type(choice)
      if kind == "integer" and choice.kind == nil then
        made = INTEGER
      elseif kind == "string" and choice.kind == nil then
        made = STRING
      elseif choice.kind == "command" or choice.kind == "duration" then
        made = kind == "string" and { type = "string", minLength = 1 }
          or kind == "array" and { type = "array", items = STRING, minItems = 1 } or INTEGER
      end
      list[#list + 1] = made
    end
  end
  return any_of(list)
end

--- A name for a definition: the letters of the title, and a number where it is taken.
local function free_name(maker, record)
  local base = record.title:gsub("%W+", "_"):gsub("^_+", ""):gsub("_+$", "")
  local name, n = base, 1
  while maker.definitions[name] do
    n = n + 1
    name = ("%s_%d"):format(base, n)
  end
  return name
end

--- What must be there; another spelling does as well.
local function required_of(record)
  local plain, choices = json.array(), {}
  for _, key in ipairs(record.keys) do
    if key.required and key.alias then
      local spelt = { { required = json.array({ key.name }) } }
      for _, alias in ipairs(key.alias) do
        spelt[#spelt + 1] = { required = json.array({ alias }) }
      end
      choices[#choices + 1] = any_of(spelt)
    elseif key.required then
      plain[#plain + 1] = key.name
    end
  end
  return plain[1] and plain or nil, choices[1] and json.array(choices) or nil
end

local function default_of(key)
  local kind = key.type.kind
  if kind == "duration" or type(key.default) == "table" or key.enforced == false then
    return nil
  end
  return key.default
end

--- Makes the object of a record; it is defined once, and referred to.
function KINDS.record(record, maker)
  local name = maker.name_of[record]
  if not name then
    name = free_name(maker, record)
    maker.name_of[record] = name
    maker.definitions[name] = {}
    maker.definitions[name] = maker:object(record)
  end
  return { ["$ref"] = "#/definitions/" .. name }
end

--- Adds what people read to the schema of a value.
local function described(schema, key)
  local doc = key.enforced == false and key.doc .. " Not enforced by this build." or key.doc
  doc = doc and markup.markdown(doc)
  if schema["$ref"] then -- what stands beside it is not read
    return { allOf = json.array({ schema }), description = doc }
  end
  local copy = { description = doc, default = default_of(key) }
  for field, value in pairs(schema) do
    copy[field] = value
  end
  return copy
end

--- A table that has other keys: what is said by a key that chooses them.
local function is_varied(varies_by)
  local choices = {}
  for i, name in ipairs(varies_by.keys) do
    choices[i] = {
      properties = { [name] = { ["not"] = { enum = json.array(varies_by.except) } } },
      required = json.array({ name }),
    }
  end
  return any_of(choices)
end

local function names_of(properties)
  local names = json.array()
  for name in pairs(properties) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

---@param record engine.model.Record
---@return table
function Maker:object(record)
  local properties = {}
  for _, key in ipairs(record.keys) do
    local schema = self:type(key.type)
    properties[key.name] = described(schema, key)
    for _, alias in ipairs(key.alias or {}) do
      properties[alias] = described(schema, key)
      properties[alias].default = nil
      properties[alias].deprecated = true
      properties[alias].description = markup.markdown(("Older name of `%s`. %s"):format(key.name,
        key.doc))
    end
  end
  local required, choices = required_of(record)
  local is_open = record.lenient or record.is_open or record.varies_by ~= nil
  return {
    type = "object",
    title = record.title,
    properties = properties,
    additionalProperties = is_open and true or false,
    required = required,
    allOf = choices,
    minProperties = record.min,
    ["if"] = record.varies_by and is_varied(record.varies_by) or nil,
    ["else"] = record.varies_by and { propertyNames = { enum = names_of(properties) } } or nil,
  }
end

--- Makes the schema of a type.
---@param type_ engine.model.Type
---@return table
function Maker:type(type_)
  local make = KINDS[type_.kind]
  return make and make(type_, self) or {}
end

--- Makes the schema of test files.
---@param schema engine.model.schema
---@return table
---@nodiscard
function M.make(schema)
  local maker = setmetatable({ definitions = {}, name_of = {} }, Maker)
  local root = maker:object(schema.root)
  root["$schema"], root.title = M.DRAFT, "A test file of clnrm"
  root.definitions = maker.definitions
  return root
end

return M
