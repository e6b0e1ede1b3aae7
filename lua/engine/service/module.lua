--- Service modules: `plugin = "redis"` in a test file, `clnrm.service.redis` in Lua.
---
--- A module is data with one function: { summary, options, spec, needs, package }.  It comes from
--- the standard library or from the project's services/NAME.lua, which wins, and which is executed
--- only where `cx.run_modules` says so: `list` and `validate` look whether it is there.
local Plain = require("engine.model.plain")
local builtin_module = require("engine.builtin_module")
local fs = require("core.fs")
local host_path = require("engine.model.host_path")
local options = require("engine.service.options")
local place = require("engine.model.place")
local record = require("engine.model.record")
local task = require("core.task")
local types = require("engine.model.types")

---@class engine.service.module
local M = {}

---@class engine.service.Module
---@field name string
---@field kind "builtin"|"project"
---@field path? string             of a project's own
---@field summary? string
---@field options table<string, engine.service.Option>
---@field spec fun(o: table): table?, string?
---@field needs string[]           programs
---@field package? string          Debian's, which has them
---@field record engine.model.Record what [services.NAME] may hold with it
---@field is_known? boolean        false: not executed here, so its options are not known

--- Names that all mean the service without a module.
M.GENERIC = { generic = true, generic_container = true, alpine = true, testcontainers = true }

--- What a module of the project may execute until it is loaded, or has said what it starts.
M.INSTRUCTIONS_MAX = 100000000

local TEXT_MAX = 1 << 20 -- bytes of a project's module
local OWN_ONLY = { plugin = true, image = true, depends_on = true } -- what no module decides
local PREFIX = "clnrm.service."

local TEMPLATE = record.new({
  title = "template of a module",
  keys = {
    record.key("argv", types.list(types.argument({ empty = true, sample = '"make"' }), { min = 1 }),
      "What makes the data.", { required = true }),
    record.key("into", types.argument({ sample = '"/var/lib/db/data"' }), "Where.",
      { required = true }),
    record.key("key", types.text({ sample = '"db-1"' }), "What tells it from other data.",
      { required = true }),
    record.key("env", types.env(), "Variables."),
    record.key("stdin", types.text({ empty = true, nul = true }), "Its input."),
  },
})

--- The keys of a service; a function, since the schema asks for modules in turn.
local function service_keys()
  return require("engine.model.schema.service").keys
end

