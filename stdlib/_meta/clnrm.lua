---@meta clnrm

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- `local clnrm = require("clnrm")`. Tests, fixtures and hooks are registered while the file is
--- loaded; nothing of it can be changed.
---@class clnrm
---@field fake clnrm.fake # Fake data.
---@field json clnrm.json # JSON: reading and writing.
---@field toml clnrm.toml # TOML: reading.
---@field time clnrm.time # Clocks.
---@field hash clnrm.hash # Digests.
---@field service clnrm.service # Services by their modules: `clnrm.service.redis{ port = 7000 }`.
---@field chaos clnrm.chaos # Faults that are really made to services.
---@field fs clnrm.fs # Files of the project, to be read.
---@field http clnrm.http # HTTP to a server in a room.
---@field task clnrm.task # Several things at once.
local clnrm = {}

--- Registers a test. `fn(t)` runs in a task of its own with a time limit, and must check something:
--- by `clnrm.expect`, `assert` or `check = true`. With `cases`, one for each: `fn(t, case)`.
---
--- ```lua
--- local clnrm = require("clnrm")
---
--- clnrm.test("echo prints its arguments", function(t)
---   local result = t.room:exec({ "echo", "hello" })
---   clnrm.expect(result.stdout):equals("hello\n")
--- end)
--- ```
---@param name string # unique within the file
---@param opts? clnrm.TestOptions
---@param fn async fun(t: clnrm.Test, case: any)
---@overload fun(name: string, fn: async fun(t: clnrm.Test, case: any))
function clnrm.test(name, opts, fn) end

--- Registers a test, and leaves out the tests of the file that are registered otherwise (with a
--- warning: an error under `--strict`).
---
--- ```lua
--- local clnrm = require("clnrm")
---
--- clnrm.only("this one", function()
---   clnrm.expect(1 + 1):equals(2)
--- end)
--- clnrm.test("is left out", function()
---   error("never reached")
--- end)
--- ```
---@param name string # unique within the file
---@param opts? clnrm.TestOptions
---@param fn async fun(t: clnrm.Test, case: any)
---@overload fun(name: string, fn: async fun(t: clnrm.Test, case: any))
function clnrm.only(name, opts, fn) end

--- Registers a test that is not run, and why; it is reported as skipped.
---
--- ```lua
--- local clnrm = require("clnrm")
---
--- clnrm.skip("talks to the printer", "there is none in a room")
--- clnrm.test("adds", function()
---   clnrm.expect(1 + 1):equals(2)
--- end)
--- ```
---@param name string
---@param reason string
function clnrm.skip(name, reason) end

--- Registers something that tests need: set up at the first `t:use(name)` of its scope, taken down
--- at the scope's end in any case, in reverse order.
---
--- ```lua
--- local clnrm = require("clnrm")
---
--- clnrm.fixture("user", {
---   scope = "test",
---   setup = function(t)
---     return { name = "ann" }
---   end,
---   teardown = function(user) end,
--- })
--- clnrm.test("has a name", function(t)
---   clnrm.expect(t:use("user").name):equals("ann")
--- end)
--- ```
---@param name string
---@param opts clnrm.FixtureOptions
function clnrm.fixture(name, opts) end

--- Registers what runs once, before the first test of the file.
---
--- ```lua
--- local clnrm = require("clnrm")
--- local calls = 0
--- clnrm.before_all(function()
---   calls = calls + 1
--- end)
--- clnrm.test("runs behind it", function()
---   clnrm.expect(calls):equals(1)
--- end)
--- ```
---@param fn async fun(t: clnrm.Test)
function clnrm.before_all(fn) end

--- Registers what runs before each test of the file, with the test's own `t`.
---
--- ```lua
--- local clnrm = require("clnrm")
--- clnrm.before_each(function(t)
---   t.room:put("seed.txt", "1\n")
--- end)
--- clnrm.test("has its file", function(t)
---   clnrm.expect(t.room:get("seed.txt")):equals("1\n")
--- end)
--- ```
---@param fn async fun(t: clnrm.Test)
function clnrm.before_each(fn) end

--- Registers what runs after each test of the file, whatever became of the test. An error in it
--- makes the test an error.
---
--- ```lua
--- local clnrm = require("clnrm")
--- clnrm.after_each(function(t)
---   assert(t.room:exists("out.txt"))
--- end)
--- clnrm.test("writes its file", function(t)
---   t.room:exec("echo hi > out.txt", { check = true })
--- end)
--- ```
---@param fn async fun(t: clnrm.Test)
function clnrm.after_each(fn) end

