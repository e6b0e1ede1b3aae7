--- Joins this program's terminal to a command elsewhere: keys go there as they are pressed, what it
--- shows comes here as it is, and the size follows.
---
--- Nothing of it is escaped: who asks for a shell in a room wants its terminal, as by docker exec.
---@class engine.ui.terminal
local log = require("engine.service.log")
local signal = require("core.signal")
local task = require("core.task")
local term = require("core.term")

local M = {}

local OUT_MAX = 16 << 20 -- bytes of an output that the command's object keeps

--- Lists the variables that a command needs to know the terminal.
---@return string[]
---@nodiscard
function M.environment()
  local name = os.getenv("TERM") or ""
  return { "TERM=" .. (name:match("^[%w.+-]+$") or "dumb") }
end

local function copy(process, stream, fd)
  return log.follow(process, stream, OUT_MAX, function(text)
    term.write(fd, text)
  end)
end

local function resize(process)
  local rows, columns = term.size(1)
  if rows then
    process:resize(rows, columns)
  end
end

--- Sends keys until the terminal is gone, or not ours any more.
local function send_keys(process, keys)
  while true do
    local bytes = keys:next()
    if not bytes or not process:write(bytes) then
      return
    end
  end
end

local function follow_size(process, signals)
  while signals:next() do
    resize(process)
  end
end

--- Stands between the terminal and a command until that has ended.
---@async
---@param process core.room.Process
---@param has_tty boolean both have a terminal; else only what it prints is written
---@return core.room.Result? result
---@return core.Error? err
function M.attach(process, has_tty)
  local out = task.spawn(copy, process, "stdout", 1)
  local errors = not has_tty and task.spawn(copy, process, "stderr", 2) or nil
  if not has_tty then
    local result, err = process:wait()
    out:join()
    errors:join()
    return result, err
  end
  term.guard()
  local keys <close>, err = require("core.keys").open(0)
  local ok
  if keys then
    ok, err = keys:grab(true)
  end
  if not ok then
    return nil, err
  end
  resize(process)
  local signals <close> = signal.open("SIGWINCH")
  local tasks = { task.spawn(send_keys, process, keys), task.spawn(follow_size, process, signals) }
  local result
  result, err = process:wait()
  out:join()
  for _, one in ipairs(tasks) do
    one:cancel()
  end
  keys:release()
  term.restore()
  return result, err
end

return M
