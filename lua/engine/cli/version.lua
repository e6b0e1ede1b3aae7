--- clnrm version: what this program is made of.
local M = {
  summary = "Prints the version; as JSON the build and its libraries, too.",
  usage = "clnrm version [--format json]",
  examples = { { "clnrm version", "one line" }, { "clnrm version --format json", "for machines" } },
  formats = { "json" },
  exits = { 0, 2 },
}

function M.run(cx)
  local refused = cx:check_args(0)
  if refused then
    return refused
  end
  local version = require("core.version")
  if cx.format == "json" then
    cx.out:write(require("core.json").encode(version.describe()) .. "\n")
    return 0
  end
  cx.out:write(("clnrm %s\n"):format(version.number()))
  if cx.opts.verbose then
    local about = version.describe()
    cx.out:write(("variant %s, %s\n"):format(about.variant, about.lua))
    for _, library in ipairs(about.libraries) do
      cx.out:write(("%s %s\n"):format(library.name, library.version))
    end
  end
  return 0
end

return M
