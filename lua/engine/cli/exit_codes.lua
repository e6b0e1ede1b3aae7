--- The exit codes: one table for the program, `clnrm help exit-codes` and the docs.
local M = {}

---@class engine.cli.ExitCode
---@field code integer
---@field text string

---@type engine.cli.ExitCode[]
M.list = {
  { code = 0, text = "all passed, or nothing had to be done" },
  {
    code = 1,
    text = "the answer is no: a test failed, timed out or broke a policy; two things differ",
  },
  { code = 2, text = "the input is wrong: a flag, a file, its syntax, or what it asks for" },
  { code = 3, text = "a bug in clnrm, or in an override" },
  { code = 4, text = "nothing ran: no test was found or selected, or all were skipped" },
  { code = 5, text = "a rerun passed, others that had not passed were not run again (--failed)" },
  { code = 6, text = "the environment is broken: no verdict was reached, or it could not be told" },
  { code = 124, text = "the deadline of the run passed (--deadline)" },
  { code = 129, text = "stopped by SIGHUP, after cleaning up" },
  { code = 130, text = "stopped by SIGINT (Ctrl-C), after cleaning up" },
  { code = 141, text = "nobody reads standard output any more (a closed pipe)" },
  { code = 143, text = "stopped by SIGTERM, after cleaning up" },
}

M.OK = 0
M.NO = 1
M.INPUT = 2
M.BUG = 3
M.NOTHING = 4
M.ENVIRONMENT = 6
M.PIPE = 141

--- Of a program that a signal has stopped.
---@type table<string, integer>
M.of_signal = { SIGINT = 130, SIGTERM = 143, SIGHUP = 129 }

--- Several at once: the first of these wins.
M.precedence = { 3, 2, 6, 1, 5, 4, 0 }

local RANK = {}
for i, code in ipairs(M.precedence) do
  RANK[code] = i
end

--- Returns the code that stands when both apply; one that tells of a stop stands over all.
---@param a integer
---@param b integer
---@return integer
function M.worst(a, b)
  return (RANK[a] or 0) <= (RANK[b] or 0) and a or b
end

return M
