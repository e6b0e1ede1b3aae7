--- Lua modules that `[hooks]` of a test file names: found by engine.model.hooks, loaded here.
---
--- A module returns a function, or a table with one for each hook that it is; each gets the `t` of
--- the hook.  It is executed once for each file of tests (and cell of its matrix), however many
--- hooks name it, and only where `run_modules` says so: `list` and `validate` compile it.
---@class engine.script.hook_module
local M = {}

local TEXT_MAX = 1 << 20

---@class engine.script.hook_module.Module
---@field file string as it is shown
---@field path string absolute
---@field fn? async fun(t: clnrm.Test) nil: it was not executed
---@field place engine.script.Place of the file
---@field own? table what the file's own matchers are kept in

---@class engine.script.hook_module.Loaded a module that was executed
---@field given any what it returned
---@field own table

local function problem(message, label, help)
  return nil, { code = "P128", message = message, label = label, help = help }
end

--- Compiles the file and, where code of the project may run, executes it.
---@return engine.script.hook_module.Loaded|true|false loaded true: it was compiled only
---@return table? problem then
---@return engine.diag.Diagnostic[]? diagnostics then
local function read(about, executes)
  local text, err = require("core.fs").read(about.path, { max = TEXT_MAX })
  if not text then
    local _, why = problem("cannot be read: " .. err.message)
    return false, why
  end
  require("engine.script.host").install()
  require("engine.script.place").add(about.file, text)
  local suite = require("engine.script.suite")
  local chunk, problems = suite.compile(text, about, executes)
  if not chunk then
    return false, nil, problems
  elseif not executes then
    return true
  end
  local registry, given = suite.execute(chunk, about, "P128")
  if not registry then
    return false, nil, { given }
  elseif registry.count > 0 or #registry.tests > 0 then
    local _, why = problem("registers tests, fixtures or hooks, as a file of Lua tests does", nil,
      "a module of a hook returns a function, or a table of functions")
    return false, why
  end
  return { given = given, own = registry.own }
end

--- Picks the function of a hook from what its module has returned.
local function pick(given, name)
  if type(given) == "function" then
    return given
  elseif type(given) ~= "table" then
    return problem(("returns %s"):format(given == nil and "nothing" or "a " .. type(given)), nil,
      "it returns a function, or a table with one for each hook: return function(t) … end")
  end
  local ok, fn = pcall(function()
    return given[name]
  end)
  if not ok or type(fn) ~= "function" then
    return problem(("returns a table without a function `%s`"):format(name))
  end
  return fn
end

--- Loads the module of a hook.
---@async
---@param about { file: string, path: string, project_dir: string } file: as it is shown
---@param name "before_all"|"before_each"|"after_each"|"after_all"
---@param cx { run_modules?: boolean, hook_modules?: table<string, any> } gets `hook_modules`
---@return engine.script.hook_module.Module? module
---@return { code: string, message: string, label?: string, help?: string }? problem that completes
---"the module of the hook NAME …"
---@return engine.diag.Diagnostic[]? diagnostics of the module's own text
function M.load(about, name, cx)
  cx.hook_modules = cx.hook_modules or {}
  local loaded, why, diagnostics = cx.hook_modules[about.path], nil, nil
  if loaded == nil then
    loaded, why, diagnostics = read(about, cx.run_modules)
    cx.hook_modules[about.path] = loaded
  end
  if not loaded then
    return nil, why, diagnostics -- told once, whichever hook came first
  end
  local module = { file = about.file, path = about.path, place = { file = about.file, line = 1 } }
  if loaded == true then
    return module
  end
  module.fn, why = pick(loaded.given, name)
  module.own = loaded.own
  return module.fn and module, why
end

return M