--- Registers what runs once, after the last test of the file.
---
--- ```lua
--- local clnrm = require("clnrm")
--- local tests = 0
--- clnrm.after_all(function()
---   assert(tests == 1)
--- end)
--- clnrm.test("counts", function()
---   tests = tests + 1
---   clnrm.expect(tests):equals(1)
--- end)
--- ```
---@param fn async fun(t: clnrm.Test)
function clnrm.after_all(fn) end

--- Says that a value is expected to be something; a matcher must follow. One value, which may be
--- nil. Of a call that returned `nil, err` it is an error, unless the call stands in parentheses.
---
--- ```lua
--- clnrm.expect("hello\n"):starts_with("hell").no:contains("error")
--- ```
---@param value any
---@return clnrm.Expectation expectation
function clnrm.expect(value) end

--- Adds a matcher for the expectations of this file. `fn` gets the value and the arguments, and
--- returns true, or false and why. Names of built-in matchers are taken. An editor learns of it by
--- `---@class clnrm.Expectation` and `---@field is_even fun(self): clnrm.Expectation`.
---
--- ```lua
--- local clnrm = require("clnrm")
---
--- clnrm.matcher("is_even", function(actual)
---   return actual % 2 == 0, ("%d is odd"):format(actual)
--- end)
--- clnrm.test("counts in pairs", function()
---   clnrm.expect(4):is_even()
---   clnrm.expect(3).no:is_even()
--- end)
--- ```
---@param name string
---@param fn fun(actual: any, ...: any): boolean, string?
function clnrm.matcher(name, fn) end

--- Opens a room in a plain program (`clnrm FILE.lua`); tests say `t:open`.
---
--- ```lua
--- local clnrm = require("clnrm")
---
--- local room <close> = clnrm.open()
--- assert(room:exec({ "echo", "hello" }).stdout == "hello\n")
--- ```
---@async
---@param spec? clnrm.RoomSpec
---@return clnrm.Room room
--- raises: the room could not be made, or a test calls it.
function clnrm.open(spec) end

--- Makes cases for the option `cases` from lists of values: one for each combination, less those
--- that have all values of an entry of `exclude`, with those of `include`; the rules are those of
--- `[matrix]` in a test file. A case has the values by their names, and `name`: `"db=pg,n=1"`.
--- Names are sorted, and the last one turns fastest.
---
--- ```lua
--- local clnrm = require("clnrm")
---
--- local cases = clnrm.matrix({
---   word = { "a", "b" },
---   times = { 1, 3 },
---   exclude = { { word = "b", times = 3 } },
--- })
--- clnrm.test("repeats", { cases = cases }, function(_, case)
---   clnrm.expect(case.word:rep(case.times)):has_length(case.times)
--- end)
--- ```
---@param spec table<string, any[]> # with `exclude` and `include`, lists of tables
---@return table[] cases
function clnrm.matrix(spec) end

--- Calls a function with generated values. When it fails for one, simpler values are tried, and the
--- simplest that fails is told, with the seed. Generators: `int` and `float` (`min`, `max`),
--- `bool`, `text` (`min`, `max` letters, `alphabet`), `list` (`of`, `min`, `max`), `one_of`
--- (`values`, or `{ one_of = {…} }`), `table` (`of` names and generators), and the kinds of
--- `clnrm.fake`. At the end it is called once more, so that the checks in it count.
---
--- ```lua
--- clnrm.property({ kind = "list", of = "int" }, function(list)
---   local sum = 0
---   for _, n in ipairs(list) do
---     sum = sum + n
---   end
---   for i = #list, 1, -1 do
---     sum = sum - list[i]
---   end
---   return sum == 0
--- end)
--- ```
---@async
---@param gen string|table # a generator: `"int"`, or a table with its `kind`
---@param fn async fun(value: any): boolean? # must neither raise nor return false
---@param opts? { runs?: integer, seed?: integer|string } # by default 100 runs, with the seed `t.seed`
--- raises: it does not hold for a value.
function clnrm.property(gen, fn, opts) end

--- Options of `clnrm.test` and `clnrm.only`.
---@class clnrm.TestOptions
---@field tags? string[] # Words that `--tag` and `-k` select by.
---@field timeout? number|string # How long the test may take: seconds, or `"2m"`. Default 60 s.
---@field requires? string[] # What the place must offer, such as `"net-isolation"`. Else it is skipped, and with `--strict` an error.
---@field retries? integer # How often it is tried again when it fails or times out, in a fresh room each time; it is `flaky` when it passes then. Default: what `--retries` says.
---@field locks? string|(string|clnrm.Lock)[] # Tests with the same lock do not run at the same time.
---@field group? string # Of a group, so many tests run at once as `[groups.NAME] max` of clnrm.toml says.
---@field cases? table # A list of cases, or a table from names to cases: one test for each.
---@field room? clnrm.RoomSpec # How `t.room` is made.

