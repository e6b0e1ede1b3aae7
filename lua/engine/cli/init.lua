--- The command line: finds the command, parses its options, runs it.
local M = {}

---@param argv string[]
---@return integer exit_code
function M.main(argv)
  io.stderr:write(("clnrm: unknown command '%s'\n"):format(tostring(argv[1])))
  return 2
end

return M
