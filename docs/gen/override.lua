--- docs/override.md: how to replace parts of the engine, and the functions that are meant for it.
local root = os.getenv("CLNRM_ROOT") or "."

local HEAD = [==[
# Overrides

Everything that clnrm decides is Lua, and a project can replace it. Made by `make docs`
from the sources: do not edit.

A file `.clnrm/override/engine/a/b.lua` in the project stands for the module `engine.a.b`. A file
below `~/.config/clnrm/override` does so for you alone, and only for how things look: of
`engine.report.*` and `engine.ui.*` all but `report.open`, `report.file`, `report.custom`,
`report.of_files` and `ui.session`. What is yours never changes a verdict: such a file reaches
`core.*`, these modules, their originals and `engine.override`, has no `io`, `load`, `debug`,
`package` or `os.exit`, and any other module is an error. `engine.main`, the loader and what reads
the command line are loaded before overrides are known; a file for one of them is an error. So is a
file that does not load: there is no silent fall back.

- `clnrm modules` lists which file won.
- `--no-overrides` ignores all of them: the first question of any bug report.
- `run`, `dev`, `repl`, `replay`, `render`, `modules` and programs in Lua use overrides; other
  commands never do. `dry-run`, `validate`, `list`, `graph`, `lint`, `migrate` and `pull` warn where
  one of them has a say in how `run` reads files (a filter of templates, say): they execute nothing
  of the project, so they may see another file.

The original stays under the prefix `builtin.`, so that a file states only its change:

```lua
-- .clnrm/override/engine/report/human.lua
local human = require("builtin.engine.report.human")

require("engine.override")(human, "word", function(base, record)
  if record.verdict == "fail" then
    return "NOPE", "red bold"
  end
  return base(record)
end)

return human
```

## Functions meant for it

They keep their meaning for a minor version. Everything else can be replaced too, and may change.

]==]

--- Collects the overridable functions of a source text.
local function collect(text, module, out)
  local block = {}
  for line in text:gmatch("[^\n]*") do
    if line:match("^%-%-%-") then
      block[#block + 1] = line
    else
      local name = line:match("^function M%.([%w_]+)%(") or line:match("^M%.([%w_]+) =")
      if name and table.concat(block, "\n"):find("---@overridable", 1, true) then
        local sentence = block[1]:match("^%-%-%-%s*(.*)$")
        local arguments = line:match("%((.-)%)")
        out[#out + 1] = ("- `%s.%s%s`: %s"):format(module, name,
          arguments and "(" .. arguments .. ")" or "", sentence)
      end
      block = {}
    end
  end
end

local function make()
  local out = {}
  local files = assert(io.popen(("cd '%s' && find lua -name '*.lua' | LC_ALL=C sort"):format(root)))
  for path in files:lines() do
    local file = assert(io.open(root .. "/" .. path))
    local module = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
    collect(file:read("a"), module, out)
    file:close()
  end
  files:close()
  return HEAD .. table.concat(out, "\n") .. "\n"
end

return { file = "docs/override.md", make = make }
