--- docs/reference/service-modules.md, from what the modules say of themselves.
local root = os.getenv("CLNRM_ROOT") or "."

local HEAD = [=[
# Service modules

What `plugin = "NAME"` in `[services.…]` can be, and `clnrm.service.NAME{ … }` in Lua. Each is a
file `stdlib/clnrm/service/NAME.lua`, from which this page is made: `clnrm lua docs/gen.lua`. The
options stand beside the keys that every service has ([test file](test-file.md)), and what the file
says itself wins over the module: `args` are appended to its command, `env` is merged, `wait`,
`limits`, `stop_timeout` and the others are taken instead. How a project makes its own:
[services](../services.md#a-module-of-your-own).

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

local function make()
  local out = { HEAD }
  local pipe = assert(io.popen(("ls '%s/stdlib/clnrm/service'"):format(root)))
  for file in pipe:lines() do
    local name = file:match("^(.+)%.lua$")
    local module = assert(loadfile(root .. "/stdlib/clnrm/service/" .. file))()
    if name ~= "init" and module.spec then
      out[#out + 1] = ("\n## %s\n\n%s Debian package: `%s`.\n\n"):format(
        name, module.summary, module.package)
      out[#out + 1] = "| option | type | default | |\n|---|---|---|---|\n"
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
