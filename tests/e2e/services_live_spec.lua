--- clnrm services of runs that go on: they are asked themselves.
local docker = dofile("tests/e2e/docker_support.lua")
local fs = require("core.fs")
local json = require("core.json")
local engines, support = docker.engines, docker.support

--- A service that counts; its step waits for a word from outside.  A file that is made later is not
--- seen in the room, but what is written to one is.
local FILE = [==[
[meta]
name = "a"
[services.web]
%scommand = """echo up of web; echo to stderr >&2; i=0; while sleep 0.05; do
  i=$((i+1)); echo tick $i; done"""
wait = { log = "up" }
[[scenario]]
name = "waits"
[[scenario.steps]]
name = "x"
%scommand = "until grep -q go /project/go; do sleep 0.05; done"
]==]

local IN_SERVICE = FILE:format("", 'service = "web"\n')

--- Runs a script beside a run of `a.clnrm.toml` whose step waits; which goes on at its end.
local function beside(place, script, opts)
  opts = opts or {}
  local env = { CLNRM = support.clnrm, XDG_STATE_HOME = place.state }
  for name, value in pairs(opts.env or {}) do
    env[name] = value
  end
  return support.sh(([[
: > go; : > broken; : > much; rm -f events
%s
"$CLNRM" run -f events %s > events & pid=$!
for i in $(seq 600); do
  grep -qs '"event":"step_begin"' events && break
  sleep 0.05
done
services() { "$CLNRM" services "$@"; }
await() { for i in $(seq 600); do "$@" && return; sleep 0.05; done; echo "never: $*"; }
%s
echo go > go
wait $pid; echo "run $?"]]):format(opts.before or "", opts.argv or "", script), { cwd = place.dir,
    env = env, deadline_s = 120 })
end

local function new_place()
  local dir = support.tempdir()
  support.write(dir .. "/a.clnrm.toml", IN_SERVICE)
  return { dir = dir, state = dir .. "/state" }
end

