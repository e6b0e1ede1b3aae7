--- What may stand at a place of a file: the tables that check it, asked by path.
local config_keys = require("engine.config.keys")
local modules = require("engine.service.modules")
local record = require("engine.model.record")
local schema = require("engine.model.schema")
local types = require("engine.model.types")

---@class engine.lsp.schema
local M = {}

--- What the kinds of settings are in words, and a value of each.
local KINDS = {
  text = { "text", '"text"' },
  texts = { "a text, or a list of them", '["text"]' },
  ms = { "milliseconds", "100" },
  jobs = { 'a number from 1, or "auto"', '"auto"' },
  time = { 'seconds, or text such as "500ms", "10s", "2m"', '"30s"' },
  count_from_0 = { "a number from 0", "1" },
  columns = { "a number of columns", "100" },
  indent = { "a number of blanks", "2" },
  switch_or_count = { "true, false or a number from 1", "true" },
}

--- Makes a type that only says what it is: the settings are checked by engine.config.
local function told(expects, sample)
  local type_ = types.any(sample)
  type_.expects = expects
  return type_
end

--- The types of settings, by the kind of their key.
local function type_of(key)
  if key.kind == "choice" then
    return types.one_of(key.values)
  elseif key.kind == "switch" then
    return types.boolean()
  end
  return told(table.unpack(KINDS[key.kind]))
end

local CODES = { 'a list of codes, such as ["L0", "L031"]', '["L031"]' }
local LINT = {
  { "select", CODES, "Only these rules." },
  { "extend_select", CODES, "These rules, besides." },
  { "ignore", CODES, "None of these rules." },
  { "deny_warnings", nil, "Warnings end with exit code 1." },
  { "options", { "a table of tables: [lint.options.CODE]", "{ L023 = { min_length = 20 } }" },
    "For each rule what it is given." },
}

local project_root

--- Makes the record of a project file of the list of settings.
local function project()
  if project_root then
    return project_root
  end
  local sections, order = {}, {}
  local function add(section, name, type_, doc, default)
    if not sections[section] then
      sections[section], order[#order + 1] = {}, section
    end
    table.insert(sections[section], record.key(name, type_, doc, { default = default }))
  end
  for _, key in ipairs(config_keys.list) do
    local section, name = key.name:match("^(.-)%.(.*)$")
    local default = key.default
    if key.kind == "time" and default then
      default = ("%gs"):format(default / 1000)
    end
    add(section, name, type_of(key), key.text, default)
  end
  for _, key in ipairs(LINT) do
    add("lint", key[1], key[2] and told(table.unpack(key[2])) or types.boolean(), key[3])
  end
  local keys = {}
  for _, section in ipairs(order) do
    keys[#keys + 1] = record.key(section, record.new({
      title = ("[%s]"):format(section), keys = sections[section],
    }), ("Settings of `%s`."):format(section))
  end
  local inner = record.new({ title = "[profile.NAME]", keys = table.move(keys, 1, #keys, 1, {}) })
  keys[#keys + 1] = record.key("vars", types.map(types.any()), "Values for the tags of all files.")
  keys[#keys + 1] = record.key("profile", types.map(inner), "Settings that `--profile NAME` adds.")
  project_root = record.new({ title = "the project file", keys = keys })
  return project_root
end

--- Finds the table in a type: that of a list's items, or of what may be one.
---@param type_? engine.model.Type
---@return engine.model.Type? # a record or a map
local function inner(type_)
  while type_ do
    if type_.kind == "record" or type_.kind == "map" then
      return type_
    elseif type_.kind == "list" then
      type_ = type_.item
    elseif type_.kind == "either" then
      type_ = type_.choices.table or type_.choices.array
    else
      return nil
    end
  end
end

--- The record of a service that names a module; the project's own is not executed, so its options
--- are not known.
local function service_record(record_, plugin, project_dir)
  if not plugin or modules.is_generic(plugin) then
    return record_
  end
  local module = modules.load(plugin, { project_dir = project_dir })
  return module and module.record or record_
end

---@class engine.lsp.Found
---@field type engine.model.Type
---@field key? engine.model.Key      nil: the name is the user's choice
---@field record? engine.model.Record that the key is of
---@field is_list? boolean           a [[header]]

--- Finds what stands at a path.
---@param document engine.lsp.Document
---@param path string[]
---@param plugins? { of: (fun(service: string): string?), project_dir: string } the modules that
---   services name
---@return engine.lsp.Found? # nil: nothing is known there
function M.find(document, path, plugins)
  local root = document.kind == "project" and project() or schema.root
  local found = { type = root }
  for i, name in ipairs(path) do
    local table_ = inner(found.type)
    if not table_ then
      return nil
    elseif table_.kind == "map" then
      found = { type = table_.item }
      if i == 2 and (path[1] == "services" or path[1] == "service") and plugins then
        found.type = service_record(found.type, plugins.of(name), plugins.project_dir)
      end
    else
      local key = table_.by_name[name]
      if not key then
        return nil
      end
      found = { type = key.type, key = key, record = table_ }
    end
  end
  found.is_list = found.type.kind == "list" and inner(found.type) ~= nil
  return found
end

--- The record whose keys may stand in the table at a path.
---@param document engine.lsp.Document
---@param path string[]
---@param plugins? table as of `find`
---@return engine.model.Record?
function M.record(document, path, plugins)
  local found = M.find(document, path, plugins)
  local table_ = found and inner(found.type)
  return table_ and table_.kind == "record" and table_ or nil
end

M.inner = inner

--- Whether a text of [property.gen] is the kind of a generator.
local function is_generator(path)
  local count, last = #path, path[#path]
  return path[1] == "property" and path[2] == "gen" and (count == 3 or count > 3
    and (last == "kind" or last == "of" or path[count - 1] == "of"))
end

--- What a value of text names: a service, or a step beside it.
---@param path string[]
---@return "service"|"step"|"scenario"|"plugin"|"generator"|nil
---@nodiscard
function M.refers(path)
  local count, last = #path, path[#path]
  local top = path[1]
  if last == "depends_on" then
    return (top == "services" or top == "service") and "service" or "step"
  elseif last == "service" and count > 1 then
    return "service"
  elseif last == "scenario" and top == "fault" then
    return "scenario"
  elseif (last == "plugin" or last == "type") and count == 3
    and (top == "services" or top == "service") then
    return "plugin"
  elseif is_generator(path) then
    return "generator"
  end
end

--- Describes a key, in Markdown.
---@param key engine.model.Key
---@return string
---@nodiscard
function M.describe(key)
  local lines = { ("`%s`: %s"):format(key.name, key.type.expects or "a value") }
  if key.required then
    lines[1] = lines[1] .. ", required"
  elseif key.default ~= nil and type(key.default) ~= "table" then
    local default = key.default
    default = key.type.plain and default // key.type.unit or default
    lines[1] = lines[1] .. (", default `%s`"):format(tostring(default))
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = key.doc
  if key.enforced == false then
    lines[#lines + 1] = "\nKnown, and not enforced by this build: a file that has it is refused."
  end
  if key.beside then
    lines[#lines + 1] = ("\nOnly with `%s`."):format(key.beside)
  end
  if key.alias then
    lines[#lines + 1] = "\nAlso spelt `" .. table.concat(key.alias, "`, `") .. "`."
  end
  local sample = key.sample or key.type.sample
  if sample then
    lines[#lines + 1] = ("\n```toml\n%s = %s\n```"):format(key.name, sample)
  end
  return table.concat(lines, "\n")
end

return M
