--- toml-test's decoder: clnrm lua tests/tools/toml-decoder.lua 1.0|1.1 < FILE
---
--- Prints tagged JSON; exit 1, with the reasons on stderr, when the text is not TOML.
local toml = require("core.toml")

local tagged = dofile(arg[0]:gsub("[^/]*$", "") .. "toml_tagged.lua")
local version = arg[1] or "1.1"
local value, problems = toml.decode(io.read("a"), { version = version, source = "stdin" })
if not value then
  for _, problem in ipairs(problems) do
    io.stderr:write(("%d:%d: %s: %s%s\n"):format(problem.line, problem.column, problem.code,
      problem.message, problem.help and "; " .. problem.help or ""))
  end
  os.exit(1)
end
print(tagged.json(value))
