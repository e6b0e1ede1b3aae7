--- `[lint]` of the project file: which rules are on, and what each is given.
---
--- Which rules there are only the linter knows, for a project has some of its own.  Settings keep
--- the places of what they say of rules, and `diagnostics` tells there what the linter finds wrong.
local M = {}

local function words(value)
  if type(value) == "string" then
    return { value }
  elseif type(value) ~= "table" then
    return nil
  end
  for key, item in pairs(value) do
    if math.type(key) ~= "integer" or type(item) ~= "string" then
      return nil
    end
  end
  return value
end

local function switch(value)
  if type(value) == "boolean" then
    return value
  end
end

local KEYS = {
  select = { read = words, expects = 'a code or a list of them, such as ["L0", "L031"]' },
  extend_select = { read = words, expects = 'a code or a list of them, such as ["L014"]' },
  ignore = { read = words, expects = 'a code or a list of them, such as ["L301"]' },
  deny_warnings = { read = switch, expects = "true or false" },
}
local NAMES = { "select", "extend_select", "ignore", "deny_warnings", "options" }

local function origin_of(reader, t, name, note)
  return ("%s:%d%s"):format(reader.source.file, reader:place(t, name).line, note or "")
end

--- The places of the words of a list; of one word alone, that of the value.
local function word_places(reader, t, name)
  local places = {}
  if type(t[name]) == "string" then
    places[1] = reader:place(t, name, true)
  elseif type(t[name]) == "table" then
    for i in ipairs(t[name]) do
      places[i] = reader:place(t[name], i, true)
    end
  end
  return places
end

--- Reads [lint.options]: a table for each rule, by its code or its name.
local function read_options(reader, settings, t, note)
  local toml = require("core.toml")
  if toml.type(t.options) ~= "table" then
    return reader:add("E203", t, "options", true, "`lint.options` is a table: [lint.options.CODE]")
  end
  local places = {}
  for _, code in ipairs(reader.positions:keys(t.options)) do
    local one = t.options[code]
    places[code] = { key = reader:place(t.options, code), keys = {}, values = {} }
    if toml.type(one) ~= "table" then
      reader:add("E203", t.options, code, true,
        ("`lint.options.%s` is a table: [lint.options.%s]"):format(code, code))
    else
      for _, name in ipairs(reader.positions:keys(one)) do
        places[code].keys[name] = reader:place(one, name)
        places[code].values[name] = reader:place(one, name, true)
      end
    end
  end
  settings["lint.options"] = { value = t.options, places = places,
    origin = origin_of(reader, t, "options", note) }
end

--- Reads the section into settings: "lint.select" and so on.
---@param reader engine.config.Reader
---@param settings engine.config.Settings
---@param t table
---@param note? string behind the origin
function M.read(reader, settings, t, note)
  for _, name in ipairs(reader.positions:keys(t)) do
    local key = KEYS[name]
    local value = key and key.read(t[name])
    if name == "options" then
      read_options(reader, settings, t, note)
    elseif not key then
      local near = require("engine.suggest").nearest(name, NAMES)
      reader:add("E201", t, name, false, ("unknown key `lint.%s`"):format(name),
        near and ("did you mean `%s`?"):format(near)
          or "known in [lint]: " .. table.concat(NAMES, ", "))
    elseif value == nil then
      reader:add("E203", t, name, true, ("`lint.%s` wants %s"):format(name, key.expects))
    else
      settings["lint." .. name] = { value = value, places = word_places(reader, t, name),
        origin = origin_of(reader, t, name, note) }
    end
  end
end

--- Where the settings say what the linter finds wrong.
local function place_of(config, problem)
  local places = config.places["lint." .. problem.setting]
  if not places or problem.setting ~= "options" then
    return places and places[problem.index]
  end
  local of = places[problem.rule]
  return of and (not problem.option and of.key
    or (problem.code == "E203" and of.values or of.keys)[problem.option])
end

--- Tells what is wrong with the rules that a project names, and with what it gives them.
---@param config engine.Config
---@param problems engine.lint.Problem[]
---@return engine.diag.Diagnostic[]
---@nodiscard
function M.diagnostics(config, problems)
  local list = {}
  for i, problem in ipairs(problems) do
    local d = { severity = "error", code = problem.code, message = problem.message,
      help = problem.help }
    for field, value in pairs(place_of(config, problem) or {}) do
      d[field] = value
    end
    list[i] = d
  end
  return require("engine.diag").sort(list)
end

local function shown(value)
  if type(value) ~= "table" then
    return tostring(value)
  elseif value[1] then
    return table.concat(value, ",")
  end
  local names = {}
  for name in pairs(value) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, ",")
end

--- Lists the keys that a project has set, for `clnrm config`.
---@param config engine.Config
---@return { name: string, value: any, show: fun(value: any): string }[]
---@nodiscard
function M.list(config)
  local list = {}
  for _, name in ipairs(NAMES) do
    local value = config.values["lint." .. name]
    if value ~= nil then
      list[#list + 1] = { name = "lint." .. name, value = value, show = shown }
    end
  end
  return list
end

return M
