--- Builds the hooks of a file: commands and Lua modules around its scenarios, as steps of no list.
local checks = require("engine.model.checks")
local host_path = require("engine.model.host_path")
local place = require("engine.model.place")

---@class engine.model.hooks
local M = {}

local NAMES = { "before_all", "before_each", "after_each", "after_all" }

--- What has to be on the command line for a command to run on the machine itself.
M.ALLOW_HOST = "host-hooks"

---@class engine.model.Hook: engine.model.Step a command, or a module
---@field on? "host"            a command of the machine itself, not of a room
---@field module? engine.script.hook_module.Module

---@class engine.model.Hooks
---@field before_all? engine.model.Hook
---@field before_each? engine.model.Hook
---@field after_each? engine.model.Hook
---@field after_all? engine.model.Hook
---@field has_module? boolean code of the project runs in them
---@field has_host? boolean   one of them runs on the machine itself

--- Whether a text in the place of a command is the path of a module.
local function is_module(shell)
  return shell ~= nil and shell:match("^[%w_.-][%w_./-]*%.lua$") ~= nil
end

local function problem(cx, name, t, k, found)
  local message = ("the module of the hook %s %s"):format(cx:name(name), found.message)
  cx:at_value(found.code, t, k, message, found.label, found.help)
end

--- Finds the module of a hook and, where code of the project may run, loads it.
local function module_of(cx, name, path, t, k)
  local real, stat = host_path.find(path, cx.dir, cx.project_dir)
  if real and stat.type ~= "file" then
    real, stat = nil, { code = "P128", message = "is a folder, not a Lua file" }
  elseif real and not path:match("%.lua$") then
    real, stat = nil, { code = "P128", message = "has no name that ends in .lua" }
  end
  if not real then
    return problem(cx, name, t, k, stat)
  end
  local folder = cx.file:match("^(.*/)[^/]*$") or ""
  local module, found, diagnostics = require("engine.script.hook_module").load({
    file = folder .. path:gsub("^%./", ""),
    path = real,
    project_dir = cx.project_dir,
    room = { project = "ro" },
  }, name, cx)
  for _, d in ipairs(diagnostics or {}) do
    cx.counts.error = cx.counts.error + 1
    cx.list[#cx.list + 1] = d
  end
  if found then
    problem(cx, name, t, k, found)
  end
  return module
end

--- Refuses what a file alone cannot ask for.
local function check_host(cx, name, checked)
  if cx.as_run and not (cx.allow and cx.allow[M.ALLOW_HOST]) then
    cx:at_value("P129", checked.raw, checked.spelt.on,
      ("the hook %s would run on the machine itself"):format(cx:name(name)),
      "not without --allow " .. M.ALLOW_HOST,
      "clnrm run --allow " .. M.ALLOW_HOST .. " lets it; a file alone cannot")
    return false
  end
  return true
end

--- Checks the table of a hook: one of command and module, and where it runs.
---@return boolean? ok
local function check_table(cx, name, checked)
  local value, spelt = checked.value, checked.spelt
  if spelt.command and spelt.module then
    cx:at_key("P105", checked.raw, spelt.module,
      ("the hook %s has a command and a module"):format(cx:name(name)), "leave one out")
  elseif not spelt.command and not spelt.module then
    cx:at_value("P104", checked.t, checked.k,
      ("`command` is missing in the hook %s"):format(cx:name(name)), nil,
      'add: command = ["true"]')
  elseif spelt.module and value.on == "host" then
    cx:at_value("P103", checked.raw, spelt.on,
      ("the module of the hook %s cannot run on the machine itself"):format(cx:name(name)), nil,
      "a module runs inside of clnrm and reaches the room by its t; only a command can run there")
  elseif value.on ~= "host" or check_host(cx, name, checked) then
    return (value.command or value.module) ~= nil
  end
end

--- Builds one hook.
---@return engine.model.Hook?
local function build_hook(cx, checked, name)
  local value, t, k = checked.value[name], checked.raw, checked.spelt[name]
  local on, path
  if value.order then -- a table with a command or a module
    local record = value
    if not check_table(cx, name, record) then
      return nil
    end
    on, path = record.value.on, record.value.module
    t, k = record.raw, path and record.spelt.module or record.spelt.command
    value = record.value.command or {}
  elseif is_module(value.shell) then
    path = value.shell
  end
  local pos = place.of_value(cx, t, k)
  return {
    name = name,
    line = pos.line,
    index = 0,
    needs = {},
    argv = value.argv,
    shell = not path and value.shell or nil,
    on = on == "host" and on or nil,
    module = path and module_of(cx, name, path, t, k),
    env = {},
    continue_on_failure = false,
    checks = not path and { checks.implied(cx, t, k) } or {},
    places = { command = pos },
  }
end

--- Builds the hooks of a file; nil when it has none.
---@param cx engine.model.Context
---@param checked? engine.model.Checked of [hooks]
---@return engine.model.Hooks?
---@nodiscard
function M.build(cx, checked)
  local hooks = {}
  for _, name in ipairs(NAMES) do
    local hook = checked and checked.value[name] and build_hook(cx, checked, name)
    if hook then
      hooks[name] = hook
      hooks.has_module = hooks.has_module or hook.module ~= nil or nil
      hooks.has_host = hooks.has_host or hook.on == "host" or nil
    end
  end
  return next(hooks) and hooks or nil
end

return M
