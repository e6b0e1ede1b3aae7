--- The API as data: rooms, and what became of a command.

local NOT_STARTED = {
  { "COMMAND_NOT_FOUND", "there is no such program in the room" },
  { "EACCES", "it may not be executed" },
}

local APP = [[
local room = t:open({ services = {
  app = { command = { "python3", "-m", "http.server", "8000" }, wait = { port = 8000 } },
} })
]]

---@type engine.api.Type[]
return {
  {
    name = "clnrm.Room",
    kind = "object",
    as = "room",
    title = "Rooms",
    doc = [[
A place of its own: the programs of the machine, read-only; an empty /room to work in; the project
at /project; its own network with nothing but loopback. `t.room` is one, `t:open{…}` makes more.]],
    entries = {
      {
        name = "exec",
        kind = "method",
        async = true,
        params = { { "command", "string[]|string" }, { "opts?", "clnrm.ExecOptions" } },
        returns = { { "clnrm.Result?", "result" }, { "core.Error?", "err" } },
        doc = [[
Runs a command to its end: a list as it is, a text by `sh -c`. Another exit code than 0 is a result
like any other, but with `check = true`.]],
        errors = NOT_STARTED,
        example = [[
local result = assert(t.room:exec({ "sh", "-c", "echo out; echo err >&2; exit 3" }))
clnrm.expect(result.exit_code):equals(3)
clnrm.expect(result.stdout):equals("out\n")
clnrm.expect(result.stderr):equals("err\n")]],
      },
      {
        name = "start",
        kind = "method",
        async = true,
        params = { { "command", "string[]|string" }, { "opts?", "clnrm.StartOptions" } },
        returns = { { "clnrm.Process?", "process" }, { "core.Error?", "err" } },
        doc = "Starts a command that runs beside the test; it is killed at the end of the room.",
        errors = NOT_STARTED,
        example = [[
local process <close> = assert(t.room:start({ "cat" }))
process:write("hello\n")
process:close_stdin()
clnrm.expect(process:wait("10s").stdout):equals("hello\n")]],
      },
      {
        name = "put",
        kind = "method",
        async = true,
        params = { { "path", "string", "relative to /room" }, { "content", "string" },
          { "opts?", "{ mode?: integer }" } },
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Writes a file; missing directories are made.",
        errors = { { "EROFS", "the path is not in a writable place" } },
        example = [[
assert(t.room:put("bin/hi", "#!/bin/sh\necho hi\n", { mode = 493 })) -- 493 is 0755
clnrm.expect(t.room:exec({ "bin/hi" }).stdout):equals("hi\n")]],
      },
      {
        name = "get",
        kind = "method",
        async = true,
        params = { { "path", "string", "relative to /room" } },
        returns = { { "string?", "content" }, { "core.Error?", "err" } },
        doc = "Reads a file.",
        errors = { { "ENOENT", "there is none" }, { "EFBIG", "it is larger than 64 MiB" } },
        example = [[
t.room:put("a.txt", "hello\n")
clnrm.expect(t.room:get("a.txt")):equals("hello\n")
local content, err = t.room:get("b.txt")
clnrm.expect(content):is_nil()
clnrm.expect(err.code):equals("ENOENT")]],
      },
      {
        name = "exists",
        kind = "method",
        async = true,
        params = { { "path", "string", "relative to /room" } },
        returns = { { "boolean?", "exists" }, { "core.Error?", "err" } },
        doc = "Says whether something is at a path.",
        example = [[
t.room:exec("mkdir d", { check = true })
clnrm.expect(t.room:exists("d")):is_true()
clnrm.expect(t.room:exists("e")):is_false()]],
      },
      {
        name = "service",
        kind = "method",
        params = { { "name", "string" } },
        returns = { { "clnrm.Service", "service" } },
        doc = "Returns a service of the room, to be looked at, stopped, started or killed.",
        example = [[
local room = t:open({ services = { app = { command = "echo up; exec sleep 60" } } })
room:wait({ log = "up", service = "app" })
clnrm.expect(room:service("app"):logs()):equals("up\n")]],
      },
      {
        name = "wait",
        kind = "method",
        async = true,
        params = { { "spec", "clnrm.WaitSpec" } },
        returns = { { "true", "ok" } },
        doc = [[
Waits until something is so in the room. It counts as a check: when it does not come true in time,
the test fails, with the answer to the last question.]],
        example = [[
t.room:start("sleep 0.1; touch ready")
t.room:wait({ file = "/room/ready", timeout = "10s" })]],
      },
      {
        name = "close",
        kind = "method",
        async = true,
        doc = [[
Ends the room and what runs in it. It is closed at the end of its scope (`local room <close> = …`)
and at the end of the test as well; a second call does nothing.]],
        example = [[
local room = t:open()
clnrm.expect(room:exec({ "true" }).ok):is_true()
room:close()]],
      },
    },
  },
  {
    name = "clnrm.RoomSpec",
    kind = "options",
    title = "What a room is made of",
    doc = "What `t:open`, `clnrm.open` and the option `room` of a test take.",
    entries = {
      { name = "image", kind = "key", type = "string", optional = true,
        doc = 'Its root: "host" (default), "rootfs:DIR", "archive:FILE", a stored image\'s name.' },
      { name = "project", kind = "key", type = '"ro"|"copy"|"none"', optional = true,
        doc = "How the project is shown at /project: read-only (default), as a copy, or not." },
      { name = "env", kind = "key", type = "table<string, string|number|boolean>", optional = true,
        doc = "Variables of every command in it." },
      { name = "inherit_env", kind = "key", type = "string[]", optional = true,
        doc = "Variables of clnrm's own environment that are passed on." },
      { name = "user", kind = "key", type = "string|integer", optional = true,
        doc = "In an image of Docker or Podman: `user` or `user:group`, names or numbers." },
      { name = "files", kind = "key", optional = true,
        type = "table<string, string>|{ path: string, content?: string, from?: string, "
          .. "mode?: integer }[]",
        doc = [[
Files that are written first: a table from paths to contents, or a list; `from` is a file of the
project.]] },
      { name = "services", kind = "key", type = "table<string, table>", optional = true,
        doc = [[
Servers that are started with the room: name to the keys of `[services.NAME]` of a test file, or
what `clnrm.service.NAME{…}` gives. All are ready when the room is there; when one does not get
ready, or ends by itself later, the test fails with its last words.]] },
      { name = "limits", kind = "key", optional = true,
        type = "{ memory_mb?: integer, pids?: integer, cpu_millicores?: integer }",
        doc = "What all of the room may use, as `[limits]` of a test file." },
      { name = "policy", kind = "key", optional = true,
        type = '{ security_level?: "low"|"medium"|"high", max_memory_mb?: integer, '
          .. "max_cpu_usage?: number, allowed_network_hosts?: string[], "
          .. "disallowed_commands?: string[] }",
        doc = [[
What is forbidden in the room, as `policy` of a scenario; what is tried all the same makes the test
`policy`.]] },
      { name = "network", kind = "key", type = '"room"', optional = true,
        doc = "A network of its own without a way out; the only one in this build." },
    },
  },
  {
    name = "clnrm.Service",
    kind = "object",
    as = "service",
    title = "Services",
    doc = "A server of a room, from `Room:service`. What these calls do to it is no failure.",
    entries = {
      { name = "name", kind = "field", type = "string",
        doc = "By which the room and its other services reach it." },
      { name = "host", kind = "field", type = "string",
        doc = "Always 127.0.0.1, where `port` is on this machine." },
      {
        name = "port",
        kind = "method",
        async = true,
        params = { { "port?", "integer", "of the service; default: its only one" } },
        returns = { { "integer?", "port" }, { "core.Error?", "err" } },
        doc = "Publishes a port of the service on this machine's loopback, and returns that one.",
        example = APP .. [[
clnrm.expect(room:service("app"):port()):ge(1024)]],
      },
      {
        name = "logs",
        kind = "method",
        params = { { "count?", "integer", "default 100" } },
        returns = { { "string", "lines" } },
        doc = "Returns the last lines that it wrote, of both outputs as they came.",
        example = [[
local room = t:open({ services = { app = { command = "echo up; exec sleep 60" } } })
room:wait({ log = "up", service = "app" })
clnrm.expect(room:service("app"):logs(1)):equals("up\n")]],
      },
      {
        name = "stop",
        kind = "method",
        async = true,
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Ends it by its stop signal, and by SIGKILL after its grace; what needs it runs on.",
        errors = { { "ETIMEDOUT", "it was killed, and does not end" } },
        example = APP .. [[
clnrm.expect(room:service("app"):stop()):is_true()]],
      },
      {
        name = "start",
        kind = "method",
        async = true,
        returns = { { "true", "ok" } },
        doc = "Starts it again after `stop` or `kill`, and waits until it is ready.",
        example = APP .. [[
local service = room:service("app")
service:kill()
service:start()]] .. "\nroom:wait({ port = 8000 })",
      },
      {
        name = "kill",
        kind = "method",
        async = true,
        params = { { "signal?", "string|integer", "default SIGKILL" } },
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Sends it a signal; after SIGKILL, waits for its end.",
        errors = { { "ESRCH", "it does not run" } },
        example = APP .. [[
clnrm.expect(room:service("app"):kill()):is_true()]],
      },
      {
        name = "pause",
        kind = "method",
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Stops its processes where they are, as on a machine that hangs.",
        errors = { { "ESRCH", "it does not run" } },
        example = APP .. [[
local service = room:service("app")
clnrm.expect(service:pause()):is_true()
service:resume()]],
      },
      {
        name = "resume",
        kind = "method",
        returns = { { "true?", "ok" }, { "core.Error?", "err" } },
        doc = "Lets it go on after `pause`.",
        errors = { { "ESRCH", "it does not run" } },
        example = APP .. [[
local service = room:service("app")
service:pause()
clnrm.expect(service:resume()):is_true()]],
      },
    },
  },
  {
    name = "clnrm.WaitSpec",
    kind = "options",
    title = "What is waited for",
    doc = "One of port, http, log, cmd and file, for `Room:wait`.",
    entries = {
      { name = "port", kind = "key", type = "integer", optional = true,
        doc = "Somebody listens on it; with `service`, that service." },
      { name = "http", kind = "key", type = "string", optional = true,
        doc = "An address in the room answers." },
      { name = "status", kind = "key", type = "integer", optional = true,
        doc = "Of http: with this status. Default 200." },
      { name = "body", kind = "key", type = "string", optional = true,
        doc = "Of http: what the answer holds." },
      { name = "log", kind = "key", type = "string", optional = true,
        doc = "A line of the service's outputs matches this regular expression." },
      { name = "times", kind = "key", type = "integer", optional = true,
        doc = "Of log: so many lines." },
      { name = "cmd", kind = "key", type = "string[]|string", optional = true,
        doc = "A command exits with 0." },
      { name = "file", kind = "key", type = "string", optional = true,
        doc = "It is there." },
      { name = "service", kind = "key", type = "string", optional = true,
        doc = "In whose place, and only while it runs." },
      { name = "timeout", kind = "key", type = "number|string", optional = true,
        doc = "How long; default 30 s." },
    },
  },
  {
    name = "clnrm.ExecOptions",
    kind = "options",
    title = "Options of a command",
    doc = "Options of `Room:exec`.",
    entries = {
      { name = "env", kind = "key", type = "table<string, string|number|boolean>", optional = true,
        doc = "Variables besides the room's." },
      { name = "cwd", kind = "key", type = "string", optional = true,
        doc = "Directory it starts in, relative to /room." },
      { name = "user", kind = "key", type = "string|integer", optional = true,
        doc = "Whom it runs as, of the image; a sandbox room has one, `room`." },
      { name = "stdin", kind = "key", type = "string", optional = true,
        doc = "What it reads; without it, nothing." },
      { name = "timeout", kind = "key", type = "number|string", optional = true,
        doc = "When it is killed: seconds, or `\"500ms\"`. Default 30 s." },
      { name = "service", kind = "key", type = "string", optional = true,
        doc = "In whose place it runs: with its environment, in its directory, seeing its files." },
      { name = "check", kind = "key", type = "boolean", optional = true,
        doc = "Any end but exit code 0 fails the test; it counts as a check." },
    },
  },
  {
    name = "clnrm.StartOptions",
    kind = "options",
    title = "Options of a command that runs beside",
    doc = "Options of `Room:start`.",
    entries = {
      { name = "env", kind = "key", type = "table<string, string|number|boolean>", optional = true,
        doc = "Variables besides the room's." },
      { name = "cwd", kind = "key", type = "string", optional = true,
        doc = "Directory it starts in, relative to /room." },
      { name = "user", kind = "key", type = "string|integer", optional = true,
        doc = "Whom it runs as, of the image; a sandbox room has one, `room`." },
      { name = "stdin", kind = "key", type = "string", optional = true,
        doc = "All of its input; without it, `Process:write` feeds it." },
      { name = "timeout", kind = "key", type = "number|string", optional = true,
        doc = "When it is killed. Default: at the end of the room." },
      { name = "service", kind = "key", type = "string", optional = true,
        doc = "In whose place it runs." },
    },
  },
  {
    name = "clnrm.Result",
    kind = "record",
    as = "result",
    title = "Results",
    doc = "What became of a command.",
    entries = {
      { name = "exit_code", kind = "field", type = "integer", optional = true,
        doc = "Its exit code; nil when a signal ended it." },
      { name = "signal", kind = "field", type = "integer", optional = true,
        doc = "The signal that ended it." },
      { name = "ok", kind = "field", type = "boolean", doc = "It exited with 0, in time." },
      { name = "stdout", kind = "field", type = "string", doc = [[
What it printed, at most 16 MiB. Of a text that was cut, no matcher says what is not in it.]] },
      { name = "stderr", kind = "field", type = "string", doc = "What it printed to stderr." },
      { name = "timed_out", kind = "field", type = "boolean",
        doc = "It was killed at its deadline." },
      { name = "duration_ms", kind = "field", type = "number", doc = "How long it ran." },
      { name = "rusage", kind = "field",
        type = "{ user_ms: number, system_ms: number, max_rss_kb: integer }",
        doc = "Processor time and memory, with its children's." },
      { name = "cut", kind = "field", type = "{ stdout: integer, stderr: integer }",
        doc = "Bytes of its outputs that were not kept." },
    },
  },
}
