--- How the progress of a run is shown: which of the modes, for which stream and environment.
local is_ci = require("engine.ci").is_set

local M = {}

--- The modes that can be asked for.
---   bar      a live region below the results: what runs now, and a bar
---   counter  each result has its number: (3/128)
---   plain    the counter, and a line on standard error when a scenario begins
---   none     neither
---   json     each event as a line of JSON on standard error
---@alias engine.ui.ProgressMode "bar"|"counter"|"plain"|"none"|"json"

local function is_set(value)
  return value ~= nil and value ~= ""
end

--- Says whether a stream can have a live region: a terminal that knows more than lines.
---@param out { is_tty: boolean }
---@param env fun(name: string): string?
---@return boolean
function M.can_redraw(out, env)
  local term = env("TERM")
  return out.is_tty and is_set(term) and term ~= "dumb"
end

--- Settles the mode of a run.
---
--- `auto` is a bar on a terminal and a counter elsewhere.  It is no bar either where CI or NO_COLOR
--- is set: whoever sets them wants no escape sequences.  `bar` by name is one wherever it can be.
---@param wanted "auto"|engine.ui.ProgressMode
---@param out { is_tty: boolean }
---@param env fun(name: string): string?
---@return engine.ui.ProgressMode
---@nodiscard
function M.settle(wanted, out, env)
  if wanted == "bar" then
    return M.can_redraw(out, env) and "bar" or "counter"
  elseif wanted ~= "auto" then
    return wanted
  end
  local unwilling = is_ci(env) or is_set(env("NO_COLOR"))
  return not unwilling and M.can_redraw(out, env) and "bar" or "counter"
end

return M
