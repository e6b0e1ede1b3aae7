--- Programs that have the terminal for a while: an editor, a pager, a debugger.
---
--- The loop goes on meanwhile: they are not run by a call that waits, but are a process group that
--- is given the foreground.  Nobody but they read the terminal.
---@class engine.dev.screen.outside
local core = require("core.task")
local proc = require("core.proc")
local term = require("core.term")

local M = {}

local LOOK_MS = 200 -- between two looks at whether it was stopped
local SIGCONT = 18

--- Whether a process is stopped: by Ctrl-Z, or since it read the terminal before that was its own.
local function is_stopped(pid)
  local file = io.open(("/proc/%d/stat"):format(pid))
  local text = file and file:read("a") or ""
  if file then
    file:close()
  end
  return text:match("%) (%a)") == "T"
end

--- Leaves the screen, calls a function that uses the terminal, and takes it again.  What runs write
--- to standard output is still nobody's: the function has a stream of its own.
---@async
---@param view engine.dev.screen.View
---@param fn async fun(...): ...
---@return ... what it returned
function M.call(view, fn, ...)
  if view.is_outside then
    error("another program has the terminal", 0)
  end
  view.is_outside = true
  view:leave()
  local results = table.pack(pcall(fn, ...))
  view.is_outside = false
  view:enter()
  if not results[1] then
    error(results[2], 0)
  end
  return table.unpack(results, 2, results.n)
end

local function run(command)
  local process <close>, err = proc.spawn({
    argv = { "/bin/sh", "-c", "exec </dev/tty >/dev/tty 2>&1; " .. command },
  })
  if not process then
    return nil, err
  end
  local pid, ended = process:pid()
  term.give(0, pid)
  repeat
    if is_stopped(pid) then -- nobody else would let it go on
      process:signal(SIGCONT)
    end
    ended, err = core.timeout(LOOK_MS, process.wait, process)
  until ended or err.code ~= "ETIMEDOUT"
  term.give(0)
  return ended, err
end

--- Runs a command of the shell on the terminal, until it ends.
---@async
---@param view engine.dev.screen.View
---@param command string
---@return boolean ok it ended by itself and well
function M.run(view, command)
  local ended = M.call(view, run, command)
  return ended ~= nil and ended.code == 0
end

return M
