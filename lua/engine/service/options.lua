--- Options of service modules: from what a module declares to keys of the schema, and to values.
local Plain = require("engine.model.plain")
local record = require("engine.model.record")
local suggest = require("engine.suggest")
local types = require("engine.model.types")

---@class engine.service.options
local M = {}

---@class engine.service.Option
---@field type "integer"|"number"|"text"|"boolean"|"duration"|"choice"|"list"|"table"
---@field doc? string
---@field default? any
---@field required? boolean
---@field secret? boolean   its value is never shown
---@field min? number       integer, number
---@field max? number
---@field words? string[]   choice

local function text()
  return types.text({ nul = false })
end

local function loose_text()
  return types.text({ empty = true })
end

local MAKE = {
  integer = function(def)
    return types.integer(def.min, def.max)
  end,
  number = function(def)
    return types.number(def.min, def.max)
  end,
  text = text,
  boolean = function()
    return types.boolean()
  end,
  duration = function()
    return types.duration({ zero = true })
  end,
  choice = function(def)
    return types.one_of(def.words)
  end,
  list = function()
    return types.list(loose_text(), { single = true })
  end,
  table = function()
    return types.map(loose_text())
  end,
}

local MODULE_FIELDS = {
  "data", "image", "in_image", "needs", "options", "package", "ready", "spec", "steps", "summary",
}
local FIELDS = { "type", "doc", "default", "required", "secret", "min", "max", "words" }
local TYPES = { "integer", "number", "text", "boolean", "duration", "choice", "list", "table" }

local function is_one_of(name, list)
  for _, known in ipairs(list) do
    if known == name then
      return true
    end
  end
end

local function near(name, list)
  local found = type(name) == "string" and suggest.nearest(name, list)
  return found and (", did you mean %s?"):format(found) or ""
end

--- Finds what is wrong with the declaration of an option, or nil.
local function problem_of(name, def)
  if type(name) ~= "string" or not name:match("^[%a_][%w_]*$") then
    return "an option's name is made of letters, digits and _"
  elseif type(def) ~= "table" then
    return "is not a table"
  end
  for field in pairs(def) do
    if not is_one_of(field, FIELDS) then
      return ("has the unknown field %s%s"):format(tostring(field), near(field, FIELDS))
    end
  end
  if not is_one_of(def.type, TYPES) then
    return ("has the unknown type %s%s"):format(tostring(def.type), near(def.type, TYPES))
  elseif def.type == "choice" and (type(def.words) ~= "table" or #def.words == 0) then
    return "is a choice without words"
  end
  for _, field in ipairs({ "min", "max" }) do
    if def[field] ~= nil and type(def[field]) ~= "number" then
      return ("has a %s that is no number"):format(field)
    end
  end
end

--- What a checked value is for a module.
local function plain_value(def, value)
  if def.type == "list" and value then
    return table.move(value, 1, #value, 1, {})
  elseif def.type == "table" and value then
    local made = {}
    for _, item in ipairs(value) do
      made[item.key] = item.value
    end
    return made
  end
  return value
end

--- Checks a default as if a file had given it.
local function default_problem(key, def)
  if def.default == nil then
    return nil
  end
  local cx = Plain.new({ schema = {}, dir = "/", project_dir = "/" })
  local given = cx:copy({ default = def.default })
  key.type:check(given.default, cx, given, "default")
  return cx.problems[1] and cx.problems[1].message
end

--- Makes the keys of a module's options.
---@param declared table<string, engine.service.Option>
---@param taken engine.model.Key[] keys of every service
---@return engine.model.Key[]?
---@return string? why
---@nodiscard
function M.keys(declared, taken)
  if type(declared) ~= "table" then
    return nil, "`options` is not a table"
  end
  local names, keys, is_taken = {}, {}, {}
  for _, key in ipairs(taken) do
    is_taken[key.name] = true
    for _, alias in ipairs(key.alias or {}) do
      is_taken[alias] = true
    end
  end
  for name in pairs(declared) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    return tostring(a) < tostring(b)
  end)
  for i, name in ipairs(names) do
    local def = declared[name]
    local why = problem_of(name, def)
      or is_taken[name] and "is a key of every service already"
    if not why then
      keys[i] = record.key(name, MAKE[def.type](def), def.doc or "An option of the module.",
        { required = def.required and true or nil, default = def.default })
      why = default_problem(keys[i], def)
    end
    if why then
      return nil, ("the option %s %s"):format(tostring(name), why)
    end
  end
  return keys
end

--- Gives the values of a module's options: the file's, else their defaults.
---@param module engine.service.Module
---@param checked engine.model.Checked
---@return table<string, any> values
---@return string[] secrets
---@nodiscard
function M.values(module, checked)
  local values, secrets = {}, {}
  for _, key in ipairs(module.option_keys) do
    local def = module.options[key.name]
    local value = plain_value(def, checked.value[key.name])
    if value == nil and def.default ~= nil then
      local cx = Plain.new({ schema = {}, dir = "/", project_dir = "/" })
      local given = cx:copy({ default = def.default })
      value = plain_value(def, key.type:check(given.default, cx, given, "default"))
    end
    values[key.name] = value
    if def.secret and type(value) == "string" and value ~= "" then
      secrets[#secrets + 1] = value
    end
  end
  return values, secrets
end

--- Finds where a text stands that an option holds.
---@param module engine.service.Module
---@param checked engine.model.Checked
---@param wanted string
---@return table? t
---@return any k
---@nodiscard
function M.place_of(module, checked, wanted)
  for _, key in ipairs(module.option_keys) do
    local value = checked.value[key.name]
    if value == wanted then
      return checked.raw, checked.spelt[key.name]
    end
    for i, item in ipairs(type(value) == "table" and value.t and value or {}) do
      if item == wanted then
        return value.t, value.k or i
      elseif type(item) == "table" and item.value == wanted then
        return value.t, item.key
      end
    end
  end
end

--- Finds a field that no module has.
---@return string? why
local function unknown_field(given)
  local known = {}
  for _, field in ipairs(MODULE_FIELDS) do
    known[field] = true
  end
  local unknown = {}
  for key in pairs(given) do
    if not known[key] then
      unknown[#unknown + 1] = tostring(key)
    end
  end
  table.sort(unknown)
  local name = unknown[1]
  if not name then
    return nil
  end
  local close = suggest.nearest(name, MODULE_FIELDS)
  return ("a module has no `%s`; %s"):format(name, close and ("did you mean `%s`?"):format(close)
    or "it has " .. table.concat(MODULE_FIELDS, ", "))
end

--- Says what is wrong with a field of a module's table.
---@param given table
---@param is_own boolean the project's: it has no fields but those of a module
---@return string? why
---@nodiscard
function M.wrong_field(given, is_own)
  local unknown = is_own and unknown_field(given)
  if unknown then
    return unknown
  elseif type(given.spec) ~= "function" then
    return "`spec` is not a function"
  end
  if given.in_image ~= nil and type(given.in_image) ~= "function" then
    return "`in_image` is not a function"
  end
  for _, field in ipairs({ "summary", "package", "image" }) do
    if given[field] ~= nil and type(given[field]) ~= "string" then
      return ("`%s` is not text"):format(field)
    end
  end
  return nil
end

return M
