--- Policies: for each thing that is forbidden an attack that is stopped and told, whatever the step
--- makes of it, and its control: the same where it is not forbidden gets further.
local cgroup = require("core.cgroup")
local json = require("core.json")
local policies = dofile("tests/e2e/policy_support.lua")
local support = dofile("tests/e2e/support.lua")

local run = policies.run

--- An attack: what it is told as, and what its message names.
local ATTACKS = {
  {
    name = "a program in /tmp",
    policy = 'security_level = "medium"',
    shell = "cp /usr/bin/true /tmp/x; /tmp/x && echo ran; echo PASS",
    code = "H001", says = { "sh %(pid %d+", "run `/tmp/x`" },
  },
  {
    name = "a program in /dev/shm",
    policy = 'security_level = "medium"',
    shell = "cp /usr/bin/true /dev/shm/x; cd /dev/shm; ./x && echo ran; echo PASS",
    code = "H001", says = { "run `./x`" },
  },
  {
    name = "an open file",
    policy = 'security_level = "medium"',
    python = [[
import shutil; shutil.copy("/usr/bin/true", "/room/x")
fd = os.open("/room/x", os.O_RDONLY)
if os.fork() == 0:
    tries("exec", lambda: os.execve(fd, ["x"], {}))
    os._exit(0)
os.wait()]],
    code = "H001", says = { "python3 %(pid %d+", "an open file" },
  },
  {
    name = "an open file by the links of /proc",
    policy = 'security_level = "medium"',
    python = [[
import shutil; shutil.copy("/usr/bin/true", "/room/x")
fd = os.open("/room/x", os.O_RDONLY); os.set_inheritable(fd, True)
os.symlink("/proc/self", "/room/me"); os.chdir("/proc")
for path in ("//proc/self/fd/%d", "self/fd/%d", "/proc/" + str(os.getpid()) + "/fd/%d",
             "/room/me/fd/%d", "/dev/fd/%d"):
    if os.fork() == 0:
        tries("exec", lambda: os.execv(path % fd, ["x"]))
        os._exit(0)
    os.wait()]],
    code = "H001 H001 H001 H001 H001",
    says = { "`//proc/self/fd/", "`self/fd/", "`/proc/%d", "`/room/me/fd/", "`/dev/fd/" },
  },
  {
    name = "what runs a script",
    policy = 'security_level = "medium"',
    shell = "cp /usr/bin/true /tmp/x; /project/script; echo PASS",
    code = "H001", says = { "run `/tmp/x`" },
  },
  {
    name = "a library in /room",
    policy = 'security_level = "medium"',
    python = [[
import shutil, glob; shutil.copy(glob.glob("/usr/lib/*/libz.so.1")[0], "/room/z.so")
tries("load", lambda: ctypes.CDLL("/room/z.so"))]],
    code = "H001", says = { "load `/room/z.so`" },
  },
  {
    name = "a file in memory",
    policy = 'security_level = "medium"',
    python = 'tries("memfd", lambda: os.memfd_create("x"))',
    code = "H001", says = { "a file in memory" },
  },
  {
    name = "a packet socket",
    policy = 'security_level = "medium"',
    python = 'tries("socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM))',
    code = "H002", says = { "a socket of family packet" },
  },
  {
    name = "an address outside",
    policy = 'security_level = "medium"',
    python = 'tries("connect", lambda: socket.create_connection(("10.0.0.1", 9), 1))',
    code = "H002", says = { "reach `10.0.0.1:9`" },
  },
  {
    name = "an address outside of version 6",
    policy = 'security_level = "medium"',
    python = [[
s = socket.socket(socket.AF_INET6)
tries("connect", lambda: s.connect(("2001:db8::1", 9)))]],
    code = "H002", says = { "reach `%[2001:db8::1%]:9`" },
  },
  {
    name = "a datagram",
    policy = 'security_level = "medium"',
    python = [[
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tries("send", lambda: s.sendto(b"x", ("10.0.0.1", 9)))]],
    code = "H002", says = { "10.0.0.1:9" },
  },
  {
    name = "a datagram that no filter sees",
    policy = 'security_level = "medium"',
    python = [[
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tries("send", lambda: s.sendmsg([b"x"], [], 0, ("10.0.0.1", 9)))]],
    code = "H002", says = { "by the kernel's count" },
  },
  {
    name = "a name",
    policy = 'allowed_network_hosts = ["ok.example"]',
    shell = "getent hosts evil.example && echo got; echo PASS",
    code = "H003", says = { "getent %(pid %d+", "look up `evil.example`" },
  },
  {
    name = "ptrace",
    policy = 'security_level = "high"',
    python = [[
if libc.ptrace(0, 0, 0, 0) == 0: print("did trace")]],
    code = "H004", says = { "ptrace" },
  },
  {
    name = "another's memory",
    policy = 'security_level = "high"',
    python = "libc.process_vm_readv(os.getppid(), 0, 0, 0, 0, 0)",
    code = "H004", says = { "process_vm_readv" },
  },
  {
    name = "a file in /tmp",
    policy = 'security_level = "high"',
    shell = "echo x > /tmp/y && echo wrote; mkdir /room/d && echo made; echo PASS",
    code = "H012 H012", says = { "write `/tmp/y`", "write `/room/d`" },
  },
  {
    name = "a command in a shell",
    policy = 'disallowed_commands = ["od", "sleep"]',
    shell = "od /dev/null && echo ran; env sleep 0 && echo ran; echo PASS",
    code = "H005 H005", says = { "sh %(pid %d+.*`od /dev/null`", "`sleep 0`" },
  },
  {
    name = "a copy of what covers a command",
    policy = 'disallowed_commands = ["od"]',
    shell = "cp /usr/bin/od /room/a; /room/a /dev/null && echo ran; "
      .. "cat /usr/bin/od > b; chmod 711 b; ./b /dev/null && echo ran; echo PASS",
    code = "H005 H005", says = { "run `/room/a /dev/null`", "run `./b /dev/null`" },
  },
  {
    name = "a command by its path",
    policy = 'disallowed_commands = ["/usr/bin/od"]',
    shell = "exec /usr/bin/od /dev/null",
    code = "T007 H005", says = { "`/usr/bin/od /dev/null`" }, no_pass = true,
  },
  {
    name = "a stand-in under another name",
    policy = 'disallowed_commands = ["od"]',
    shell = "ln -s /usr/bin/od /room/clnrm-agent; /room/clnrm-agent; echo PASS",
    code = "H005", says = { "clnrm%-agent" },
  },
  {
    name = "time",
    policy = 'max_execution_time = "300ms"',
    shell = "trap 'echo PASS; exit 0' TERM; sleep 30",
    code = "T006 H006", says = { "policy.max_execution_time, 0.3 s" }, no_pass = true,
    no_control = true,
  },
}

