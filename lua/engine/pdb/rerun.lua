--- Opens the debugger at a test that failed, from a view that has given the terminal back.
---
--- For the screen of a developer loop: it leaves the screen as it was before, calls `run`, and
--- takes the screen again.  The test is run once more, by this program as a process of its own: its
--- signals, its rooms and its record are not those of the loop, which stands still meanwhile
--- (saves are noticed afterwards).  Needs a terminal as standard input and output; the process says
--- itself why there can be no debugger.
---@class engine.pdb.rerun
local own_program = require("engine.own_program")

local M = {}

--- Makes the command of the shell.
---@param rerun string `rerun` of a failure: "clnrm run FILE --only NAME"
---@param program string clnrm, as a word of the shell
---@return string? command nil: it is no such command
---@nodiscard
function M.command(rerun, program)
  local rest = rerun:match("^clnrm run (.+)$")
  return rest and ("%s run --pdb %s"):format(program, rest) or nil
end

--- Runs a test again in the debugger, and returns when that is over.
---@param rerun string `rerun` of a failure
---@return integer? exit_code
---@return string? why it could not be run
function M.run(rerun)
  local command = M.command(rerun, own_program.word())
  if not command then
    return nil, "this test has no command to run it again"
  end
  local _, how, code = os.execute(command)
  return how == "signal" and 128 + code or code
end

return M
