--- clnrm services: of rooms that are kept, in the sandbox and in Docker.
local docker = dofile("tests/e2e/docker_support.lua")
local json = require("core.json")
local engines, support = docker.engines, docker.support

local FILE = [==[
[meta]
name = "a"
[services.web]
%scommand = "echo up of web; echo to stderr >&2; exec sleep 600"
wait = { log = "up" }
[services.db]
%scommand = "echo up of db; exec sleep 600"
wait = { log = "up" }
[[scenario]]
name = "breaks"
[[scenario.steps]]
name = "x"
service = "web"
command = "exit 3"
]==]

describe("clnrm services of the sandbox", function()
  it("tells of a kept room what is there, and what its run has written down", function()
    local dir = support.tempdir()
    local env = { XDG_STATE_HOME = dir }
    local function clnrm(...)
      return support.run({ ... }, { cwd = dir, env = env })
    end
    support.write(dir .. "/a.clnrm.toml", FILE:format("", ""))
    assert.equal(1, clnrm("run", "--keep").code)
    local got = clnrm("services")
    assert.equal(0, got.code, got.err)
    assert.matches("%x+:breaks  %(sandbox, kept%)\n  SERVICE  STATE", got.out)
    assert.matches("\n  web +running +%- +%d+s +%- +pid %d+ +0\n", got.out)
    got = clnrm("services", "status", "-f", "json", "latest")
    local told = assert(json.decode(got.out))
    assert.equal("clnrm.services/1", told.schema)
    assert.equal("running", told.rooms[1].services[1].state)
    clnrm("shell", "latest", "--", "sh", "-c", "kill -9 $(pgrep -f 'sleep 600')")
    assert.matches("\n  web      ended ", clnrm("services").out)
    got = clnrm("services", "logs", "latest", "web")
    assert.equal(0, got.code)
    assert.matches("web | up of web\n", got.out, 1, true)
    assert.matches("kept nowhere", got.err)
    got = clnrm("services", "logs", "latest", "wbe")
    assert.same({ 2, "" }, { got.code, got.out })
    assert.matches("no service 'wbe'\n  it has: web\n", got.err, 1, true)
    assert.equal(2, clnrm("services", "restart", "latest").code)
    assert.equal(2, clnrm("services", "status", "0000").code)
    clnrm("reap")
    assert.equal("no room is kept, and no run goes on\n", clnrm("services").out)
    support.remove(dir)
  end)
end)

