--- Tables with known keys: checks each key against its type, and says what an unknown one may mean.
local BAD = require("core.toml").bad
local types = require("engine.model.types")

---@class engine.model.record
local M = {}

---@class engine.model.Key
---@field name string
---@field type engine.model.Type
---@field doc string             one sentence for the reference page
---@field required? boolean
---@field alias? string[]        other accepted spellings
---@field tried? string[]        what people write by mistake, too far from the name to be found
---@field default? any           what holds without the key
---@field enforced? boolean      false: this build checks the type, then refuses the key (P120)
---@field later? string          why, or what to do instead: the help of P120
---@field unenforced? table<string, string> words of it that are refused so, and why
---@field beside? string         the key says nothing without this other one
---@field descriptive? boolean   says something to people, changes nothing
---@field check? { subject: string, matcher: string } the key is a check of this kind
---@field sample? string         TOML, instead of the type's

---@class engine.model.Record: engine.model.Type
---@field title string           as messages call it: "[[steps]]"
---@field keys engine.model.Key[]
---@field by_name table<string, engine.model.Key>
---@field names string[]          of keys, with their other spellings
---@field listed string[]         of keys
---@field tried table<string, string> what people write by mistake → key
---@field intro? string          for the reference page
---@field lenient? boolean       unknown keys are warnings, if they are not nearly known ones
---@field harmless? boolean      even then
---@field min? integer           keys there must be
---@field fits? engine.model.shape.Fits what of it a walk can tell to be right
---@field is_open? boolean        unknown keys are nobody's business here
---@field variant? fun(raw: table, cx: engine.model.Context): engine.model.Record? the record that
---                               holds for this table instead
---@field varies_by? { keys: string[], except: string[] } the keys that choose a variant, and the
---                               values of them that choose none

---@class engine.model.Checked   what checking a record gives
---@field raw table              the table of the file
---@field spelt table<string, string> key → as the file spells it
---@field order engine.model.Key[] the keys given, in the file's order
---@field value table<string, any> key → checked value; a key whose value is wrong is absent

local function given_twice(cx, raw, spec, k, before)
  local message = ("`%s` is given twice"):format(spec.name)
  if k ~= before then
    message = ("`%s` and `%s` are two spellings of one key"):format(before, k)
  end
  local related = { cx:related_key(raw, before, "first here") }
  cx:at_key("P105", raw, k, message, "leave one out", nil, related)
end

--- Tells whether a checked value asks for nothing: it was wrong, or is an empty table.
local function is_empty(value)
  if type(value) ~= "table" then
    return value == nil
  end
  local list = value.order or value.t and value -- a record, or a list or map
  return list and #list == 0 or false
end

--- Checks a key that this build does not act on: its type first, so that all errors are told.
local function check_refused(self, cx, raw, spec, k)
  local is_outermost = cx.refused == nil
  if is_outermost then
    cx.refused = k
  end
  local value = spec.type:check(raw[k], cx, raw, k)
  if is_outermost then
    cx.refused = nil
    if value ~= spec.default and not is_empty(value) then
      cx:refuse_key(self, raw, k, spec.later)
    end
  end
  return value
end

local function check_keys(self, cx, raw, keys, checked)
  local by_name, spelt, order, value = self.by_name, checked.spelt, checked.order, checked.value
  local count = 0
  for i = 1, #keys do
    local k = keys[i]
    local spec = by_name[k]
    local name = spec and spec.name
    if not spec then
      if not self.is_open then
        cx:unknown_key(self, raw, k)
      end
    elseif spelt[name] then
      given_twice(cx, raw, spec, k, spelt[name])
    else
      count = count + 1
      spelt[name], order[count] = k, spec
      if raw[k] == BAD then
        value[name] = nil
      elseif spec.enforced == false then
        value[name] = check_refused(self, cx, raw, spec, k)
      else
        local type_ = spec.type
        value[name] = type_.check(type_, raw[k], cx, raw, k)
      end
    end
  end
end

