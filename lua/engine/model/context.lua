--- What the checking of one file knows: the parsed text, where things stand in it, what is wrong.
local regex = require("core.regex")
local source = require("engine.diag.source")
local suggest = require("engine.suggest")
local text = require("core.text")
local toml = require("core.toml")

---@class engine.model.Context
---@field file string          as the user wrote it
---@field path? string        absolute, of a file with tags
---@field text string
---@field list engine.diag.Diagnostic[]
---@field counts table<string, integer> by severity, those that are not in the list among them
---@field strict boolean       warnings are errors
---@field partial? boolean     the text has errors of syntax
---@field within any           the key of the list whose items are checked
---@field refused any          the key of the refused table that is checked, if any
---@field unknown_table? boolean the file has a table that the schema does not
---@field schema engine.model.schema
---@field dir string           absolute: where the file is
---@field project_dir string   absolute
---@field view? engine.model.View of a text that was rendered
---@field run_modules? boolean  modules of the project, of services and hooks, may be executed
---@field backend? string        that was asked for, or "auto"; nil: nothing is run
---@field in_engine? boolean     services are containers of an engine
---@field room_image? engine.image.Image
---@field allow? table<string, true> what the command line permits: `--allow`
---@field hook_modules? table<string, engine.script.hook_module.Loaded|false> by path
---@field modules? table<string, engine.service.Module|false> by the name in the file
---@field is_plain? boolean     engine.model.plain: values of Lua, without places
local M = {}
M.__index = M

local QUOTE_MAX = 40 -- columns of a quoted piece of the user's text
local LIST_MAX = 100 -- errors told of one file, and as many warnings
local COUNT_MAX = 10000 -- errors, after which the file is not checked further

--- Raised when there are COUNT_MAX errors; model.parse ends with what was found by then.
M.FULL = setmetatable({}, {
  __tostring = function()
    return "more errors than are counted"
  end,
})

---@param fields { file: string, text: string, strict?: boolean }
---@return engine.model.Context
function M.new(fields)
  fields.list = {}
  fields.counts = { error = 0, warning = 0 }
  fields.strict = fields.strict or false
  fields.is_plain = false
  fields.is_array, fields.is_table = M.is_array, M.is_table -- asked of each table: found at once
  return setmetatable(fields, M)
end

-- What is not told of a text with errors of syntax: it may be there, but was not read.
local ABSENCES = { P104 = true, P110 = true, P111 = true, P112 = true }

--- Tells whether further diagnostics of a severity are only counted.
---@param severity "error"|"warning"
---@return boolean
function M:is_full(severity)
  return self.counts[severity] >= LIST_MAX
end

--- Adds what is to be said of those that were only counted.
function M:close()
  local more = 0
  for _, count in pairs(self.counts) do
    more = more + math.max(0, count - LIST_MAX)
  end
  if more > 0 then
    self.list[#self.list + 1] = {
      severity = self:is_full("error") and "error" or "warning",
      code = "P009",
      message = ("and %s%d more"):format(self.counts.error < COUNT_MAX and "" or "at least ", more),
      file = self.file,
      more = more,
    }
  end
end