local spec_record
local function spec_type()
  if not spec_record then
    local keys = { record.key("template", TEMPLATE, "Data that is made once.") }
    for _, key in ipairs(service_keys()) do
      if not OWN_ONLY[key.name] then
        keys[#keys + 1] = key
      end
    end
    spec_record = record.new({ title = "what the module gives", keys = keys })
  end
  return spec_record
end

--- The table of a service in a test file, with the options of a module.
local function record_for(name, option_keys, is_open)
  local keys = table.move(option_keys, 1, #option_keys, 1, {})
  table.move(service_keys(), 1, #service_keys(), #keys + 1, keys)
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
local function call(fn, ...)
  local arguments = table.pack(...)
  local running = task.spawn(function()
    task.limit(M.INSTRUCTIONS_MAX)
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
  local keys, why = options.keys(given.options or {}, service_keys())
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
    record = record_for(found.name, keys),
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
  local done, why = call(fn)
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
  found.options, found.needs, found.record = {}, {}, record_for(name, {}, true)
  found.is_known = false
  return found
end

--- Finds what the table of a service may hold: more than usual, when it names a module.
---@param raw table
---@param cx engine.model.Context
---@return engine.model.Record? nil: what a service without a module may hold
function M.record_of(raw, cx)
  local k = raw.plugin ~= nil and "plugin" or "type"
  local name = raw[k]
  if type(name) ~= "string" or M.GENERIC[name] then
    return nil
  end
  cx.modules = cx.modules or {}
  local module = cx.modules[name]
  if module == nil then
    local why
    module, why = M.load(name, cx)
    cx.modules[name] = module or false
    if why then
      cx:at_value("P125", raw, k, ("the service module %s cannot be used: %s"):format(
        cx:quote(name), why))
    elseif not module then
      local names = M.names(cx.project_dir)
      local near = cx:suggest(name, names)
      cx:at_value("P113", raw, k, ("no service module is named %s"):format(cx:quote(name)),
        near and ("did you mean %s?"):format(cx:quote(near)),
        "there is: " .. table.concat(names, ", ") .. "; the project's own are services/NAME.lua")
    end
  end
  return module and module.record or record_for(name, {}, true)
end

--- What a module is given: its options, and how it reads files of the project.
local function arguments(cx, service, checked, module)
  local o, secrets = options.values(module, checked)
  o.name, o.dir = service.name, "/var/lib/" .. service.name
  local refused = false
  function o.read(path)
    assert(type(path) == "string", "path must be text")
    local real, stat = host_path.find(path, cx.dir, cx.project_dir)
    local text, err
    if real then
      text, err = fs.read(real, { max = 64 << 20 })
    end
    if text then
      return text
    end
    local why = real and err.message or stat.message
    if not refused then
      refused = true
      local t, k = options.place_of(module, checked, path)
      t, k = t or checked.raw, k or checked.spelt.plugin
      cx:at_value(real and "P126" or stat.code, t, k, ("%s %s"):format(cx:name(k), why), nil,
        not real and stat.help or nil)
    end
    return nil, why
  end
  return o, secrets, function()
    return refused
  end
end

--- Finds where the secrets stand in the test file: no code frame shows them.
local function places_of(cx, module, checked, secrets)
  local places = {}
  for _, secret in ipairs(not cx.is_plain and secrets or places) do
    local t, k = options.place_of(module, checked, secret)
    places[#places + 1] = t and place.of_value(cx, t, k)
  end
  return places
end

--- Puts what the file says over what the module says, key by key; variables are joined.
local function merge(checked, given, inner)
  checked.context = {}
  for _, key in ipairs(given.order) do
    local name = key.name
    if name == "env" and checked.value.env then
      local joined, at = {}, {}
      for _, list in ipairs({ given.value.env or {}, checked.value.env }) do
        for _, pair in ipairs(list) do
          at[pair[1]] = at[pair[1]] or #joined + 1
          joined[at[pair[1]]] = pair
        end
      end
      checked.value.env = joined
    elseif name ~= "template" and not checked.spelt[name] then
      checked.value[name], checked.spelt[name] = given.value[name], given.spelt[name]
      checked.context[name] = inner
    end
  end
end

local function template_of(given)
  local template = given.value.template
  if not template then
    return nil
  end
  local value = template.value
  return {
    argv = value.argv and table.move(value.argv, 1, #value.argv, 1, {}),
    into = value.into,
    key = value.key,
    env = value.env or {},
    stdin = value.stdin,
  }
end

local function tell_broken(cx, checked, module, why, help)
  cx:at_value("P125", checked.raw, checked.spelt.plugin,
    ("the service module %s is wrong: %s"):format(cx:quote(module.name), why), nil, help)
end

--- Adds to a service what its module says.
---@param cx engine.model.Context
---@param service engine.model.Service
---@param checked engine.model.Checked of the file; gets the keys of the module
---@return fun()? finish to be called when the service is built: tells what is wrong with them
function M.apply(cx, service, checked)
  local module = cx.modules and cx.modules[checked.value.plugin]
  if not module or not module.is_known then
    service.is_open = true -- what it starts is not known here
    return nil
  end
  service.programs, service.package = module.needs, module.package
  local errors = cx.counts.error
  local o, secrets, was_refused = arguments(cx, service, checked, module)
  service.secrets, service.hidden = secrets, places_of(cx, module, checked, secrets)
  local done, why = call(module.spec, o)
  if not done or done[2] ~= nil and type(done[2]) ~= "table" then
    service.is_open = true
    tell_broken(cx, checked, module, why or "spec() gives a " .. type(done[2]))
    return nil
  elseif done[2] == nil then
    service.is_open = true
    local sentence = type(done[3]) == "string" and done[3] or "it says that it cannot be used"
    local k = checked.spelt[done[4]]
    if k and module.options[done[4]] then -- an option is to blame, not this machine
      cx:at_value("P103", checked.raw, k, ("%s: %s"):format(cx:name(k), sentence))
    else
      service.unusable = sentence
    end
    return nil
  elseif was_refused() or cx.counts.error > errors then
    return nil
  end
  local inner = Plain.new({ schema = cx.schema, dir = cx.dir, project_dir = cx.project_dir })
  inner.pos = place.of_value(cx, checked.raw, checked.spelt.plugin)
  local copy = inner:copy(done[2])
  local given = spec_type():check(copy, inner, { spec = copy }, "spec")
  service.is_open = #inner.problems > 0 or nil
  if given then
    merge(checked, given, inner)
    service.template = template_of(given)
  end
  return function()
    for _, problem in ipairs(inner.problems) do
      local at = problem.key ~= "" and problem.key .. ": " or ""
      tell_broken(cx, checked, module, at .. problem.message, problem.help)
    end
  end
end

return M