--- For the option `locks` of a test; its name alone means the same without `shared`.
---@class clnrm.Lock
---@field name string # Its name.
---@field shared? boolean # Beside others who only share it.

--- What a fixture is made of.
---@class clnrm.FixtureOptions
---@field scope? "test"|"file"|"run" # Who shares it: one test (default), all tests of the file, all of the run.
---@field setup async fun(t: clnrm.Test): any # Makes the value.
---@field teardown? async fun(value: any, t: clnrm.Test) # Takes it down; always called once the setup returned.
---@field timeout? number|string # How long each of the two may take.

--- What a test, a hook and a setup get. Fields of your own can be kept in it (`t.user = …`); its
--- own cannot be changed.
---@class clnrm.Test
---@field name string # The name of the test.
---@field seed integer # A number that is the same for this test in each run with the same `--seed`.
---@field room clnrm.Room # This test's room, opened when it is first used.
local Test = {}

--- Opens another room; it is closed at the end of the test at the latest.
---
--- ```lua
--- local room = t:open({ env = { MODE = "test" }, files = { ["a.txt"] = "hello\n" } })
--- clnrm.expect(room:exec("cat a.txt; echo $MODE").stdout):equals("hello\ntest\n")
--- ```
---@async
---@param spec? clnrm.RoomSpec
---@return clnrm.Room room
--- raises: the room could not be made: the test cannot go on.
function Test:open(spec) end

--- Returns the value of a fixture; who uses it first sets it up.
---
--- ```lua
--- local clnrm = require("clnrm")
--- clnrm.fixture("port", { scope = "file", setup = function() return 6379 end })
--- clnrm.test("has a port", function(t)
---   clnrm.expect(t:use("port")):equals(6379)
--- end)
--- ```
---@async
---@param name string
---@return any value
function Test:use(name) end

--- Notes a line that is shown when the test fails, and in reports.
---
--- ```lua
--- t:log("half way")
--- clnrm.expect(true):is_true()
--- ```
---@param text any
function Test:log(text) end

--- Ends the test as skipped.
---
--- ```lua
--- t:skip("nothing to look at on this machine")
--- ```
---@param reason string
function Test:skip(reason) end

--- Ends the test as failed.
---
--- ```lua
--- t:fail("not like this")
--- ```
---@param text? any
function Test:fail(text) end

--- Returns the value of a variable of `--env-file`, else of clnrm's environment, and masks it in
--- all that the run tells from then on. One that is not given ends the test as an error.
---
--- ```lua
--- t.room:exec({ "psql" }, { env = { PGPASSWORD = t:secret("DB_PASSWORD") } })
--- ```
---@param name string # of the variable
---@return string value
function Test:secret(name) end

--- Keeps a file with the results of the test.
---
--- ```lua
--- assert(t:attach("page.html", "<p>hello</p>") ~= nil)
--- ```
---@param name string # a file's name
---@param bytes string
---@return string? path
---@return core.Error? err
function Test:attach(name, bytes) end

--- A place of its own: the programs of the machine, read-only; an empty /room to work in; the
--- project at /project; its own network with nothing but loopback. `t.room` is one, `t:open{…}`
--- makes more.
---@class clnrm.Room
local Room = {}

--- Runs a command to its end: a list as it is, a text by `sh -c`. Another exit code than 0 is a
--- result like any other, but with `check = true`.
---
--- ```lua
--- local result = assert(t.room:exec({ "sh", "-c", "echo out; echo err >&2; exit 3" }))
--- clnrm.expect(result.exit_code):equals(3)
--- clnrm.expect(result.stdout):equals("out\n")
--- clnrm.expect(result.stderr):equals("err\n")
--- ```
---@async
---@param command string[]|string
---@param opts? clnrm.ExecOptions
---@return clnrm.Result? result
---@return core.Error? err
--- COMMAND_NOT_FOUND: there is no such program in the room.
--- EACCES: it may not be executed.
function Room:exec(command, opts) end

