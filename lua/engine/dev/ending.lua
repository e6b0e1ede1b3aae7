--- When the developer loop ends, and with which code.
local exit_codes = require("engine.cli.exit_codes")
local fs = require("core.fs")
local refusal = require("engine.dev.refusal")

---@class engine.dev.ending
local M = {}

local STOPS = exit_codes.of_signal
local OF_VERDICTS = { [0] = true, [1] = true, [2] = true, [4] = true, [5] = true }

--- The exit code of what stands: of all tests by their last verdicts; a last run that reached none
--- is told, too.
---@param self engine.dev.Loop
---@return integer
local function standing(self)
  local counts = self.state:counts()
  local code = require("engine.verdict").exit_code(counts, {
    flaky = self.cx.config.values["test_execution.flaky"],
  })
  local last = self.last_code or exit_codes.NOTHING
  code = OF_VERDICTS[last] and code or exit_codes.worst(last, code)
  return refusal.worst(self.state, code)
end

--- Says with which code the loop ends: that of a stop while tests ran, or by who is no person;
--- else of what stands, as Ctrl-C is how the loop is left.
---@param self engine.dev.Loop as it ended
---@return integer
---@nodiscard
function M.exit_code(self)
  if self.refused then
    return self.refused
  elseif self.o.once then
    return self.last_code
  end
  local last = self.state.cycle
  return STOPS[last and last.interrupted] or self.ended ~= "SIGINT" and STOPS[self.ended]
    or standing(self)
end

--- Whether there is no project any more, or no folder that we are in: nothing can be found then,
--- and what is made again under the name is not where we are.
---@param self engine.dev.Loop
---@return boolean is_gone then it was told
---@nodiscard
function M.is_gone(self)
  local cx, home = self.cx, self.home
  local stat = fs.stat(cx.project.dir)
  if stat and fs.getcwd() and (not home or stat.dev == home.dev and stat.ino == home.ino) then
    return false
  end
  cx:error(("%s: the folder of the project is gone"):format(cx.project.dir))
  self.refused = exit_codes.ENVIRONMENT
  return true
end

return M