--- Adds a diagnostic about the bytes from `offset` (from 0) up to `stop`, exclusive; `at`: what
--- they are in the rendered text, as engine.model.view tells it.
---@return engine.diag.Diagnostic
function M:add(code, offset, stop, message, label, help, related, severity, at)
  local d = {
    severity = severity or "error",
    code = code,
    message = message,
    file = self.file,
    label = label,
    help = help,
    related = related,
  }
  if self.partial and ABSENCES[code] then
    return d
  end
  local is_full = self:is_full(d.severity)
  self.counts[d.severity] = self.counts[d.severity] + 1
  if self.counts.error >= COUNT_MAX then
    error(M.FULL)
  end
  if is_full then
    return d
  elseif offset then
    self.lines = self.lines or source.lines(self.text)
    d.line, d.column = source.position(self.lines, offset)
    d.offset, d.length = offset, math.max(stop - offset, 1)
  end
  if at and offset then
    local written = self.view.written:related(at, offset, stop)
    d.related = related and table.move(related, 1, #related, #written + 1,
      table.move(written, 1, #written, 1, {})) or written[1] and written
  end
  self.list[#self.list + 1] = d
  return d
end

--- Says where the value `t[k]` stands; without `t`, the whole file.
---@return integer offset
---@return integer stop
---@return integer? at
function M:value_span(t, k)
  if not t then
    return 0, 1
  end
  return self.positions:value(t, k)
end

---@return engine.diag.Diagnostic
function M:at_value(code, t, k, message, label, help, related)
  local offset, stop, at = self:value_span(t, k)
  return self:add(code, offset, stop, message, label, help, related, nil, at)
end

---@return engine.diag.Diagnostic
function M:at_key(code, t, k, message, label, help, related, severity)
  local offset, stop, at = self.positions:key(t, k)
  return self:add(code, offset, stop, message, label, help, related, severity, at)
end

--- Reports about a place of the model.
---@param pos engine.model.Pos
---@return engine.diag.Diagnostic
function M:at_pos(code, pos, message, label, help)
  return self:add(code, pos.offset, pos.offset + pos.length, message, label, help, nil, nil, pos.at)
end

--- Reports about byte `byte` (from 1) inside the text that `t[k]` is, when the file holds it
--- plainly.
---@return engine.diag.Diagnostic
function M:inside(code, t, k, byte, message, label, help)
  local offset, stop, at = self.positions:value(t, k)
  local value = t[k]
  local around = stop - offset - #value -- the quotes, or what escapes take besides
  local quote = around == 2 and 1 or around == 6 and 3
  local begin = quote and offset + quote + 1 -- found there, not cut out: it may have megabytes
  if byte and begin and self.text:find(value, begin, true) == begin then
    local first = offset + quote + math.min(byte, #value + 1) - 1
    return self:add(code, first, first + 1, message, label, help)
  end
  return self:add(code, offset, stop, message, label, help, nil, nil, at)
end

--- Makes the related place of a key, for a diagnostic about another.
function M:related_key(t, k, message)
  local offset, stop = self.positions:key(t, k)
  local line, column = self:line(offset)
  return {
    message = message,
    file = self.file,
    line = line,
    column = column,
    offset = offset,
    length = stop - offset,
  }
end

---@param offset integer from 0
---@return integer line
---@return integer column
function M:line(offset)
  self.lines = self.lines or source.lines(self.text)
  return source.position(self.lines, offset)
end

--- Compiles a regular expression and says what is wrong with it.
---@return string? why nil when nothing is
---@return integer? at the byte in the expression, from 1
function M:regex_problem(pattern) -- luacheck: ignore 212/self
  local compiled, err = regex.compile(pattern)
  if not compiled then
    return (err.message:gsub(" %(at byte %d+ of the pattern%)$", "")), err.detail.position
  end
end

--- Quotes a piece of the user's text for a message.
---@param value string
---@return string
function M:quote(value) -- luacheck: ignore 212/self
  return '"' .. text.cut(text.escape(value:sub(1, 1000), { line = true }), QUOTE_MAX) .. '"'
end

--- Names what stands at key `k`: `key`, or the item of a list.
---@return string
function M:name(k)
  if k == nil then
    return "the file"
  elseif k == "" then
    return '""'
  elseif type(k) == "number" then
    local is_named = type(self.within) == "string" -- the item of a list can be a list itself
    return ("item %d of %s"):format(k, is_named and self:name(self.within) or "the list")
  end
  return "`" .. text.cut(text.escape(k:sub(1, 1000), { line = true }), QUOTE_MAX) .. "`"
end

local WORDS = {
  string = "text",
  integer = "a whole number",
  float = "a number with a point",
  boolean = "true or false",
  array = "a list",
  table = "a table",
}

--- Says what kind of value something is.
---@return string
function M:kind(value) -- luacheck: ignore 212/self
  return WORDS[toml.type(value)] or "a date or time"
end

---@return boolean
function M:is_array(value) -- luacheck: ignore 212/self
  if type(value) ~= "table" then
    return false
  end
  return value[1] ~= nil or getmetatable(value) ~= nil and toml.type(value) == "array"
end

--- Says whether a value may stand for an empty list, though it does not say that it is one.
---@return boolean
function M:is_blank() -- luacheck: ignore 212/self
  return false
end

---@return boolean
function M:is_time(value) -- luacheck: ignore 212/self
  if type(value) ~= "table" or getmetatable(value) == nil then
    return false
  end
  local kind = toml.type(value)
  return kind ~= "array" and kind ~= "table"
end

--- Says whether a value is a table with keys: no list, date or time.
---@return boolean
function M:is_table(value) -- luacheck: ignore 212/self
  return type(value) == "table" and value[1] == nil
    and (getmetatable(value) == nil or toml.type(value) == "table")
end

--- Lists the keys of a table in the order of the file.
---@return string[]
function M:keys(t)
  return self.positions:keys(t)
end

---@return string? nearest
function M:suggest(name, names)
  return not self:is_full("error") and suggest.nearest(name, names) or nil
end

--- An unknown key is only a warning where keys describe things to people, and when it is neither a
--- table nor nearly the name of a key that a verdict hangs on.
local function is_harmless(self, record, value, near)
  if self.strict or not record.lenient then
    return false
  end
  local meant = near and not record.harmless and record.by_name[near]
  if meant and not meant.descriptive then
    return false
  end
  return type(value) ~= "table" or self:is_array(value) and type(value[1]) ~= "table"
end

--- Reports a key that the table does not have, and what it may have been meant to be.
function M:unknown_key(record, t, k)
  if self:is_full("error") and (not record.lenient or self:is_full("warning")) then
    self.unknown_table = self.unknown_table or record.root
    self:add("P101") -- is counted
    return
  end
  local near = suggest.nearest(k, record.names) or record.tried[k]
  if self:is_full("warning") and is_harmless(self, record, t[k], near) then
    self:add("P101", nil, nil, nil, nil, nil, nil, "warning")
    return
  end
  local home = not near and self.schema.home(record, k)
  local message = ("unknown key %s in %s"):format(self:name(k), record.title)
  if record.root then
    message = ("unknown table %s"):format(self:name(k))
    self.unknown_table = true
  end
  local label, help
  if near then
    label = ("did you mean `%s`?"):format(near)
  elseif home then
    help = home
  else
    help = "known here: " .. table.concat(record.listed, ", ")
  end
  local severity = is_harmless(self, record, t[k], near) and "warning" or "error"
  self:set_meant(self:at_key("P101", t, k, message, label, help, nil, severity), near)
end

--- Notes what may have been meant by all that is marked; values of Lua have no diagnostic.
---@param d? engine.diag.Diagnostic
---@param meant? string
function M:set_meant(d, meant) -- luacheck: ignore 212/self
  if d then
    d.meant = meant
  end
end

--- Reports a key that must be there.
function M:missing_key(record, spec, t, k)
  local message = ("`%s` is missing in %s"):format(spec.name, record.title)
  local help = ("add: %s = %s"):format(spec.name, spec.sample or spec.type.sample or "…")
  local offset, stop, at = self:value_span(t, k)
  self:add("P104", offset, stop, message, nil, help, nil, nil, at)
end

--- Refuses a key that is right but that this build does not act on.
---@param help? string
function M:refuse_key(record, t, k, help)
  local what = record.root and self:name(k) or ("%s in %s"):format(self:name(k), record.title)
  local message = ("%s is not enforced by this build yet"):format(what)
  self:at_key("P120", t, k, message, nil, help)
end

--- Refuses a value in the same way.
---@param help string
function M:refuse_value(t, k, help)
  local what = ("%s = %s"):format(k, self:quote(t[k]))
  self:at_value("P120", t, k, ("%s is not enforced by this build yet"):format(what), nil, help)
end

return M
