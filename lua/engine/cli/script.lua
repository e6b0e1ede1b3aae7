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

--- Makes standard output tell what became of it: a full disk is kept until the end, a closed pipe
--- ends the program quietly.  Plain Lua forgets both.
---@return fun(): string? failure
local function watch_output()
  local failure
  local leave = os.exit
  local function check(ok, why, ...)
    if not ok and not failure then
      if why and why:find("[Bb]roken pipe") then
        leave(exit_codes.PIPE)
      end
      failure = why or "not written"
    end
    return ok, why, ...
  end
  local methods = getmetatable(io.stdout).__index
  for _, name in ipairs({ "write", "flush" }) do
    local method = methods[name]
    methods[name] = function(file, ...)
      if file ~= io.stdout then
        return method(file, ...)
      end
      return check(method(file, ...))
    end
  end
  rawset(io, "write", function(...)
    return io.output():write(...)
  end)
  rawset(_G, "print", function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do
      parts[i] = tostring(parts[i])
    end
    io.stdout:write(table.concat(parts, "\t"), "\n")
  end)
  return function()
    io.stdout:flush()
    return failure
  end
end

--- Makes os.exit answer for what was written.
local function watch_exit(cx, failure_of)
  local leave = os.exit
  rawset(os, "exit", function(code) -- the state is not closed: it is in use, by this very task
    local failure = failure_of()
    if failure and (code == nil or code == true or code == 0) then
      cx.err:write("clnrm: standard output: " .. cx:safe(failure) .. "\n")
      code = exit_codes.ENVIRONMENT
    end
    leave(code)
  end)
end

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
  require("clnrm.host").provide(function()
    require("engine.script.host").install()
  end)
  local failure_of = watch_output()
  watch_exit(cx, failure_of)
  -- In a task of its own: a limit that is spent goes on raising until its task has ended.
  local running = task.spawn(function()
    task.limit(M.INSTRUCTIONS_MAX)
    chunk(table.unpack(args))
  end)
  local ok, err = pcall(running.join, running)
  local failure = failure_of()
  if not ok then
    local trace = traceback.join(err, running:trace(), cx.opts.trace)
    cx.err:write("clnrm: " .. trace .. "\n")
    return exit_codes.NO
  elseif failure then
    cx.err:write("clnrm: standard output: " .. cx:safe(failure) .. "\n")
    return exit_codes.ENVIRONMENT
  end
  return exit_codes.OK
end

return M