local HEAD = "[limits]\nmemory_mb = 512\n"

describe("an attack", function()
  policies.specs({ it = it, assert = assert }, ATTACKS,
    { head = HEAD, files = { script = "#! /tmp/x -a\n" } })

  it("is told where its policy stands", function()
    local got = run({ { name = "s", policy = 'disallowed_commands = ["od"]',
      shell = "od /dev/null || true" } })
    local failure = got.s.failures[1]
    assert.equal("x.clnrm.toml", failure.file)
    assert.is_true(failure.column > 1)
  end)
end)

describe("a policy", function()
  it("lets pass what it does not forbid", function()
    local got, result = run({
      { name = "medium", policy = 'security_level = "medium"', python = [[
import threading
a = socket.socket(); a.bind(("127.0.0.1", 8000)); a.listen()
b = socket.create_connection(("127.0.0.1", 8000))
c, d = socket.socketpair()
open("/tmp/x", "w").write("x")
os.system("sh -c true")]] },
      { name = "high", policy = 'security_level = "high"',
        shell = "ls / > /dev/null; python3 -c 'print(1)'; cat /etc/hosts; echo x >&2" },
      { name = "descriptors", policy = 'security_level = "high", disallowed_commands = ["od"]',
        shell = 'test "$(ls /proc/self/fd | tr "\\n" " ")" = "0 1 2 3 "' },
      { name = "commands", policy = 'disallowed_commands = ["od", "no-such-program"]',
        shell = "cat /dev/null; ls /; no-such-program || true" },
      { name = "time", policy = 'max_execution_time = "60s", max_memory_mb = 256', shell = "true" },
    }, { head = HEAD })
    for name, one in pairs(got) do
      assert.equal("pass", one.verdict, name .. "\n" .. one.text .. one.out)
    end
    assert.equal(0, result.code)
    assert.matches("nothing in it can be written to", got.high.isolation.fs, 1, true)
  end)

  it("counts a flood, and tells little of it", function()
    local got = run({
      { name = "same", policy = 'security_level = "medium"', python = [[
for i in range(5000):
    try: socket.socket(socket.AF_PACKET)
    except OSError: pass]] },
      { name = "different", policy = 'security_level = "medium"', python = [[
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(300):
    try: s.sendto(b"x", ("10.0.0.1", i + 1))
    except OSError: pass]] },
    })
    assert.equal("H002", got.same.codes)
    assert.matches("5000 times", got.same.text)
    assert.equal(65, #got.different.failures)
    assert.matches("236 more attempts", got.different.text)
  end)

  it("is told by what descends from the step, and by a service", function()
    local got = run({
      { name = "orphan", policy = 'security_level = "medium"',
        shell = "cp /usr/bin/true /tmp/x; (setsid sh -c '/tmp/x; touch /tmp/done' &);"
          .. " while ! test -e /tmp/done; do sleep 0.01; done" },
    })
    assert.equal("H001", got.orphan.codes)
    got = run({ { name = "s", policy = 'security_level = "medium"', shell = "true" } }, {
      head = '[services.web]\ncommand = "cp /usr/bin/true /tmp/x; /tmp/x; touch /tmp/up;'
        .. ' sleep 60"\nwait = { file = "/tmp/up" }\n',
    })
    assert.equal("policy", got.s.verdict, got.s.text)
    assert.matches("H001", got.s.codes)
  end)

  it("counts in a room that is kept", function()
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.toml", [==[
[meta]
name = "x"
[[scenario]]
name = "s"
policy = { security_level = "medium" }
run = ["python3", "-c", '''
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try: s.sendmsg([b"x"], [], 0, ("10.0.0.1", 9))
except OSError: pass
try: socket.socket(socket.AF_PACKET)
except OSError: pass''']
]==])
    local result = support.sh("clnrm run --keep; code=$?; clnrm reap >/dev/null; exit $code",
      { cwd = dir })
    support.remove(dir)
    assert.equal(1, result.code, result.out)
    assert.matches("a socket of family packet", result.out)
    assert.matches("by the kernel's count", result.out)
  end)

  it("turns around no expectation of failure", function()
    local got = run({ { name = "s", policy = 'disallowed_commands = ["od"]', shell = "od /dev/null",
      more = "expect_failure = true\n" } })
    assert.equal("policy", got.s.verdict)
  end)

  it("refuses a step's own command by its name", function()
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.toml", [==[
[meta]
name = "x"
[[scenario]]
name = "s"
policy = { disallowed_commands = ["od", "curl"] }
[[scenario.steps]]
name = "one"
command = ["od", "/dev/null"]
]==])
    local result = support.run({ "run" }, { cwd = dir })
    support.remove(dir)
    assert.equal(1, result.code)
    assert.matches('error%[H005%]: step "one": a command tried to run `od /dev/null`, a disallowed '
      .. "command", result.out)
  end)
