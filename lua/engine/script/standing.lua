--- A call whose stack stays when it fails, for a debugger, and the end of that stack.
---
--- The function runs in a coroutine: an error ends one without unwinding it.  What is to be closed
--- in it (`local room <close>`) is open until the stack is ended, and is then closed in the order
--- that Lua has for it, where it may wait.
local place = require("engine.script.place")

---@class engine.script.standing
local M = {}

local NO_MEMORY = "not enough memory"
local SPENT = "without waiting: an endless loop%?$"

---@class engine.script.standing.Watcher who looks at such calls
---@field failed async fun(ending: engine.script.Ending, co: thread) it did not return as it should
---@field begin? fun(co: thread) it is about to begin
---@field paused? async fun(co: thread): boolean it is suspended: whether by the watcher, who has
---waited then until it may go on
---@field ended? fun(co: thread) it runs no more

--- Calls `fn(...)` in the running task.
---@async
---@param out table is filled: is_done, ok, value, co, frames
---@param watcher engine.script.standing.Watcher
---@param describe fun(raised: any, frames: engine.script.Place[]): table
---@param fn async fun(...): any
function M.run(out, watcher, describe, fn, ...)
  local co = coroutine.create(fn)
  out.co = co
  if watcher.begin then
    watcher.begin(co)
  end
  local results = table.pack(coroutine.resume(co, ...))
  while results[1] and coroutine.status(co) == "suspended" do
    if watcher.paused and results.n == 1 and watcher.paused(co) then
      results = table.pack(coroutine.resume(co))
    else -- it yields to nobody: so do we
      results = table.pack(coroutine.resume(co,
        coroutine.yield(table.unpack(results, 2, results.n))))
    end
  end
  if watcher.ended then
    watcher.ended(co)
  end
  local raised = results[2]
  if results[1] then
    out.is_done, out.ok, out.value = true, true, raised
    return
  end
  out.frames = place.stack(0, co)
  if type(raised) == "string" and raised:find(SPENT) then
    error(raised, 0) -- the task is unwound whole, as without a debugger
  end
  out.is_done, out.ok = true, false
  out.value = raised == NO_MEMORY and raised or describe(raised, out.frames)
end

--- Replaces what closes values on a stack by what only notes them.
---@return table<table, any> metas by their own __close
local function note_instead(co, list)
  local metas, level = {}, 0
  while debug.getinfo(co, level, "l") do
    local i = 1
    local name, value = debug.getlocal(co, level, i)
    while name do
      local meta = debug.getmetatable(value)
      local close = type(meta) == "table" and rawget(meta, "__close") or nil
      if close ~= nil and metas[meta] == nil then
        metas[meta] = close
        rawset(meta, "__close", function(of)
          list[#list + 1] = { close = close, value = of }
        end)
      end
      i = i + 1
      name, value = debug.getlocal(co, level, i)
    end
    level = level + 1
  end
  return metas
end

---@class engine.script.standing.Open
---@field close any what its metatable has as __close
---@field value any

--- Ends the stack of a coroutine.  Nothing of the user's runs: coroutine.close cannot wait, so what
--- it would close is noted instead.
---@param co thread that has failed, or waits for nothing
---@return engine.script.standing.Open[] open what is to be closed, in order
---@nodiscard
function M.take_apart(co)
  local list = {}
  local metas = note_instead(co, list)
  local ok, err = pcall(coroutine.close, co)
  for meta, close in pairs(metas) do
    rawset(meta, "__close", close)
  end
  if not ok then
    error(err, 0)
  end
  return list
end

--- Closes; what one raises is what the next one gets, and is raised in the end.
---@async
---@param list engine.script.standing.Open[]
---@param raised any what ended the function
function M.close(list, raised)
  local failed
  for _, one in ipairs(list) do
    local ok, err = pcall(one.close, one.value, failed and failed.value or raised)
    if not ok then
      failed = { value = err }
    end
  end
  if failed then
    error(failed.value, 0)
  end
end

return M