--- Starts a command that runs beside the test; it is killed at the end of the room.
---
--- ```lua
--- local process <close> = assert(t.room:start({ "cat" }))
--- process:write("hello\n")
--- process:close_stdin()
--- clnrm.expect(process:wait("10s").stdout):equals("hello\n")
--- ```
---@async
---@param command string[]|string
---@param opts? clnrm.StartOptions
---@return clnrm.Process? process
---@return core.Error? err
--- COMMAND_NOT_FOUND: there is no such program in the room.
--- EACCES: it may not be executed.
function Room:start(command, opts) end

--- Writes a file; missing directories are made.
---
--- ```lua
--- assert(t.room:put("bin/hi", "#!/bin/sh\necho hi\n", { mode = 493 })) -- 493 is 0755
--- clnrm.expect(t.room:exec({ "bin/hi" }).stdout):equals("hi\n")
--- ```
---@async
---@param path string # relative to /room
---@param content string
---@param opts? { mode?: integer }
---@return true? ok
---@return core.Error? err
--- EROFS: the path is not in a writable place.
function Room:put(path, content, opts) end

--- Reads a file.
---
--- ```lua
--- t.room:put("a.txt", "hello\n")
--- clnrm.expect(t.room:get("a.txt")):equals("hello\n")
--- local content, err = t.room:get("b.txt")
--- clnrm.expect(content):is_nil()
--- clnrm.expect(err.code):equals("ENOENT")
--- ```
---@async
---@param path string # relative to /room
---@return string? content
---@return core.Error? err
--- ENOENT: there is none.
--- EFBIG: it is larger than 64 MiB.
function Room:get(path) end

--- Says whether something is at a path.
---
--- ```lua
--- t.room:exec("mkdir d", { check = true })
--- clnrm.expect(t.room:exists("d")):is_true()
--- clnrm.expect(t.room:exists("e")):is_false()
--- ```
---@async
---@param path string # relative to /room
---@return boolean? exists
---@return core.Error? err
function Room:exists(path) end

--- Returns a service of the room, to be looked at, stopped, started or killed.
---
--- ```lua
--- local room = t:open({ services = { app = { command = "echo up; exec sleep 60" } } })
--- room:wait({ log = "up", service = "app" })
--- clnrm.expect(room:service("app"):logs()):equals("up\n")
--- ```
---@param name string
---@return clnrm.Service service
function Room:service(name) end

--- Waits until something is so in the room. It counts as a check: when it does not come true in
--- time, the test fails, with the answer to the last question.
---
--- ```lua
--- t.room:start("sleep 0.1; touch ready")
--- t.room:wait({ file = "/room/ready", timeout = "10s" })
--- ```
---@async
---@param spec clnrm.WaitSpec
---@return true ok
function Room:wait(spec) end

--- Ends the room and what runs in it. It is closed at the end of its scope (`local room <close> =
--- …`) and at the end of the test as well; a second call does nothing.
---
--- ```lua
--- local room = t:open()
--- clnrm.expect(room:exec({ "true" }).ok):is_true()
--- room:close()
--- ```
---@async
function Room:close() end

--- What `t:open`, `clnrm.open` and the option `room` of a test take.
---@class clnrm.RoomSpec
---@field image? string # Its root: "host" (default), "rootfs:DIR", "archive:FILE", a stored image's name.
---@field project? "ro"|"copy"|"none" # How the project is shown at /project: read-only (default), as a copy, or not.
---@field env? table<string, string|number|boolean> # Variables of every command in it.
---@field inherit_env? string[] # Variables of clnrm's own environment that are passed on.
---@field user? string|integer # In an image of Docker or Podman: `user` or `user:group`, names or numbers.
---@field files? table<string, string>|{ path: string, content?: string, from?: string, mode?: integer }[] # Files that are written first: a table from paths to contents, or a list; `from` is a file of the project.
---@field services? table<string, table> # Servers that are started with the room: name to the keys of `[services.NAME]` of a test file, or what `clnrm.service.NAME{…}` gives. All are ready when the room is there; when one does not get ready, or ends by itself later, the test fails with its last words.
---@field limits? { memory_mb?: integer, pids?: integer, cpu_millicores?: integer } # What all of the room may use, as `[limits]` of a test file.
---@field policy? { security_level?: "low"|"medium"|"high", max_memory_mb?: integer, max_cpu_usage?: number, allowed_network_hosts?: string[], disallowed_commands?: string[] } # What is forbidden in the room, as `policy` of a scenario; what is tried all the same makes the test `policy`.
---@field network? "room" # A network of its own without a way out; the only one in this build.

--- A server of a room, from `Room:service`. What these calls do to it is no failure.
---@class clnrm.Service
---@field name string # By which the room and its other services reach it.
---@field host string # Always 127.0.0.1, where `port` is on this machine.
local Service = {}

