--- The settings of a run; of these layers, the later one stands: built in, the user's own file, the
--- project file, its profile, CLNRM_* variables, flags.
---
--- Every key that is accepted has an effect.  The user's own file holds nothing that could change a
--- verdict (engine.config.file).
local file = require("engine.config.file")
local keys = require("engine.config.keys")
local profile = require("engine.config.profile")
local values = require("engine.cli.values")

local M = {}

---@class engine.Config
---@field values table<string, any>    by key
---@field origin table<string, string> by key: "built in", "clnrm.toml:3", "CLNRM_JOBS", "--jobs"
---@field places table<string, table>  by key, of what is judged later (engine.config.lint)
---@field profile string               the one that holds
---@field profile_by string            what asked for it

---@class engine.config.Layers
---@field source? engine.config.Source of the project
---@field user? engine.config.Source   the user's own
---@field env fun(name: string): string?
---@field opts table
---@field version? string              of clnrm; default: its own

local function merge(config, settings)
  for name, setting in pairs(settings or {}) do
    config.values[name], config.origin[name] = setting.value, setting.origin
    config.places[name] = setting.places
  end
end

local function built_in()
  local config = { values = {}, origin = {}, places = {} }
  for _, key in ipairs(keys.list) do
    config.values[key.name], config.origin[key.name] = key.default, "built in"
  end
  return config
end

local function merge_built_in_profile(config, name)
  for key, value in pairs(profile.BUILT_IN[name] or {}) do
    config.values[key], config.origin[key] = value, ("built in (profile %s)"):format(name)
  end
end

--- Reads the variables; their values are spelt as those of flags.
local function merge_env(config, env, list)
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
end

local function merge_flags(config, opts)
  for _, key in ipairs(keys.list) do
    local value = key.flag and opts[key.flag]
    if value ~= nil then
      config.values[key.name] = value
      config.origin[key.name] = key.flag_shown or "--" .. key.flag
    end
  end
end

--- Says what is wrong with this clnrm for a project.
---@return engine.diag.Diagnostic?
local function version_problem(required, version)
  if not required then
    return nil
  end
  local holds, why = require("engine.config.version").holds(required.text, version)
  if holds then
    return nil
  end
  local d = required.place
  if holds == nil then
    d.code, d.message = "E203", "`required-version`: " .. why
  else
    d.code = "E206"
    d.message = ("this project asks for clnrm %s, and this is %s"):format(required.text, version)
    d.help = "use a clnrm of that range, or change required-version"
  end
  return d
end

local function read_source(source, list)
  if not source then
    return { settings = {}, profiles = {} }
  end
  local read, problems = file.read(source)
  table.move(problems, 1, #problems, #list + 1, list)
  return read
end

--- Merges all layers.
---@param layers engine.config.Layers
---@return engine.Config? config
---@return engine.diag.Diagnostic[]? diagnostics then
---@nodiscard
function M.load(layers)
  local list, config = {}, built_in()
  local project = read_source(layers.source, list)
  local version = layers.version or require("core.version").number()
  local unfit = version_problem(project.required, version)
  if unfit and unfit.code == "E206" then
    return nil, { unfit } -- another clnrm may know what this one takes for an error
  end
  list[#list + 1] = unfit
  local user = read_source(layers.user, list)
  local name, by = profile.wanted(layers.opts.profile, layers.env)
  list[#list + 1] = #list == 0 and profile.problem(name, by, project.profiles) or nil
  config.profile, config.profile_by = name, by
  merge_built_in_profile(config, name)
  merge(config, user.settings)
  merge(config, project.settings)
  merge(config, project.profiles.default)
  merge(config, name ~= "default" and project.profiles[name] or nil)
  merge_env(config, layers.env, list)
  merge_flags(config, layers.opts)
  if #list > 0 then
    return nil, list
  end
  return config
end

return M
