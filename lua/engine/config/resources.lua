--- `[groups.NAME]` and `[locks.NAME]` of the project file: what scenarios share, by names that the
--- project chooses.
local M = {}

--- The sections, and the one key that each table in them has.
M.sections = {
  groups = {
    key = "max",
    expects = "a number from 1",
    help = "max = 2",
    read = function(value)
      return math.type(value) == "integer" and value >= 1 and value or nil
    end,
  },
  locks = {
    key = "scope",
    expects = '"run" or "machine"',
    help = 'scope = "machine"',
    read = function(value)
      return (value == "run" or value == "machine") and value or nil
    end,
  },
}

local function read_one(reader, section, spec, t, name)
  local toml = require("core.toml")
  local at = ("%s.%s"):format(section, name)
  if toml.type(t[name]) ~= "table" then
    return reader:add("E203", t, name, true, ("`%s` is a table: [%s]"):format(at, at), spec.help)
  end
  local one, value = t[name], nil
  for _, key in ipairs(reader.positions:keys(one)) do
    if key ~= spec.key then
      local near = require("engine.suggest").nearest(key, { spec.key })
      reader:add("E201", one, key, false, ("unknown key `%s.%s`"):format(at, key),
        near and ("did you mean `%s`?"):format(near) or "it takes " .. spec.help)
    else
      value = spec.read(one[key])
      if value == nil then
        reader:add("E203", one, key, true, ("`%s.%s` wants %s"):format(at, key, spec.expects))
      end
    end
  end
  if one[spec.key] == nil and section == "groups" then
    reader:add("E203", t, name, false, ("`%s.max` is missing: how many may run at once"):format(at),
      spec.help)
  end
  return value or section == "locks" and "run" or nil
end

--- Reads a section into settings: "groups.NAME.max", "locks.NAME.scope".
---@param reader engine.config.Reader
---@param settings engine.config.Settings
---@param section "groups"|"locks"
---@param t table
---@param note? string behind the origin
function M.read(reader, settings, section, t, note)
  local spec = M.sections[section]
  for _, name in ipairs(reader.positions:keys(t)) do
    local value = read_one(reader, section, spec, t, name)
    local line = reader:place(t, name).line
    settings[("%s.%s.%s"):format(section, name, spec.key)] =
      { value = value, origin = ("%s:%d%s"):format(reader.source.file, line, note or "") }
  end
end

--- Gathers the names of a section from the settings that hold.
---@param values table<string, any> of engine.config
---@param section "groups"|"locks"
---@return table<string, any>? by_name nil: there are none
---@nodiscard
function M.of(values, section)
  local by_name
  local head, tail = section .. ".", "." .. M.sections[section].key
  for key, value in pairs(values) do
    if key:sub(1, #head) == head and key:sub(-#tail) == tail then
      by_name = by_name or {}
      by_name[key:sub(#head + 1, -#tail - 1)] = value
    end
  end
  return by_name
end

--- Lists the keys that a project has chosen, for `clnrm config`; those of [lint] among them.
---@param config engine.Config
---@return { name: string, value: any }[]
---@nodiscard
function M.list(config)
  local list = {}
  for section, spec in pairs(M.sections) do
    for name, value in pairs(M.of(config.values, section) or {}) do
      list[#list + 1] = { name = ("%s.%s.%s"):format(section, name, spec.key), value = value }
    end
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  local lint = require("engine.config.lint").list(config)
  return table.move(lint, 1, #lint, #list + 1, list)
end

return M
