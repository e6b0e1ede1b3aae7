--- The API as data: tasks, groups, events, semaphores.

---@type engine.api.Type[]
return {
  {
    name = "clnrm.task",
    kind = "module",
    title = "Tasks",
    doc = [[
Several things at once, on one thread. While a task waits, others run. No task outlives its group;
what a test starts belongs to the test.]],
    entries = {
      {
        name = "group",
        kind = "function",
        returns = { { "clnrm.Group", "group" } },
        doc = "Makes a group of the calling task; leaving its scope waits for the children.",
        example = [[
local seen = {}
do
  local group <close> = clnrm.task.group()
  for i = 1, 3 do
    group:spawn(function()
      local result = t.room:exec({ "echo", tostring(i) }) -- while it waits, the others run
      table.insert(seen, result.stdout)
    end)
  end
end
table.sort(seen)
clnrm.expect(seen):equals({ "1\n", "2\n", "3\n" })]],
      },
      {
        name = "sleep",
        kind = "function",
        async = true,
        params = { { "time", "number|string" } },
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = [[
Waits for a time: milliseconds, or a text as `"300ms"`. `eventually` is better than a guess how long
something takes.]],
        errors = { { "ECANCELED", "the task, or the time of the test, came to its end" } },
        example = [[
local begun = clnrm.time.now_ms()
clnrm.task.sleep("5ms")
clnrm.expect(clnrm.time.now_ms() - begun):ge(4) -- a millisecond is what clocks may differ by]],
      },
      {
        name = "yield",
        kind = "function",
        async = true,
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Lets every other task run that is ready.",
        example = "clnrm.expect(clnrm.task.yield()):is_true()",
      },
      {
        name = "timeout",
        kind = "function",
        async = true,
        params = { { "time", "number|string" }, { "fn", "async fun(...: any): ..." },
          { "...", "any" } },
        returns = { { "any", "..." } },
        doc = [[
Calls `fn(...)`; when the time (milliseconds, or a text as `"2s"`) is up its waits end, and it
returns `nil, err`.]],
        errors = { { "ETIMEDOUT", "the time is up" } },
        example = [[
local ok, err = clnrm.task.timeout(5, clnrm.task.sleep, 60000)
clnrm.expect(ok):is_nil()
clnrm.expect(err.code):equals("ETIMEDOUT")]],
      },
      {
        name = "shield",
        kind = "function",
        async = true,
        params = { { "fn", "async fun(...: any): ..." }, { "...", "any" } },
        returns = { { "any", "..." } },
        doc = "Calls `fn(...)`; cancels from outside do not end the waits inside.",
        example = [[
clnrm.expect(clnrm.task.shield(function(x) return x + 1 end, 1)):equals(2)]],
      },
      {
        name = "event",
        kind = "function",
        returns = { { "clnrm.Event", "event" } },
        doc = "Makes something that tasks wait for.",
        example = [[
local ready = clnrm.task.event()
local group <close> = clnrm.task.group()
group:spawn(function() ready:set() end)
clnrm.expect(ready:wait()):is_true()]],
      },
      {
        name = "semaphore",
        kind = "function",
        params = { { "count", "integer" } },
        returns = { { "clnrm.Semaphore", "semaphore" } },
        doc = "Makes a semaphore of so many permits.",
        example = [[
local semaphore = clnrm.task.semaphore(1)
local permit = assert(semaphore:take())
permit:release()
clnrm.expect(semaphore:take()).no:is_nil()]],
      },
      {
        name = "is_cancelled",
        kind = "function",
        returns = { { "boolean" } },
        doc = "Says whether the next wait would end at once.",
        example = "clnrm.expect(clnrm.task.is_cancelled()):is_false()",
      },
    },
  },
  {
    name = "clnrm.Group",
    kind = "object",
    as = "group",
    title = "Groups of tasks",
    doc = "Children of one task. An error in one cancels the others and is raised in the parent.",
    entries = {
      {
        name = "spawn",
        kind = "method",
        params = { { "fn", "async fun(...: any): ..." }, { "...", "any" } },
        returns = { { "core.Task", "task" } },
        doc = "Starts `fn(...)` as a child.",
        example = [[
local group <close> = clnrm.task.group()
local task = group:spawn(function(a, b) return a + b end, 1, 2)
clnrm.expect(task:join()):equals(3)]],
      },
      {
        name = "wait",
        kind = "method",
        async = true,
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Waits until every child ended; raises the error of the first that failed.",
        example = [[
local group <close> = clnrm.task.group()
group:spawn(clnrm.task.yield)
clnrm.expect(group:wait()):is_true()]],
      },
      {
        name = "cancel",
        kind = "method",
        doc = "Ends the waits of all children, those of later too.",
        example = [[
local group = clnrm.task.group()
group:spawn(clnrm.task.sleep, 60000)
group:cancel()
clnrm.expect(group:wait()):is_true()]],
      },
    },
  },
  {
    name = "clnrm.Event",
    kind = "object",
    as = "event",
    title = "Events",
    doc = "Something that tasks wait for, and that any task may say has happened.",
    entries = {
      { name = "set", kind = "method", doc = "Wakes all who wait; later waits return at once.",
        example = [[
local event = clnrm.task.event()
event:set()
clnrm.expect(event:wait()):is_true()]] },
      { name = "clear", kind = "method", doc = "Makes later waits wait again.", example = [[
local event = clnrm.task.event()
event:set()
event:clear()
clnrm.expect(event:is_set()):is_false()]] },
      { name = "is_set", kind = "method", returns = { { "boolean" } },
        doc = "Says whether a wait would return at once.",
        example = "clnrm.expect(clnrm.task.event():is_set()):is_false()" },
      {
        name = "wait",
        kind = "method",
        async = true,
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Waits until the event is set.",
        errors = { { "ECANCELED", "the task came to its end" },
          { "EDEADLOCK", "nothing is left that could set it" } },
        example = [[
local event = clnrm.task.event()
event:set()
clnrm.expect(event:wait()):is_true()]],
      },
    },
  },
  {
    name = "clnrm.Semaphore",
    kind = "object",
    as = "semaphore",
    title = "Semaphores",
    doc = "So many at once, in the order of asking.",
    entries = {
      {
        name = "take",
        kind = "method",
        async = true,
        returns = { { "clnrm.Permit?", "permit" }, { "core.Error?", "err" } },
        doc = "Takes a permit; it is given back at the end of its scope (`<close>`).",
        example = [[
local semaphore = clnrm.task.semaphore(2)
local permit <close> = assert(semaphore:take())
clnrm.expect(permit).no:is_nil()]],
      },
    },
  },
  {
    name = "clnrm.Permit",
    kind = "object",
    as = "permit",
    title = "Permits",
    doc = "What a semaphore gives.",
    entries = {
      { name = "release", kind = "method", doc = "Gives it back; a second call does nothing.",
        example = [[
local permit = assert(clnrm.task.semaphore(1):take())
permit:release()
clnrm.expect(permit).no:is_nil()]] },
    },
  },
}
