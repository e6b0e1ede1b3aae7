--- The program: reads the command, runs it, returns the exit code.
require("engine.coro")

local M = {}

local BUG = 3

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

local function has(argv, wanted)
  for _, word in ipairs(argv) do
    if word == wanted then
      return true
    end
  end
  return false
end

--- Tells of an error that nothing in the engine expected.
local function tell_bug(argv, trace)
  local message = trace:match("^[^\n]*")
  io.stderr:write("clnrm: internal error: ", message, "\n")
  if has(argv, "--trace") then
    io.stderr:write(trace, "\n")
  end
  local loader = require("engine.loader")
  for _, module in ipairs(loader.loaded()) do
    if module.kind ~= "builtin" then
      io.stderr:write("  overridden: ", module.name, " by ", module.file, "\n")
    end
  end
  io.stderr:write(
    "  This is a bug in clnrm or in an override: does it happen with --no-overrides?\n",
    "  Please report it with what --trace and `clnrm version --format json` print.\n"
  )
end

---@param argv string[] argv[0] is the program
---@return integer exit_code
function M.main(argv)
  if argv[1] == "lua" then
    return run_lua(argv)
  elseif argv[1] == "--watcher" then -- what core.watcher starts
    return require("engine.docker.watcher").main(argv[2] or "")
  elseif argv[1] == "--lint-part" then -- what engine.lint.parts starts
    return require("engine.lint.part").main()
  end
  local ok, result = xpcall(function()
    return require("engine.cli").main(argv)
  end, function(err)
    return debug.traceback(tostring(err), 2)
  end)
  local guarded = package.loaded["engine.script.guarded"]
  if ok and guarded and guarded.hung > 0 then
    io.stdout:flush()
    os.exit(result) -- a test waits under a shield for what may never come
  elseif ok then
    return result
  end
  tell_bug(argv, result)
  return BUG
end

return M
