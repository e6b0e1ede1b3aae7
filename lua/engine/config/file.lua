--- Reads one file of settings: what it sets, in sections and in profiles, and all that is wrong.
---
--- Every key that is accepted has an effect; every other key is an error with its place.
local keys = require("engine.config.keys")
local readers = require("engine.config.readers")
local suggest = require("engine.suggest")
local toml = require("core.toml")

local M = {}

--- What a user's own file may hold: nothing that could change a verdict.
M.USER_SECTIONS = { "ui", "record", "repl" }

local REQUIRED = "required-version"

---@class engine.config.Source
---@field file string as it is shown
---@field text string
---@field is_users? boolean the user's own, not the project's

---@alias engine.config.Settings table<string, engine.config.Setting> by key

---@class engine.config.Setting
---@field value any
---@field origin string
---@field places? table of its parts

---@class engine.config.Read
---@field settings engine.config.Settings
---@field profiles table<string, engine.config.Settings>
---@field required? engine.config.Required

---@class engine.config.Required
---@field text string
---@field place engine.diag.Diagnostic where it stands, without a message

local by_name, sections, later = {}, {}, {}
for _, key in ipairs(keys.list) do
  by_name[key.name] = key
  for _, alias in ipairs(key.alias or {}) do
    by_name[alias] = key
  end
end
for _, name in ipairs(keys.sections) do
  sections[name] = true
end
for _, name in ipairs(keys.later) do
  later[name] = true
end

---@class engine.config.Reader
---@field source engine.config.Source
---@field positions core.toml.Positions
---@field list engine.diag.Diagnostic[]
local Reader = {}
Reader.__index = Reader

local function shown(value)
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

--- Says where key `name` of table `t` stands, or its value.
function Reader:place(t, name, at_value)
  local offset, stop
  if at_value then
    offset, stop = self.positions:value(t, name)
  else
    offset, stop = self.positions:key(t, name)
  end
  local line, column = toml.line_column(self.source.text, offset)
  return {
    severity = "error",
    file = self.source.file,
    line = line,
    column = column,
    offset = offset,
    length = math.max(stop - offset, 1),
  }
end