--- Reads the events of one kind.
local function events(place, kind)
  local list = {}
  for line in support.read(place.dir .. "/events"):gmatch("[^\n]+") do
    local event = json.decode(line)
    list[#list + 1] = event.event == kind and event or nil
  end
  return list
end

describe("clnrm services of a run that goes on", function()
  local place
  before_each(function()
    place = new_place()
  end)
  after_each(function()
    support.remove(place.dir)
  end)

  it("is told by the run: how they are, and what they print, to several at once", function()
    local got = beside(place, [[
stat -c '%a %F' state/clnrm/live state/clnrm/live/*.sock
services | sed 's/^[0-9a-f]*:/RUN:/; s/ [0-9][0-9]*s / 0s /; s/pid [0-9]*/pid N/; s/  */ /g'
services status -f json > status.json
services logs latest web | grep -v tick | LC_ALL=C sort # of two pipes
services logs latest wbe; echo "logs $?"
services logs latest --follow > one & one=$!
services logs latest web --follow > two & two=$!
services logs latest --follow > three & three=$!
await grep -q 'tick 30' one
await grep -q 'tick 30' two
kill -9 $three # and the others go on
await grep -q 'tick 40' one
echo go > go; wait $one; echo "one $?"; wait $two; echo "two $?"]])
    assert.equal([[
700 directory
600 socket
RUN:waits (sandbox, running)
 SERVICE STATE HEALTH UPTIME PORTS CONTAINER RESTARTS
 web ready - 0s - pid N 0
web | to stderr
web | up of web
logs 2
one 0
two 0
run 0
]], got.out, got.err)
    assert.matches("no service 'wbe'\n  it has: web\n", got.err, 1, true)
    assert.matches("note: the room has ended", got.err, 1, true)
    local row = assert(json.decode(support.read(place.dir .. "/status.json"))).rooms[1].services[1]
    assert.equal("ready", row.state)
    assert.equal("integer", math.type(row.pid))
    for _, name in ipairs({ "one", "two" }) do
      local n = 0
      for i in support.read(place.dir .. "/" .. name):gmatch("web | tick (%d+)\n") do
        n = n + 1
        assert.equal(n, math.tointeger(tonumber(i)), name) -- each line once, none is missing
      end
      assert.is_true(n >= 30)
    end
    assert.same({}, fs.scandir(place.state .. "/clnrm/live"))
  end)

  it("is not followed any more once nobody reads", function()
    local got = beside(place, [[
{ timeout 60 "$CLNRM" services logs latest web --follow; echo "pipe $?" >&2; } | head -n 1 | wc -l
timeout 60 "$CLNRM" services logs latest web --follow > /dev/full; echo "full $?"]])
    assert.equal("1\nfull 6\nrun 0\n", got.out, got.err)
    assert.matches("pipe 141\n", got.err, 1, true)
    assert.is_nil(got.err:find("note:", 1, true))
  end)

  it("is not followed any more once nobody reads, though it prints no more", function()
    support.write(place.dir .. "/a.clnrm.toml", (IN_SERVICE:gsub("i=0;.-done", "exec sleep 600")))
    local got = beside(place, [[
{ timeout 60 "$CLNRM" services logs latest --follow; echo "pipe $?" >&2; } | grep -m 2 -c '']])
    assert.equal("2\nrun 0\n", got.out, got.err)
    assert.matches("pipe 141\n", got.err, 1, true)
  end)

  it("is restarted by the run, which says so and passes no more", function()
    local got = beside(place, [[
services logs latest web --follow > log & log=$!
await grep -q 'tick 3' log
services restart latest web | sed '1d; s/ [0-9][0-9]*s / 0s /; s/pid [0-9]*/pid N/; s/  */ /g'
services restart latest web > /dev/null; echo "again $?"
services restart latest wbe; echo "wbe $?"
services | tail -n 1 | sed 's/ [0-9][0-9]*s / 0s /; s/pid [0-9]*/pid N/; s/  */ /g'
await sh -c 'test $(grep -c "up of web" log) = 3'
echo go > go; wait $log; echo "log $?"]])
    assert.equal([[
 SERVICE STATE HEALTH UPTIME PORTS CONTAINER RESTARTS
 web ready - 0s - pid N 1
again 0
wbe 2
 web ready - 0s - pid N 2
log 0
run 6
]], got.out, got.err)
    assert.matches("no service 'wbe'\n  it has: web\n", got.err, 1, true)
    local ended = events(place, "scenario_end")[1]
    assert.equal("infra", ended.verdict)
    assert.equal(1, #ended.failures)
    assert.equal("V009", ended.failures[1].code)
    assert.matches('service "web" was restarted by hand', ended.failures[1].message, 1, true)
    local begun = events(place, "service_begin")
    assert.equal(3, #begun)
    assert.same({ nil, true, true }, { begun[1].by_hand, begun[2].by_hand, begun[3].by_hand })
  end)

  it("is restarted for one after the other where several ask at once", function()
    support.write(place.dir .. "/a.clnrm.toml", (IN_SERVICE:gsub("echo up of web;",
      "trap 'echo stopping; sleep 0.5; exit' TERM; %0"):gsub('service = "web"\n', "", 1)))
    local got = beside(place, [[
services logs latest web --follow > log & log=$!
await grep -q 'tick 3' log
services restart latest web > /dev/null & one=$!
await grep -q stopping log
services restart latest web > /dev/null; echo "two $?"
wait $one; echo "one $?"
echo go > go; wait $log; echo "log $?"]])
    assert.equal("two 0\none 0\nlog 0\nrun 6\n", got.out, got.err)
    assert.equal(3, #events(place, "service_begin"))
  end)

  it("stays with a shared room for the tests behind it", function()
    local shared = IN_SERVICE:gsub('name = "waits"\n', '%0room = "shared"\n')
    support.write(place.dir .. "/a.clnrm.toml", shared
      .. '[[scenario]]\nname = "later"\nroom = "shared"\n[[scenario.steps]]\nname = "y"\n'
      .. 'command = "true"\n')
    local got = beside(place, [[services restart latest:waits web > /dev/null; echo $?]])
    assert.equal("0\nrun 6\n", got.out, got.err)
    local ended = events(place, "scenario_end")
    assert.equal(2, #ended)
    for _, one in ipairs(ended) do
      assert.same({ "infra", "V009" }, { one.verdict, one.failures[1].code })
    end
  end)

  it("says why a service does not come up again; what failed beside stays told", function()
    support.write(place.dir .. "/a.clnrm.toml", (IN_SERVICE:gsub("echo up of web",
      "grep -q broken /project/broken && exit 3; %0")))
    local got = beside(place, [[
echo broken > broken
services restart latest web; echo "restart $?"]])
    assert.matches("^restart 6\nrun 6\n$", got.out, nil, got.err)
    assert.matches("service 'web' did not come up again: service 'web' ended with exit code 3",
      got.err, 1, true)
    local codes = {}
    for _, failure in ipairs(events(place, "scenario_end")[1].failures) do
      codes[failure.code] = true
    end
    assert.is_true(codes.V009)
    assert.is_true(codes.T602)
  end)

  it("is the latest where it has begun after what is kept, and not before", function()
    support.write(place.dir .. "/kept/b.clnrm.toml", '[meta]\nname = "b"\n[[scenario]]\n'
      .. 'name = "keeps"\n[[scenario.steps]]\nname = "x"\ncommand = "exit 3"\n')
    local got = support.sh([[cd kept; "$CLNRM" run --keep b.clnrm.toml > /dev/null; echo $?]], {
      cwd = place.dir, env = { CLNRM = support.clnrm, XDG_STATE_HOME = place.state } })
    assert.equal("1\n", got.out, got.err)
    got = beside(place, [[
services status latest | sed -n '1s/^[0-9a-f]*://p'
(cd kept; "$CLNRM" run --keep b.clnrm.toml > /dev/null)
services status latest | sed -n '1s/^[0-9a-f]*://p'
services restart latest:waits web; echo $?
"$CLNRM" reap > /dev/null]], { argv = "a.clnrm.toml" })
    assert.equal("waits  (sandbox, running)\nkeeps  (sandbox, kept)  no services are there\n2\n"
      .. "run 0\n", got.out, got.err)
  end)

  it("is not asked where it cannot listen, and whoever asks is told why", function()
    for name, one in pairs({
      long = { "true", "is longer than the name of a socket can be (107 bytes)" },
      file = { ": > file/clnrm/live", "is not a folder of this user alone" },
      open = { "mkdir open/clnrm/live; chmod 777 open/clnrm/live",
        "is not a folder of this user alone" },
    }) do
      local dir = name == "long" and ("long"):rep(20) or name
      assert(fs.mkdir_p(place.dir .. "/" .. dir .. "/clnrm"))
      local got = beside(place, [[
for i in $(seq 600); do services | grep -q 'web  *ready' && break; sleep 0.05; done
services logs latest web; echo "logs $?"
services restart latest web; echo "restart $?"]], { before = one[1],
        env = { XDG_RUNTIME_DIR = place.dir .. "/" .. dir } })
      assert.equal("logs 6\nrestart 2\nrun 0\n", got.out, name .. ": " .. got.err)
      assert.equal(2, select(2, got.err:gsub((one[2]:gsub("%p", "%%%0")), "")), got.err)
    end
  end)

  it("is awaited by a step that comes to need it while it is restarted", function()
    support.write(place.dir .. "/a.clnrm.toml", (IN_SERVICE:gsub("echo up of web;",
      "trap 'echo stopping; sleep 0.5; exit' TERM; %0"):gsub('service = "web"\n', "", 1))
      .. '[[scenario.steps]]\nname = "y"\nservice = "web"\ncommand = "test -d /proc/$PPID"\n')
    local got = beside(place, [[
services logs latest web --follow > log & log=$!
await grep -q 'tick 3' log
services restart latest web > /dev/null & one=$!
await grep -q stopping log
echo go > go; wait $one; echo "restart $?"; wait $log; echo "log $?"]])
    assert.equal("restart 0\nlog 0\nrun 6\n", got.out, got.err)
    local ended = events(place, "scenario_end")[1]
    assert.same({ "infra", 1, "V009" }, { ended.verdict, #ended.failures, ended.failures[1].code })
    assert.equal(2, #events(place, "service_begin"))
  end)

  it("says that the test has ended in the midst of a restart, and ends as any run", function()
    support.write(place.dir .. "/a.clnrm.toml", (IN_SERVICE:gsub("echo up of web;",
      "trap 'echo stopping; sleep 2; exit' TERM; %0"):gsub('service = "web"\n', "", 1)))
    local got = beside(place, [[
services logs latest web --follow > log & log=$!
await grep -q 'tick 3' log
services restart latest web & one=$!
await grep -q stopping log
echo go > go; wait $one; echo "restart $?"; wait $log; echo "log $?"]])
    assert.equal("restart 6\nlog 0\nrun 6\n", got.out, got.err)
    assert.matches("service 'web' is not started again: its room ends", got.err, 1, true)
    local failures = events(place, "scenario_end")[1].failures
    assert.same({ 1, "V009" }, { #failures, failures[1].code })
  end)

  it("shows no secrets, and asks for nothing of another version", function()
    support.write(place.dir .. "/a.clnrm.toml", '[secrets]\nWORD = true\n'
      .. (IN_SERVICE:gsub("echo tick $i", "echo tick $i topsecret of topsecret")))
    local got = beside(place, [[
services logs latest web --follow > log & log=$!
await grep -q 'tick 9' log
python3 - state/clnrm/live/*.sock <<'E'
import socket, sys
for text in (b'{"version": 0, "ask": "rooms"}\n', b'[]\n', b'\xff\n',
             b'{"version": 1, "ask": {}}\n',
             b'{"version": 1, "ask": "restart", "key": 1}\n',
             b'{"version": 1, "ask": "restart", "key": 1, "service": {}}\n'):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.sendall(text)
    answer = s.makefile().read()
    print(('"code":"EPROTO"' in answer or b'restart' in text and '"code":"EINVAL"' in answer)
          and '"done":true' in answer)
E
echo go > go; wait $log]], { env = { WORD = "topsecret" } })
    assert.equal(("True\n"):rep(6) .. "run 0\n", got.out, got.err)
    local log = support.read(place.dir .. "/log")
    assert.matches("tick 9 *** of ***\n", log, 1, true)
    assert.is_nil(log:find("topsecret", 1, true))
  end)

  it("goes on and ends, whoever reads nothing; who reads slowly is told what is missing", function()
    support.write(place.dir .. "/a.clnrm.toml", (IN_SERVICE:gsub("i=0; while.-; done",
      "until grep -q much /project/much; do sleep 0.05; done; seq 1000000; touch printed; "
      .. "sleep 600")
      :gsub("until grep %-q go", "until [ -e printed ] && grep -q go")))
    local got = beside(place, [[
"$CLNRM" services logs latest web --follow > log & log=$!
await grep -qs 'up of web' log
kill -STOP $log
python3 -c ' # more than are heard at once
import socket, sys, time
them = [socket.socket(socket.AF_UNIX) for i in range(10)]
for s in them:
    s.connect(sys.argv[1])
    try:
        s.sendall(b"{\"version\": 1, \"ask\": \"logs\", \"key\": 1, \"follows\": true}\n")
    except BrokenPipeError:
        pass
print("asked", flush=True)
time.sleep(600)' state/clnrm/live/*.sock > clients & clients=$!
await grep -qs asked clients
echo much > much; sleep 1
kill -CONT $log; echo go > go
wait $log; echo "log $?"
kill $clients]])
    assert.matches("^log [06]\nrun 0\n$", got.out, nil, got.err)
    local log, shown, missing = support.read(place.dir .. "/log"), 0, 0
    for _ in log:gmatch("web | %d+\n") do
      shown = shown + 1
    end
    for count in log:gmatch("web | %[(%d+) lines are missing here") do
      missing = missing + count
    end
    assert.is_true(shown > 0 and shown < 1000000, shown)
    if got.out:match("^log 0") then
      assert.equal(1000000, shown + missing)
    end
  end)

  it("leaves nothing behind when it is killed that anybody minds", function()
    local got = beside(place, [[
kill -9 $pid; wait $pid
ls state/clnrm/live | wc -l; services; ls state/clnrm/live | wc -l]])
    assert.matches("^1\n.*no room is kept, and no run goes on\n0\nrun 137\n$", got.out, nil,
      got.err)
  end)

  it("is told of the rooms of a program too, which nobody judges", function()
    support.write(place.dir .. "/prog.lua", [==[
local clnrm = require("clnrm")
local room <close> = clnrm.open({ services = { web = { command = "echo up of web; exec sleep 600",
  wait = { log = "up" } } } })
print("open")
room:exec("until grep -q go /project/go; do sleep 0.05; done", { timeout = "60s" })
]==])
    local got = support.sh([[
: > go
"$CLNRM" prog.lua > out & pid=$!
for i in $(seq 600); do grep -qs open out && break; sleep 0.05; done
"$CLNRM" services | sed 's/^[0-9a-f]*:/RUN:/; 2,$d'
"$CLNRM" services restart latest web | tail -n 1 | grep -c 'web .* 1$'
"$CLNRM" services logs latest | grep -c 'web | up of web'
echo go > go; wait $pid; echo "program $?"; ls state/clnrm/live]], { cwd = place.dir,
      env = { CLNRM = support.clnrm, XDG_STATE_HOME = place.state } })
    assert.equal("RUN:program  (sandbox, running)\n1\n2\nprogram 0\n", got.out, got.err)
  end)

  it("answers nobody else, whatever the rights of its socket have become", function()
    if fs.stat("/proc/self").uid ~= 0 then
      pending("only root can be another user")
      return
    end
    local got = beside(place, [[
chmod 711 . state state/clnrm state/clnrm/live; chmod 666 state/clnrm/live/*.sock
python3 - state/clnrm/live/*.sock <<'E'
import os, socket, sys
os.setuid(65534)
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
try:
    s.sendall(b'{"version": 1, "ask": "rooms"}\n')
    print(s.recv(100))
except (BrokenPipeError, ConnectionResetError):
    print(b'')
E
services | wc -l]])
    assert.equal("b''\n3\nrun 0\n", got.out, got.err)
  end)
end)

describe("clnrm services of a run that goes on in Docker", function()
  it("shows what a service prints, restarts it, and takes it for nobody else's doing", function()
    local engine <close>, why = engines.private_engine({ bridge = true })
    local image = engine and engines.image("busybox", { engine = engine })
    if not image then
      pending(why)
      return
    end
    local there <close> = docker.place(engine)
    local line = ('image = "%s"\n'):format(image)
    -- the step is in the room itself: in the container of the service it would end with that
    there.write("a.clnrm.toml", FILE:format(line, "") .. ('[room]\n%s[services.db]\n%scommand = '
      .. '["sleep", "600"]\n'):format(line, line))
    local place = { dir = there.dir, state = there.dir .. "/.state" }
    local got = beside(place, [[
services logs latest web --follow > log & log=$!
await grep -q 'tick 3' log
services restart latest web | sed '1d; s/ [0-9][0-9]*s / 0s /; s/  */ /g; s/ [0-9a-f]\{12\} / ID /'
services | grep -c 'web .* 1$'
await sh -c 'test $(grep -c "up of web" log) = 2'
await sh -c 'test $(grep -c "tick 2$" log) = 2'
echo go > go; wait $log; echo "log $?"]], { argv = "--backend docker", env = {
      DOCKER_HOST = engine.host } })
    assert.equal(" SERVICE STATE HEALTH UPTIME PORTS CONTAINER RESTARTS\n"
      .. " web ready - 0s - ID 1\n1\nlog 0\nrun 6\n", got.out, got.err)
    local failures = events(place, "scenario_end")[1].failures
    assert.equal(1, #failures)
    assert.equal("V009", failures[1].code)
  end)

  it("says of a step in the container of the service why that ended", function()
    local engine <close>, why = engines.private_engine({ bridge = true })
    local image = engine and engines.image("busybox", { engine = engine })
    if not image then
      pending(why)
      return
    end
    local there <close> = docker.place(engine)
    there.write("a.clnrm.toml", FILE:format(('image = "%s"\n'):format(image), 'service = "web"\n'))
    local place = { dir = there.dir, state = there.dir .. "/.state" }
    local got = beside(place, [[services restart latest web > /dev/null]], {
      argv = "--backend docker", env = { DOCKER_HOST = engine.host } })
    assert.matches("run 6\n", got.out, 1, true)
    local told = {}
    for _, failure in ipairs(events(place, "scenario_end")[1].failures) do
      told[failure.code] = failure.message
    end
    assert.is_string(told.V009)
    assert.equal('step "x": the room was lost: service \'web\' was restarted by hand, and this ran '
      .. "in its container", told.V002)
    assert.is_nil(told.T603)
  end)
end)
