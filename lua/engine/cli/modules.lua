--- clnrm modules: which file won for each module of the engine.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Lists the modules of the engine, and their overrides.",
  usage = "clnrm modules [--format json]",
  examples = {
    { "clnrm modules", "overrides first" },
    { "clnrm modules -v", "and every built-in module" },
  },
  text = [[
An override is .clnrm/override/engine/NAME.lua in the project, or below engine/report and engine/ui
in ~/.config/clnrm/override.  The original stays there as require("builtin.engine.NAME").
]],
  formats = { "json" },
  exits = { 0, 2 },
}

function M.run(cx)
  local refused = cx:check_args(0)
  if refused then
    return refused
  end
  local project = cx:find_project()
  if not project then
    return exit_codes.INPUT
  end
  local override_dirs = require("engine.override_dirs")
  local dirs = cx.opts["no-overrides"] and {} or override_dirs.dirs(project, os.getenv)
  local list = override_dirs.survey(dirs)
  if cx.format == "json" then
    local json = require("core.json")
    local text = json.encode({ schema = "clnrm.modules/1", modules = json.array(list) })
    cx.out:write(text .. "\n")
    return exit_codes.OK
  end
  local shown = 0
  for _, module in ipairs(list) do
    if module.kind ~= "builtin" or cx.opts.verbose then
      shown = shown + 1
      local file = cx:safe(module.file, cx.out)
      cx.out:write(("%-8s %-32s %s\n"):format(module.kind, module.name, file))
    end
  end
  if shown == 0 then
    cx.out:write(("no overrides; %d built-in modules (-v lists them)\n"):format(#list))
  end
  return exit_codes.OK
end

return M