describe("clnrm services restart in a kept room of the sandbox", function()
  local dir, env
  local function clnrm(...)
    return support.run({ ... }, { cwd = dir, env = env })
  end
  before_each(function()
    dir = support.tempdir()
    env = { XDG_STATE_HOME = dir, WORD = "topsecret" }
  end)
  after_each(function()
    clnrm("reap")
    support.remove(dir)
  end)

  it("starts again what runs and what has ended, and that goes on by itself", function()
    support.write(dir .. "/a.clnrm.toml", [==[
[meta]
name = "a"
[services.web]
command = """trap 'echo asked >> ended; exit 0' INT; echo $$ $MODE >> started
while :; do sleep 0.05; done"""
env = { MODE = "test" }
stop_signal = "SIGINT"
wait = { file = "started" }
[[steps]]
name = "x"
command = "exit 3"
]==])
    assert.equal(1, clnrm("run", "--keep").code)
    local function look()
      local seen = {}
      for line in clnrm("shell", "latest", "web", "--", "sh", "-c",
        "cat started ended; pgrep -fc 'ech[o] asked'").out:gmatch("[^\n]+") do
        seen[#seen + 1] = line
      end
      return seen
    end
    local got = clnrm("services", "restart", "latest", "web")
    assert.equal(0, got.code, got.err)
    assert.matches("\n  web +running +%- +%d+s +%- +pid %d+ +1\n", got.out)
    local seen = look()
    assert.matches("^%d+ test$", seen[1])
    assert.matches("^%d+ test$", seen[2])
    assert.are_not.equal(seen[1], seen[2])
    assert.same({ "asked", "1" }, { seen[3], seen[4] }) -- by its signal; the other is not there
    local pid = seen[2]:match("%d+")
    assert.matches("pid " .. pid .. " ", clnrm("services").out, 1, true)
    clnrm("shell", "latest", "--", "sh", "-c", "kill -9 " .. pid)
    assert.matches("\n  web      ended ", clnrm("services").out)
    got = clnrm("services", "restart", "latest", "web")
    assert.equal(0, got.code, got.err)
    assert.matches("\n  web +running +%- +%d+s +%- +pid %d+ +2\n", clnrm("services").out)
    got = clnrm("services", "restart", "latest", "wbe")
    assert.equal(2, got.code)
    assert.matches("no service 'wbe'\n  it has: web\n", got.err, 1, true)
  end)

  it("is asked by several at once, and leaves one process, and others alone", function()
    support.write(dir .. "/a.clnrm.toml", [==[
[meta]
name = "a"
[services.web]
command = "exec sleep 616"
[services.db]
command = "exec sleep 600"
[[steps]]
name = "w"
service = "web"
command = "true"
[[steps]]
name = "x"
service = "db"
command = "exit 3"
]==])
    local ran = clnrm("run", "--keep")
    assert.equal(1, ran.code, ran.out .. ran.err)
    local got = support.sh([[
for i in 1 2 3 4; do "$CLNRM" services restart latest web > /dev/null & all="$all $!"; done
for one in $all; do wait $one; echo $?; done
in_room() { "$CLNRM" shell latest -- "$@"; }
in_room pgrep -fc 'sleep 61[6]'
python3 - clnrm/rooms/*.json <<'E' # as if the number had been given to the other service
import json, sys
note = json.load(open(sys.argv[1]))
web, db = sorted(note["services"], key=lambda one: one["name"], reverse=True)
print(web["starts"])
web["pid"] = db["pid"]
json.dump(note, open(sys.argv[1], "w"))
E
"$CLNRM" services | grep -c 'web  *ended'
"$CLNRM" services restart latest web > /dev/null; echo $?
in_room pgrep -fc 'sleep 60[0]']], { cwd = dir, env = { CLNRM = support.clnrm,
      XDG_STATE_HOME = dir } })
    assert.equal("0\n0\n0\n0\n1\n5\n1\n0\n1\n", got.out, got.err)
  end)

  it("says why a service does not come up", function()
    support.write(dir .. "/a.clnrm.toml", [==[
[meta]
name = "a"
[services.web]
command = "if [ -e once ]; then echo not twice; exit 7; fi; touch once; exec sleep 600"
wait = { file = "once" }
[[steps]]
name = "x"
command = "exit 3"
]==])
    assert.equal(1, clnrm("run", "--keep").code)
    local got = clnrm("services", "restart", "latest", "web")
    assert.equal(6, got.code)
    assert.matches("service 'web' ended at once, with exit code 7\n  not twice", got.err, 1, true)
    assert.matches("\n  web      ended ", clnrm("services").out)
  end)

  it("does it not for what needs secrets or limits, and says what to do", function()
    for what, why in pairs({
      ["[secrets]\nWORD = true\n[services.web]"] =
        "it is started with secrets, which are not written down",
      ["[limits]\nmemory_mb = 512\n[services.web]"] = "its run alone enforces its limits",
    }) do
      support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "a"\n' .. what
        .. '\ncommand = ["sleep", "600"]\n' .. '[[steps]]\nname = "x"\ncommand = "exit 3"\n')
      local ran = clnrm("run", "--keep")
      assert.equal(1, ran.code, ran.out .. ran.err)
      local got = clnrm("services", "restart", "latest", "web")
      assert.equal(2, got.code)
      assert.matches(why, got.err, 1, true)
      local by_hand = got.err:match("clnrm (shell %x+:a web) %-%- COMMAND")
      assert.equal("again\n", support.sh("clnrm " .. by_hand .. " -- echo again", { cwd = dir,
        env = env }).out) -- the way that is told is one
      local notes = support.sh("cat clnrm/rooms/*.json", { cwd = dir }).out
      assert.is_nil(notes:find("topsecret", 1, true))
      clnrm("reap")
    end
  end)
end)

describe("clnrm services of a run that goes on", function()
  it("tells of one that does not answer what its record has, and leaves it alone", function()
    local dir = support.tempdir()
    support.write(dir .. "/a.clnrm.toml", (FILE:format("", ""):gsub("exit 3", "sleep 60")))
    local got = support.sh([[
"$CLNRM" run -q > /dev/null & pid=$!
for i in $(seq 300); do
  "$CLNRM" services | grep -q 'web  *ready' && break
  sleep 0.05
done
rm clnrm/live/*.sock # as if it was one of before; its record is written a little later
for i in $(seq 300); do
  "$CLNRM" services | grep -q 'web  *ready' && break
  sleep 0.05
done
"$CLNRM" services | sed 's/^[0-9a-f]*:/RUN:/; s/ [0-9][0-9]*s / 0s /; s/  */ /g'
"$CLNRM" services restart latest web; echo "restart $?"
"$CLNRM" services logs latest web; echo "logs $?"
"$CLNRM" shell latest -- true; echo "shell $?"
kill -TERM $pid; wait $pid; echo "run $?"]], { cwd = dir,
      env = { CLNRM = support.clnrm, XDG_STATE_HOME = dir } })
    assert.equal("RUN:breaks (sandbox, running)\n"
      .. " SERVICE STATE HEALTH UPTIME PORTS CONTAINER RESTARTS\n web ready - 0s - - 0\n"
      .. "restart 2\nlogs 6\nshell 2\nrun 143\n", got.out, got.err)
    assert.matches("its run goes on, does not answer", got.err, 1, true)
    assert.matches("error: what services print is their run's until they end, and it does not "
      .. "answer", got.err, 1, true)
    assert.matches("in the hands of its run, which goes on: its agent has one host", got.err)
    assert.matches("clnrm run %-%-keep; a room of Docker or Podman can be entered now", got.err)
    support.remove(dir)
  end)
end)

describe("clnrm services of Docker", function()
  it("asks the engine, restarts what is kept, and leaves alone what goes on", function()
    local engine <close>, why = engines.private_engine({ bridge = true })
    local image = engine and engines.image("busybox", { engine = engine })
    if not image then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    local line = ('image = "%s"\n'):format(image)
    place.write("a.clnrm.toml", FILE:format(line, line))
    local function services(...)
      return place.clnrm({ "services", ... })
    end
    local got = place.clnrm({ "run", "--keep", "--backend", "docker" })
    assert.equal(1, got.code, got.err)
    got = services()
    assert.matches("breaks  %(docker, kept%)", got.out)
    assert.matches("\n  web +running +%- +%d+s +%- +%x+ +0\n", got.out)
    got = services("logs", "latest", "web")
    assert.equal(0, got.code, got.err)
    assert.matches("web | up of web\n", got.out, 1, true)
    assert.matches("web | to stderr\n", got.out, 1, true)
    got = services("restart", "latest", "web")
    assert.equal(0, got.code, got.err)
    assert.matches("\n  web +running +%- +%d+s +%- +%x+ +1\n", got.out)
    local _, count = services("logs", "latest").out:gsub("up of web", "")
    assert.equal(2, count)
    got = support.sh([[timeout --preserve-status -s INT 3 "$CLNRM" services logs latest -f
echo "code $?"]], { cwd = place.dir, env = { CLNRM = support.clnrm, DOCKER_HOST = engine.host,
      XDG_STATE_HOME = place.dir .. "/.state" } })
    assert.matches("code 130", got.out)
    got = support.sh([[
{ timeout 60 "$CLNRM" services logs latest --follow; echo "pipe $?" >&2; } | true
{ timeout 60 "$CLNRM" services logs latest --follow; echo "quiet $?" >&2; } | grep -m 4 -c ''
timeout 60 "$CLNRM" services logs latest --follow > /dev/full; echo "full $?"]], {
      cwd = place.dir, env = { CLNRM = support.clnrm, DOCKER_HOST = engine.host,
        XDG_STATE_HOME = place.dir .. "/.state" } })
    assert.equal("4\nfull 6\n", got.out, got.err)
    assert.matches("pipe 141\n", got.err, 1, true)
    assert.matches("quiet 141\n", got.err, 1, true)
    got = services("logs", "latest", "wbe")
    assert.same({ 2, "" }, { got.code, got.out })
    assert.matches("no service 'wbe'\n  it has: web\n", got.err, 1, true)

    local ids = assert(engine:docker("ps", "-aq", "--filter", "label=clnrm.service"))
    for id in ids:gmatch("%S+") do
      assert(engine:docker("rm", "-f", id))
    end
    got = place.clnrm({ "shell", "latest", "web", "--", "true" })
    assert.equal(2, got.code, got.err)
    assert.matches("its containers are gone", got.err)
    assert.matches("%(docker, kept%)  no services are there\n", services().out)
    got = services("logs", "latest", "web")
    assert.equal(2, got.code, got.err)
    place.clnrm({ "reap" })
  end)

  it("restarts a service before its room is ended by clnrm reap", function()
    local engine <close>, why = engines.private_engine({ bridge = true })
    local image = engine and engines.image("busybox", { engine = engine })
    if not image then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    local line = ('image = "%s"\n'):format(image)
    place.write("a.clnrm.toml", (FILE:format(line, line):gsub("echo up of web; .-exec sleep 600",
      "trap 'echo ending; sleep 2; exit' TERM; echo up; while :; do sleep 0.1; done")))
    assert.equal(1, place.clnrm({ "run", "--keep", "--backend", "docker" }).code)
    local got = support.sh([[
"$CLNRM" services restart latest web > /dev/null & one=$!
for i in $(seq 600); do
  "$CLNRM" services logs latest web | grep -q ending && break
  sleep 0.05
done
"$CLNRM" reap > reaped; echo "reap $?"
wait $one; echo "one $?"
"$CLNRM" services]], { cwd = place.dir, env = { CLNRM = support.clnrm, DOCKER_HOST = engine.host,
      XDG_STATE_HOME = place.dir .. "/.state" } })
    assert.equal("reap 0\none 0\nno room is kept, and no run goes on\n", got.out, got.err)
  end)

  it("shows all the log where it is kept and has no secrets, else what the run shows", function()
    local engine <close>, why = engines.private_engine({ bridge = true })
    local image = engine and engines.image("busybox", { engine = engine })
    if not image then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    local line = ('image = "%s"\n'):format(image)
    local text = FILE:format(line, line):gsub("exit 3", "sleep 60")
    place.write("a.clnrm.toml", (text:gsub("echo up of web", "head -c 3000000 /dev/zero | "
      .. "tr '\\\\0' x; echo; %0")))
    place.write("secret.clnrm.toml", '[secrets]\nWORD = true\n' .. text)
    local function live(argv)
      return support.sh(([[
rm -f events # of the run before
"$CLNRM" run -f events --backend docker %s > events & pid=$!
for i in $(seq 600); do
  grep -qs '"event":"step_begin"' events && break
  sleep 0.05
done
for i in $(seq 100); do # the engine writes its log beside what the run is told
  "$CLNRM" services logs latest web > log; code=$?
  if [ $code != 0 ] || grep -q 'up of' log; then break; fi
  sleep 0.05
done
sed -n 's/xxxx*/x/p; /up of/p' log; echo "logs $code"
kill -TERM $pid; wait $pid]]):format(argv), { cwd = place.dir, env = { CLNRM = support.clnrm,
        DOCKER_HOST = engine.host, XDG_STATE_HOME = place.dir .. "/.state", WORD = "topsecret" } })
    end
    local got = live("--keep a.clnrm.toml")
    assert.equal("web | x [1951424 more bytes of this line are not shown]\nweb | up of web\n"
      .. "logs 0\n", got.out, got.err)
    for _, argv in ipairs({ "a.clnrm.toml", "--keep secret.clnrm.toml" }) do
      assert.equal("web | up of web\nlogs 0\n", live(argv).out)
    end
  end)
end)

for _, kind in ipairs({ "docker", "podman" }) do
  describe("clnrm services restart in a kept room of " .. kind, function()
    local real = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and engines.engine or engines.podman, { "busybox" })

    real:case("says that a service has ended at once", function()
      local place <close> = docker.place(real.engine)
      local _ <close> = setmetatable({}, { __close = function()
        place.clnrm({ "reap" })
      end })
      place.write("a.clnrm.toml", ([==[
[meta]
name = "a"
[services.web]
image = "%s"
command = "test -e /again && exit 7; touch /again; echo up; exec sleep 600"
wait = { log = "up" }
stop_timeout = "1ms"
depends_on = ["task"]
[services.task]
image = "%s"
kind = "init"
command = "true"
[[steps]]
name = "x"
service = "web"
command = "true"
]==]):format(real.image.busybox, real.image.busybox))
      local got = place.clnrm({ "run", "--keep", "--backend", kind })
      assert.equal(0, got.code, got.out .. got.err)
      got = place.clnrm({ "services", "restart", "latest", "web" })
      assert.same({ 6, "" }, { got.code, got.out })
      assert.matches("service 'web' ended at once, with exit code 7\n  `clnrm services logs`",
        got.err, 1, true)
      got = place.clnrm({ "services" })
      assert.matches("\n  web +exited %(7%) .* 1\n", got.out)
      got = place.clnrm({ "services", "restart", "latest", "task" }) -- which is to end
      assert.equal(0, got.code, got.err)
      assert.matches("\n  task +exited %(0%) ", got.out)
    end)
  end)
end
