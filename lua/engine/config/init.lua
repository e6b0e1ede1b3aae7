--- The settings of a run: built in, project file, CLNRM_* variables, flags; the later one stands.
---
--- Every key that is accepted has an effect; every other key is an error with its place.
local keys = require("engine.config.keys")
local values = require("engine.cli.values")

local M = {}

---@class engine.Config
---@field values table<string, any>    by key
---@field origin table<string, string> by key: "built in", "clnrm.toml:3", "CLNRM_JOBS", "--jobs"
---@field warnings engine.diag.Diagnostic[]

---@class engine.config.Source
---@field file string as it is shown
---@field text string

local by_name = {}
for _, key in ipairs(keys.list) do
  by_name[key.name] = key
  for _, alias in ipairs(key.alias or {}) do
    by_name[alias] = key
  end
end

local readers = {}

function readers.text(value)
  if type(value) == "string" then
    return value
  end
  return nil, "text"
end

function readers.jobs(value)
  if type(value) == "string" or math.type(value) == "integer" then
    return values.jobs(tostring(value))
  end
  return nil, "a number from 1, or \"auto\""
end

function readers.count_from_0(value)
  if math.type(value) == "integer" then
    return values.count_from_0(tostring(value))
  end
  return nil, "a number from 0"
end

function readers.time(value)
  if type(value) == "string" or math.type(value) == "integer" then
    return values.time(tostring(value))
  end
  return nil, "seconds, or text such as \"500ms\", \"10s\", \"2m\""
end

function readers.choice(value, key)
  if type(value) ~= "string" then
    return nil, "one of " .. table.concat(key.values, ", ")
  end
  return values.choice(value, key)
end

function readers.switch(value)
  if type(value) == "boolean" then
    return value
  end
  return nil, "true or false"
end

function readers.switch_or_count(value)
  if type(value) == "boolean" then
    return value and 1 or false
  elseif math.type(value) == "integer" and value >= 1 then
    return value
  end
  return nil, "true, false or a number from 1"
end

local Reader = {}
Reader.__index = Reader

local function shown(value)
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

--- Adds a diagnostic about key `name` of table `t`, or about its value.
function Reader:add(code, t, name, at_value, message, help)
  local offset, stop
  if at_value then
    offset, stop = self.positions:value(t, name)
  else
    offset, stop = self.positions:key(t, name)
  end
  local line, column = require("core.toml").line_column(self.source.text, offset)
  self.list[#self.list + 1] = {
    severity = "error",
    code = code,
    message = message,
    file = self.source.file,
    line = line,
    column = column,
    offset = offset,
    length = math.max(stop - offset, 1),
    help = help,
  }
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
  local near = require("engine.suggest").nearest(name, names_of(section))
  if near then
    self:add("E201", t, name, false, ("unknown key `%s.%s`"):format(section, name),
      ("did you mean `%s`?"):format(near))
    return
  end
  self:add("E202", t, name, false,
    ("`%s.%s` has no effect in this build"):format(section, name),
    "`clnrm help config` lists the keys that have one")
end

function Reader:key(t, section, name)
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
  end
  local offset = self.positions:key(t, name)
  local line = require("core.toml").line_column(self.source.text, offset)
  if self.set_by[key.name] then
    local other = self.set_by[key.name]
    return self:add("E204", t, name, false,
      ("`%s.%s` is set by `%s` already"):format(section, name, other), "keep one of the two")
  end
  self.set_by[key.name] = section .. "." .. name
  self.config.values[key.name] = value
  self.config.origin[key.name] = ("%s:%d"):format(self.source.file, line)
end

function Reader:section(root, section)
  local t, known = root[section], false
  for _, name in ipairs(keys.sections) do
    known = known or name == section
  end
  if not known then
    local near = require("engine.suggest").nearest(section, keys.sections)
    return self:add("E201", root, section, false, ("unknown key `%s`"):format(section),
      near and ("did you mean `%s`?"):format(near))
  end
  if type(t) ~= "table" or require("core.toml").type(t) ~= "table" then
    return self:add("E203", root, section, true, ("`%s` is a table: [%s]"):format(section, section))
  end
  local listed = self.positions:keys(t)
  if #listed > 0 and #names_of(section) == 0 then
    return self:add("E202", root, section, false,
      ("`[%s]` has no effect in this build"):format(section),
      "`clnrm help config` lists the keys that have one")
  end
  for _, name in ipairs(listed) do
    self:key(t, section, name)
  end
end

local function read_file(config, source)
  local toml = require("core.toml")
  local root, more = toml.decode(source.text, { positions = true, source = source.file })
  if not root then
    local list = {}
    for i, problem in ipairs(more) do
      list[i] = {
        severity = "error",
        code = problem.code,
        message = problem.message,
        file = source.file,
        line = problem.line,
        column = problem.column,
        offset = problem.offset,
        length = math.max(problem.length, 1),
        help = problem.help,
      }
    end
    return nil, list
  end
  local reader = setmetatable(
    { config = config, source = source, positions = more, list = {}, set_by = {} }, Reader)
  for _, section in ipairs(more:keys(root)) do
    reader:section(root, section)
  end
  more:close()
  if #reader.list > 0 then
    return nil, reader.list
  end
  return config
end

--- Reads the variables; their values are spelt as those of flags.
local function read_env(config, env)
  local list = {}
  for _, key in ipairs(keys.list) do
    local name = key.env and "CLNRM_" .. key.env
    local text = name and env(name)
    if name and (text or "") == "" then
      name = "CLEANROOM_" .. key.env
      text = env(name)
    end
    if name and (text or "") ~= "" then
      local value, wanted, hint = values[key.kind](text, key)
      if value == nil then
        list[#list + 1] = {
          severity = "error",
          code = "E205",
          message = wanted and ("%s wants %s, not '%s'"):format(name, wanted, text)
            or ("%s: %s"):format(name, hint),
          help = wanted and hint,
        }
      else
        config.values[key.name], config.origin[key.name] = value, name
      end
    end
  end
  return #list == 0 and config or nil, list
end

--- Merges all layers.
---@param layers { source?: engine.config.Source, env: fun(name: string): string?, opts: table }
---@return engine.Config? config
---@return engine.diag.Diagnostic[]? diagnostics then
---@nodiscard
function M.load(layers)
  local config = { values = {}, origin = {} }
  for _, key in ipairs(keys.list) do
    config.values[key.name], config.origin[key.name] = key.default, "built in"
  end
  local list = {}
  if layers.source then
    local ok, problems = read_file(config, layers.source)
    list = ok and list or problems
  end
  local ok, problems = read_env(config, layers.env)
  if not ok then
    table.move(problems, 1, #problems, #list + 1, list)
  end
  if #list > 0 then
    return nil, list
  end
  for _, key in ipairs(keys.list) do
    local value = key.flag and layers.opts[key.flag]
    if value ~= nil then
      config.values[key.name] = value
      config.origin[key.name] = key.flag_shown or "--" .. key.flag
    end
  end
  return config
end

return M
