--- docs/reference/service-modules.md, from what the modules say of themselves.
local root = os.getenv("CLNRM_ROOT") or "."

local HEAD = [=[
# Service modules

What `plugin = "NAME"` in `[services.…]` can be, and `clnrm.service.NAME{ … }` in Lua. Each is a
file `stdlib/clnrm/service/NAME.lua`, from which this page is made: `make docs`. The
options stand beside the keys that every service has ([test file](test-file.md)), and what the file
says itself wins over the module: `args` are appended to its command, `env` is merged, `wait`,
`limits`, `stop_timeout` and the others are taken instead. How a project makes its own:
[services](../services.md#a-module-of-your-own).

Each runs over programs of this machine in the sandbox, and over an image in Docker, Podman, or
where the file names one: `image = "postgres:15"`. The image that stands here is taken where a file
names none and `--backend docker` or `podman` was asked for, or where another image of the file
leads to an engine. The conventions are those of the official images. None of these was ever run by
us: the tests make images with such entrypoints, variables and folders from Debian's packages. What
is in the data directories ends with the container, and so with the scenario.

Ports below 1024 cannot be had in a room. A value marked *secret* never stands in the arguments of
a program, and is masked in what is told: [services](../services.md#secrets).
]=]

local function list_options(options)
  local names = {}
  for name in pairs(options) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    if (a == "port") ~= (b == "port") then
      return a == "port"
    end
    return a < b
  end)
  local lines = {}
  for i, name in ipairs(names) do
    local option = options[name]
    local kind = option.type == "list" and "list of texts" or option.type
    if option.type == "table" then
      kind = "table of texts"
    end
    local default = option.default ~= nil and "`" .. tostring(option.default) .. "`" or ""
    local secret = option.secret and ", *secret*" or ""
    lines[i] = ("| `%s` | %s%s | %s | %s |\n"):format(name, kind, secret, default, option.doc)
  end
  return table.concat(lines)
end

--- The first lines of a module's section.
local function describe(name, module)
  local out = { ("\n## %s\n\n%s"):format(name, module.summary) }
  if module.package then
    out[#out + 1] = (" Debian package: `%s`."):format(module.package)
  end
  if module.image then
    out[#out + 1] = (" Image: `%s`"):format(module.image)
    out[#out + 1] = module.data
      and (", its data in `%s`."):format(table.concat(module.data, "`, `")) or "."
  end
  if module.names then
    out[#out + 1] = (" Its names are `%s`."):format(table.concat(module.names, "`, `"))
  end
  return table.concat(out) .. "\n"
end

local function make()
  local out = { HEAD }
  local pipe = assert(io.popen(("ls '%s/stdlib/clnrm/service'"):format(root)))
  for file in pipe:lines() do
    local name = file:match("^(.+)%.lua$")
    local module = assert(loadfile(root .. "/stdlib/clnrm/service/" .. file))()
    if name ~= "init" then
      out[#out + 1] = describe(name, module)
    end
    if name ~= "init" and module.spec then
      out[#out + 1] = "\n| option | type | default | |\n|---|---|---|---|\n"
      out[#out + 1] = list_options(module.options)
      out[#out + 1] = ("\nReady when %s.\n"):format(module.ready)
      if module.steps then
        out[#out + 1] = ("Its steps have %s.\n"):format(module.steps)
      end
    end
  end
  pipe:close()
  return table.concat(out)
end

return { file = "docs/reference/service-modules.md", make = make }
