--- Lets a task use coroutines of its own: an engine yield inside one parks the whole task.
---
--- A coroutine inside such a wait belongs to the task that waits: another task can neither resume
--- nor close it, as it could not resume or close a running one.
local guarded = require("core.guarded")
local park = require("core.task").park

local resume, yield, create = coroutine.resume, coroutine.yield, coroutine.create
local close, status = guarded.close, coroutine.status

local waiting = setmetatable({}, { __mode = "k" }) ---@type table<thread, true?>

local relay

local function wake(co, ...)
  waiting[co] = nil
  return relay(co, resume(co, ...))
end

function relay(co, ok, ...)
  if ok and ... == park then
    waiting[co] = true
    return wake(co, yield(park)) -- park the outer one; hand the wake-up on
  end
  return ok, ...
end

function coroutine.resume(co, ...)
  if waiting[co] then
    return false, "cannot resume a coroutine that waits in another task"
  end
  return relay(co, resume(co, ...))
end

local function unwrap(co, ok, ...)
  if not ok then
    close(co) -- so that its <close> variables run, as the original does
    error(..., 0)
  end
  return ...
end

function coroutine.wrap(f)
  local co = create(f)
  return function(...)
    if waiting[co] then
      error("cannot resume a coroutine that waits in another task", 2)
    end
    return unwrap(co, relay(co, resume(co, ...)))
  end
end

function coroutine.close(co)
  if waiting[co] then
    error("cannot close a coroutine that waits in another task", 2)
  end
  return close(co)
end

function coroutine.status(co)
  return waiting[co] and "normal" or status(co)
end

return {}