--- Publishes a port of the service on this machine's loopback, and returns that one.
---
--- ```lua
--- local room = t:open({ services = {
---   app = { command = { "python3", "-m", "http.server", "8000" }, wait = { port = 8000 } },
--- } })
--- clnrm.expect(room:service("app"):port()):ge(1024)
--- ```
---@async
---@param port? integer # of the service; default: its only one
---@return integer? port
---@return core.Error? err
function Service:port(port) end

--- Returns the last lines that it wrote, of both outputs as they came.
---
--- ```lua
--- local room = t:open({ services = { app = { command = "echo up; exec sleep 60" } } })
--- room:wait({ log = "up", service = "app" })
--- clnrm.expect(room:service("app"):logs(1)):equals("up\n")
--- ```
---@param count? integer # default 100
---@return string lines
function Service:logs(count) end

--- Ends it by its stop signal, and by SIGKILL after its grace; what needs it runs on.
---
--- ```lua
--- local room = t:open({ services = {
---   app = { command = { "python3", "-m", "http.server", "8000" }, wait = { port = 8000 } },
--- } })
--- clnrm.expect(room:service("app"):stop()):is_true()
--- ```
---@async
---@return true? ok
---@return core.Error? err
--- ETIMEDOUT: it was killed, and does not end.
function Service:stop() end

--- Starts it again after `stop` or `kill`, and waits until it is ready.
---
--- ```lua
--- local room = t:open({ services = {
---   app = { command = { "python3", "-m", "http.server", "8000" }, wait = { port = 8000 } },
--- } })
--- local service = room:service("app")
--- service:kill()
--- service:start()
--- room:wait({ port = 8000 })
--- ```
---@async
---@return true ok
function Service:start() end

--- Sends it a signal; after SIGKILL, waits for its end.
---
--- ```lua
--- local room = t:open({ services = {
---   app = { command = { "python3", "-m", "http.server", "8000" }, wait = { port = 8000 } },
--- } })
--- clnrm.expect(room:service("app"):kill()):is_true()
--- ```
---@async
---@param signal? string|integer # default SIGKILL
---@return true? ok
---@return core.Error? err
--- ESRCH: it does not run.
function Service:kill(signal) end

--- Stops its processes where they are, as on a machine that hangs.
---
--- ```lua
--- local room = t:open({ services = {
---   app = { command = { "python3", "-m", "http.server", "8000" }, wait = { port = 8000 } },
--- } })
--- local service = room:service("app")
--- clnrm.expect(service:pause()):is_true()
--- service:resume()
--- ```
---@return true? ok
---@return core.Error? err
--- ESRCH: it does not run.
function Service:pause() end

--- Lets it go on after `pause`.
---
--- ```lua
--- local room = t:open({ services = {
---   app = { command = { "python3", "-m", "http.server", "8000" }, wait = { port = 8000 } },
--- } })
--- local service = room:service("app")
--- service:pause()
--- clnrm.expect(service:resume()):is_true()
--- ```
---@return true? ok
---@return core.Error? err
--- ESRCH: it does not run.
function Service:resume() end

--- One of port, http, log, cmd and file, for `Room:wait`.
---@class clnrm.WaitSpec
---@field port? integer # Somebody listens on it; with `service`, that service.
---@field http? string # An address in the room answers.
---@field status? integer # Of http: with this status. Default 200.
---@field body? string # Of http: what the answer holds.
---@field log? string # A line of the service's outputs matches this regular expression.
---@field times? integer # Of log: so many lines.
---@field cmd? string[]|string # A command exits with 0.
---@field file? string # It is there.
---@field service? string # In whose place, and only while it runs.
---@field timeout? number|string # How long; default 30 s.

--- Options of `Room:exec`.
---@class clnrm.ExecOptions
---@field env? table<string, string|number|boolean> # Variables besides the room's.
---@field cwd? string # Directory it starts in, relative to /room.
---@field user? string|integer # Whom it runs as, of the image; a sandbox room has one, `room`.
---@field stdin? string # What it reads; without it, nothing.
---@field timeout? number|string # When it is killed: seconds, or `"500ms"`. Default 30 s.
---@field service? string # In whose place it runs: with its environment, in its directory, seeing its files.
---@field check? boolean # Any end but exit code 0 fails the test; it counts as a check.

