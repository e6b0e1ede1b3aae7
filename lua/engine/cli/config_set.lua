--- clnrm config set KEY VALUE: writes one setting into the project file, and nothing else of it.
---
--- What stands after it is read as a run would read it, before anything is written: a value that a
--- run would refuse is refused here, and the file stays as it is.
local edit = require("engine.config.edit")
local exit_codes = require("engine.cli.exit_codes")
local file = require("engine.config.file")
local fs = require("core.fs")
local readers = require("engine.cli.values")

local M = {}

---@class engine.cli.Setting
---@field key engine.config.Key
---@field text string   the value as it was typed
---@field literal string as TOML has it
---@field profile? string

--- Writes a value as TOML has it; a number or a switch stays one.
local function literal_of(key, text)
  local kind = key.kind
  if kind == "switch" or kind == "switch_or_count" and not readers.integer(text) then
    return tostring(readers.switch(text))
  end
  local number = kind ~= "text" and kind ~= "choice" and text:find("^%d+$") and tonumber(text)
  return number and ("%d"):format(number) or edit.quote(text)
end

--- Reads what the command line says; what is wrong with the value is said as of a flag.
local function setting_of(cx, key, text)
  local value, wanted, hint = readers[key.kind](text, key)
  if value == nil then
    cx:error(wanted and ("%s wants %s, not '%s'"):format(key.name, wanted, text)
      or ("%s: %s"):format(key.name, hint), wanted and hint)
    return nil
  end
  return { key = key, text = text, literal = literal_of(key, text), profile = cx.opts.profile }
end

local function has(root, path)
  for _, name in ipairs(path) do
    if type(root) ~= "table" or root[name] == nil then
      return false
    end
    root = root[name]
  end
  return true
end

--- Finds where the key goes: to where one of its spellings is set already.
local function path_of(setting, root)
  local first
  local names = { setting.key.name }
  table.move(setting.key.alias or {}, 1, #(setting.key.alias or {}), 2, names)
  for _, name in ipairs(names) do
    local section, key = name:match("^(.-)%.(.*)$")
    local path = setting.profile and { "profile", setting.profile, section, key }
      or { section, key }
    if has(root, path) then
      return path
    end
    first = first or path
  end
  return first
end

--- Finds what a run would read of the key.
local function setting_in(read, setting)
  local settings = read.settings
  if setting.profile then
    settings = read.profiles[setting.profile] or {}
  end
  return settings[setting.key.name]
end

--- Says what becomes of the file's text.
---@return string? text
---@return string? why
---@return string? origin where the key stands then
local function changed(cx, setting)
  local project = cx.project
  local root = require("core.toml").decode(project.text)
  local text = edit.set(project.text, path_of(setting, root), setting.literal)
  if not text then
    return nil, ("%s has no place for %s that would leave the rest as it is"):format(project.shown,
      setting.key.name)
  end
  local read, problems = file.read({ file = project.shown, text = text })
  local one = setting_in(read, setting)
  if #problems > 0 or not one then
    return nil, problems[1] and problems[1].message or "a run would not read it"
  end
  return text, nil, one.origin
end

--- Writes the file, unless somebody else has meanwhile.
local function write(cx, text)
  local project = cx.project
  local now, err = fs.read(project.file, { max = #project.text + 1 })
  if now ~= project.text then
    return nil, now and "it has been changed meanwhile: nothing was written" or err.message
  end
  local ok
  ok, err = fs.write_atomic(project.file, text)
  return ok, err and err.message
end

--- Says where another layer stands over what was set.
local function note_layer(cx, setting, text, origin)
  local config = require("engine.config").load({
    source = { file = cx.project.shown, text = text },
    user = cx:read_user_config() or nil,
    env = os.getenv,
    opts = cx.opts,
  })
  local holds = config and config.origin[setting.key.name]
  if holds and holds ~= origin then
    cx.err:write(("note: here %s stands over it\n"):format(cx:safe(holds)))
  end
end

--- Sets a key.
---@param cx engine.cli.Context with its settings loaded
---@param key engine.config.Key
---@param text string
---@return integer exit_code
function M.run(cx, key, text)
  local project = cx.project
  if not project.file then
    cx:error("there is no project file to write to", "`clnrm init` makes one")
    return exit_codes.INPUT
  end
  local setting = setting_of(cx, key, text)
  if not setting then
    return exit_codes.INPUT
  end
  local new, why, origin = changed(cx, setting)
  if not new then
    cx:error(("%s is not written: %s"):format(project.shown, why))
    return exit_codes.INPUT
  end
  if new ~= project.text then
    local ok, failure = write(cx, new)
    if not ok then
      cx:error(("%s: %s"):format(project.shown, failure))
      return exit_codes.ENVIRONMENT
    end
  end
  if cx.format == "json" then
    cx.out:write(require("core.json").encode({ schema = "clnrm.config/1", file = project.file,
      set = key.name, origin = origin, changed = new ~= project.text }) .. "\n")
  else
    cx.out:write(("%s: %s = %s%s\n"):format(cx:safe(origin, cx.out), key.name,
      cx:safe(setting.literal, cx.out), new == project.text and ", as before" or ""))
  end
  note_layer(cx, setting, new, origin)
  return exit_codes.OK
end

return M
