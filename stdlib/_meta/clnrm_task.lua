---@meta clnrm.task

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- Several things at once, on one thread. While a task waits, others run. No task outlives its
--- group; what a test starts belongs to the test.
---@class clnrm.task
local task = {}

--- Makes a group of the calling task; leaving its scope waits for the children.
---
--- ```lua
--- local seen = {}
--- do
---   local group <close> = clnrm.task.group()
---   for i = 1, 3 do
---     group:spawn(function()
---       local result = t.room:exec({ "echo", tostring(i) }) -- while it waits, the others run
---       table.insert(seen, result.stdout)
---     end)
---   end
--- end
--- table.sort(seen)
--- clnrm.expect(seen):equals({ "1\n", "2\n", "3\n" })
--- ```
---@return clnrm.Group group
function task.group() end

--- Waits for a time: milliseconds, or a text as `"300ms"`. `eventually` is better than a guess how
--- long something takes.
---
--- ```lua
--- local begun = clnrm.time.now_ms()
--- clnrm.task.sleep("5ms")
--- clnrm.expect(clnrm.time.now_ms() - begun):ge(4) -- a millisecond is what clocks may differ by
--- ```
---@async
---@param time number|string
---@return true? ok
---@return core.Error? err
--- ECANCELED: the task, or the time of the test, came to its end.
function task.sleep(time) end

--- Lets every other task run that is ready.
---
--- ```lua
--- clnrm.expect(clnrm.task.yield()):is_true()
--- ```
---@async
---@return true? ok
---@return core.Error? err
function task.yield() end

--- Calls `fn(...)`; when the time (milliseconds, or a text as `"2s"`) is up its waits end, and it
--- returns `nil, err`.
---
--- ```lua
--- local ok, err = clnrm.task.timeout(5, clnrm.task.sleep, 60000)
--- clnrm.expect(ok):is_nil()
--- clnrm.expect(err.code):equals("ETIMEDOUT")
--- ```
---@async
---@param time number|string
---@param fn async fun(...: any): ...
---@param ... any
---@return any ...
--- ETIMEDOUT: the time is up.
function task.timeout(time, fn, ...) end

--- Calls `fn(...)`; cancels from outside do not end the waits inside.
---
--- ```lua
--- clnrm.expect(clnrm.task.shield(function(x) return x + 1 end, 1)):equals(2)
--- ```
---@async
---@param fn async fun(...: any): ...
---@param ... any
---@return any ...
function task.shield(fn, ...) end

--- Makes something that tasks wait for.
---
--- ```lua
--- local ready = clnrm.task.event()
--- local group <close> = clnrm.task.group()
--- group:spawn(function() ready:set() end)
--- clnrm.expect(ready:wait()):is_true()
--- ```
---@return clnrm.Event event
function task.event() end

--- Makes a semaphore of so many permits.
---
--- ```lua
--- local semaphore = clnrm.task.semaphore(1)
--- local permit = assert(semaphore:take())
--- permit:release()
--- clnrm.expect(semaphore:take()).no:is_nil()
--- ```
---@param count integer
---@return clnrm.Semaphore semaphore
function task.semaphore(count) end

--- Says whether the next wait would end at once.
---
--- ```lua
--- clnrm.expect(clnrm.task.is_cancelled()):is_false()
--- ```
---@return boolean
function task.is_cancelled() end

return task
