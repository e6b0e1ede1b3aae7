--- The API as data: the parts of clnrm that are modules of their own.

local DECODED = { { "any", "value" }, { "core.Error?", "err" } }

local SERVER = [[
local room = t:open({
  services = { web = {
    command = { "python3", "-m", "http.server", "8000", "--directory", "/room" },
    wait = { port = 8000 },
  } },
  files = { ["/room/a.txt"] = "hello" },
})
]]

local HTTP_ERRORS = {
  { "ECONNREFUSED", "nobody listens" },
  { "ETIMEDOUT", "no whole answer in time" },
  { "EPROTO", "it is cut, or no HTTP" },
  { "ELIMIT", "it is larger than 16 MiB" },
}

---@type engine.api.Type[]
return {
  {
    name = "clnrm.json",
    kind = "module",
    title = "JSON",
    doc = [[
Strict reading, deterministic writing. Arrays that were read are marked, so that an empty one stays
apart from an empty object; integers are exact.]],
    entries = {
      { name = "null", kind = "field", type = "userdata", doc = "The value of null.",
        example = 'clnrm.expect(clnrm.json.decode("[null]")[1]):equals(clnrm.json.null)' },
      {
        name = "decode",
        kind = "function",
        params = { { "text", "string" }, { "options?", "{ depth?: integer }" } },
        returns = DECODED,
        doc = "Reads one JSON value and nothing behind it.",
        errors = { { "ESYNTAX", "it is no JSON, or a key is there twice" },
          { "ELIMIT", "nested too deep" } },
        example = [[
clnrm.expect(clnrm.json.decode('{"a": [1, 2.5]}')):equals({ a = { 1, 2.5 } })
local value, err = clnrm.json.decode("{")
clnrm.expect(value):is_nil()
clnrm.expect(err.code):equals("ESYNTAX")]],
      },
      {
        name = "encode",
        kind = "function",
        params = { { "value", "any" }, { "options?", "{ indent?: integer, depth?: integer }" } },
        returns = { { "string?", "text" }, { "core.Error?", "err" } },
        doc = "Writes a value with sorted keys.",
        errors = { { "EINVAL", "a value that JSON has not, such as a function" } },
        example = [[
clnrm.expect(clnrm.json.encode({ b = true, a = { 1, 2 } })):equals('{"a":[1,2],"b":true}')]],
      },
      {
        name = "array",
        kind = "function",
        params = { { "list?", "table" } },
        returns = { { "table", "list" } },
        doc = "Marks a list as an array, so that it stays one when it is empty.",
        example = 'clnrm.expect(clnrm.json.encode(clnrm.json.array())):equals("[]")',
      },
      {
        name = "is_array",
        kind = "function",
        params = { { "value", "any" } },
        returns = { { "boolean" } },
        doc = "Tells whether a value is marked as an array.",
        example = 'clnrm.expect(clnrm.json.is_array(clnrm.json.decode("[]"))):is_true()',
      },
    },
  },
  {
    name = "clnrm.toml",
    kind = "module",
    title = "TOML",
    doc = "Reading of TOML 1.1.",
    entries = {
      {
        name = "decode",
        kind = "function",
        params = { { "text", "string" } },
        returns = { { "table?", "value" }, { "core.Error?", "err" } },
        doc = "Reads a TOML text. Dates are values that print as RFC 3339.",
        errors = { { "ESYNTAX", "it is no TOML; `err.pos` says where" } },
        example = [[
local value = assert(clnrm.toml.decode("a = 1\n[b]\nc = [true]\n"))
clnrm.expect(value):equals({ a = 1, b = { c = { true } } })]],
      },
    },
  },
  {
    name = "clnrm.time",
    kind = "module",
    title = "Time",
    doc = "Clocks. Waiting is `clnrm.task.sleep`.",
    entries = {
      {
        name = "now_ms",
        kind = "function",
        returns = { { "number", "ms" } },
        doc = "Tells milliseconds of a clock that never goes back: for durations.",
        example = [[
local begun = clnrm.time.now_ms()
clnrm.expect(clnrm.time.now_ms() - begun):ge(0)]],
      },
      {
        name = "wall_ns",
        kind = "function",
        returns = { { "integer", "wall_ns" } },
        doc = "Tells the wall's time in nanoseconds since 1970; it may jump.",
        example = "clnrm.expect(clnrm.time.wall_ns()):is_type(\"integer\")",
      },
      {
        name = "format",
        kind = "function",
        params = { { "wall_ns", "integer" },
          { "digits?", "integer", "of the second's fraction, 0 to 9" } },
        returns = { { "string", "text" } },
        doc = "Writes a wall time as RFC 3339 in UTC.",
        example = 'clnrm.expect(clnrm.time.format(0)):equals("1970-01-01T00:00:00Z")',
      },
      {
        name = "parse",
        kind = "function",
        params = { { "text", "string" } },
        returns = { { "integer?", "wall_ns" }, { "core.Error?", "err" } },
        doc = "Reads an RFC 3339 time, with any offset.",
        errors = { { "ESYNTAX", "it is none" }, { "ERANGE", "beyond the years 1677 to 2262" } },
        example = 'clnrm.expect(clnrm.time.parse("1970-01-01T01:00:00+01:00")):equals(0)',
      },
    },
  },
  {
    name = "clnrm.fs",
    kind = "module",
    title = "Files of the project",
    doc = [[
Reads files of the project, never outside of it, by no link either. Files of a room are `Room:put`
and `Room:get`.]],
    entries = {
      {
        name = "read",
        kind = "function",
        params = { { "path", "string", "relative to the project" } },
        returns = { { "string?", "content" }, { "core.Error?", "err" } },
        doc = "Reads a file of the project.",
        errors = {
          { "ENOENT", "there is none" },
          { "EOUTSIDE", "the path leads out of the project" },
          { "ELIMIT", "it is larger than 64 MiB" },
        },
        example = [[
local content, err = clnrm.fs.read("../secret")
clnrm.expect(content):is_nil()
clnrm.expect(err.code):equals("EOUTSIDE")]],
      },
      {
        name = "exists",
        kind = "function",
        params = { { "path", "string", "relative to the project" } },
        returns = { { "boolean?", "exists" }, { "core.Error?", "err" } },
        doc = "Says whether something is at a path of the project.",
        errors = { { "EOUTSIDE", "the path leads out of the project" } },
        example = 'clnrm.expect(clnrm.fs.exists("no-such-file")):is_false()',
      },
      {
        name = "list",
        kind = "function",
        params = { { "path", "string", '"." is the project itself' } },
        returns = { { "string[]?", "names" }, { "core.Error?", "err" } },
        doc = "Lists the names in a folder of the project, sorted.",
        errors = {
          { "ENOENT", "there is none" },
          { "ENOTDIR", "it is no folder" },
          { "EOUTSIDE", "the path leads out of the project" },
        },
        example = 'clnrm.expect(#clnrm.fs.list(".")):ge(1)',
      },
    },
  },
  {
    name = "clnrm.http",
    kind = "module",
    title = "HTTP",
    doc = [[
HTTP/1.1 to a server in a room, through the room's own loopback: nothing has to be installed in it,
and no other host can be meant. One connection for each request; a body that is cut is an error.]],
    entries = {
      {
        name = "get",
        kind = "function",
        async = true,
        params = { { "room", "clnrm.Room" },
          { "url", "string", "http://NAME:PORT/PATH, NAME is localhost or a service" },
          { "options?", "clnrm.HttpOptions" } },
        returns = { { "clnrm.Response?", "response" }, { "core.Error?", "err" } },
        doc = "Asks for a page.",
        errors = HTTP_ERRORS,
        example = SERVER .. [[
local page = assert(clnrm.http.get(room, "http://web:8000/a.txt"))
clnrm.expect(page.status):equals(200)
clnrm.expect(page.body):equals("hello")]],
      },
      {
        name = "request",
        kind = "function",
        async = true,
        params = { { "room", "clnrm.Room" }, { "request", "clnrm.HttpOptions" } },
        returns = { { "clnrm.Response?", "response" }, { "core.Error?", "err" } },
        doc = "Sends a request.",
        errors = HTTP_ERRORS,
        example = SERVER .. [[
local answer = assert(clnrm.http.request(room, {
  url = "http://web:8000/", method = "POST", body = "x",
}))
clnrm.expect(answer.status):equals(501) -- this server takes no POST
clnrm.expect(answer.ok):is_false()]],
      },
    },
  },
  {
    name = "clnrm.HttpOptions",
    kind = "options",
    title = "A request",
    doc = "What `clnrm.http.request` takes; `url` is needed.",
    entries = {
      { name = "url", kind = "key", type = "string", optional = true,
        doc = "As http://NAME:PORT/PATH." },
      { name = "method", kind = "key", type = "string", optional = true,
        doc = "Default GET." },
      { name = "headers", kind = "key", type = "table<string, string>", optional = true,
        doc = "Besides Host, Connection and Content-Length." },
      { name = "body", kind = "key", type = "string", optional = true, doc = "What is sent." },
      { name = "timeout", kind = "key", type = "number|string", optional = true,
        doc = "For the whole answer; default 10 s." },
    },
  },
  {
    name = "clnrm.Response",
    kind = "record",
    title = "An answer",
    doc = "What `clnrm.http` returns.",
    entries = {
      { name = "status", kind = "field", type = "integer", doc = "Such as 200." },
      { name = "ok", kind = "field", type = "boolean", doc = "The status is 200 to 299." },
      { name = "headers", kind = "field", type = "table<string, string>",
        doc = "By names in small letters; what came twice is joined by a comma." },
      { name = "body", kind = "field", type = "string", doc = "All of it, at most 16 MiB." },
      { name = "duration_ms", kind = "field", type = "number", doc = "How long it took." },
    },
  },
  {
    name = "clnrm.hash",
    kind = "module",
    title = "Digests",
    doc = "Digests of texts.",
    entries = {
      {
        name = "sha256",
        kind = "function",
        params = { { "bytes", "string" } },
        returns = { { "string?", "digest" }, { "core.Error?", "err" } },
        doc = "Digests bytes by SHA-256, as 64 hexadecimal digits.",
        errors = { { "EPLUGIN", "the library cannot be loaded" } },
        example = 'clnrm.expect(clnrm.hash.sha256("")):starts_with("e3b0c44298fc1c14")',
      },
      {
        name = "xxh3",
        kind = "function",
        params = { { "bytes", "string" } },
        returns = { { "string", "digest" } },
        doc = "Digests bytes by XXH3, as 16 hexadecimal digits: fast, and safe against nobody.",
        example = 'clnrm.expect(clnrm.hash.xxh3("")):equals("2d06800538d394c2")',
      },
      {
        name = "hex",
        kind = "function",
        params = { { "bytes", "string" } },
        returns = { { "string?", "text" }, { "core.Error?", "err" } },
        doc = "Writes bytes as hexadecimal digits.",
        example = 'clnrm.expect(clnrm.hash.hex("az")):equals("617a")',
      },
    },
  },
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
        params = { { "ms", "number" } },
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Waits for a time. `eventually` is better than a guess how long something takes.",
        errors = { { "ECANCELED", "the task, or the time of the test, came to its end" } },
        example = [[
local begun = clnrm.time.now_ms()
clnrm.task.sleep(5)
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
        params = { { "ms", "number" }, { "fn", "async fun(...: any): ..." }, { "...", "any" } },
        returns = { { "any", "..." } },
        doc = "Calls `fn(...)`; when the time is up its waits end, and it returns `nil, err`.",
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
