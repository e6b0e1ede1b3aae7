--- What a container is shown of this machine, where that moves or goes under way.
local docker = dofile("tests/e2e/docker_support.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local proc = require("core.proc")
local task = require("core.task")

local support = docker.support

--- Moves something out of the way when it gets a signal: as fast as an engine is asked.
local MOVER = [[
import os, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: os.rename(sys.argv[1], sys.argv[1] + ".away"))
print("ready", flush=True)
while True:
    signal.pause()
]]

local function mover(path)
  local process = assert(proc.spawn({ argv = { "python3", "-S", "-c", MOVER, path } }))
  while process:stdout() ~= "ready\n" do
    task.sleep(1)
  end
  return process
end

local SIGUSR1 = 10

local SERVICE = [==[
[services.b]
image = "$image"
command = ["sh", "-c", "$does; echo ready; sleep 60"]
wait = { log = "ready" }
stop_timeout = "1ms"
$shows
[[steps]]
name = "s"
service = "b"
command = "$step"
]==]

--- A test with a service.
local function service(does, shows, step)
  return (SERVICE:gsub("%$(%l+)", { does = does, shows = shows, step = step }))
end

for _, kind in ipairs({ "docker", "podman" }) do
  describe("what a container of " .. kind .. " is shown", function()
    local real = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and docker.engines.engine or docker.engines.podman, { "busybox" })

    --- Runs tests by name, one after the other.
    local function run(place, tests, opts)
      for name, text in pairs(tests) do
        place.write(name .. ".clnrm.toml", (('[meta]\nname = %q\n'):format(name)
          .. text:gsub("%$image", real.image.busybox)))
      end
      local report, by_name = place.run({ "-j", "1" }, opts), {}
      assert.same({}, place.left(report.run.run_id))
      for _, one in ipairs(report.results) do
        by_name[one.name] = one
      end
      return by_name
    end

    local function check_error(result, words)
      local failure = result.failures[1] or {}
      assert.same({ "error", "H009" }, { result.verdict, failure.code }, failure.message)
      assert.matches(words, failure.message, 1, true)
    end

    real:case("may be moved by it, in a folder that it can write to", function()
      local place <close> = docker.place(real.engine)
      place.write("data/sub/x", "0")
      local by = run(place, { a = service("mv /data/sub /data/old",
        'volumes = ["./data:/data", "./data/sub:/sub"]', "cat /sub/x /data/old/x") })
      assert.equal("pass", by.a.verdict, (by.a.failures[1] or {}).message)
      assert.equal("0", support.read(place.dir .. "/data/old/x"))
    end)

    real:case("is no file to be placed for which a test has put a link", function()
      local place <close> = docker.place(real.engine)
      place.write("vol/key", "mine")
      local by = run(place, {
        a = service("rm /vol/key; ln -s /etc/passwd /vol/key", 'volumes = ["./vol:/vol"]', "true"),
        b = service("true", 'files = { path = "/key", from = "vol/key" }', "cat /key"),
      })
      assert.equal("pass", by.a.verdict, (by.a.failures[1] or {}).message)
      check_error(by.b, "vol/key was to be shown at /key, and it leads to /etc/passwd now")
    end)

    local REPLACES = "cp -r /v/x /v/n; echo new >/v/n/word; rm -rf /v/x; mv /v/n /v/x"

    --- Runs tests of which the second replaces a folder, and then one whose project that is.
    local function check_replaced(tests, reader)
      local place <close> = docker.place(real.engine)
      place.write("clnrm.toml", '[project]\nname = "outer"\n')
      place.write("vol/x/clnrm.toml", '[project]\nname = "inner"\n')
      place.write("vol/x/word", "old\n")
      place.write("vol/x/new", "new\n")
      place.write(tests.name, (tests.text:gsub("%$(%l+)", {
        image = real.image.busybox, shows = tests.shows or "./vol:/v",
        does = tests.shows and "cp /v/new /v/word" or REPLACES })))
      place.write("vol/x/z.clnrm.toml", ([==[
[meta]
name = "z"
[room]
image = "%s"
%s
[[steps]]
name = "s"
command = "cat /project/word"
expect.stdout.equals = "new\n"
]==]):format(real.image.busybox, reader or ""))
      local got = place.clnrm({ "run", "--backend", kind, "-j1", "--order", "file", tests.name,
        "vol/x/z.clnrm.toml" })
      assert.equal(0, got.code, got.out .. got.err)
    end

    local WRITER = [==[
[meta]
name = "a"
[services.b]
image = "$image"
command = ["sh", "-c", "sleep 100"]
volumes = ["$shows"]
stop_timeout = "1ms"
[[scenario]]
name = "first"
[[scenario.steps]]
name = "s"
service = "b"
command = "true"
[[scenario]]
name = "second"
[[scenario.steps]]
name = "s"
service = "b"
command = "sleep 1; $does"
]==]

    local IN_LUA = [==[
local clnrm = require("clnrm")
for i, command in ipairs({ "true", "sleep 1; $does" }) do
  clnrm.test("test " .. i, function(t)
    local room = t:open({ services = { b = { image = "$image", volumes = { "$shows" },
      command = { "sleep", "100" }, stop_timeout = "1ms" } } })
    clnrm.expect(room:exec(command, { service = "b" }).exit_code):equals(0)
  end)
end
]==]

    real:case("is what another test has left of it, where that has come before", function()
      check_replaced({ name = "a.clnrm.toml", text = WRITER })
    end)

    real:case("is a copy of what another test has left, where that has come before", function()
      check_replaced({ name = "a.clnrm.toml", text = WRITER, shows = "./vol/x:/v" },
        'project = "copy"')
    end)

    real:case("is what a test in Lua has left of it, where that has come before", function()
      check_replaced({ name = "a.clnrm.lua", text = IN_LUA })
    end)

    --- Removes what is kept, however the spec ends.
    local function reaped(place)
      return setmetatable({}, { __close = function()
        local got = place.clnrm({ "reap" })
        assert(got.code == 0, got.out .. got.err)
      end })
    end

    local KEPT = [==[
[meta]
name = "a"
[services.b]
image = "$image"
command = ["sh", "-c", """
trap 'rm -rf /v/x; ln -s /etc /v/x; exit' TERM
cat /h/passwd
echo up
while :; do sleep 0.1; done
"""]
wait = { log = "up" }
volumes = ["./vol:/v", "./vol/x:/h"]
[services.c]
image = "$image"
command = ["sh", "-c", "echo up; exec sleep 600"]
wait = { log = "up" }
volumes = ["./other:/o:ro"]
depends_on = ["b"]
stop_timeout = "1ms"
[[steps]]
name = "s"
service = "c"
command = "true"
]==]

    real:case("is looked at when a service of a kept room is started again", function()
      local place <close> = docker.place(real.engine)
      local _ <close> = reaped(place)
      place.write("vol/x/mine", "mine")
      place.write("other/mine", "mine")
      place.write("a.clnrm.toml", (KEPT:gsub("%$image", real.image.busybox)))
      local got = place.clnrm({ "run", "--keep", "--backend", kind })
      assert.equal(0, got.code, got.out .. got.err)
      got = place.clnrm({ "services", "restart", "latest", "c" })
      assert.equal(0, got.code, got.err)
      assert.matches("\n  c  +running ", got.out)
      assert(os.rename(place.dir .. "/other", place.dir .. "/another"))
      got = place.clnrm({ "services", "restart", "latest", "c" })
      assert.not_equal(0, got.code, got.out)
      assert.matches("other was to be shown at /o, and it cannot be found", got.err, 1, true)
      assert.matches("\n  c  +running ", place.clnrm({ "services" }).out) -- it was not stopped
      got = place.clnrm({ "services", "restart", "latest", "b" }) -- which puts a link as it ends
      assert.not_equal(0, got.code, got.out)
      assert.matches("stopped, and was not started again: .*x was to be shown at /h, and it leads "
        .. "to /etc now", got.err)
      assert.matches("\n  b  +exited ", place.clnrm({ "services" }).out)
      got = place.clnrm({ "services", "logs", "latest", "b" })
      assert.is_nil(got.out:find("root:", 1, true))
    end)

    local SHARED = [==[
[services.w]
image = "$image"
command = "sleep 600"
stop_timeout = "1ms"
volumes = ["%s"]
[[scenario]]
name = "s"
room = "shared"
[[scenario.steps]]
name = "s"
service = "w"
command = "true"
]==]

    local BRIEF = [==[
[services.app]
image = "$image"
command = "sleep 600"
stop_timeout = "1ms"
[services.b]
image = "$image"
kind = "init"
command = "true"
volumes = ["./vol/x:/h:ro"]
[[steps]]
name = "s"
service = "app"
command = "true"
]==]

    real:case("is refused below what a kept room of another command can write to", function()
      local place <close> = docker.place(real.engine)
      place.write("vol/x/mine", "mine")
      local writer = service("true", 'volumes = ["./vol:/v"]', "true")
      local victim = service("echo written >/h/by-b", 'volumes = ["./vol/x:/h"]', "true")
      do
        local _ <close> = reaped(place)
        place.write("a.clnrm.toml", '[meta]\nname = "a"\n'
          .. writer:gsub("%$image", real.image.busybox))
        local got = place.clnrm({ "run", "--keep", "--backend", kind, "a.clnrm.toml" })
        assert.equal(0, got.code, got.out .. got.err)
        assert(os.remove(place.dir .. "/a.clnrm.toml"))
        local result = run(place, { b = victim }).b
        local failure = result.failures[1] or {}
        assert.same({ "infra", "V001" }, { result.verdict, failure.code }, failure.message)
        assert.matches("lies in .*vol, which the service 'b' of another run %(%x+%), which is",
          failure.message)
        assert.equal("mine\n", support.sh("ls " .. place.dir .. "/vol/x").out)
      end
      assert.equal("pass", run(place, { b = victim }).b.verdict)
    end)

    real:case("is refused above what a kept room of another command shows, that ended", function()
      local place <close> = docker.place(real.engine)
      place.write("vol/x/mine", "mine")
      local writer = service("echo written >/v/by-a", 'volumes = ["./vol:/v"]', "true")
      local _ <close> = reaped(place)
      place.write("b.clnrm.toml", '[meta]\nname = "b"\n'
        .. BRIEF:gsub("%$image", real.image.busybox))
      local got = place.clnrm({ "run", "--keep", "--backend", kind, "b.clnrm.toml" })
      assert.equal(0, got.code, got.out .. got.err)
      assert.matches("\n  b  +exited ", place.clnrm({ "services" }).out)
      assert(os.remove(place.dir .. "/b.clnrm.toml"))
      local result = run(place, { a = writer }).a
      local failure = result.failures[1] or {}
      assert.same({ "infra", "V001" }, { result.verdict, failure.code }, failure.message)
      assert.matches("x, which the service 'b' of another run %(%x+%), which is there, is shown, "
        .. "lies in the volume .*vol of the service 'b', which can write to it", failure.message)
      assert.equal("x\n", support.sh("ls " .. place.dir .. "/vol").out)
    end)

    real:case("waits for what a command has left there that was killed to be gone", function()
      local place <close> = docker.place(real.engine)
      place.write("vol/x/mine", "mine")
      for name, has in pairs({
        a = { "./vol:/v", "touch /v/up; sleep 60" }, b = { "./vol/x:/h:ro", "cat /h/mine" },
      }) do
        place.write(name .. ".clnrm.toml", ('[meta]\nname = "%s"\n'):format(name)
          .. service("true", ('volumes = ["%s"]'):format(has[1]), has[2])
          :gsub("%$image", real.image.busybox))
      end
      local got = place.sh(([[
        "$CLNRM" run -q --backend %s a.clnrm.toml >a.out 2>&1 & a=$!
        until [ -e vol/up ] || ! kill -0 $a; do sleep 0.02; done
        kill -9 $a
        "$CLNRM" run --backend %s b.clnrm.toml]]):format(kind, kind))
      assert.equal(0, got.code, got.out .. got.err .. support.read(place.dir .. "/a.out"))
    end)

    real:case("is refused in one of two commands that begin in the same moment", function()
      local place <close> = docker.place(real.engine)
      place.write("vol/x/mine", "mine")
      for name, shows in pairs({ a = "./vol:/v", b = "./vol/x:/h" }) do
        local text = service("true", ('volumes = ["%s"]'):format(shows), "sleep 2")
        place.write(name .. ".clnrm.toml", ('[meta]\nname = "%s"\n'):format(name)
          .. text:gsub("%$image", real.image.busybox))
      end
      for _ = 1, 3 do
        local got = place.sh(([[
          clnrm run -q --backend %s a.clnrm.toml >a.out 2>&1 & other=$!
          clnrm run -q --backend %s b.clnrm.toml >b.out 2>&1; b=$?
          wait $other; echo "$? $b"]]):format(kind, kind))
        local both = got.out .. support.read(place.dir .. "/a.out")
          .. support.read(place.dir .. "/b.out")
        assert.is_not_nil(({ ["0 6\n"] = 1, ["6 0\n"] = 1, ["6 6\n"] = 1 })[got.out], both)
        assert.matches("of another run %(%x+%), which is there", both)
      end
    end)

    real:case("keeps none that nothing was started in", function()
      local place <close> = docker.place(real.engine)
      local _ <close> = reaped(place)
      place.write("vol/x/mine", "mine")
      for name, shows in pairs({ a = "./vol:/v", b = "./vol/x:/h" }) do
        place.write(name .. ".clnrm.toml", (('[meta]\nname = "%s"\n%s'):format(name,
          SHARED:format(shows)):gsub("%$image", real.image.busybox)))
      end
      local got = place.clnrm({ "run", "--keep", "--backend", kind, "-j", "1", "--order", "file",
        "a.clnrm.toml", "b.clnrm.toml" })
      assert.equal(6, got.code, got.out .. got.err)
      assert.matches("b.clnrm.toml:%d+ › s  V001", got.out)
      assert.matches("kept a.clnrm.toml", got.out, 1, true)
      assert.is_nil((got.out .. got.err):find("not kept", 1, true), got.out .. got.err)
    end)

    --- Has a volume go as the engine is asked for something.
    local function check_gone(name, request)
      local place <close> = docker.place(real.engine)
      place.write(name, "")
      local process <close> = mover(place.dir .. "/vol")
      local proxy <close> = fakes.proxy(real.engine.host, ("signal:%d@%d:%s"):format(SIGUSR1,
        process:pid(), request))
      local by = run(place, { a = service("true", 'volumes = ["./vol:/v"]', "true") },
        { env = { [kind == "docker" and "DOCKER_HOST" or "CONTAINER_HOST"] = proxy.host } })
      check_error(by.a, "vol was to be shown at /v, and it cannot be found any more")
      process:signal(9)
    end

    for what, name in pairs({ folder = "vol/x", file = "vol" }) do
      real:case("has gone as the engine is asked to start it, and that is why: a " .. what,
        function()
          check_gone(name, kind == "docker" and "/start$" or "/attach")
        end)
    end

    if kind == "docker" then -- Podman makes what is not there
      real:case("has gone as the engine is asked to make it, and that is why", function()
        check_gone("vol/x", "/containers/create")
      end)
    end
  end)
end
