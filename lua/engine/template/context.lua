--- What tags of a test file can name: the command line's values, the cell, [vars], standard ones.
local value = require("engine.template.value")

local M = {}

--- The standard names: the variable of the environment, and the value without it.
M.STANDARD = {
  svc = { "SERVICE_NAME", "clnrm" },
  env = { "ENV", "ci" },
  endpoint = { "OTEL_ENDPOINT", "http://localhost:4318" },
  exporter = { "OTEL_TRACES_EXPORTER", "otlp" },
  image = { "CLNRM_IMAGE", "" },
  freeze_clock = { "FREEZE_CLOCK", "2025-01-01T00:00:00Z" },
  token = { "OTEL_TOKEN", "" },
}

---@class engine.template.Scope
---@field define? table<string, any>  from the command line
---@field matrix? table<string, any>  the cell
---@field vars? table<string, any>    of the file
---@field project? table<string, any> [vars] of the project
---@field getenv? fun(name: string): string? default os.getenv

local function add(to, from)
  for name, v in pairs(from or {}) do
    to[name] = value.import(v)
  end
end

--- Makes the context of a rendering.
---@param scope engine.template.Scope
---@return table<string, any>
function M.of(scope)
  local getenv = scope.getenv or os.getenv
  local context, vars = {}, {}
  for name, standard in pairs(M.STANDARD) do
    local set = getenv(standard[1])
    context[name] = set and set ~= "" and set or standard[2]
  end
  add(context, scope.project)
  add(context, scope.vars)
  add(context, scope.matrix)
  add(context, scope.define)
  add(vars, scope.project)
  add(vars, scope.vars)
  add(vars, scope.define)
  context.vars = vars
  context.matrix = scope.matrix and value.import(scope.matrix) or {}
  if context.otel == nil then
    context.otel = { endpoint = context.endpoint, exporter = context.exporter,
      token = context.token }
  end
  return context
end

return M
