--- clnrm config: the settings that hold here, where each came from, and one of them written.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Prints the settings that hold here, or sets one.",
  usage = "clnrm config [show | path | [get] KEY [--origin] | set KEY VALUE]",
  examples = {
    { "clnrm config", "every key, its value, and where that came from" },
    { "clnrm config get cli.jobs", "one value" },
    { "clnrm config get cli.jobs --origin", "and where it came from" },
    { "clnrm config --profile ci", "what holds with another profile" },
    { "clnrm config set cli.jobs 4", "write it into clnrm.toml; comments and order stay" },
    { "clnrm config set cli.jobs 2 --profile ci", "into [profile.ci]" },
    { "clnrm config path", "the files that settings are read from" },
  },
  formats = { "json" },
  exits = { 0, 2, 6 },
}

local function shown(key, value)
  if value == nil then
    return "-"
  elseif key.show then
    return key.show(value)
  elseif key.kind == "time" then
    return value % 1000 == 0 and ("%ds"):format(value // 1000) or ("%dms"):format(value)
  end
  return tostring(value)
end

local function write_json(cx, out)
  out.schema = "clnrm.config/1"
  cx.out:write(require("core.json").encode(out, { invalid = "replace" }) .. "\n")
  return exit_codes.OK
end

local function entry(config, key)
  return { key = key.name, value = config.values[key.name], origin = config.origin[key.name] }
end

--- Writes a line: the key, its value, and where that came from.
local function line(cx, config, key, name)
  local value = cx:safe(shown(key, config.values[key.name]), cx.out)
  cx.out:write(("%-43s # %s\n"):format(("%-30s %s"):format(name, value),
    cx:safe(config.origin[key.name], cx.out)))
end

local function find_key(cx, name)
  local names = {}
  for i, key in ipairs(require("engine.config.keys").list) do
    names[i] = key.name
    if key.name == name then
      return key
    end
  end
  local near = require("engine.suggest").nearest(name, names)
  cx:error(("there is no key '%s'"):format(name), near and ("did you mean '%s'?"):format(near))
end

local function get(cx, config, name)
  local key = find_key(cx, name)
  if not key then
    return exit_codes.INPUT
  elseif cx.format == "json" then
    return write_json(cx, { values = { entry(config, key) } })
  end
  local origin = cx.opts.origin and " # " .. config.origin[key.name] or ""
  cx.out:write(cx:safe(shown(key, config.values[key.name]) .. origin, cx.out) .. "\n")
  return exit_codes.OK
end

local function show(cx, config)
  local keys = require("engine.config.keys").list
  if cx.format == "json" then
    local out = { file = cx.project.file, profile = config.profile, values = {} }
    for i, key in ipairs(keys) do
      out.values[i] = entry(config, key)
    end
    for _, key in ipairs(require("engine.config.resources").list(config)) do
      out.values[#out.values + 1] = entry(config, key)
    end
    return write_json(cx, out)
  end
  cx.out:write("# project file: " .. cx:safe(cx.project.file or "none", cx.out) .. "\n")
  cx.out:write(("# profile: %s (%s)\n"):format(cx:safe(config.profile, cx.out),
    cx:safe(config.profile_by, cx.out)))
  for _, key in ipairs(keys) do
    line(cx, config, key, key.name)
  end
  for _, key in ipairs(require("engine.config.resources").list(config)) do
    line(cx, config, key, cx:safe(key.name, cx.out))
  end
  return exit_codes.OK
end

--- Prints the files that settings are read from, there or not.  Reads none of them: it also helps
--- who looks for the one that is wrong.
local function path(cx)
  local user = require("engine.config.user").path(os.getenv)
  local is_there = user and require("core.fs").exists(user) or false
  if cx.format == "json" then
    return write_json(cx, { project = cx.project.file, user = user, user_exists = is_there })
  end
  cx.out:write(("project  %s\n"):format(cx:safe(cx.project.file or "none", cx.out)))
  cx.out:write(("user     %s%s\n"):format(cx:safe(user or "none", cx.out),
    user and not is_there and " (not there)" or ""))
  return exit_codes.OK
end

--- The words and the number of arguments behind each.
local ARGS = { show = 0, get = 1, path = 0, set = 2 }

--- Writes a setting, into a file that can be read as it is.
local function set(cx)
  local key = find_key(cx, cx.args[2])
  if not key or not cx:load_config() then
    return exit_codes.INPUT
  end
  return require("engine.cli.config_set").run(cx, key, cx.args[3])
end

function M.run(cx)
  local word = cx.args[1] or "show"
  local refused = cx:check_args((ARGS[word] or 0) + 1)
  if refused then
    return refused
  elseif word == "get" and not cx.args[2] then
    return cx:usage_error("config get needs a key", "`clnrm config` lists them")
  elseif word == "set" and not cx.args[3] then
    return cx:usage_error("config set needs a key and a value", "`clnrm config` lists the keys")
  elseif not cx:find_project() then
    return exit_codes.INPUT
  elseif word == "path" then
    return path(cx)
  elseif word == "set" then
    return set(cx)
  end
  local config = cx:load_config()
  if not config then
    return exit_codes.INPUT
  elseif word == "show" then
    return show(cx, config)
  end
  return get(cx, config, word == "get" and cx.args[2] or word)
end

return M
