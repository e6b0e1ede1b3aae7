--- Makes the shape of test files that are right beyond doubt, from the schema: engine.model.fits.
---
--- The text that core.toml.shape reads is kept in engine.model.fits_shape, which `make docs`
--- writes.  What of the schema is in it, records say themselves: `fits` lists the keys that can be
--- told to be right by a walk, with what each has to do with others.  What is not listed is in
--- doubt, and so is what is new.
local schema = require("engine.model.schema")
local types = require("engine.model.types")

---@class engine.model.shape
local M = {}

---@class engine.model.shape.Fits    of a record
---@field as string               begins the marks of its keys: "step" makes "step.timeout"
---@field keys table              names, and name → engine.model.shape.KeyFits
---@field owns? string[]          what its keys, and those of records in it, have to do with others
---@field needs? string[]         of that, what must be there
---@field clears? string[]        sets that begin anew with it

---@class engine.model.shape.KeyFits
---@field says? string            no other key of who owns it may say it as well
---@field gives? string           it is there
---@field asks? string            it must be there, too
---@field bars? string            it must not
---@field if_true? table          such, when that is the value
---@field if_false? table
---@field if_text? table
---@field if_one? table           when it is one value, or a list of one
---@field rendered? boolean       only in what a template gave
---@field texts? engine.model.shape.TextFits of the texts in the value
---@field choices? string[]       of a type of several, only these
---@field only? string[]          of words, only these
---@field min? integer            items of the list
---@field clears? string[]        sets that begin anew with the list
---@field has_values? boolean     of a command: ${name} in its items is a captured value

---@class engine.model.shape.TextFits
---@field form? string[]          patterns: sets of bytes, each with +, * or ? behind it
---@field asks? string[]          by the index of a form: what it asks for
---@field pairs? string           bytes that are neither first nor last, nor stand side by side
---@field unlike? string[]        how it does not begin, in small or capital letters
---@field min? integer            bytes
---@field max? integer
---@field set? string             of which it becomes a member, and was none before
---@field before? string          only what is before this byte
---@field repeated? string        mark, instead of a doubt, when it was a member
---@field refers? string          set of which it must be a member
---@field earlier? boolean        an item before this one has brought it
---@field unreferred? string      mark: nothing refers to it
---@field padded? string          mark: it begins or ends with a blank

local VALUES_MAX = 50000 -- as engine.model has it
local NAME_MAX = require("engine.model.types.common").NAME_MAX

local OPS = { says = 0, gives = 1, asks = 2, bars = 3 }
local WHEN = { { "if_true", 1 }, { "if_text", 2 }, { "if_false", 3 }, { "if_one", 4 } }
local TEXT_CHECK, LIST_CHECK = types.text().check, types.list(types.text()).check
local MAP_CHECK = types.map(types.text()).check

---@class engine.model.shape.Writer
---@field lines string[]
---@field count integer         types
---@field known table<string, integer> a type's text → its number
---@field bits string[]
---@field sets string[]
---@field marks string[]
---@field owned table<string, true>
local Writer = {}
Writer.__index = Writer

