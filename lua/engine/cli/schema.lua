--- clnrm schema: the JSON Schema of test files, for editors.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Prints the JSON Schema of test files, for editors.",
  usage = "clnrm schema [toml]",
  examples = {
    { "clnrm schema > clnrm.schema.json", "kept beside the tests" },
    { "clnrm schema | head -5", "how it begins" },
  },
  text = "It is made of the table that checks test files.  A file names it in its first line:\n"
    .. "`#:schema ./clnrm.schema.json`.  It says which keys there are and of which type; what\n"
    .. "hangs on other values is told by `clnrm validate` and `clnrm lint`.\n",
  formats = { "json" },
  exits = { 0, 2 },
}

function M.run(cx)
  local refused = cx:check_args(1)
  if refused then
    return refused
  elseif cx.args[1] and cx.args[1] ~= "toml" then
    return cx:usage_error(("there is no schema '%s'"):format(cx.args[1]), "there is: toml")
  end
  local made = require("engine.model.json_schema").make(require("engine.model.schema"))
  cx.out:write(assert(require("core.json").encode(made, { indent = 2 })) .. "\n")
  return exit_codes.OK
end

return M
