--- What tags of a test file can name: the command line's values, the cell, [vars], standard ones;
--- and what their filters and functions are given.
local determinism = require("engine.determinism")
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

local function standard_values(getenv)
  local values = {}
  for name, standard in pairs(M.STANDARD) do
    local set = getenv(standard[1])
    values[name] = set and set ~= "" and set or standard[2]
  end
  return values
end

local own

--- The standard values of this process, whose environment stays as it is.
local function own_values()
  own = own or standard_values(os.getenv)
  return own
end

--- Makes the context of a rendering.
---@param scope engine.template.Scope
---@return table<string, any>
function M.of(scope)
  local context, vars = {}, {}
  for name, set in pairs(scope.getenv and standard_values(scope.getenv) or own_values()) do
    context[name] = set
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

--- Makes what filters and functions are given.
---@param opts { determinism?: engine.Determinism }
---@return engine.template.Context
---@nodiscard
function M.functions(opts)
  local ctx = determinism.of_template(opts.determinism)
  ctx.counters, ctx.variables = {}, {}
  local tell = ctx.clock
  ctx.clock = function()
    ctx.has_asked_time, ctx.has_told_time = true, not ctx.is_frozen
    ctx.now = ctx.now or tell() -- a rendering has one time
    return ctx.now
  end
  ctx.env = function(name)
    ctx.variables[name] = true -- an input of the file, as its text is
    return os.getenv(name)
  end
  return ctx
end

--- Tells which variables of the environment a template hangs on: those that its functions asked
--- for, and those behind the standard names that it uses.
---@param ctx engine.template.Context
---@param used table<string, true> as engine.template.environment tells them
---@return string[] names sorted
---@nodiscard
function M.inputs(ctx, used)
  local names = {}
  for name in pairs(ctx.variables) do
    names[#names + 1] = name
  end
  local is_whole = used["otel.*"] or used.__tera_context
  for name, standard in pairs(M.STANDARD) do
    if used[name] or is_whole or used.otel and used["otel." .. name] then
      names[#names + 1] = standard[1]
    end
  end
  table.sort(names)
  return names
end

return M
