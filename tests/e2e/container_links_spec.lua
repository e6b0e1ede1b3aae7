--- No link that a container leaves is followed on this machine.
local docker = dofile("tests/e2e/docker_support.lua")
local json = require("core.json")
local proc = require("core.proc")
local task = require("core.task")

local support = docker.support

-- Whatever lies in the folder of the agent's socket, each is as fast as a shell can be.
local PLANTER = [==[
[services.evil]
image = "$busybox"
wait = { log = "ready" }
command = ["sh", "-c", """
cd /run/clnrm/link
>/tmp/seen
echo ready
while :; do
  for name in *; do case $name in s | '*') ;; *) echo "$name" >>/tmp/seen ;; esac; done
  $plant
done
"""]
]==]

local STEP = [==[
[[steps]]
name = "runs all the same"
service = "evil"
command = "sort -u /tmp/seen"
expect.stdout.equals = "$seen"
]==]

--- A server of this machine that writes down who comes.
local LISTENER = [[
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print("ready", flush=True)
while True:
    s.accept()
    print("somebody came", flush=True)
]]

local function listener(path)
  local process = assert(proc.spawn({ argv = { "python3", "-S", "-c", LISTENER, path } }))
  while process:stdout() ~= "ready\n" do
    task.sleep(1)
  end
  return process
end

local function run(place, image, plant, seen)
  place.write("a.clnrm.toml", ('[meta]\nname = "a"\n' .. PLANTER .. STEP):gsub("%$(%l+)",
    { busybox = image, plant = plant, seen = seen or "" }))
  local report = place.run()
  assert.same({}, place.left(report.run.run_id))
  return report
end

for _, kind in ipairs({ "docker", "podman" }) do
  describe("what a container of " .. kind .. " leaves beside its agent's socket", function()
    local real = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and docker.engines.engine or docker.engines.podman, { "busybox" })

    real:case("is its own: nothing of this machine is written there", function()
      local place <close> = docker.place(real.engine)
      local report = run(place, real.image.busybox, ":")
      assert.equal(0, report.code, docker.failure(report) .. report.err)
    end)

    real:case("leads to no file of this machine", function()
      local place <close> = docker.place(real.engine)
      place.write("canary", "alive")
      local report = run(place, real.image.busybox,
        ("ln -s %s/canary k 2>/dev/null"):format(place.dir), "k\\n")
      assert.equal(0, report.code, docker.failure(report) .. report.err)
      assert.equal("alive", support.read(place.dir .. "/canary"))
    end)

    real:case("leads to no socket of this machine", function()
      local place <close> = docker.place(real.engine)
      local server <close> = listener(place.dir .. "/server")
      local report = run(place, real.image.busybox,
        ("test -L s || ln -s %s/server s 2>/dev/null"):format(place.dir))
      assert.equal("ready\n", server:stdout())
      server:signal(9)
      assert.equal(0, report.code, docker.failure(report) .. report.err)
    end)
  end)
end

--- Runs files in which $image is an image.
local function run_files(place, image, files, argv, opts)
  for name, text in pairs(files) do
    place.write(name .. ".clnrm.toml", (('[meta]\nname = %q\n'):format(name)
      .. text:gsub("%$image", image)))
  end
  local report = place.run(argv, opts)
  assert.same({}, place.left(report.run.run_id))
  local by_name = {}
  for _, one in ipairs(report.results) do
    by_name[one.name] = one
  end
  return report, by_name
end

local function told(result)
  local failure = result.failures[1] or {}
  return { result.verdict, failure.code }, failure.message
end

-- what lies in the folder of clnrm.toml, or of the test file: vol, and beside it what is secret
local EVIL = [==[
[services.evil]
image = "$image"
kind = "task"
volumes = ["./vol:/v"]
command = ["sh", "-c", "rm -rf /v/x; ln -s %s /v/x"]
]==]

local VICTIM = [==[
[services.b]
image = "$image"
%s
volumes = ["./vol/x:/h%s"]
command = ["sh", "-c", "echo written >/h/by-b; sleep 60"]
stop_timeout = "1ms"
[[steps]]
name = "reads"
service = "b"
command = "cat /h/secret"
]==]

