--- `clnrm FILE.lua [args]`: a plain program on the engine's Lua.
---
--- It ends with 0, with what os.exit says, or with 1 and a traceback.  It sees core.* and clnrm.*;
--- nothing is loaded from the working directory.
local exit_codes = require("engine.cli.exit_codes")
local task = require("core.task")
local traceback = require("engine.traceback")

local M = {}

--- What a script may do between two waits, before it is taken for an endless loop: half a minute or
--- so.  A script that computes longer says require("core.task").limit(0).
M.INSTRUCTIONS_MAX = 4000000000

---@param cx engine.cli.Context
---@return integer exit_code
function M.run(cx)
  local args, file = cx.args, cx.script
  args[0] = file
  _G.arg = args
  local chunk, why = loadfile(file, "t")
  if not chunk then
    cx:error(why)
    return exit_codes.INPUT
  end
  -- In a task of its own: a limit that is spent goes on raising until its task has ended.
  local running = task.spawn(function()
    task.limit(M.INSTRUCTIONS_MAX)
    chunk(table.unpack(args))
  end)
  local ok, err = pcall(running.join, running)
  if ok then
    return exit_codes.OK
  end
  io.stdout:flush()
  local trace = traceback.join(err, running:trace(), cx.opts.trace)
  cx.err:write("clnrm: " .. trace .. "\n")
  return exit_codes.NO
end

return M