--- Options of `Room:start`.
---@class clnrm.StartOptions
---@field env? table<string, string|number|boolean> # Variables besides the room's.
---@field cwd? string # Directory it starts in, relative to /room.
---@field user? string|integer # Whom it runs as, of the image; a sandbox room has one, `room`.
---@field stdin? string # All of its input; without it, `Process:write` feeds it.
---@field timeout? number|string # When it is killed. Default: at the end of the room.
---@field service? string # In whose place it runs.

--- What became of a command.
---@class clnrm.Result
---@field exit_code? integer # Its exit code; nil when a signal ended it.
---@field signal? integer # The signal that ended it.
---@field ok boolean # It exited with 0, in time.
---@field stdout string # What it printed, at most 16 MiB. Of a text that was cut, no matcher says what is not in it.
---@field stderr string # What it printed to stderr.
---@field timed_out boolean # It was killed at its deadline.
---@field duration_ms number # How long it ran.
---@field rusage { user_ms: number, system_ms: number, max_rss_kb: integer } # Processor time and memory, with its children's.
---@field cut { stdout: integer, stderr: integer } # Bytes of its outputs that were not kept.

--- A command that runs beside the test, from `Room:start`.
---@class clnrm.Process
local Process = {}

--- Waits for its end; may be called again.
---
--- ```lua
--- local process = assert(t.room:start({ "sh", "-c", "exit 3" }))
--- clnrm.expect(process:wait("10s").exit_code):equals(3)
--- ```
---@async
---@param timeout? number|string
---@return clnrm.Result? result
---@return core.Error? err
--- ETIMEDOUT: it still runs.
function Process:wait(timeout) end

--- Sends a signal to it and its group.
---
--- ```lua
--- local process = assert(t.room:start({ "sleep", "60" }))
--- assert(process:kill("TERM"))
--- clnrm.expect(process:wait("10s").signal):equals(15)
--- ```
---@param signal? string|integer # "SIGTERM", "TERM" or 15; default SIGKILL
---@return true? ok
---@return core.Error? err
--- ESRCH: it has ended.
function Process:kill(signal) end

--- Feeds its standard input.
---
--- ```lua
--- local process = assert(t.room:start({ "head", "-n", "1" }))
--- assert(process:write("first\n"))
--- clnrm.expect(process:wait("10s").stdout):equals("first\n")
--- ```
---@async
---@param text string
---@return true? ok
---@return core.Error? err
--- EPIPE: nobody reads.
function Process:write(text) end

--- Ends its standard input.
---
--- ```lua
--- local process = assert(t.room:start({ "wc", "-c" }))
--- process:write("four")
--- process:close_stdin()
--- clnrm.expect(process:wait("10s").stdout):matches("^4$")
--- ```
function Process:close_stdin() end

--- Iterates over the lines of an output as they come, until it ends.
---
--- ```lua
--- local process = assert(t.room:start("echo ready; sleep 60"))
--- for line in process:lines() do
---   clnrm.expect(line):equals("ready")
---   break
--- end
--- process:close()
--- ```
---@param stream? "stdout"|"stderr"
---@return async fun(): string? next
function Process:lines(stream) end

--- Kills what still runs; so does the end of its scope (`<close>`) and of the room.
---
--- ```lua
--- local process <close> = assert(t.room:start({ "sleep", "60" }))
--- clnrm.expect((process:wait("1ms"))):is_nil()
--- process:close()
--- ```
---@async
function Process:close() end

--- What `clnrm.expect(value)` returns. Each matcher returns it again, so that several can follow. A
--- matcher that does not hold fails the test, also where its error is caught; but not inside of the
--- functions that `raises` and `eventually` call. A value that a matcher cannot look at (a text
--- matcher of nil) fails it, negated or not. Wrong arguments and misspelt names are errors at your
--- line.
---@class clnrm.Expectation
---@field no clnrm.Expectation # Negates the next matcher. Of several things (lists of texts or keys) none may hold.
local Expectation = {}

--- Compares by content: tables by their entries (an `__eq` decides where there is one, other
--- metatables do not count), 1 equals 1.0, nan equals nan, `"1"` is not 1.
---
--- ```lua
--- clnrm.expect({ id = 1, tags = { "a" } }):equals({ id = 1, tags = { "a" } })
--- ```
---@param expected any
---@return clnrm.Expectation self
function Expectation:equals(expected) end

--- Searches a text for a regular expression of PCRE2 (not a pattern of Lua): `^` and `$` mean the
--- whole text, `(?m)` in front each line, `(?i)` ignores case. Of a list, each is searched. A
--- search that spends its time budget is `error` (T403).
---
--- ```lua
--- clnrm.expect("applied 4 migrations\n"):matches("(?m)^applied \\d+ migrations$")
--- ```
---@param regex string|string[]
---@return clnrm.Expectation self
function Expectation:matches(regex) end

