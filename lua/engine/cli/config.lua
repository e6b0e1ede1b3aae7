--- clnrm config: the settings that hold here, and where each came from.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Prints the settings that hold here.",
  usage = "clnrm config [KEY] [--origin]",
  examples = {
    { "clnrm config --origin", "every key, its value, and where that came from" },
    { "clnrm config cli.jobs", "one value" },
  },
  formats = { "json" },
  exits = { 0, 2 },
}

local function shown(key, value)
  if value == nil then
    return "-"
  elseif key.kind == "time" then
    return value % 1000 == 0 and ("%ds"):format(value // 1000) or ("%dms"):format(value)
  end
  return tostring(value)
end

local function one(cx, config, name)
  local keys, names = require("engine.config.keys").list, {}
  for i, key in ipairs(keys) do
    names[i] = key.name
    if key.name == name then
      cx.out:write(cx:safe(shown(key, config.values[name]), cx.out) .. "\n")
      return exit_codes.OK
    end
  end
  local near = require("engine.suggest").nearest(name, names)
  cx:error(("there is no key '%s'"):format(name), near and ("did you mean '%s'?"):format(near))
  return exit_codes.INPUT
end

function M.run(cx)
  local refused = cx:check_args(1)
  if refused then
    return refused
  end
  local config = cx:load_config()
  if not config then
    return exit_codes.INPUT
  end
  if cx.args[1] then
    return one(cx, config, cx.args[1])
  end
  local keys = require("engine.config.keys").list
  if cx.format == "json" then
    local out = { schema = "clnrm.config/1", file = cx.project.file, values = {} }
    for i, key in ipairs(keys) do
      local value, origin = config.values[key.name], config.origin[key.name]
      out.values[i] = { key = key.name, value = value, origin = origin }
    end
    cx.out:write(require("core.json").encode(out, { invalid = "replace" }) .. "\n")
    return exit_codes.OK
  end
  if cx.opts.origin then
    local file = cx.project.file or "none"
    cx.out:write("# project file: " .. cx:safe(file, cx.out) .. "\n")
  end
  for _, key in ipairs(keys) do
    local value = cx:safe(shown(key, config.values[key.name]), cx.out)
    local origin = cx.opts.origin and cx:safe(config.origin[key.name], cx.out)
    cx.out:write(origin and ("%-30s %-12s # %s\n"):format(key.name, value, origin)
      or ("%-30s %s\n"):format(key.name, value))
  end
  return exit_codes.OK
end

return M
