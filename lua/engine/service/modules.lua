--- Finds service modules: the standard library's and the project's services/NAME.lua, which win.
---
--- A project's own is executed only where `cx.run_modules` says so: `list` and `validate` look
--- whether it is there.
---@class engine.service.modules
local builtin_module = require("engine.builtin_module")
local fs = require("core.fs")
local host_path = require("engine.model.host_path")
local options = require("engine.service.options")
local record = require("engine.model.record")
local task = require("core.task")

local M = {}

---@class engine.service.Module
---@field name string
---@field kind "builtin"|"project"
---@field path? string             of a project's own
---@field summary? string
---@field options table<string, engine.service.Option>
---@field spec fun(o: table): table?, string?, string? over the programs of this machine
---@field needs string[]           programs
---@field package? string          Debian's, which has them
---@field in_image? fun(o: table): table?, string?, string? over an image
---@field image? string            the image where an engine runs it and the file names none
---@field record engine.model.Record what [services.NAME] may hold with it
---@field is_known? boolean        false: not executed here, so its options are not known

--- What a module of the project may use until it is loaded, or has said what it starts.
M.INSTRUCTIONS_MAX = 100000000
M.COMPUTE_MS = 2000
M.MEMORY_MAX = 256 << 20

local TEXT_MAX = 1 << 20 -- bytes of a project's module
local PREFIX = "clnrm.service."

M.is_generic = require("engine.service.generic").is_generic

--- The keys of a service; a function, since the schema asks for modules in turn.
function M.service_keys()
  return require("engine.model.schema.service").keys
end

--- The table of a service in a test file, with the options of a module.
function M.record_for(name, option_keys, is_open)
  local keys = table.move(option_keys, 1, #option_keys, 1, {})
  table.move(M.service_keys(), 1, #M.service_keys(), #keys + 1, keys)
  return record.new({
    title = ('[services.NAME] with plugin = "%s"'):format(name),
    keys = keys,
    is_open = is_open,
  })
end

--- Lists the modules there are: the standard library's and the project's own.
---@param project_dir string
---@return string[]
---@nodiscard
function M.names(project_dir)
  local names, seen = {}, {}
  local function add(name)
    if name and not seen[name] then
      seen[name], names[#names + 1] = true, name
    end
  end
  for _, entry in ipairs(fs.scandir(project_dir .. "/services") or {}) do
    add(entry.name:match("^([%w_-]+)%.lua$"))
  end
  for _, module in ipairs(require("core.embed").list()) do
    add(module:match("^clnrm%.service%.([%w_-]+)$"))
  end
  table.sort(names)
  return names
end

--- Says what was raised, whatever it is.
local function describe(raised)
  if type(raised) == "string" then
    return raised
  end
  local ok, text = pcall(tostring, raised)
  return ok and type(text) == "string" and text or "an error that cannot be shown"
end

--- Calls a function of a project's module: in a task of its own, since a limit that is spent goes
--- on raising until its task has ended.
---@return table? results
---@return string? why
function M.call(fn, ...)
  local arguments = table.pack(...)
  local running = task.spawn(function()
    task.limit(M.INSTRUCTIONS_MAX, M.COMPUTE_MS)
    task.memory(M.MEMORY_MAX)
    local results = table.pack(pcall(fn, table.unpack(arguments, 1, arguments.n)))
    if not results[1] then
      results[2] = describe(results[2])
    end
    return results
  end)
  local ok, results = pcall(running.join, running)
  if not ok or not results[1] then
    return nil, describe(not ok and results or results[2])
  end
  return results
end

--- Checks what a module's file gave.
---@return engine.service.Module?
---@return string? why
local function check_shape(found, given)
  if type(given) ~= "table" then
    return nil, ("%s gives %s, not a table { options =, spec = }"):format(found.shown,
      given == nil and "nothing" or "a " .. type(given))
  end
  local wrong = options.wrong_field(given, found.kind == "project")
  if wrong then
    return nil, ("%s: %s"):format(found.shown, wrong)
  end
  local needs = given.needs or {}
  for _, program in ipairs(type(needs) == "table" and needs or { false }) do
    if type(program) ~= "string" then
      return nil, found.shown .. ": `needs` is not a list of programs"
    end
  end
  local keys, why = options.keys(given.options or {}, M.service_keys())
  if not keys then
    return nil, ("%s: %s"):format(found.shown, why)
  end
  return {
    name = found.name,
    kind = found.kind,
    path = found.path,
    summary = given.summary,
    options = given.options or {},
    option_keys = keys,
    spec = given.spec,
    needs = table.move(needs, 1, #needs, 1, {}),
    package = given.package,
    in_image = given.in_image,
    image = given.image,
    record = M.record_for(found.name, keys),
    is_known = true,
  }
end

local function load_own(found, project_dir)
  local text, err = fs.read(found.path, { max = TEXT_MAX })
  if not text then
    return nil, ("%s cannot be read: %s"):format(found.shown, err.message)
  end
  local fn, problems = require("engine.script.load").chunk(text, {
    name = found.shown,
    path = found.path,
    project_dir = project_dir,
  })
  if not fn then
    local d = problems[1]
    return nil, ("%s:%d: %s"):format(d.file, d.line or 1, d.message)
  end
  local done, why = M.call(fn)
  if not done then
    return nil, why
  end
  return check_shape(found, done[2])
end

local builtin = {} -- name → module: they are the same for all files

local function load_builtin(name)
  if name == "init" then -- the folder's own file
    return nil
  elseif builtin[name] == nil then
    local given = builtin_module.load(PREFIX, name)
    local found = { name = name, kind = "builtin", shown = PREFIX .. name }
    builtin[name] = given and assert(check_shape(found, given)) or false
  end
  return builtin[name] or nil
end

--- Finds and loads a module.
---@param name string
---@param cx { project_dir: string, run_modules?: boolean }
---@return engine.service.Module?
---@return string? why it cannot be used; nil when there is none of that name
function M.load(name, cx)
  if not name:match("^[%w_][%w_-]*$") then
    return nil
  end
  local shown = "services/" .. name .. ".lua"
  local path, stat = host_path.find(shown, cx.project_dir, cx.project_dir)
  if not path and stat.code ~= "P126" then
    return nil, ("%s %s"):format(shown, stat.message)
  elseif not path then
    return load_builtin(name)
  end
  local found = { name = name, kind = "project", path = path, shown = shown }
  if cx.run_modules then
    return load_own(found, cx.project_dir)
  end
  found.options, found.needs, found.record = {}, {}, M.record_for(name, {}, true)
  found.is_known = false
  return found
end

return M
