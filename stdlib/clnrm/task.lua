--- Tasks for scripts: groups, semaphores, timeouts, events.
---
--- A task is straight-line code that may wait; while it waits, others run.  No task outlives its
--- group: leaving the group's scope waits for its children.  A wait that was cancelled returns
--- `nil, err` with `err.code == "ECANCELED"`, and so does every later wait of that task.
local core = require("core.task")
local host = require("clnrm.host")

---@class clnrm.task
local M = {
  yield = core.yield,
  shield = core.shield,
  event = core.event,
  is_cancelled = core.is_cancelled,
}

local MS_MAX = 1e12

--- Reads a time: milliseconds as a number, or a text as "300ms"; raises at the caller's caller.
local function milliseconds(value, what)
  local ms = value
  if type(value) == "string" then
    ms = host.current().duration(value)
  end
  if type(ms) ~= "number" or not (ms >= 0 and ms <= MS_MAX) then
    local shown = type(value) == "string" and ("%q"):format(value)
      or type(value) == "number" and tostring(value) or "a " .. type(value)
    error(('clnrm.task.%s: the time must be milliseconds, or a text as "300ms", not %s'):format(
      what, shown), 3)
  end
  return ms
end

--- Waits for a time.
---@async
---@param time number|string milliseconds, or a text as "300ms"
---@return true? ok
---@return core.Error? err
function M.sleep(time)
  local ms = milliseconds(time, "sleep")
  return core.sleep(ms)
end

--- Calls `fn(...)`; when the time is up its waits end, and it returns `nil, err`.
---@async
---@param time number|string milliseconds, or a text as "300ms"
---@param fn async fun(...): ...
---@return any ...
function M.timeout(time, fn, ...)
  local ms = milliseconds(time, "timeout")
  return core.timeout(ms, fn, ...)
end

---@class clnrm.task.Group
---@field package first? clnrm.task.Child of the list of children that have not ended
---@field package failed? clnrm.task.Child the first child that raised
---@field package also_failed clnrm.task.Child[] those after it
---@field package scope core.task.Scope of the parent, from the group's making to its end
---@field package cancelled boolean
---@field package closed boolean
local Group = {}
local group_meta = { __index = Group, __name = "clnrm.task.Group" }

---@class clnrm.task.Child
---@field group clnrm.task.Group
---@field task core.Task
---@field returned boolean it ended without an error
---@field ended boolean
---@field context? table what it belongs to; it knows the child until somebody waited for it
---@field place? table where it was started
---@field raised? any
---@field next? clnrm.task.Child
---@field prev? clnrm.task.Child

---@param err any
---@return boolean # it says only that somebody cancelled, so it is no failure of its own
local function is_cancel(err)
  return type(err) == "table" and err.code == "ECANCELED"
end

local function link(group, child)
  child.next = group.first
  if child.next then
    child.next.prev = child
  end
  group.first = child
end

local function unlink(group, child)
  if child.prev then
    child.prev.next = child.next
  else
    group.first = child.next
  end
  if child.next then
    child.next.prev = child.prev
  end
end

--- Notes that nothing is left to say of a child.
local function forget(child)
  if child.context and child.context.tasks then
    child.context.tasks[child] = nil
  end
end

--- Runs at a child's end, whichever way it ends; `err` is what it raised.
local function on_child_end(child, err)
  local group = child.group
  child.ended = true
  unlink(group, child)
  if err ~= nil and child.context and child.context.uncaught then
    child.context.uncaught[err] = true -- only one of several is raised in the parent
  end
  if child.returned or (group.cancelled and is_cancel(err)) then
    forget(child)
    return
  end
  child.raised = err
  if group.failed then
    table.insert(group.also_failed, child)
    return
  end
  group.failed = child
  group:cancel()
  group.scope:cancel() -- the parent may wait for something that will never come now
end

local child_meta = { __close = on_child_end }

local function mark_returned(child, ...)
  child.returned = true
  return ...
end

local function run_child(child, context, fn, ...)
  local _ <close> = child
  if context then
    host.adopt(context)
  end
  return mark_returned(child, fn(...))
end

--- Starts `fn(...)` as a child.  In a cancelled group it starts cancelled.
---@param fn async fun(...): ...
---@return core.Task
function Group:spawn(fn, ...)
  if type(fn) ~= "function" then
    error("a task needs a function", 2)
  elseif self.closed then
    error("the group is closed", 2)
  end
  local child = setmetatable({ group = self, returned = false, ended = false }, child_meta)
  child.context = host.context()
  if child.context and child.context.tasks then
    child.place = host.current().here(2)
    child.context.tasks[child] = true
  end
  child.task = core.spawn(run_child, child, child.context, fn, ...)
  link(self, child)
  if self.cancelled then
    child.task:cancel()
  end
  return child.task