for _, kind in ipairs({ "docker", "podman" }) do
  describe("a volume of " .. kind, function()
    local real = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and docker.engines.engine or docker.engines.podman, { "busybox" })

    --- A project, and a folder outside of it.
    local function project()
      local place = docker.place(real.engine)
      local outside = support.tempdir()
      support.write(outside .. "/secret", "the secret\n")
      place.write("vol/x/secret", "mine\n")
      place.outside = outside
      return place
    end

    local function unharmed(place, report)
      assert.equal("secret\n", support.sh("ls " .. place.outside).out)
      assert.is_nil((report.err .. json.encode(report.results)):find("the secret", 1, true))
      support.remove(place.outside)
    end

    for what, mode in pairs({ ["read-only"] = ":ro", ["to write to"] = "" }) do
      real:case("that lies in one that another service can write to is refused, " .. what,
        function()
          local place <close> = project()
          place.write("a.clnrm.toml", ('[meta]\nname = "a"\n' .. EVIL:format(place.outside)
            .. VICTIM:format('depends_on = ["evil"]', mode)):gsub("%$image", real.image.busybox))
          local got = place.clnrm({ "run", "--backend", kind })
          assert.equal(2, got.code, got.out)
          assert.matches('P109.*"vol/x" lies in the volume "vol" of the service "evil", which can',
            got.out .. got.err)
          assert.equal("secret\n", support.sh("ls " .. place.outside).out)
          support.remove(place.outside)
        end)
    end

    real:case("is not followed where an earlier test has left a link", function()
      local place <close> = project()
      local report, by = run_files(place, real.image.busybox, {
        a = EVIL:format(place.outside) .. '[[steps]]\nname = "s"\nservice = "c"\ncommand = "true"\n'
          .. '[services.c]\nimage = "$image"\ncommand = ["sleep", "60"]\ndepends_on = ["evil"]\n',
        b = VICTIM:format("", ":ro"),
      }, { "-j", "1" })
      assert.equal("pass", by.a.verdict)
      local how, message = told(by.b)
      assert.same({ "error", "H009" }, how, message)
      assert.matches("vol/x was to be shown at /h, and it leads to " .. place.outside, message,
        1, true)
      unharmed(place, report)
    end)

    real:case("is not followed when its service starts again", function()
      local place <close> = project()
      place.write("a.clnrm.lua", ([==[
local clnrm = require("clnrm")
clnrm.test("again", function(t)
  local room = t:open({ services = { b = { image = "$image", volumes = { "./vol:/v", "./vol/x:/h" },
    command = { "sleep", "60" } } } })
  room:exec("rm -rf /v/x && ln -s $outside /v/x", { service = "b" })
  room:service("b"):stop()
  room:service("b"):start()
  room:exec("echo written >/h/by-b; cat /h/secret", { service = "b" })
end)
]==]):gsub("%$(%l+)", { image = real.image.busybox, outside = place.outside }))
      local report = place.run()
      local message = docker.failure(report)
      assert.matches("vol/x was to be shown at /h", message, 1, true)
      assert.equal("error", report.results[1].verdict)
      unharmed(place, report)
    end)

    real:case("is not followed where it is the project of another test", function()
      local place <close> = project()
      place.write("vol/x/clnrm.toml", '[project]\nname = "inner"\n')
      place.write("vol/x/z.clnrm.toml", ([==[
[meta]
name = "z"
[services.b]
image = "$image"
command = ["sleep", "60"]
[[steps]]
name = "look"
service = "b"
command = "cat /project/secret"
]==]):gsub("%$image", real.image.busybox))
      local report, by = run_files(place, real.image.busybox, {
        a = EVIL:format(place.outside) .. '[services.c]\nimage = "$image"\n'
          .. 'command = ["sleep", "60"]\ndepends_on = ["evil"]\n'
          .. '[[steps]]\nname = "s"\nservice = "c"\ncommand = "true"\n',
      }, { "-j", "1", "a.clnrm.toml", "vol/x/z.clnrm.toml" })
      assert.equal("pass", by.a.verdict)
      local how, message = told(by.z)
      assert.same({ "error", "H009" }, how, message)
      assert.matches("vol/x was to be shown at /project, and it leads to " .. place.outside,
        message, 1, true)
      unharmed(place, report)
    end)

    real:case("is shown while no room of the sandbox can write to a folder above", function()
      local place <close> = project()
      local report, by = run_files(place, real.image.busybox, { a = [==[
[services.a]
command = ["sleep", "60"]
volumes = ["./vol:/v"]
[[steps]]
name = "is there for a while"
service = "a"
command = "touch /v/x/a-is-there; sleep 4; rm /v/x/a-is-there"
]==], b = [==[
[services.b]
image = "$image"
volumes = ["./vol/x:/h"]
command = ["sh", "-c", "ls /h >/tmp/seen; sleep 60"]
stop_timeout = "1ms"
[[steps]]
name = "s"
service = "b"
command = "cat /tmp/seen"
expect.stdout.equals = "secret\n"
]==] }, { "-j", "2" }, { backend = "auto" })
      assert.equal("pass", by.a.verdict, docker.failure(report))
      assert.equal("pass", by.b.verdict, docker.failure(report))
      unharmed(place, report)
    end)

    real:case("is shown when the room that a file shares is gone, by any number of workers",
      function()
        local place <close> = project()
        local shared = [==[
[services.a]
image = "$image"
command = ["sleep", "60"]
stop_timeout = "1ms"
volumes = ["./vol:/v"]
[[scenario]]
name = "%s first"
room = "shared"
run = "true"
[[scenario]]
name = "%s second"
room = "shared"
locks = ["db"]
run = "true"
[[scenario]]
name = "%s by itself"
run = "true"
]==]
        local files = { a = shared:gsub("%%s", "a"), c = shared:gsub("%%s", "c"),
          b = VICTIM:format("", ":ro"):gsub("cat /h/secret", "test -f /h/secret") }
        for _, how in ipairs({ { "-j", "1" }, { "-j", "2" },
          { "-j", "2", "--order", "random", "--seed", "12" }, { "-j", "3", "--repeat", "2" } }) do
          local report = run_files(place, real.image.busybox, files, how)
          for _, one in ipairs(report.results) do
            assert.equal("pass", one.verdict, one.name .. docker.failure(report))
          end
          assert.equal(how[3] == "--repeat" and 14 or 7, #report.results)
        end
        support.remove(place.outside)
      end)

    real:case("beside what a run of Lua tests keeps is refused, whatever was first", function()
      local place <close> = project()
      place.write("fixtures.lua", ([==[
local clnrm = require("clnrm")
clnrm.fixture("base", { scope = "run", setup = function(t)
  local room = t:open({ services = { a = { image = "$image", volumes = { "./vol:/v" },
    command = { "sleep", "60" }, stop_timeout = "1ms" } } })
  room:exec("true", { service = "a" })
  return room
end })
]==]):gsub("%$image", real.image.busybox))
      place.write("a.clnrm.lua", [==[
local clnrm = require("clnrm")
require("fixtures")
clnrm.test("uses it", function(t)
  clnrm.expect(t:use("base"):exec("echo there", { service = "a" }).stdout):equals("there\n")
end)
]==])
      place.write("b.clnrm.lua", ([==[
local clnrm = require("clnrm")
clnrm.test("below", function(t)
  t:open({ services = { b = { image = "$image", volumes = { "./vol/x:/h" },
    command = { "sleep", "60" }, stop_timeout = "1ms" } } }):exec("true", { service = "b" })
  clnrm.expect(1):equals(1)
end)
]==]):gsub("%$image", real.image.busybox))
      local a, b = "a.clnrm.lua", "b.clnrm.lua"
      for _, order in ipairs({ { a, b }, { b, a } }) do
        local report = place.run({ "-j", "1", "--order", "file", table.unpack(order) })
        local verdicts, said = {}, {}
        for i, one in ipairs(report.results) do
          verdicts[i] = one.verdict
          said[#said + 1] = one.failures[1] and one.failures[1].message
        end
        assert.same({ "pass", "infra" }, verdicts, docker.failure(report))
        assert.matches("can write to: it could put a link there.*"
          .. (order[1] == a and "stays" or "in which this one stays"), said[1])
      end
      support.remove(place.outside)
    end)

    real:case("below that of a room that is kept is the machine's matter", function()
      local place <close> = project()
      place.write("a.clnrm.toml", [==[
[meta]
name = "a"
[services.a]
command = ["sleep", "60"]
volumes = ["./vol:/v"]
[[steps]]
name = "s"
service = "a"
command = "true"
]==])
      place.write("b.clnrm.toml", ('[meta]\nname = "b"\n' .. VICTIM:format("", "")):gsub("%$image",
        real.image.busybox))
      local report = place.run({ "-j", "1", "--keep", "a.clnrm.toml", "b.clnrm.toml" },
        { backend = "auto" })
      local reaped = place.clnrm({ "reap" })
      assert.equal(0, reaped.code, reaped.err)
      local how, message = told(report.results[2])
      assert.same({ "infra", "V001" }, how, message)
      assert.matches("which the service 'a' of 'a.clnrm.toml › a', which is there still, can",
        message, 1, true)
      unharmed(place, report)
    end)

    real:case("of two rooms of one test is refused at once", function()
      local place <close> = project()
      place.write("a.clnrm.lua", ([==[
local clnrm = require("clnrm")
clnrm.test("both", function(t)
  local function open(source)
    return t:open({ services = { b = { image = "$image", volumes = { source .. ":/v" },
      command = { "sleep", "60" }, stop_timeout = "1ms" } } })
  end
  open("./vol"):exec("true", { service = "b" })
  open("./vol/x"):exec("true", { service = "b" })
end)
]==]):gsub("%$image", real.image.busybox))
      local report = place.run()
      local how, message = told(report.results[1])
      assert.same({ "error", "H009" }, how, message)
      assert.matches("of 'a.clnrm.lua › both', which is there still, can", message, 1, true)
      unharmed(place, report)
    end)

    real:case("may be replaced by its own service, which starts all the same", function()
      local place <close> = docker.place(real.engine)
      place.write("vol/state.json", "0")
      place.write("vol/gone", "0")
      local report = run_files(place, real.image.busybox, { a = [==[
[services.b]
image = "$image"
volumes = ["./vol:/app", "./vol/state.json:/state.json", "./vol/gone:/gone"]
command = ["sh", "-c", "echo 1 >/app/t; mv /app/t /app/state.json; rm /app/gone; sleep 60"]
stop_timeout = "1ms"
[[steps]]
name = "s"
service = "b"
command = "cat /state.json /gone /app/state.json"
expect.stdout.equals = "001\n"
]==] })
      assert.equal(0, report.code, docker.failure(report))
    end)

    real:case("that shows clnrm's own files is refused, when it can be written to", function()
      local place <close> = docker.place(real.engine)
      place.write("tmp/x", "")
      place.write("a.clnrm.toml", ([==[
[meta]
name = "a"
[services.b]
image = "$image"
volumes = ["./tmp:/h"]
command = ["sleep", "60"]
[[steps]]
name = "s"
service = "b"
command = "true"
]==]):gsub("%$image", real.image.busybox))
      local report = place.run({}, { env = { TMPDIR = place.dir .. "/tmp" } })
      local how, message = told(report.results[1])
      assert.same({ "error", "H009" }, how, message)
      assert.matches("clnrm's own files of the run are in it", message, 1, true)
    end)

    real:case("that lies in another one of its own service is shown", function()
      local place <close> = docker.place(real.engine)
      place.write("vol/x/secret", "mine\n")
      local report = run_files(place, real.image.busybox, { a = [==[
[services.b]
image = "$image"
volumes = ["./vol:/v", "./vol/x:/h:ro"]
command = ["sleep", "60"]
stop_timeout = "1ms"
[[steps]]
name = "s"
service = "b"
command = "cat /h/secret"
expect.stdout.equals = "mine\n"
]==] })
      assert.equal(0, report.code, docker.failure(report))
    end)
  end)
end
