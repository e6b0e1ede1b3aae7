--- Keys of services, as their container has them: what it sees, not what was asked for.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines
local fakes = dofile("tests/lua/docker/fakes.lua")
local task = require("core.task")

local MACHINES = { x86_64 = "amd64", aarch64 = "arm64" }

local FILE = [==[
[meta]
name = "settings"
[services.app]
image = "$image"
platform = "linux/$arch"
entrypoint = ["sh", "-c", "trap 'echo got USR1; exit 0' USR1; while :; do sleep 0.05; done"]
args = ["first", "second"]
env = { MINE = "of the file" }
workdir = "/usr"
hostname = "box.test"
aliases = ["store"]
shm_size = "2m"
tmpfs = ["/scratch:size=1m,mode=750"]
ulimits = { nofile = 99, core = 0 }
stop_signal = "SIGUSR1"
[services.slow]
image = "$image"
command = "trap 'sleep 5; exit 0' TERM; touch /ready; while :; do sleep 0.05; done"
wait = { file = "/ready" }
stop_timeout = "100ms"
network = "none"
[[steps]]
name = "sees"
service = "app"
command = """uname -m; hostname; pwd; readlink /proc/1/cwd; echo $MINE
stat -c %a /scratch
df -k /scratch /dev/shm | tail -n 2 | tr -s ' ' | cut -d ' ' -f 2
ulimit -n; ulimit -c; grep -E 'open files|core file' /proc/1/limits | tr -s ' '
tr '\\0' '\\n' </proc/1/cmdline | tail -n 2
grep -E 'app|store' /etc/hosts | tr '\\t' ' '"""
expect.stdout.equals = """
$machine
box.test
/usr
/usr
of the file
750
1024
2048
99
0
Max core file size 0 0 bytes\u0020
Max open files 99 99 files\u0020
first
second
127.0.0.1 app
127.0.0.1 store
"""
[[steps]]
name = "slow"
service = "slow"
command = ["true"]
]==]

describe("keys of services", function()
  local function check(engine)
    local image = assert(engines.image("busybox", { engine = engine }))
    local machine = docker.support.sh("uname -m").out:match("%S+")
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", (FILE:gsub("%$(%l+)", {
      image = image, machine = machine, arch = MACHINES[machine] or machine,
    })))
    local report = place.run()
    assert.equal(0, report.code, docker.failure(report) .. report.err)
    local by_name = {}
    for _, one in ipairs(report.results[1].services) do
      by_name[one.name] = one
    end
    assert.same({ 0, true }, { by_name.app.exit_code, by_name.app.asked })
    assert.same({ 9, true }, { by_name.slow.signal, by_name.slow.asked })
    assert.equal("", place.files())
  end

  it("do not wait for an engine longer than clnrm.toml says", function()
    local engine, why = engines.engine()
    local image = engine and assert(engines.image("busybox"))
    if not image then
      return pending(why)
    end
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n[room]\nimage = "%s"\n'
      .. '[[steps]]\nname = "x"\ncommand = ["true"]\n'):format(image))
    place.write(".state/clnrm/waits.json", "junk")
    local report = place.run()
    assert.equal(0, report.code, docker.failure(report))
    assert.matches("warning: .*/waits.json is not what clnrm wrote, and is begun anew", report.err)
    assert.matches('"key":"create docker, ' .. image:gsub("%p", "%%%0") .. '","ms":%[%d',
      docker.support.read(place.dir .. "/.state/clnrm/waits.json"))

    place.write("clnrm.toml", '[containers]\nmax_wait = "1ms"\n')
    report = place.run()
    assert.equal(6, report.code)
    assert.same({ "infra", "V001" },
      { report.results[1].verdict, report.results[1].failures[1].code })
    assert.matches("took longer than 0.001 s: the most that containers.max_wait allows",
      docker.failure(report), 1, true)
    for _ = 1, 300 do -- the engine may make it later, which then is the watcher's
      if #place.left(report.run.run_id) == 0 and place.files() == "" then
        return
      end
      task.sleep(100)
    end
    error("it is left behind")
  end)

  it("are an error where the engine has not taken a limit, of a daemon and of a task", function()
    local engine, why = engines.engine()
    local image = engine and assert(engines.image("busybox"))
    if not image then
      return pending(why)
    end
    local place <close> = docker.place(engine)
    for kind, how in pairs({
      daemon = 'command = ["sleep", "60"]\nlimits = { memory_mb = 64 }',
      task = 'command = ["true"]\nlimits = { pids = 3033 }',
    }) do
      place.write(kind .. ".clnrm.toml", ([==[
[meta]
name = "%s"
[services.app]
image = "%s"
kind = "%s"
%s
[services.other]
depends_on = ["app"]
image = "%s"
command = ["sleep", "60"]
[[steps]]
name = "x"
service = "other"
command = ["true"]
]==]):format(kind, image, kind, how, image))
    end
    local proxy <close> = fakes.proxy(engine.host, "put:67108864=       0:/containers/create",
      "put:3033=   0:/containers/create")
    local report = place.run({}, { env = { DOCKER_HOST = proxy.host } })
    local wanted = {
      ["daemon.clnrm.toml"] = "Memory is 0, and not 67108864",
      ["task.clnrm.toml"] = "PidsLimit is .*, and not 3033",
    }
    for _, one in ipairs(report.results) do
      local failure = one.failures[1] or {}
      assert.same({ "error", "H009" }, { one.verdict, failure.code })
      assert.matches(wanted[one.file], failure.message)
      wanted[one.file] = nil
    end
    assert.same({}, wanted)
    assert.same({}, place.left(report.run.run_id))
  end)

  for _, kind in ipairs({ "docker", "podman" }) do
    it("hold in a container of " .. kind, function()
      local engine, why = (kind == "docker" and engines.engine or engines.podman)()
      if not engine then
        return pending(why)
      end
      check(engine)
    end)
  end
end)