--- Looks for a text in a text (a list: for each of them), or for an entry of a table that equals
--- the item.
---
--- ```lua
--- clnrm.expect("one two"):contains("two")
--- clnrm.expect({ { id = 1 }, { id = 2 } }):contains({ id = 2 })
--- ```
---@param item any
---@return clnrm.Expectation self
function Expectation:contains(item) end

--- Compares the beginning of a text.
---
--- ```lua
--- clnrm.expect("hello"):starts_with("he")
--- ```
---@param text string
---@return clnrm.Expectation self
function Expectation:starts_with(text) end

--- Compares the end of a text.
---
--- ```lua
--- clnrm.expect("hello\n"):ends_with("lo\n")
--- ```
---@param text string
---@return clnrm.Expectation self
function Expectation:ends_with(text) end

--- Counts the lines of a text, or compares them. A newline ends a line; the last one needs none.
---
--- ```lua
--- clnrm.expect("a\nb\n"):lines(2):lines({ "a", "b" })
--- ```
---@param lines integer|string[]
---@return clnrm.Expectation self
function Expectation:lines(lines) end

--- Looks for keys of a table with a value.
---
--- ```lua
--- clnrm.expect({ id = 1, name = "ann" }):has_keys({ "id", "name" })
--- ```
---@param keys any[]
---@return clnrm.Expectation self
function Expectation:has_keys(keys) end

--- Counts the bytes of a text, or all entries of a table whatever their keys.
---
--- ```lua
--- clnrm.expect({ "a", "b" }):has_length(2)
--- ```
---@param length integer
---@return clnrm.Expectation self
function Expectation:has_length(length) end

--- Is less than.
---
--- ```lua
--- clnrm.expect(1):lt(2)
--- ```
---@param bound number|string
---@return clnrm.Expectation self
function Expectation:lt(bound) end

--- Is at most.
---
--- ```lua
--- clnrm.expect(2):le(2)
--- ```
---@param bound number|string
---@return clnrm.Expectation self
function Expectation:le(bound) end

--- Is greater than.
---
--- ```lua
--- clnrm.expect(3):gt(2)
--- ```
---@param bound number|string
---@return clnrm.Expectation self
function Expectation:gt(bound) end

--- Is at least.
---
--- ```lua
--- clnrm.expect(2):ge(2)
--- ```
---@param bound number|string
---@return clnrm.Expectation self
function Expectation:ge(bound) end

--- Is at most so far from a number.
---
--- ```lua
--- clnrm.expect(0.1 + 0.2):approx(0.3, 1e-9)
--- ```
---@param number number
---@param tolerance number
---@return clnrm.Expectation self
function Expectation:approx(number, tolerance) end

--- Is `true`, not only something that counts as true.
---
--- ```lua
--- clnrm.expect(1 < 2):is_true()
--- ```
---@return clnrm.Expectation self
function Expectation:is_true() end

--- Is `false`, not nil.
---
--- ```lua
--- clnrm.expect(2 < 1):is_false()
--- ```
---@return clnrm.Expectation self
function Expectation:is_false() end

--- Is nil.
---
--- ```lua
--- clnrm.expect(nil):is_nil()
--- ```
---@return clnrm.Expectation self
function Expectation:is_nil() end

--- Is of a type of Lua, or `integer`, or `float`.
---
--- ```lua
--- clnrm.expect(3):is_type("integer")
--- ```
---@param name string
---@return clnrm.Expectation self
function Expectation:is_type(name) end

--- Calls the function, which has to raise an error: any, also that of a misspelt name, unless a
--- pattern says which. A text is a regular expression that is searched in the error's message; a
--- table names fields that the raised value must have. Checks that fail inside are errors like
--- others, and fail nothing but `.no:raises()`: without a pattern, this holds when one does.
--- `.no:raises()` takes no argument: nothing at all may be raised.
---
--- ```lua
--- clnrm.expect(function() error("no such user") end):raises("no such")
--- clnrm.expect(function() error({ code = "E1" }) end):raises({ code = "E1" })
--- ```
---@param pattern? string|table
---@return clnrm.Expectation self
function Expectation:raises(pattern) end

--- Compares what is at a path of a JSON text, or of a table that was read from one:
--- `$.users[0].name`. The path must be there, also behind `.no`. Null is `clnrm.json.null`. A table
--- gives several paths at once.
---
--- ```lua
--- clnrm.expect('{"users": [{"name": "ann"}]}'):json("$.users[0].name", "ann")
--- ```
---@param path string|table<string, any>
---@param value? any
---@return clnrm.Expectation self
function Expectation:json(path, value) end

