--- Why a cycle came to no run: the command line asks for what cannot be had now, as a file of
--- --vars that is no TOML, or a report that cannot be written.
local exit_codes = require("engine.cli.exit_codes")

---@class engine.dev.refusal
local M = {}

---@class engine.dev.Refusal: engine.dev.Problem
---@field exit_code integer
---@field is_last? boolean the loop ends by it

local MESSAGE = "nothing was run: what stands is of before, until this is right"
local FIRST = "nothing was run yet: this has to be right first"
local LAST = "nothing was run"

---@class engine.dev.Told what was said last before a run would have begun
---@field help? string
---@field diagnostics? engine.diag.Diagnostic[]
---@field sources? table<string, string> file → text

--- Makes what a run takes for the context of the program: what it complains of is written as ever,
--- and the last of it noted.
---@param cx engine.cli.Context
---@return engine.cli.Context cx
---@return engine.dev.Told told
---@nodiscard
function M.listen(cx)
  local told, own = {}, {}
  function own:error(message, ...)
    told.help, told.diagnostics, told.sources = message, nil, nil
    return cx.error(self, message, ...)
  end
  function own:show_diagnostics(list, sources)
    told.help, told.diagnostics, told.sources = nil, list, sources
    return cx.show_diagnostics(self, list, sources)
  end
  return setmetatable(own, { __index = cx, __newindex = cx }), told
end

--- Whether something is known of any test.
local function is_known(state)
  for _, count in pairs(state:counts()) do
    if count > 0 then
      return true
    end
  end
  return false
end

--- Makes the refusal of a cycle.
---@param told engine.dev.Told
---@param code integer
---@param state engine.dev.State
---@param is_last boolean nothing is waited for
---@return engine.dev.Refusal
---@nodiscard
function M.new(told, code, state, is_last)
  return {
    message = is_last and LAST or is_known(state) and MESSAGE or FIRST, help = told.help,
    diagnostics = told.diagnostics, exit_code = code, is_last = is_last or nil,
  }
end

--- Says in one line what is wrong: the first of it, as a row may be too short for more.
---@param problem engine.dev.Problem
---@return string? text nil: nothing is known
---@nodiscard
function M.first(problem)
  local d = problem.diagnostics and problem.diagnostics[1]
  if not d then
    return problem.help
  end
  local place = d.line and (":%d:%d"):format(d.line, d.column or 1) or ""
  return ("%s%s: %s: %s"):format(d.file or "settings", place, d.code, d.message)
end

--- Says with which code a loop ends whose last run was refused.
---@param state engine.dev.State
---@param code integer of what stands
---@return integer
---@nodiscard
function M.worst(state, code)
  return state.refusal and exit_codes.worst(state.refusal.exit_code, code) or code
end

return M
