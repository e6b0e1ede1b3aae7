--- Rooms that are containers of a real engine: what steps see, how they end, what is left.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

describe("a room of Docker", function()
  local engine, why, busybox, place

  setup(function()
    engine, why = engines.engine()
    if engine then
      busybox, why = engines.image("busybox")
    end
  end)

  before_each(function()
    if busybox then
      place = docker.place(engine)
    end
  end)

  after_each(function()
    if place then
      place.close()
      place = nil
    end
  end)

  --- A spec that needs the engine.
  local function case(name, fn)
    it(name, function()
      if not busybox then
        pending(why)
        return
      end
      fn()
    end)
  end

  local function file(steps, image)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n[room]\nimage = %q\n%s'):format(
      image or busybox, steps))
  end

  local function step(name, command, rest)
    return ("[[steps]]\nname = %q\ncommand = %q\n%s\n"):format(name, command, rest or "")
  end

  case("has the image's user, whichever of several rooms finds out who that is", function()
    local image = assert(engines.image("nonroot", { config = '{"User": "1000:1000"}' }))
    local lines = { '[meta]\nname = "a"\n[room]\nimage = "' .. image .. '"' }
    for i = 1, 6 do
      lines[#lines + 1] = ('[[scenario]]\nname = "s%d"\nsteps = [{ name = "x", command = '
        .. '"echo $USER $LOGNAME $HOME", expect.stdout.equals = "app app /home/app\\n" }]')
        :format(i)
    end
    place.write("a.clnrm.toml", table.concat(lines, "\n"))
    local report = place.run({ "-j", "6" })
    assert.equal(0, report.code, docker.failure(report))
  end)

  case("runs steps in the image, and leaves nothing", function()
    place.write("seen.txt", "of the project\n")
    file(step("sees", "pwd; cat /project/seen.txt; busybox | head -n 1 | cut -c 1-7",
        'expect.stdout.equals = "/room\\nof the project\\nBusyBox\\n"')
      .. step("code", "echo out; echo err >&2; exit 7", 'expected_exit_code = 7\n'
        .. 'expect.stdout.equals = "out\\n"\nexpect.stderr.equals = "err\\n"')
      .. step("stdin", "cat", 'stdin = "given"\nexpect.stdout.equals = "given"')
      .. step("room", "echo x > f; cat /room/f", 'expect.file."f".equals = "x\\n"')
      .. step("read-only", "touch /project/x", "expected_exit_code = 1")
      .. step("alone", "cat /proc/net/dev | grep -c :; ping -c 1 -W 1 1.1.1.1",
        'should_fail = true\nexpect.stdout.starts_with = "1\\n"'))
    local report = place.run()
    assert.equal(0, report.code, docker.failure(report))
    assert.equal("docker", report.run.backend)
    local told = report.results[1].isolation
    assert.equal("own namespace, loopback only", told.net)
    assert.matches("root of " .. busybox:gsub("%p", "%%%0") .. " by Docker", told.fs)
    assert.matches("no new privileges, seccomp", told.user)
    assert.matches("4096 processes", told.limits)
    assert.same({}, place.left(report.run.run_id))
    assert.equal("", place.files())
  end)

  case("has what the kernel says that it has", function()
    file(step("status", "grep -E '^(NoNewPrivs|Seccomp|CapBnd):' /proc/1/status | tr -d '\\t'",
      -- Docker's default capabilities less NET_RAW, MKNOD, AUDIT_WRITE, SYS_CHROOT
      'expect.stdout.lines = ["CapBnd:00000000800005fb", "NoNewPrivs:1", "Seccomp:2"]'))
    local report = place.run()
    assert.equal(0, report.code, docker.failure(report))
  end)

  case("keeps the image's user and environment", function()
    local image = assert(engines.image("nonroot"))
    file(step("who", "id -u; touch /room/f && echo $HOME",
      'expect.stdout.equals = "1000\\n/home/app\\n"'), image)
    local report = place.run()
    assert.equal(0, report.code, docker.failure(report))
    assert.matches("uid 1000", report.results[1].isolation.user)
  end)

  case("takes images that hold nothing, and says what is missing in them", function()
    local image = assert(engines.image("scratch"))
    file('[[steps]]\nname = "x"\ncommand = ["/no/such"]\n', image)
    local report = place.run()
    assert.equal(1, report.code)
    assert.matches("could not start", docker.failure(report))
  end)

  case("is chosen by `auto` for images with a name, and nothing else", function()
    file(step("x", "true"))
    place.write("b.clnrm.toml", '[meta]\nname = "b"\n' .. step("y", "true"))
    local report = place.run({}, { backend = "auto" })
    assert.equal(0, report.code, docker.failure(report))
    local by = {}
    for _, one in ipairs(report.results) do
      by[one.file] = one.isolation.fs:match("by Docker") or "sandbox"
    end
    assert.same({ ["a.clnrm.toml"] = "by Docker", ["b.clnrm.toml"] = "sandbox" }, by)
  end)

  case("is infra without its image, with the ways to get it", function()
    file(step("x", "true"), "localhost/clnrm-test/no-such:1")
    local report = place.run()
    assert.equal(6, report.code)
    local failure = report.results[1].failures[1]
    assert.equal("infra", report.results[1].verdict)
    assert.equal("V005", failure.code)
    assert.matches("no%-such:1", failure.message)
    assert.matches("docker load", failure.help)
    assert.equal("", place.files())
  end)

  case("is infra where no engine is, in one sentence", function()
    file(step("x", "true"))
    local report = place.run({}, { env = { DOCKER_HOST = "unix:///nonexistent/docker.sock" } })
    assert.equal(6, report.code)
    assert.matches("does not run here", docker.failure(report))
  end)

  case("is infra when its container is killed under a step", function()
    file(step("x", "sleep 60"))
    place.write("kill.sh", [[
"$CLNRM" run --backend docker -f json > report.json &
pid=$!
for i in $(seq 400); do
  id=$(docker ps -q --filter label=clnrm.pid=$pid)
  [ -n "$id" ] && break
  sleep 0.05
done
sleep 0.5
docker kill "$id" >/dev/null
wait $pid
echo "code $?"
]])
    local got = docker.support.sh("sh kill.sh", { cwd = place.dir,
      env = { DOCKER_HOST = engine.host, XDG_STATE_HOME = place.dir .. "/.state",
        CLNRM = docker.support.clnrm } })
    assert.equal("code 6\n", got.out, got.err)
    local report = assert(require("core.json").decode(docker.support.read(place.dir
      .. "/report.json")))
    assert.equal("infra", report.results[1].verdict)
    local told = docker.failure(report) -- of the signal, or of the end: what is heard first
    assert.is_truthy(told:find("container was sent a signal (9) by somebody else", 1, true)
      or told:find("container ended with exit code 137", 1, true), told)
    assert.same({}, place.left(report.run.run_id))
    assert.equal("", place.files())
  end)

  case("tells a child that was out of memory, also when nobody else does", function()
    file('[limits]\nmemory_mb = 64\n[[steps]]\nname = "x"\n'
      .. 'command = "tail /dev/zero | true; (tail /dev/zero) 2>/dev/null; echo PASS"\n')
    local report = place.run()
    assert.equal(1, report.code)
    assert.equal("fail", report.results[1].verdict)
    assert.matches("out of memory", docker.failure(report))
    assert.equal("H010", report.results[1].failures[1].code)
  end)

  case("is removed when the run is stopped", function()
    file(step("x", "sleep 60"))
    for signal, code in pairs({ INT = 130, TERM = 143 }) do
      local got = docker.support.sh(([[
"$CLNRM" run --backend docker -f json > report.json &
pid=$!
for i in $(seq 400); do
  [ -n "$(docker ps -q --filter label=clnrm.pid=$pid)" ] && break
  sleep 0.05
done
sleep 0.3
kill -%s $pid
wait $pid
echo "code $?"
docker ps -aq --filter label=clnrm.pid=$pid
]]):format(signal), { cwd = place.dir, env = { DOCKER_HOST = engine.host,
        XDG_STATE_HOME = place.dir .. "/.state" } })
      assert.equal(("code %d\n"):format(code), got.out, got.err)
      assert.equal("", place.files())
    end
  end)

  case("is waited for itself by a Lua test", function()
    place.write("a.clnrm.lua", ([[
local clnrm = require("clnrm")
clnrm.test("waits", function(t)
  local room = t:open({ image = %q })
  room:start({ "sh", "-c", "touch /room/there; exec nc -l -p 8080" })
  room:wait({ file = "/room/there", timeout = "20s" })
  room:wait({ cmd = { "test", "-e", "/room/there" }, timeout = "20s" })
  room:wait({ port = 8080, timeout = "20s" })
end)
]]):format(busybox))
    local report = place.run()
    assert.equal(0, report.code, docker.failure(report))
  end)

  case("refuses services that an engine cannot make: the file is wrong, not the machine", function()
    for image, message in pairs({
      [""] = "the service 'app' names no image",
      ['image = "rootfs:r"\n'] = "is made by the sandbox, not by an engine",
    }) do
      place.write("r/x", "")
      file("[services.app]\n" .. image .. 'command = ["sleep", "60"]\n' .. step("x", "true"))
      local report = place.run()
      assert.equal(2, report.code)
      assert.equal("error", report.results[1].verdict)
      assert.equal("H009", report.results[1].failures[1].code)
      assert.matches(message, docker.failure(report))
    end
  end)
end)