end

--- Cancels all children, those of later too.
function Group:cancel()
  self.cancelled = true
  local child = self.first
  while child do
    child.task:cancel()
    child = child.next
  end
end

--- Waits for the end of every child.
---@return boolean all false: a cancel of the calling task, or a deadlock, ended the wait before
---@return core.Error? err then
local function wait_all(group)
  while group.first do
    local child = group.first
    local raised, _, err = pcall(child.task.join, child.task)
    if child.task:state() ~= "done" then
      return false, err
    end
    if not child.ended then -- unwound by the instruction limit, which cuts __close short too
      on_child_end(child, not raised and "unwound" or nil)
    end
  end
  return true
end

--- Raises the error of the first child that failed, if one did.
local function raise_failure(group)
  local failed, also = group.failed, group.also_failed
  group.failed, group.also_failed = nil, {}
  for _, child in ipairs(also) do
    pcall(child.task.join, child.task) -- counts as seen: the first failure is the one reported
    forget(child)
  end
  if failed then
    forget(failed)
    failed.task:join()
  end
end

--- Waits until every child ended.  Raises the error of the first that failed.
---@async
---@return true? ok
---@return core.Error? err the calling task was cancelled; the children run on
function Group:wait()
  local all, err = wait_all(self)
  if self.failed then
    core.shield(wait_all, self)
  elseif not all then
    return nil, err
  end
  raise_failure(self)
  return true
end

--- Runs when the group's scope is left: waits for the children, in any case.
function group_meta.__close(group, err)
  group.scope:close()
  if err ~= nil then
    group:cancel()
  end
  while not wait_all(group) do -- the parent itself is cancelled
    group:cancel()
    core.shield(wait_all, group)
  end
  group.closed = true
  if err == nil then
    raise_failure(group)
  else
    pcall(raise_failure, group) -- the error on its way out is the one to report
  end
end

--- Makes a group of the calling task: `local g <close> = task.group()`.
---@return clnrm.task.Group
function M.group()
  local group = { also_failed = {}, scope = core.scope(), cancelled = false, closed = false }
  return setmetatable(group, group_meta)
end

---@class clnrm.task.Semaphore
---@field package free integer
---@field package first integer
---@field package last integer
---@field package queue table<integer, { event: core.task.Event, granted: boolean, gone: boolean }>
local Semaphore = {}
local semaphore_meta = { __index = Semaphore, __name = "clnrm.task.Semaphore" }

---@class clnrm.task.Permit a to-be-closed value
---@field package semaphore clnrm.task.Semaphore?
local Permit = {}

--- Gives the permit back; a second call does nothing.
function Permit:release()
  local semaphore = self.semaphore
  self.semaphore = nil
  if semaphore then
    semaphore:give()
  end
end

local permit_meta = { __index = Permit, __close = Permit.release, __name = "clnrm.task.Permit" }

---@package
function Semaphore:give()
  while self.first <= self.last do
    local waiter = self.queue[self.first]
    self.queue[self.first] = nil
    self.first = self.first + 1
    if not waiter.gone then
      waiter.granted = true
      waiter.event:set()
      return
    end
  end
  self.free = self.free + 1
end

--- Takes one permit, in the order of asking: `local permit <close> = assert(semaphore:take())`.
---@async
---@return clnrm.task.Permit? permit
---@return core.Error? err
function Semaphore:take()
  if self.free > 0 then
    self.free = self.free - 1
    return setmetatable({ semaphore = self }, permit_meta)
  end
  local waiter = { event = core.event(), granted = false, gone = false }
  self.last = self.last + 1
  self.queue[self.last] = waiter
  local ok, err = waiter.event:wait()
  if not ok then
    waiter.gone = true
    if waiter.granted then -- granted and cancelled in one turn: the next one's
      self:give()
    end
    return nil, err
  end
  return setmetatable({ semaphore = self }, permit_meta)
end

--- Makes a semaphore of `count` permits.
---@param count integer at least 1
---@return clnrm.task.Semaphore
function M.semaphore(count)
  if math.type(count) ~= "integer" or count < 1 then
    error("a semaphore needs a count of at least 1", 2)
  end
  return setmetatable({ free = count, first = 1, last = 0, queue = {} }, semaphore_meta)
end

return M
