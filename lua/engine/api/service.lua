--- The API as data: the services that `clnrm.service` makes, from what their modules say.

local MODULES = {
  "generic", "http", "mariadb", "nginx", "postgres", "prometheus", "rabbitmq", "redis",
}

local function doc_of(module)
  local options = {}
  for name in pairs(module.options or {}) do
    options[#options + 1] = "`" .. name .. "`"
  end
  table.sort(options)
  local summary = module.summary:gsub("^%l", string.upper)
  if #options == 0 then
    return summary
  end
  return ("%s Options besides those of every service: %s."):format(
    summary, table.concat(options, ", "))
end

local entries = {}
for i, name in ipairs(MODULES) do
  local module = require("clnrm.service." .. name)
  entries[i] = {
    name = name,
    kind = "function",
    params = { { "options?", "table" } },
    returns = { { "table", "spec" } },
    doc = doc_of(module),
    example = ([[
local spec = clnrm.service.%s({ stop_timeout = "2s" })
clnrm.expect(spec):equals({ plugin = "%s", stop_timeout = "2s" })]]):format(name, name),
  }
end

---@type engine.api.Type[]
return {
  {
    name = "clnrm.service",
    kind = "module",
    title = "Services",
    doc = [[
Specifications for `t:open{ services = { name = spec } }`: plain tables.
`clnrm.service.NAME(options)`
also takes the modules of the project's own services/ folder. A table without a module, such as
`{ command = { "httpd" } }`, needs nothing of this.]],
    entries = entries,
  },
}
