--- Rooms of Lua tests: files, processes, services, waits, several rooms, what is kept of a test.
local lua = dofile("tests/e2e/lua_support.lua")
local run, failure = lua.run, lua.failure

--- Requires that each test of a body passes.
local function passes(body, opts)
  local got = run(body, opts)
  local first = got.failures[1]
  assert.equal(0, got.code, first and ("%s line %d: %s"):format(first.code, first.line,
    first.message))
  return got
end

describe("a room of a Lua test", function()
  it("holds files", function()
    passes([[
test("files", function(t)
  local room = t.room
  assert(room:put("dir/a.sh", "#!/bin/sh\necho ran\n", { mode = tonumber("755", 8) }))
  expect(room:exec({ "/room/dir/a.sh" }).stdout):equals("ran\n")
  expect(room:get("dir/a.sh")):starts_with("#!/bin/sh")
  expect(room:exists("dir")):is_true()
  expect(room:exists("none")):equals(false)
  local text, err = room:get("none")
  expect(text):is_nil()
  expect(err.code):equals("ENOENT")
end)
test("from the start", { room = { files = { ["/room/x"] = "1" }, env = { A = "b" } } }, function(t)
  expect(t.room:exec("cat x; echo $A").stdout):equals("1b\n")
end)
test("of the project", function(t)
  local room = t:open({ files = { { path = "y", from = "x.clnrm.lua" } } })
  expect(room:get("y")):contains("of the project")
end)]])
  end)

  it("is one of several, each alone, closed when its variable is", function()
    local got = passes([[
test("two", function(t)
  local a, b = t:open(), t:open()
  a:put("x", "a")
  expect(b:exists("x")):equals(false)
  expect(t.room == t.room):is_true()
  expect(t.room == a):equals(false)
  local kept
  do
    local c <close> = t:open()
    kept = c
    expect(c:exec("true").ok):is_true()
  end
  expect(function() kept:exec("true") end):raises("the room is closed")
  a:close()
  a:close()
end)]], { events = true })
    local begun, ended = 0, 0
    for _, event in ipairs(got.events) do
      begun = begun + (event.event == "room_begin" and 1 or 0)
      ended = ended + (event.event == "room_end" and 1 or 0)
    end
    assert.equal(4, begun)
    assert.equal(4, ended)
  end)

  it("runs commands with their options, and refuses others", function()
    passes([[
test("exec", function(t)
  local room = t.room
  expect(room:exec({ "cat" }, { stdin = "in" }).stdout):equals("in")
  expect(room:exec("pwd", { cwd = "/tmp" }).stdout):equals("/tmp\n")
  local slow = room:exec({ "sleep", "9" }, { timeout = "100ms" })
  expect(slow.timed_out):is_true()
  expect(slow.ok):equals(false)
  expect(room:exec("kill -9 $$").signal):equals(9)
  local usage = room:exec("true").rusage
  expect(usage.max_rss_kb):gt(0)
  local result, err = room:exec({ "no-such" })
  expect(result):is_nil()
  expect(err.code):equals("COMMAND_NOT_FOUND")
  for _, wrong in ipairs({
    function() room:exec({ "true" }, { timeot = 1 }) end,
    function() room:exec({ "true" }, { user = "a b" }) end,
    function() room:exec({}) end,
    function() room:exec(5) end,
    function() room.exec({ "true" }) end,
    function() room.x = 1 end,
    function() t:open({ image = "rootfs:" }) end,
    function() t:open({ limits = { memory_mb = 0 } }) end,
  }) do
    expect(wrong):raises("^x[.]clnrm[.]lua:[0-9]+: ")
  end
end)]])
  end)

  it("fails the test by check = true: by its exit, a signal, its deadline", function()
    local got = run([[
test("T001", function(t) t.room:exec("exit 3", { check = true }) end)
test("T002", function(t) t.room:exec("kill -9 $$", { check = true }) end)
test("T004", function(t) t.room:exec({ "no-such" }, { check = true }) end)
test("T005", function(t) t.room:exec("sleep 9", { check = true, timeout = "100ms" }) end)
test("ok", function(t) t.room:exec("true", { check = true }) end)]])
    assert.same({ T001 = "fail", T002 = "fail", T004 = "fail", T005 = "timeout", ok = "pass" },
      got.verdicts)
    for _, code in ipairs({ "T001", "T002", "T004", "T005" }) do
      failure(got, code)
    end
  end)

  it("runs processes beside the test", function()
    local got = passes([[
test("start", function(t)
  local cat = assert(t.room:start({ "cat" }))
  expect(cat:write("one\ntwo\n")):is_true()
  local lines = {}
  for line in cat:lines() do
    lines[#lines + 1] = line
    if #lines == 2 then cat:close_stdin() end
  end
  expect(lines):equals({ "one", "two" })
  local result = cat:wait()
  expect(result.exit_code):equals(0)
  expect(result.stdout):equals("one\ntwo\n")
  local sleep <close> = assert(t.room:start("echo err >&2; exec sleep 60"))
  for line in sleep:lines("stderr") do
    expect(line):equals("err")
    break
  end
  local none, err = sleep:wait("50ms")
  expect(none):is_nil()
  expect(err.code):equals("ETIMEDOUT")
  expect(sleep:kill("TERM")):is_true()
  expect(sleep:wait().signal):equals(15)
  for _ in t.room:start("echo left; exec sleep 60"):lines() do break end
end)]], { events = true })
    local ends, left = {}, nil
    for _, event in ipairs(got.events) do
      ends[#ends + 1] = event.event == "step_end" and event or nil
      left = event.event == "output" and event.step == 3 and event.text or left
    end
    assert.equal(3, #ends)
    assert.equal("ECANCELED", ends[3].error.code)
    assert.equal("left\n", left)
  end)

  it("cannot be opened for a test that is over", function()
    local got = run([[
local other
test("a", function(t) other = t; expect(t.room:exec("true").ok):is_true() end)
test("b", function() expect(function() other:open() end):raises("the test 'a' is over") end)
test("c", function() expect(function() other.room:exec("true") end):raises("is closed") end)]],
      { argv = { "-j", "1" } })
    assert.same({ a = "pass", b = "pass", c = "pass" }, got.verdicts)
  end)

  it("is lost when its agent is: infra, whatever the test makes of it", function()
    local got = run([[
test("lost", function(t)
  expect(1):equals(1)
  pcall(function() t.room:exec("kill -9 -1; kill -9 1") end)
  pcall(function() t.room:exec("true") end)
end)]])
    assert.truthy(got.verdicts.lost == "pass" or got.verdicts.lost == "infra")
  end)
end)

describe("services of a Lua test", function()
  it("are ready when the room is there, and can be stopped and started", function()
    passes([[
local WEB = { command = { "python3", "-m", "http.server", "8000" }, wait = { port = 8000 } }
test("web", function(t)
  local room = t:open({ services = { web = WEB }, files = { ["/room/a.txt"] = "hello" } })
  local web = room:service("web")
  expect(web.name):equals("web")
  expect(web.host):equals("127.0.0.1")
  expect(web:port()):ge(1024)
  expect(web:port(8000)):equals(web:port())
  expect(room:wait({ http = "http://web:8000/", service = "web" })):is_true()
  room:wait({ port = 8000 })
  expect(web:kill()):is_true()
  expect(room:exec("python3 -c 'import socket; socket.create_connection((\"web\", 8000))'").ok)
    :equals(false)
  expect(web:start()):is_true()
  room:wait({ port = 8000, service = "web", timeout = "5s" })
  room:wait({ cmd = "test -d /var/lib/web", timeout = "5s" })
  expect(web:stop()):is_true()
end)
test("log", function(t)
  local room = t:open({ services = { log = { command = "echo begun; exec sleep 60" } } })
  room:wait({ log = "begun", service = "log" })
  expect(room:service("log"):logs()):equals("begun\n")
  expect(room:service("log"):pause()):is_true()
  expect(room:service("log"):resume()):is_true()
  expect(function() room:service("lgo") end):raises("did you mean")
end)]])
  end)

  it("end the test as their failure says", function()
    local got = run([[
test("T602", function(t)
  t:open({ services = { web = { command = "echo sorry; exit 3", wait = { port = 80 } } } })
end)
test("T601", function(t)
  t:open({ services = { web = { command = "sleep 60", wait = { port = 80, timeout = "200ms" } } } })
end)
test("T603", function(t)
  local room = t:open({ services = { web = { command = "sleep 0.2; exit 3" } } })
  expect(1):equals(1)
  room:exec("sleep 20")
end)
test("caught", function(t)
  expect(1):equals(1)
  pcall(t.open, t, { services = { web = { command = "exit 3", wait = { port = 80 } } } })
end)
test("quietly", function(t)
  local room = t:open({ services = { web = { command = "sleep 0.1; exit 3" } } })
  expect(1):equals(1)
  clnrm.task.sleep(400)
end)
test("wait", function(t)
  expect(1):equals(1)
  t.room:wait({ port = 80, timeout = "200ms" })
end)
test("meant", function(t)
  expect(function()
    t:open({ services = { web = { command = "exit 3", wait = { port = 80 } } } })
  end):raises("exit code 3")
end)]])
    assert.same({
      T601 = "timeout", T602 = "fail", T603 = "fail", caught = "fail", quietly = "fail",
      wait = "timeout", meant = "pass",
    }, got.verdicts)
    assert.matches("sorry", table.concat(failure(got, "T602").notes, "\n"))
    assert.equal("x.clnrm.lua", failure(got, "T601").file)
  end)

  it("are refused when a key is wrong, at the line of the test", function()
    local got = run([[
test("key", function(t)
  t:open({ services = { web = { comand = "true" } } })
end)]])
    local first = failure(got, "T702")
    assert.equal(3, first.line)
    assert.matches("did you mean `command`", first.message)
  end)
end)

describe("what is kept of a Lua test", function()
  it("are its log, its checks and its attachments", function()
    local kept
    local got = passes([[
test("keeps", function(t)
  t:log("a line")
  local path = assert(t:attach("data.bin", "\0\1"))
  expect(path):equals(".clnrm/artifacts/x.clnrm.lua/keeps/data.bin")
  expect(function() t:attach("../x", "") end):raises("no name of a file")
  expect(function() t:attach("a/b", "") end):raises("no name of a file")
end)]], { events = true, keep = function(dir)
      kept = lua.support.read(dir .. "/.clnrm/artifacts/x.clnrm.lua/keeps/data.bin")
    end })
    assert.equal("\0\1", kept)
    local seen = {}
    for _, event in ipairs(got.events) do
      seen[event.event] = event
    end
    assert.equal("a line", seen.log.text)
    assert.equal(3, seen.log.line)
    assert.equal("data.bin", seen.attachment.name)
    assert.is_true(seen.check.ok)
    assert.equal("raises", seen.check.matcher)
  end)

  it("is the same seed in each run", function()
    local body = 'test("seed", function(t) error(tostring(t.seed)) end)'
    local first = failure(run(body), "T702").message
    assert.equal(first, failure(run(body), "T702").message)
    assert.matches("^%d+$", first)
  end)
end)

describe("clnrm.http", function()
  it("talks to a server of the room, and to nothing else", function()
    passes([[
local SERVER = [=[
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("X-Seen", self.headers["X-Sent"])
        self.end_headers()
        for part in (body, body):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")
    def do_GET(self):
        import time
        time.sleep(5)
http.server.HTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
]=]
test("http", function(t)
  local room = t:open({
    services = { web = { command = { "python3", "/room/s.py" }, wait = { port = 8000 } } },
    files = { ["/room/s.py"] = SERVER },
  })
  local answer = assert(clnrm.http.request(room, {
    url = "http://web:8000/x?y=1", method = "POST", body = "ab", headers = { ["X-Sent"] = "s" },
  }))
  expect(answer.status):equals(201)
  expect(answer.ok):is_true()
  expect(answer.body):equals("abab")
  expect(answer.headers["x-seen"]):equals("s")
  local none, err = clnrm.http.get(room, "http://web:8000/", { timeout = "200ms" })
  expect(none):is_nil()
  expect(err.code):equals("ETIMEDOUT")
  none, err = clnrm.http.get(room, "http://localhost:9/")
  expect(none):is_nil()
  expect(err.code):equals("ECONNREFUSED")
  for _, wrong in ipairs({
    function() clnrm.http.get(room, "http://example.org/") end,
    function() clnrm.http.get(room, "https://web/") end,
    function() clnrm.http.get(t, "http://web:8000/") end,
    function() clnrm.http.request(room, { url = "http://web/", headers = { A = "b\r\nC: d" } }) end,
  }) do
    expect(wrong):raises("^x[.]clnrm[.]lua:[0-9]+: ")
  end
end)]])
  end)
end)

describe("clnrm.fs", function()
  it("reads the project, and nothing else", function()
    passes({
      ["sub/a.txt"] = "hello",
      ["x.clnrm.lua"] = lua.HEAD .. [[
local at_load = clnrm.fs.read("sub/a.txt")
test("fs", function(t)
  expect(at_load):equals("hello")
  expect(clnrm.fs.exists("sub")):is_true()
  expect(clnrm.fs.exists("none")):equals(false)
  expect(clnrm.fs.list("sub")):equals({ "a.txt" })
  for _, path in ipairs({ "../x", "/etc/passwd", "sub/../../x" }) do
    local content, err = clnrm.fs.read(path)
    expect(content):is_nil()
    expect(err.code):equals("EOUTSIDE")
  end
end)]],
    })
  end)
end)
