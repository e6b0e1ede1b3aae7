--- Rules that [assertions] names: where they are, how they are loaded, what their value may be.
---
--- A rule is { summary, value, check }.  It comes from the project's assertions/NAME.lua, which
--- wins, or from the standard library (clnrm.assertions.NAME).  The project's are executed only
--- where `run_modules` says so: `list` and `validate` look whether they are there.
local builtin_module = require("engine.builtin_module")
local duration = require("engine.model.duration")
local host_path = require("engine.model.host_path")

local M = {}

local PREFIX = "clnrm.assertions."
local TEXT_MAX = 1 << 20

--- What a rule of the project may do when it is loaded, and when it checks: instructions, time of
--- the processor, and memory, as much of it as Lua tests.
M.INSTRUCTIONS_MAX = 100000000
M.COMPUTE_MS = 2000
M.MEMORY_MAX = 256 << 20

local NO_MEMORY = "not enough memory"

---@class engine.assertions.Rule
---@field name string
---@field kind "builtin"|"project"
---@field summary? string
---@field value string       what the file gives it: a key of `M.values`
---@field check? fun(value: any, seen: clnrm.assertions.Seen): boolean?, string?
---@field is_known boolean   false: not executed here

--- Reads the value of a rule; each returns it, or nil and what would have been right.
M.values = {
  ["true"] = function(value)
    if value == true then
      return true
    end
    return nil, "true; what is not asserted is left out"
  end,
  count = function(value)
    if math.type(value) == "integer" and value >= 0 then
      return value
    end
    return nil, "a number from 0"
  end,
  duration = function(value)
    if math.type(value) == "integer" and value > 0 then
      return value * 1000
    end
    local ms = type(value) == "string" and duration.parse(value)
    if ms and ms > 0 then
      return ms
    end
    return nil, 'seconds, or text such as "500ms", "5s", "2m"'
  end,
  text = function(value)
    if type(value) == "string" then
      return value
    end
    return nil, "text"
  end,
  any = function(value)
    return value
  end,
}

local function check_shape(found, given)
  if type(given) ~= "table" then
    return nil, ("it gives %s, not a table { value =, check = }"):format(
      given == nil and "nothing" or "a " .. type(given))
  elseif type(given.check) ~= "function" then
    return nil, "`check` is not a function"
  end
  local value = given.value or "any"
  if not M.values[value] then
    return nil, ('`value` is none of "true", "count", "duration", "text", "any"')
  end
  for key in pairs(given) do
    if key ~= "summary" and key ~= "value" and key ~= "check" then
      return nil, ("it has a field that no rule has: %s"):format(tostring(key))
    end
  end
  return {
    name = found.name,
    kind = found.kind,
    summary = given.summary,
    value = value,
    check = given.check,
    is_known = true,
  }
end

local function describe(raised)
  if raised == NO_MEMORY then
    return ("it asked for more than %d MiB of memory"):format(M.MEMORY_MAX >> 20)
  end
  return type(raised) == "string" and raised or "an error that is no text"
end

--- Calls a function of a rule in a task of its own, with limits.
---@async
---@return boolean ok
---@return any ... its results, or what it raised as text
function M.call(fn, ...)
  local task = require("core.task")
  local arguments = table.pack(...)
  local running = task.spawn(function()
    task.limit(M.INSTRUCTIONS_MAX, M.COMPUTE_MS)
    task.memory(M.MEMORY_MAX)
    return pcall(fn, table.unpack(arguments, 1, arguments.n))
  end)
  local results = table.pack(pcall(running.join, running))
  if not results[1] then
    return false, describe(results[2])
  elseif not results[2] then
    return false, describe(results[3])
  end
  return true, table.unpack(results, 3, results.n)
end

local function load_own(found, cx)
  local text, err = require("core.fs").read(found.path, { max = TEXT_MAX })
  if not text then
    return nil, "it cannot be read: " .. err.message
  end
  local chunk, problems = require("engine.script.load").chunk(text, {
    name = found.shown,
    path = found.path,
    project_dir = cx.project_dir,
  })
  if not chunk then
    local d = problems[1]
    return nil, ("%s:%d: %s"):format(d.file, d.line or 1, d.message)
  end
  local ok, given = M.call(chunk)
  if not ok then
    return nil, given
  end
  return check_shape(found, given)
end

local builtin = {}

local function load_builtin(name)
  if builtin[name] == nil then
    local given = builtin_module.load(PREFIX, name)
    builtin[name] = given and assert(check_shape({ name = name, kind = "builtin" }, given)) or false
  end
  return builtin[name] or nil
end

--- Finds and loads a rule.
---@param name string
---@param cx { project_dir: string, run_modules?: boolean }
---@return engine.assertions.Rule? rule
---@return string? why it cannot be used; nil when there is none of that name
function M.load(name, cx)
  if not name:match("^[%w_][%w_-]*$") then
    return nil
  end
  local shown = "assertions/" .. name .. ".lua"
  local path, stat = host_path.find(shown, cx.project_dir, cx.project_dir)
  if not path and stat.code ~= "P126" then
    return nil, stat.message
  elseif not path then
    return load_builtin(name)
  end
  local found = { name = name, kind = "project", path = path, shown = shown }
  if cx.run_modules then
    return load_own(found, cx)
  end
  return { name = name, kind = "project", value = "any", is_known = false }
end

--- Lists the names of the rules that there are.
---@param project_dir string
---@return string[]
function M.names(project_dir)
  local names = {}
  for _, module in ipairs(require("core.embed").list()) do
    names[#names + 1] = module:match("^clnrm%.assertions%.([%w_-]+)$")
  end
  for _, entry in ipairs(require("core.fs").scandir(project_dir .. "/assertions") or {}) do
    names[#names + 1] = entry.name:match("^([%w_-]+)%.lua$")
  end
  table.sort(names)
  return names
end

return M