--- Compares with what is stored under the name, for this test, in `snapshots/` beside the test
--- file: a text byte for byte, another value as a table of Lua with its keys in order. What is not
--- stored fails. `clnrm snapshots review` accepts what was seen. A name is used once in a test;
--- neither `.no` nor `eventually` goes with it.
---
--- ```lua
--- clnrm.expect(t.room:exec({ "uname", "-s" }).stdout):snapshot("system")
--- ```
---@param name string
---@return clnrm.Expectation self
function Expectation:snapshot(name) end

--- Makes the matchers behind it wait. The value is a function; it is called again until the matcher
--- holds of what it returns, or the time is up; then the last value is shown. An error in it means
--- "not yet". Each matcher behind it waits by itself. A call that is under way at the end is cut
--- off.
---
--- ```lua
--- local calls = 0
--- clnrm.expect(function()
---   calls = calls + 1
---   return calls
--- end):eventually({ within = "2s", every = "10ms" }):ge(3)
--- ```
---@async
---@param options? clnrm.EventuallyOptions
---@return clnrm.Expectation self
function Expectation:eventually(options) end

--- Options of `eventually`.
---@class clnrm.EventuallyOptions
---@field within? number|string # How long to wait at most: seconds, or `"500ms"`. Default 5 s.
---@field every? number|string # The pause between two calls. Default 50 ms.

--- Children of one task. An error in one cancels the others and is raised in the parent.
---@class clnrm.Group
local Group = {}

--- Starts `fn(...)` as a child.
---
--- ```lua
--- local group <close> = clnrm.task.group()
--- local task = group:spawn(function(a, b) return a + b end, 1, 2)
--- clnrm.expect(task:join()):equals(3)
--- ```
---@param fn async fun(...: any): ...
---@param ... any
---@return core.Task task
function Group:spawn(fn, ...) end

--- Waits until every child ended; raises the error of the first that failed.
---
--- ```lua
--- local group <close> = clnrm.task.group()
--- group:spawn(clnrm.task.yield)
--- clnrm.expect(group:wait()):is_true()
--- ```
---@async
---@return true? ok
---@return core.Error? err
function Group:wait() end

--- Ends the waits of all children, those of later too.
---
--- ```lua
--- local group = clnrm.task.group()
--- group:spawn(clnrm.task.sleep, 60000)
--- group:cancel()
--- clnrm.expect(group:wait()):is_true()
--- ```
function Group:cancel() end

--- Something that tasks wait for, and that any task may say has happened.
---@class clnrm.Event
local Event = {}

--- Wakes all who wait; later waits return at once.
---
--- ```lua
--- local event = clnrm.task.event()
--- event:set()
--- clnrm.expect(event:wait()):is_true()
--- ```
function Event:set() end

--- Makes later waits wait again.
---
--- ```lua
--- local event = clnrm.task.event()
--- event:set()
--- event:clear()
--- clnrm.expect(event:is_set()):is_false()
--- ```
function Event:clear() end

--- Says whether a wait would return at once.
---
--- ```lua
--- clnrm.expect(clnrm.task.event():is_set()):is_false()
--- ```
---@return boolean
function Event:is_set() end

--- Waits until the event is set.
---
--- ```lua
--- local event = clnrm.task.event()
--- event:set()
--- clnrm.expect(event:wait()):is_true()
--- ```
---@async
---@return true? ok
---@return core.Error? err
--- ECANCELED: the task came to its end.
--- EDEADLOCK: nothing is left that could set it.
function Event:wait() end

--- So many at once, in the order of asking.
---@class clnrm.Semaphore
local Semaphore = {}

--- Takes a permit; it is given back at the end of its scope (`<close>`).
---
--- ```lua
--- local semaphore = clnrm.task.semaphore(2)
--- local permit <close> = assert(semaphore:take())
--- clnrm.expect(permit).no:is_nil()
--- ```
---@async
---@return clnrm.Permit? permit
---@return core.Error? err
function Semaphore:take() end

--- What a semaphore gives.
---@class clnrm.Permit
local Permit = {}

--- Gives it back; a second call does nothing.
---
--- ```lua
--- local permit = assert(clnrm.task.semaphore(1):take())
--- permit:release()
--- clnrm.expect(permit).no:is_nil()
--- ```
function Permit:release() end

return clnrm
