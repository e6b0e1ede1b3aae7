--- clnrm alone: where one is and what comes next.
local M = { summary = "", usage = "clnrm", examples = {} }

local function commands(cx, rows)
  return require("engine.cli.usage").columns(rows, cx.out.width)
end

--- Says what came of the last run of the project; nothing when none is recorded.
local function last_run(cx)
  for _, info in ipairs((require("engine.runs").list())) do
    if info.project == cx.project.dir then
      local lines = require("engine.ui.run_lines")
      return ("Last run: %s, %s\n"):format(cx:safe(lines.outcome(info), cx.out), lines.when(info))
    end
  end
  return ""
end

function M.run(cx)
  local usage = require("engine.cli.usage")
  local project = cx:find_project()
  if not project then
    return 2
  end
  if not project.file then
    cx.out:write("clnrm runs integration tests in isolated rooms.\n\n"
      .. "There is no clnrm.toml here or above.  Start:\n"
      .. commands(cx, { { "clnrm init", "a first test, here; it passes as it is" } })
      .. "\nThen:\n"
      .. commands(cx, {
        { "clnrm run", "run the tests below this directory" },
        { "clnrm run FILE", "or those of one file" },
        { "clnrm doctor", "can this machine make rooms?" },
        { "clnrm help", "commands and topics" },
      }))
    return 0
  end
  local config = cx:load_config()
  if not config then
    return 2
  end
  local name = config.values["project.name"] or project.dir:match("[^/]*$")
  local version = config.values["project.version"]
  cx.out:write(("Project %s%s (%s)\n"):format(cx:safe(name, cx.out),
    version and " " .. cx:safe(version, cx.out) or "", cx:safe(project.shown, cx.out)))
  local description = config.values["project.description"]
  if description then
    cx.out:write("About: " .. cx:safe(description, cx.out) .. "\n")
  end
  cx.out:write(last_run(cx))
  cx.out:write("\n" .. usage.columns({
    { "clnrm run", "run the tests below this directory" },
    { "clnrm list", "what would run" },
    { "clnrm help", "commands and topics" },
  }, cx.out.width))
  return 0
end

return M
