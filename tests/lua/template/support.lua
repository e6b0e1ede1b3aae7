--- What specs of filters, tests and functions of templates share.
local M = {}

local environment = require("engine.template.environment")
local filters = require("engine.template.filters")
local functions = require("engine.template.functions")
local tests = require("engine.template.tests")

--- Makes a context of a rendering.
---@param fields? table
---@return table
function M.context(fields)
  local ctx = {
    seed = 42,
    counters = {},
    env = function()
      return nil
    end,
    clock = function()
      return 1735689600000 -- 2025-01-01T00:00:00Z
    end,
  }
  for key, value in pairs(fields or {}) do
    ctx[key] = value
  end
  return ctx
end

--- Makes an environment of templates, with all that is built in and no cache.
---@param templates table<string, string>
---@return engine.template.Env
function M.environment(templates)
  return environment.new({
    load = function(name)
      return templates[name]
    end,
    filters = filters, tests = tests, functions = functions, ctx = M.context(),
    uses_cache = false,
  })
end

--- Applies a filter.
---@param name string
---@param v any
---@param args? table
---@return any
function M.filter(name, v, args)
  return filters[name](M.context(), v, args or {})
end

--- Calls a function in a context of its own, or a given one.
---@param name string
---@param args? table
---@param ctx? table
---@return any
function M.call(name, args, ctx)
  return functions[name](ctx or M.context(), args or {})
end

--- The text of the problem that a function of Lua raises.
---@param fn function
---@return string
function M.problem(fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, "nothing was raised")
  return assert(type(err) == "table" and err.template_error, tostring(err))
end

return M
