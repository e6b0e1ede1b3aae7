--- Builds the hooks of a file: commands around its scenarios, as steps of no list.
local checks = require("engine.model.checks")
local place = require("engine.model.place")

---@class engine.model.hooks
local M = {}

local NAMES = { "before_all", "before_each", "after_each", "after_all" }

---@class engine.model.Hooks
---@field before_all? engine.model.Step
---@field before_each? engine.model.Step
---@field after_each? engine.model.Step
---@field after_all? engine.model.Step

--- Builds one hook.
local function build_hook(cx, checked, name)
  local value, t, k = checked.value[name], checked.raw, checked.spelt[name]
  if value.order then -- a table with a command
    local record = value
    t, k = record.raw, "command"
    value = record.value.command
    if not value and not record.spelt.command and not record.spelt.module then
      cx:at_value("P104", checked.raw, checked.spelt[name],
        ("`command` is missing in the hook %s"):format(cx:name(name)), nil,
        'add: command = ["true"]')
    end
    if not value then
      return nil
    end
  end
  local pos = place.of_value(cx, t, k)
  return {
    name = name,
    line = pos.line,
    index = 0,
    needs = {},
    argv = value.argv,
    shell = value.shell,
    env = {},
    continue_on_failure = false,
    checks = { checks.implied(cx, t, k) },
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
    if checked and checked.value[name] then
      hooks[name] = build_hook(cx, checked, name)
    end
  end
  return next(hooks) and hooks or nil
end

return M
