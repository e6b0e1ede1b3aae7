---@meta core.task

--- Tasks: straight-line code that may wait, run by the scheduler on one thread.
---@class core.Task
local Task = {}

--- Ends the wait of the task, and every later one, with ECANCELED.  Nothing happens to a task that
--- ended.
function Task:cancel() end

--- Says whether the task ended by an error.
---@return boolean has_failed
function Task:failed() end

--- Waits for the end of the task and returns what it returned.  Raises what it raised.
---@async
---@return any ...
function Task:join() end

--- Returns what the task is doing.
---@return "ready"|"running"|"parked"|"done" state
function Task:state() end

--- Returns where the task's error was raised.
---@return string? traceback
function Task:trace() end

--- Something that tasks wait for, and that any task may declare to have happened.
---@class core.task.Event
local Event = {}

--- Makes later waits park again.
function Event:clear() end

--- Says whether a wait would return at once.
---@return boolean is_set
function Event:is_set() end

--- Wakes every task that waits; later waits do not park.
function Event:set() end

--- Parks the calling task until the event is set.
---@async
---@return true? ok
---@return core.Error? err ECANCELED, or EDEADLOCK when nothing is left that could set it
function Event:wait() end

--- A part of what a task does that can be cancelled by itself.  A to-be-closed value.
---@class core.task.Scope
local Scope = {}

--- Ends every wait inside the scope with ECANCELED, for good.
function Scope:cancel() end

--- Leaves the scope: its cancel reaches nothing from here on.
function Scope:close() end

---@class core.task
---@field park userdata what every wait of the engine yields, and nothing else does
local task = {}

--- Returns the number of tasks that have not ended.
---@return integer count
function task.alive() end

--- Returns the running task.
---@return core.Task
function task.current() end

--- Makes an event, not set.
---@return core.task.Event
function task.event() end

--- Lets the calling task, which has a limit, and those that it starts, give way after so much time
--- without a wait: other tasks have their turn, as if it waited, but its limit goes on.  It does so
--- in code that is not the engine's, and in no coroutine that it made.  When it is cancelled while
--- it computes it is unwound at once, whatever it catches; not within a shield, and not for a scope
--- or a timeout within it; what a wait has told of the cancel has its limit.  0: no more.
---@param ms integer
function task.give_way(ms) end

--- Ends what `interrupt_on` began: the signals reach the sets of core.signal alone.
function task.interrupt_off() end

--- Lets the calling task, and those that it starts, be interrupted between `interrupt_on` and
--- `interrupt_off`.  It has a limit: that is where it is looked at.
function task.interruptible() end

--- Lets SIGINT, SIGTERM and SIGHUP interrupt the task that computes when one comes: one that is
--- `interruptible` is unwound at once, whatever it catches, by the error "interrupted".  Called
--- after core.signal.open(...) of those that are meant; they reach that set as well.
function task.interrupt_on() end

--- Says whether the next wait of the running task would end at once with ECANCELED.
---@return boolean is_cancelled
function task.is_cancelled() end

--- Limits the instructions of the calling task between two waits; 0 lifts the limit.  What runs
--- over it is unwound, whatever it catches.  Tasks that it starts have the same limits.
--- `ms` limits the time of the processor as well, to about 0.1 s: for what is slow inside functions
--- of C.  One that does not come back at all ends the program after twice that time.
---@param instructions integer
---@param ms? integer default: no limit
function task.limit(instructions, ms) end

--- Limits what the calling task may add to Lua's heap; 0 lifts the limit.  What asks for more gets
--- the error "not enough memory", after all garbage was collected.
---@param bytes integer
function task.memory(bytes) end

---@class core.task.Refused
---@field size integer the bytes that were asked for
---@field [integer] { file: string, line: integer } of Lua, innermost first, as in tracebacks

--- Tells where a limit of memory was last hit; an error of memory comes without a traceback.
---@return core.task.Refused?
---@nodiscard
function task.refused() end

--- Opens a scope around what the running task does until the scope is closed.
---@return core.task.Scope
function task.scope() end

--- Calls `fn(...)`; cancels from outside do not end the waits inside.
---@async
---@param fn async fun(...): ...
---@return any ...
function task.shield(fn, ...) end

--- Parks the calling task for a time.
---@async
---@param ms number
---@return true? ok
---@return core.Error? err
function task.sleep(ms) end

--- Starts a task that runs `fn(...)`.
---@param fn async fun(...): ...
---@return core.Task
function task.spawn(fn, ...) end

--- Calls `fn(...)` and returns what it returns.  When the time is up, its waits end with ECANCELED,
--- and the call returns nil and ETIMEDOUT.
---@async
---@param ms number
---@param fn async fun(...): ...
---@return any ...
function task.timeout(ms, fn, ...) end

--- Lets every other ready task run.
---@async
---@return true? ok
---@return core.Error? err
function task.yield() end

return task