--- Adds a diagnostic about key `name` of table `t`, or about its value.
function Reader:add(code, t, name, at_value, message, help)
  local d = self:place(t, name, at_value)
  d.code, d.message, d.help = code, message, help
  self.list[#self.list + 1] = d
end

local function names_of(section)
  local list = {}
  for name in pairs(by_name) do
    local own, key = name:match("^(.-)%.(.*)$")
    if own == section then
      list[#list + 1] = key
    end
  end
  table.sort(list)
  return list
end

function Reader:unknown(t, section, name)
  local full = section .. "." .. name
  if later[full] then
    return self:add("E202", t, name, false, ("`%s` has no effect in this build"):format(full),
      "`clnrm help config` lists the keys that have one")
  end
  local names = names_of(section)
  local near = suggest.nearest(name, names)
  self:add("E201", t, name, false, ("unknown key `%s`"):format(full),
    near and ("did you mean `%s`?"):format(near)
      or ("known in [%s]: %s"):format(section, table.concat(names, ", ")))
end

--- Reads one key into `settings`; `set_by` knows which spelling has set it before.
function Reader:key(settings, set_by, t, section, name, note)
  local key = by_name[section .. "." .. name]
  if not key then
    return self:unknown(t, section, name)
  end
  local value, wanted, hint = readers[key.kind](t[name], key)
  if value == nil then
    local message = wanted
      and ("`%s.%s` wants %s, not %s"):format(section, name, wanted, shown(t[name]))
      or hint
    return self:add("E203", t, name, true, message, wanted and hint)
  elseif set_by[key.name] then
    return self:add("E204", t, name, false,
      ("`%s.%s` is set by `%s` already"):format(section, name, set_by[key.name]),
      "keep one of the two")
  end
  set_by[key.name] = section .. "." .. name
  local origin = ("%s:%d%s"):format(self.source.file, self:place(t, name).line, note or "")
  settings[key.name] = { value = value, origin = origin }
end

local function is_table(value)
  return type(value) == "table" and toml.type(value) == "table"
end

--- Requires a table; complains otherwise.
function Reader:table(t, name, header)
  if is_table(t[name]) then
    return t[name]
  end
  self:add("E203", t, name, true, ("`%s` is a table: [%s]"):format(name, header))
end

function Reader:section(settings, set_by, root, section, note)
  local t = self:table(root, section, section)
  if not t then
    return
  elseif section == "lint" then
    return require("engine.config.lint").read(self, settings, t, note)
  end
  local listed = self.positions:keys(t)
  if section == "groups" or section == "locks" then
    return require("engine.config.resources").read(self, settings, section, t, note)
  elseif section == "vars" and not note then
    return -- any names: they are read for the tags of each test file (engine.model.project_vars)
  elseif #listed > 0 and #names_of(section) == 0 then
    return self:add("E202", root, section, false,
      ("`[%s]` has no effect in this build"):format(section),
      "`clnrm help config` lists the keys that have one")
  end
  for _, name in ipairs(listed) do
    self:key(settings, set_by, t, section, name, note)
  end
end

--- Reads [profile.NAME.SECTION], or keys "section.key" of [profile.NAME].
function Reader:profiles(root, profiles)
  local all = self:table(root, "profile", "profile.NAME")
  for _, profile in ipairs(all and self.positions:keys(all) or {}) do
    local t = self:table(all, profile, "profile." .. profile)
    local settings, set_by = {}, {}
    profiles[profile] = settings
    for _, section in ipairs(t and self.positions:keys(t) or {}) do
      if sections[section] then
        self:section(settings, set_by, t, section, (" (profile %s)"):format(profile))
      else
        self:unknown_section(t, section, ("`%s` in profile %s"):format(section, profile))
      end
    end
  end
end

function Reader:unknown_section(t, name, what)
  local known = table.move(keys.sections, 1, #keys.sections, 3, { REQUIRED, "profile" })
  local near = suggest.nearest(name, known)
  self:add("E201", t, name, false, "unknown key " .. what,
    near and ("did you mean `%s`?"):format(near))
end

function Reader:required(root, read)
  local text = root[REQUIRED]
  if type(text) ~= "string" then
    return self:add("E203", root, REQUIRED, true,
      ("`%s` wants text such as \">=1.2\", not %s"):format(REQUIRED, shown(text)))
  end
  read.required = { text = text, place = self:place(root, REQUIRED, true) }
end

--- Whether a user's own file may hold a table.
local function is_users(name)
  for _, section in ipairs(M.USER_SECTIONS) do
    if section == name then
      return true
    end
  end
  return false
end

function Reader:refuse_users(root, name)
  self:add("E207", root, name, false,
    ("`%s` cannot stand in a user's own settings: it could change a verdict"):format(name),
    "there may be [ui], [record] and [repl]; what holds for the tests stands in clnrm.toml")
end

function Reader:root(root, read)
  local set_by = {}
  for _, name in ipairs(self.positions:keys(root)) do
    if self.source.is_users and not is_users(name) then
      self:refuse_users(root, name)
    elseif name == REQUIRED then
      self:required(root, read)
    elseif name == "profile" then
      self:profiles(root, read.profiles)
    elseif sections[name] then
      self:section(read.settings, set_by, root, name)
    else
      self:unknown_section(root, name, ("`%s`"):format(name))
    end
  end
end

--- Reads a file of settings.
---@param source engine.config.Source
---@return engine.config.Read read what could be read, also when something is wrong
---@return engine.diag.Diagnostic[] diagnostics
function M.read(source)
  local read = { settings = {}, profiles = {} }
  local root, more = toml.decode(source.text, { positions = true, source = source.file })
  if not root then
    return read, require("engine.diag").of_toml(more, source.file)
  end
  local reader = setmetatable({ source = source, positions = more, list = {} }, Reader)
  reader:root(root, read)
  more:close()
  return read, reader.list
end

return M
