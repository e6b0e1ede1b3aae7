--- Service modules: `plugin = "redis"` in a test file, `clnrm.service.redis` in Lua.
---
--- A module is data with two functions: `spec` says what it starts of this machine's programs,
--- `in_image` what it adds to an image.  What it gives stands under what the file says.
local Plain = require("engine.model.plain")
local fs = require("core.fs")
local host_path = require("engine.model.host_path")
local modules = require("engine.service.modules")
local options = require("engine.service.options")
local place = require("engine.model.place")
local record = require("engine.model.record")
local types = require("engine.model.types")

---@class engine.service.module
local M = {}

local OWN_ONLY = { plugin = true, image = true, depends_on = true } -- what no module decides
local FOR_ENGINE = { template = true, step_env = true } -- what no file says

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

local spec_record
local function spec_type()
  if not spec_record then
    local keys = {
      record.key("template", TEMPLATE, "Data that is made once."),
      record.key("step_env", types.env(), "Variables of commands beside it, not of itself."),
    }
    for _, key in ipairs(modules.service_keys()) do
      if not OWN_ONLY[key.name] then
        keys[#keys + 1] = key
      end
    end
    spec_record = record.new({ title = "what the module gives", keys = keys })
  end
  return spec_record
end

--- Finds what the table of a service may hold: more than usual, when it names a module.
---@param raw table
---@param cx engine.model.Context
---@return engine.model.Record? nil: what a service without a module may hold
function M.record_of(raw, cx)
  local k = raw.plugin ~= nil and "plugin" or "type"
  local name = raw[k]
  if type(name) ~= "string" or modules.is_generic(name) then
    return nil
  end
  cx.modules = cx.modules or {}
  local module = cx.modules[name]
  if module == nil then
    local why
    module, why = modules.load(name, cx)
    cx.modules[name] = module or false
    if why then
      cx:at_value("P125", raw, k, ("the service module %s cannot be used: %s"):format(
        cx:quote(name), why))
    elseif not module then
      local names = modules.names(cx.project_dir)
      local near = cx:suggest(name, names)
      cx:at_value("P113", raw, k, ("no service module is named %s"):format(cx:quote(name)),
        near and ("did you mean %s?"):format(cx:quote(near)),
        "there is: " .. table.concat(names, ", ") .. "; the project's own are services/NAME.lua")
    end
  end
  return module and module.record or modules.record_for(name, {}, true)
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
    elseif not FOR_ENGINE[name] and not checked.spelt[name] then
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
  local is_image = service.image ~= "host"
  local spec = is_image and module.in_image or module.spec
  if not is_image then
    service.programs, service.package = module.needs, module.package
    service.other_image = module.image
    service.default_image = not checked.spelt.image and module.image or nil
  end
  local errors = cx.counts.error
  local o, secrets, was_refused = arguments(cx, service, checked, module)
  service.secrets, service.hidden = secrets, places_of(cx, module, checked, secrets)
  local done, why = modules.call(spec, o)
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
    service.step_env = given.value.step_env
  end
  return function()
    for _, problem in ipairs(inner.problems) do
      local at = problem.key ~= "" and problem.key .. ": " or ""
      tell_broken(cx, checked, module, at .. problem.message, problem.help)
    end
  end
end

return M