--- Numbers names from 0, in the order in which they are met.
local function number_of(list, name, max)
  for i, known in ipairs(list) do
    if known == name then
      return i - 1
    end
  end
  assert(#list < max, "too many names in the shape")
  list[#list + 1] = name
  return #list - 1
end

function Writer:bit(name)
  return number_of(self.bits, name, 64)
end

function Writer:set(name)
  return name and number_of(self.sets, name, 16)
end

function Writer:set_mask(names)
  local mask = 0
  for _, name in ipairs(names or {}) do
    mask = mask | 1 << self:set(name)
  end
  return mask ~= 0 and ("%x"):format(mask) or nil
end

function Writer:mark(name)
  return name and number_of(self.marks, name, 256)
end

function Writer:mask(names)
  local mask = 0
  for _, name in ipairs(names or {}) do
    mask = mask | 1 << self:bit(name)
  end
  return mask ~= 0 and ("%x"):format(mask) or nil
end

local function encode(text)
  return (tostring(text):gsub("[^!-$&-~]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

--- Writes a line: its kind, and pairs of attributes; those of nil are left out.
local function line_of(kind, attributes)
  local parts = { kind }
  for i = 1, attributes.n or #attributes, 2 do
    local value = attributes[i + 1]
    if value == true then
      value = 1
    end
    if value ~= nil and value ~= false then
      parts[#parts + 1] = attributes[i] .. "=" .. encode(value)
    end
  end
  return table.concat(parts, " ")
end

--- Adds a type; the same one twice is one.
function Writer:add(text)
  local known = self.known[text]
  if not known then
    known = self.count
    self.known[text], self.count = known, known + 1
    self.lines[#self.lines + 1] = text
  end
  return known
end

--- Adds a type without keys.
function Writer:line(kind, ...)
  return self:add(line_of(kind, table.pack(...)))
end

--- Joins what a type says of itself and what a key says of it.
local function joined(own, more)
  return setmetatable({}, {
    __index = function(_, field)
      local value = more and more[field]
      if value == nil then
        value = own and own[field]
      end
      return value
    end,
  })
end

--- Adds a text.
function Writer:text(type_, texts)
  assert(not type_.test or type_.fits, "a text whose test the shape does not know")
  local fits = joined(type_.fits, texts)
  local max = math.min(type_.max or math.huge, fits.max or math.huge)
  local list = table.pack("min", fits.min or type_.empty and 0 or 1,
    "max", max < math.huge and max or nil, "nul", type_.nul,
    "pairs", fits.pairs, "set", self:set(fits.set), "until", fits.before,
    "repeated", self:mark(fits.repeated), "refers", self:set(fits.refers), "earlier", fits.earlier,
    "unreferred", self:mark(fits.unreferred), "padded", self:mark(fits.padded))
  for i, form in ipairs(fits.form or {}) do
    local asks = fits.asks and fits.asks[i] or nil
    table.move({ "form", form, "asks", asks and self:bit(asks) }, 1, 4, list.n + 1, list)
    list.n = list.n + 4
  end
  for _, word in ipairs(fits.unlike or {}) do
    table.move({ "not", word }, 1, 2, list.n + 1, list)
    list.n = list.n + 2
  end
  return self:add(line_of("text", list))
end

local ADD = {}

local function add_words(self, words)
  local list = {}
  for _, word in ipairs(words) do
    list[#list + 1], list[#list + 2] = "is", word
  end
  return self:line("word", table.unpack(list))
end

function ADD.text(self, type_, key)
  if key.only then
    return add_words(self, key.only)
  end
  assert(type_.check == TEXT_CHECK, "a text that is checked in a way of its own")
  return self:text(type_, key.texts)
end

function ADD.integer(self, type_)
  return self:line("integer", "min", type_.min, "max", type_.max)
end

function ADD.number(self, type_)
  return self:line("number", "least", type_.min, "most", type_.max)
end

function ADD.boolean(self)
  return self:line("boolean")
end

function ADD.one_of(self, type_, key)
  return add_words(self, key.only or type_.words)
end

function ADD.duration(self, type_)
  return self:line("duration", "min", type_.min_ms, "max",
    require("engine.model.duration").MAX_MS, "unit", type_.unit, "text", not type_.plain)
end

function ADD.regex(self)
  return self:line("regex", "empty", self:mark("empty expression"))
end

function ADD.any(self)
  return self:line("any")
end

function ADD.time(self)
  return self:line("time")
end

function ADD.command(self, type_, key)
  assert(not type_.empty, "a command that may be empty")
  return self:line("command", "item", self:text(types.argument({ empty = true })),
    "literal", type_.is_literal, "values", key.has_values, "blank", self:mark("blank command"))
end

function ADD.port(self)
  return self:line("port", "set", self:set("ports"), "outside", self:set("ports of the machine"))
end

function ADD.env(self, type_)
  local name = type_.fits.name
  local value = { empty = true, max = types.argument().max }
  local text = self:text(value)
  local scalar = self:line("either", "string", text, "integer", self:line("integer", "min",
    math.mininteger), "float", self:line("number", "least", -math.huge, "most", math.huge),
    "boolean", self:line("boolean"))
  local item = self:text({ max = value.max, fits = { form = { name .. "=[^]*" }, before = "=",
    set = "variables" } })
  local key = self:text({ max = NAME_MAX, fits = { form = { name } } })
  return self:line("either", "array", self:line("list", "item", item, "clears",
    self:set_mask({ "variables" })), "table", self:line("map", "keys", key, "item", scalar))
end

function ADD.list(self, type_, key)
  assert(type_.check == LIST_CHECK, "a list that is checked in a way of its own")
  return self:line("list", "item", self:type(type_.item, key), "single", type_.single,
    "min", math.max(type_.min, key.min or 0), "clears", self:set_mask(key.clears))
end

function ADD.map(self, type_, key)
  assert(type_.check == MAP_CHECK or type_.fits, "a map that is checked in a way of its own")
  assert(not type_.test or type_.fits, "a map whose test the shape does not know")
  local fits = type_.fits or {}
  local keys = self:text({ empty = not type_.test, nul = not type_.test, max = NAME_MAX,
    fits = fits })
  local item = fits.plain_items and self:line("any", "plain", true) or self:type(type_.item, key)
  return self:line("map", "keys", keys, "item", item, "min", type_.min, "max", fits.items_max)
end

function ADD.either(self, type_, key)
  local kinds, list = key.choices, {}
  if not kinds then
    kinds = {}
    for kind in pairs(type_.choices) do
      kinds[#kinds + 1] = kind
    end
    table.sort(kinds)
  end
  for _, kind in ipairs(kinds) do
    list[#list + 1], list[#list + 2] = kind, self:type(type_.choices[kind], key)
  end
  return self:line("either", table.unpack(list))
end

--- Writes the rules of a key.
function Writer:rules(list, fits, when)
  for _, op in ipairs({ "says", "gives", "asks", "bars" }) do
    if fits[op] then
      table.move({ "rule", ("%d:%d:%d"):format(when, OPS[op], self:bit(fits[op])) }, 1, 2,
        list.n + 1, list)
      list.n = list.n + 2
    end
  end
end

--- Writes the lines of a key, one for each of its spellings.
function Writer:key(lines, record, spec, fits, slot_of)
  assert(spec.enforced ~= false and not spec.unenforced, spec.name)
  for i, name in ipairs({ spec.name, table.unpack(spec.alias or {}) }) do
    local list = table.pack("type", self:type(spec.type, fits), "mark",
      self:mark(record.fits.as .. "." .. spec.name), "also", self:mark(i > 1 and "alias" or nil),
      "slot", slot_of[spec.name],
      "beside", spec.beside and slot_of[spec.beside], "rendered", fits.rendered)
    self:rules(list, fits, 0)
    for _, when in ipairs(WHEN) do
      self:rules(list, fits[when[1]] or {}, when[2])
    end
    lines[#lines + 1] = line_of("key " .. encode(name), list)
  end
end

local NOTHING = {}

function ADD.record(self, record)
  local fits = assert(record.fits, "a record that does not say what fits: " .. record.title)
  local lines, slot_of, required, count = { "" }, {}, 0, 0
  local listed = {}
  for _, name in ipairs(fits.keys) do
    listed[name] = NOTHING
  end
  for name, more in pairs(fits.keys) do
    listed[name] = type(name) == "string" and more or listed[name]
  end
  for _, spec in ipairs(record.keys) do
    if listed[spec.name] then
      slot_of[spec.name], count = count, count + 1
      required = spec.required and required | 1 << slot_of[spec.name] or required
    end
  end
  for _, spec in ipairs(record.keys) do
    assert(listed[spec.name] or not spec.required, "a required key that does not fit")
    if listed[spec.name] then
      self:key(lines, record, spec, listed[spec.name], slot_of)
      listed[spec.name] = nil
    end
  end
  for name in pairs(listed) do
    assert(type(name) ~= "string", "a key that is not there: " .. tostring(name))
  end
  for _, name in ipairs(fits.owns or {}) do
    self.owned[name] = true
  end
  lines[1] = line_of("record", table.pack("min", record.min, "owns", self:mask(fits.owns),
    "needs", self:mask(fits.needs), "required", required ~= 0 and ("%x"):format(required),
    "clears", self:set_mask(fits.clears)))
  return self:add(table.concat(lines, "\n"))
end

--- Adds a type; returns its number.
---@param type_ engine.model.Type
---@param key? engine.model.shape.KeyFits
---@return integer
function Writer:type(type_, key)
  local kind = key and key.only and "text" or type_.kind
  kind = type_.fits and type_.fits.kind or kind
  local add = assert(ADD[kind], "a type that the shape does not know: " .. tostring(kind))
  return add(self, type_, key or NOTHING)
end

--- Writes the shape.
---@return string
---@nodiscard
function M.text()
  local self = setmetatable({ lines = {}, count = 0, known = {},
    bits = {}, sets = {}, marks = {}, owned = {} }, Writer)
  self:type(schema.root)
  for _, name in ipairs(self.bits) do
    assert(self.owned[name], "no record owns what keys say: " .. name)
  end
  local marks = {}
  for i, name in ipairs(self.marks) do
    marks[i] = encode(name)
  end
  local lines = { "values " .. VALUES_MAX + 1, "marks " .. table.concat(marks, " ") }
  table.move(self.lines, 1, #self.lines, #lines + 1, lines)
  return table.concat(lines, "\n") .. "\n"
end

return M