--- Checks what few keys ask: a key beside them, and words that this build does not act on.
local function check_particular(self, raw, cx, checked)
  for _, spec in ipairs(self.particular) do
    local k, value = checked.spelt[spec.name], checked.value[spec.name]
    if k and spec.beside and not checked.spelt[spec.beside] then
      local message = ("`%s` says nothing without `%s`"):format(k, spec.beside)
      cx:at_key("P121", raw, k, message)
    elseif value and spec.unenforced and spec.unenforced[value] then
      cx:refuse_value(raw, k, spec.unenforced[value])
    end
  end
end

local function check_record(self, raw, cx, t, k)
  if not cx:is_table(raw) then
    local message = ("%s must be a table, not %s"):format(cx:name(k), cx:kind(raw))
    cx:at_value("P102", t, k, message, "expected " .. self.expects, self.help)
    return nil
  end
  if self.variant then
    self = self.variant(raw, cx) or self
  end
  local keys, required = cx.positions:keys(raw), self.required
  local spelt, order, value
  if #keys > 4 then -- room for as many at once: growing takes longer than filling
    spelt = { a = nil, b = nil, c = nil, d = nil, e = nil, f = nil, g = nil, h = nil }
    value = { a = nil, b = nil, c = nil, d = nil, e = nil, f = nil, g = nil, h = nil }
    order = { nil, nil, nil, nil, nil, nil, nil, nil }
  elseif #keys > 1 then
    spelt, value = { a = nil, b = nil, c = nil, d = nil }, { a = nil, b = nil, c = nil, d = nil }
    order = { nil, nil, nil, nil }
  else
    spelt, order, value = {}, {}, {}
  end
  local checked = { raw = raw, spelt = spelt, order = order, value = value, t = t, k = k }
  check_keys(self, cx, raw, keys, checked)
  for i = 1, #required do
    if not checked.spelt[required[i]] then
      cx:missing_key(self, self.by_name[required[i]], t, k)
    end
  end
  if self.min and #keys < self.min then
    cx:at_value("P112", t, k, ("%s holds no check"):format(cx:name(k)), "expected one at least")
  end
  if self.particular then
    check_particular(self, raw, cx, checked)
  end
  if self.also then
    self.also(checked, cx)
  end
  return checked
end

--- Writes an inline table that is right: the required keys, or the first one.
local function sample_of(def)
  local parts = {}
  for _, key in ipairs(def.keys) do
    if key.required then
      parts[#parts + 1] = key.name .. " = " .. (key.sample or key.type.sample)
    end
  end
  if #parts == 0 then
    parts[1] = def.keys[1].name .. " = " .. (def.keys[1].sample or def.keys[1].type.sample)
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

--- Makes the type of a table with known keys.
---@param def { title: string, keys: engine.model.Key[], [string]: any }
---@return engine.model.Record
function M.new(def)
  local self = def
  self.kind = "record"
  self.expects = def.expects or "a table"
  self.plural = def.plural or "tables"
  self.by_name, self.names, self.listed, self.required, self.tried = {}, {}, {}, {}, {}
  for _, key in ipairs(def.keys) do
    self.names[#self.names + 1] = key.name
    self.listed[#self.listed + 1] = key.name
    self.by_name[key.name] = key
    for _, alias in ipairs(key.alias or {}) do
      self.by_name[alias] = key
      self.names[#self.names + 1] = alias
    end
    for _, mistake in ipairs(key.tried or {}) do
      self.tried[mistake] = key.name
    end
    if key.required then
      self.required[#self.required + 1] = key.name
    end
    if key.beside or key.unenforced then
      self.particular = self.particular or {}
      self.particular[#self.particular + 1] = key
    end
  end
  self.sample = def.sample or sample_of(def)
  self.check = check_record
  return self
end

--- Makes a key.
---@param name string
---@param type_ engine.model.Type
---@param doc string
---@param more? table the other fields of engine.model.Key
---@return engine.model.Key
function M.key(name, type_, doc, more)
  local key = more or {}
  key.name, key.type, key.doc = name, type_, doc
  return key
end

--- A list of records: [[name]] tables; one table may stand for a list of one.
---@param record engine.model.Record
---@return engine.model.Type
function M.list(record)
  local list = types.list(record, { expects = "a list of tables: " .. record.title })
  list.help = ("each of them begins with %s"):format(record.title)
  return list
end

return M
