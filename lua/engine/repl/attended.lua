--- Runs code of a session so that a signal interrupts it, and the session goes on.
---@class engine.repl.attended
local core = require("core.task")
local host = require("clnrm.host")

local M = {}

local SIGNAL_TURNS = 100
local LIMIT = 1 << 62 -- none that is reached: with a limit a task can be interrupted

---@class engine.repl.Ended how it ended
---@field running core.Task
---@field ok? boolean nil: it was not begun, or unwound whole
---@field ending? { value: any } with `ok` false
---@field results? table packed, with `ok`

--- Waits for the signal that has interrupted a computation: it is unwound before the loop turns,
--- and the signal is not for the line that comes next.
local function await_signal(session, out)
  local _, raised
  if out.ending then -- of code in a coroutine of its own
    raised = out.ending.value
  elseif out.ok == nil and out.running:state() == "done" then
    _, raised = pcall(out.running.join, out.running)
  end
  if type(raised) == "string" and raised:find("interrupted$") then
    for _ = 1, SIGNAL_TURNS do
      if session.was_interrupted > 0 then
        return
      end
      core.sleep(1)
    end
    session.was_interrupted = out.ending and 0 or 1
  end
end

--- Calls a function; returns when it has ended, or when a second signal leaves it to itself.
---@async
---@param session engine.repl.Session
---@param on_error fun(raised: any): { value: any } as of xpcall
---@param fn fun(...): ...
---@param ... any
---@return engine.repl.Ended
function M.call(session, on_error, fn, ...)
  local out, given = {}, table.pack(...)
  local running = core.spawn(function()
    host.adopt(session.context)
    core.limit(LIMIT)
    core.interruptible()
    core.yield() -- a Ctrl-C from before this may still be on its way: a loop would not let it in
    if session.was_interrupted > 0 then
      return
    end
    local results = table.pack(xpcall(fn, on_error, table.unpack(given, 1, given.n)))
    out.ok = results[1]
    if out.ok then
      out.results = table.pack(table.unpack(results, 2, results.n))
    else
      out.ending = results[2]
    end
  end)
  out.running, session.running, session.was_interrupted = running, running, 0
  session.over = core.event()
  local watch = core.spawn(function()
    pcall(running.join, running)
    session.over:set()
  end)
  session.over:wait()
  if running:state() == "done" then
    pcall(watch.join, watch)
  end
  await_signal(session, out)
  session.running = nil
  return out
end

--- Interrupts what runs; the second time it is left to itself.
---@param session engine.repl.Session
---@return boolean is_running
function M.interrupt(session)
  local running = session.running
  if not running then
    return false
  end
  session.was_interrupted = session.was_interrupted + 1
  running:cancel()
  if session.was_interrupted > 1 then
    session.over:set()
  end
  return true
end

return M