end)

describe("allowed_network_hosts", function()
  it("leads to these hosts and ports, and to no others", function()
    local got = policies.reach()
    assert.equal(0, got.code, got.out .. got.err)
  end)
end)

describe("policy.max_memory_mb", function()
  local limited = cgroup.detect().memory.version and it or function(name)
    pending(name .. ": no group can be made here")
  end

  limited("is told as the policy's", function()
    local got, result = run({ { name = "s", policy = "max_memory_mb = 40",
      shell = "head -c 90000000 /dev/zero > /tmp/x; echo PASS" } })
    assert.equal("policy", got.s.verdict)
    assert.matches("H008", got.s.codes)
    assert.equal(1, result.code)
  end)
end)

describe("a policy of a Lua test's room", function()
  it("counts against the file in a room that its tests share, by its verdict", function()
    local places = {
      before_all = [[clnrm.before_all(function(t) tries(t) end)
        clnrm.test("one", function() clnrm.expect(1):equals(1) end)
        clnrm.test("two", function() clnrm.expect(1):equals(1) end)]],
    }
    for _, scope in ipairs({ "file", "run" }) do
      places[scope] = ([[clnrm.fixture("f", { scope = "%s", setup = tries })
        clnrm.test("one", function(t) t:use("f") clnrm.expect(1):equals(1) end)
        clnrm.test("two", function(t) t:use("f") clnrm.expect(1):equals(1) end)]]):format(scope)
    end
    for name, text in pairs(places) do
      local dir = support.tempdir()
      support.write(dir .. "/x.clnrm.lua", [[
local clnrm = require("clnrm")
local function tries(t)
  t:open({ policy = { security_level = "medium" } }):exec("cp /usr/bin/true /tmp/x; /tmp/x")
end
]] .. text)
      local result = support.run({ "run", "--report", "json=r.json", "--report", "junit=r.xml" },
        { cwd = dir })
      local report = json.decode(support.read(dir .. "/r.json"))
      local junit = support.read(dir .. "/r.xml")
      support.remove(dir)
      assert.equal(1, result.code, name .. result.out)
      assert.matches("POLICY .*x%.clnrm%.lua\n", result.out)
      assert.matches("error%[H001%]: .*tried to run `/tmp/x`", result.out)
      assert.matches("2 passed, 1 broke a policy", result.out)
      assert.matches("rerun: clnrm run x.clnrm.lua\n", result.out, 1, true)
      assert.equal(1, report.counts.policy)
      assert.equal("policy", report.results[3].verdict)
      assert.matches('<failure type="policy"', junit, 1, true)
      assert.matches('failures="1" errors="0"', junit, 1, true)
    end
  end)

  local TWO = [[
local clnrm = require("clnrm")
clnrm.fixture("f", { scope = "file", setup = function(t)
  return t:open({ policy = { security_level = "medium" } })
end%s })
clnrm.test("one", function(t)
  local room <const> = t:use("f")
  room:exec("true", { check = true })
end)
clnrm.test("two", function(t)
  t:use("f"):exec("cp /usr/bin/true /tmp/x; /tmp/x")
  clnrm.expect(1):equals(1)
end)
]]

  it("names the test whose command it was", function()
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.lua", TWO:format(""))
    local result = support.run({ "run", "-f", "json" }, { cwd = dir })
    support.remove(dir)
    local failures = json.decode(result.out).results[3].diagnostics
    assert.equal(1, result.code, result.out)
    assert.equal(1, #failures)
    assert.matches('^test "two", step "cp [^"]*": sh .*tried to run `/tmp/x`', failures[1].message)
  end)

  it("is an error of the file where that has another, too", function()
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.lua",
      TWO:format(', teardown = function() error("not taken down") end'))
    local result = support.run({ "run" }, { cwd = dir })
    support.remove(dir)
    assert.equal(2, result.code, result.out)
    assert.matches("H001", result.out)
    assert.matches("not taken down", result.out)
  end)

  it("counts against the test", function()
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.lua", [[
local clnrm = require("clnrm")
clnrm.test("hit", function(t)
  local room = t:open({ policy = { security_level = "medium" } })
  room:exec("cp /usr/bin/true /tmp/x; /tmp/x")
  clnrm.expect(1):equals(1)
end)
clnrm.test("room", { room = { policy = { disallowed_commands = { "od" } } } }, function(t)
  clnrm.expect(t.room:exec("od /dev/null").exit_code):equals(126)
end)
clnrm.test("wrong", function(t)
  for _, policy in ipairs({ { security_level = "hi" }, { security_level = "high" },
    { max_execution_time = 5 }, { allowed_network_hosts = { "10.0.0.1" } } }) do
    clnrm.expect(function() t:open({ policy = policy }) end):raises("policy")
  end
end)
]])
    local result = support.run({ "run", "-f", "json" }, { cwd = dir })
    support.remove(dir)
    local codes = {}
    for _, s in ipairs(json.decode(result.out).results) do
      codes[s.name] = s.failures[1] and s.verdict .. " " .. s.failures[1].code or s.verdict
    end
    assert.same({ hit = "policy H001", room = "policy H005", wrong = "pass" }, codes)
  end)
end)
