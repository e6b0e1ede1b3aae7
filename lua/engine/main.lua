--- The program: reads the command, runs it, returns the exit code.
require("engine.coro")

local M = {}

--- Runs plain Lua with the system's module paths: busted and tools.
local function run_lua(argv)
  local file = argv[2]
  if not file then
    io.stderr:write("usage: clnrm lua FILE [args]\n")
    return 2
  end
  require("engine.loader").use_system_paths()
  local args = { [0] = file }
  for i = 3, #argv do
    args[i - 2] = argv[i]
  end
  _G.arg = args
  local chunk, why = loadfile(file, "t")
  if not chunk then
    io.stderr:write("clnrm lua: ", why, "\n")
    return 2
  end
  local ok, err = xpcall(chunk, debug.traceback, table.unpack(args))
  if not ok then
    io.stderr:write("clnrm lua: ", tostring(err), "\n")
    return 1
  end
  return 0
end

---@param argv string[] argv[0] is the program
---@return integer exit_code
function M.main(argv)
  if argv[1] == "lua" then
    return run_lua(argv)
  end
  return require("engine.cli").main(argv)
end

return M
