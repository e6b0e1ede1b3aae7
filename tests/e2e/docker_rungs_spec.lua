--- The rungs by which the agent gets into a container: on each the same comes of the same steps.
local docker = dofile("tests/e2e/docker_support.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local json = require("core.json")
local matrix = dofile("tests/e2e/rung_matrix.lua")

local engines, support = docker.engines, docker.support

local TOLD = {
  socket = "by a socket of this machine",
  stdio = "over the engine's stream, copied in",
  exec = "none: each command by the engine's exec; not told: what it used, signals but as exit "
    .. "codes, what it left running in another session",
}

-- an engine tells an exit code and nothing else, as shells do
local OTHER = {
  exec = { signal = { exit_code = 137, verdict = "fail", stdout = "before\n" } },
}

local function room(image)
  return ('[room]\nimage = %q\nenv = { FROM_ROOM = "room" }\n'):format(image)
end

local SERVICE = [==[
[room]
env = { FROM_ROOM = "room" }
[services.box]
image = %q
command = "mkdir /www; echo page >/www/i.html; echo ready; exec httpd -f -p 8000 -h /www"
wait = [{ log = "ready" }, { port = 8000 }]
files = [{ path = "/etc/x", content = "placed" }]
]==]

describe("the rung", function()
  local engine, why, busybox

  setup(function()
    engine, why = engines.engine()
    if engine then
      busybox, why = engines.image("busybox")
    end
  end)

  local function case(name, fn)
    it(name, function()
      if not busybox then
        pending(why)
        return
      end
      local place <close> = docker.place(engine)
      fn(place)
      assert.equal("", place.files())
    end)
  end

  for _, name in ipairs({ "socket", "stdio", "exec" }) do
    local opts = { env = { CLNRM_DOCKER_RUNG = name } }

    case(name .. " runs the steps of a room", function(place)
      place.write("a.clnrm.toml", matrix.file(room(busybox)))
      local report = matrix.check(place, opts, OTHER[name])
      assert.equal(TOLD[name], report.results[1].isolation.agent)
      assert.same({}, place.left(report.run.run_id))
    end)

    case(name .. " runs the steps of a service", function(place)
      place.write("a.clnrm.toml", matrix.file(SERVICE:format(busybox), 'service = "box"'))
      local report = matrix.check(place, opts, OTHER[name])
      assert.equal(TOLD[name], report.results[1].isolation.agent)
      assert.same({}, place.left(report.run.run_id))
    end)
  end

  case("is refused by a name that is none, before the run", function(place)
    for _, backend in ipairs({ "docker", "auto" }) do
      place.write("a.clnrm.toml", matrix.file(room(busybox)))
      local got = place.clnrm({ "run", "--backend", backend }, { env = {
        CLNRM_DOCKER_RUNG = "ladder" } })
      assert.equal(2, got.code, got.out .. got.err)
      assert.equal("", got.out)
      assert.matches("CLNRM_DOCKER_RUNG is 'ladder'", got.err, 1, true)
    end
  end)

  case("stdio is taken where the engine does not see this machine's files", function(place)
    place.write("seen.txt", "of the project\n")
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n[room]\nimage = %q\n[[steps]]\nname = "x"\n'
      .. 'command = "cat /project/seen.txt; touch /project/x; grep -c volumes/.*/_data.*/project '
      .. '/proc/self/mountinfo"\nexpect.stdout.equals = "of the project\\n1\\n"\n'
      .. 'expect.stderr.contains = "Read-only"\n'):format(busybox))
    support.sh("mkdir tmp", { cwd = place.dir })
    -- what is mounted here is seen by nobody else
    local got = support.sh('unshare -m --propagation private sh -c "mount -t tmpfs none $PWD/tmp; '
      .. 'exec $CLNRM run -f json --backend docker"', { cwd = place.dir, deadline_s = 100,
      env = { DOCKER_HOST = engine.host, XDG_STATE_HOME = place.dir .. "/.state",
        TMPDIR = place.dir .. "/tmp" } })
    assert.equal(0, got.code, got.out)
    assert.matches(TOLD.stdio, got.out, 1, true)
    local run = got.out:match('"run_id":%s*"(%x+)"')
    assert.same({}, place.left(run))
    assert.equal("", (engine:docker("volume", "ls", "-q", "--filter", "label=clnrm.run=" .. run)))
  end)

  case("is told by doctor, which makes a room and removes it", function(place)
    local function agent(before)
      local got = support.sh(before .. "$CLNRM doctor --rooms --format json", { cwd = place.dir,
        env = { DOCKER_HOST = engine.host, XDG_STATE_HOME = place.dir .. "/.state",
          TMPDIR = place.dir, CONTAINER_HOST = "unix:///nowhere" } })
      for _, finding in ipairs(assert(json.decode(got.out), got.err).findings) do
        if finding.name == "  agent" then
          return finding
        end
      end
    end
    local told = agent("")
    assert.equal("ok", told.status, told.text)
    assert.matches("^" .. TOLD.socket .. "; a room was made in %d+ ms$", told.text)
    assert.equal("", support.sh("ls | grep clnrm-engine", { cwd = place.dir }).out)
    support.sh("mkdir tmp", { cwd = place.dir })
    told = agent('export TMPDIR=$PWD/tmp; unshare -m --propagation private sh -c '
      .. '\'mount -t tmpfs none "$TMPDIR"; exec "$0" "$@"\' ')
    assert.equal("warn", told.status, told.text)
    assert.matches(TOLD.stdio, told.text, 1, true)
    assert.matches("TMPDIR", told.remedy)
  end)

  case("stdio is taken where a container's user cannot be given a socket", function(place)
    -- whose folder the other user may enter, and which that user may use
    local way <close> = fakes.proxy(engine.host)
    support.sh("chmod 711 " .. way.dir .. "; chmod 666 " .. way.socket)
    place.write("a.clnrm.toml", matrix.file(room(busybox)))
    place.write("b.clnrm.toml", matrix.file(SERVICE:format(busybox), 'service = "box"'))
    support.sh("chmod 777 .; mkdir -m 777 tmp .state", { cwd = place.dir })
    for file, told in pairs({ ["a.clnrm.toml"] = "over the engine's stream",
      ["b.clnrm.toml"] = TOLD.socket .. ", or the engine's stream where a container's user is "
        .. "another than yours" }) do
      local report = matrix.check({ run = function()
        local got = support.sh("setpriv --reuid=4321 --regid=4321 --clear-groups "
          .. "$CLNRM run -f json --backend docker " .. file, { cwd = place.dir, deadline_s = 100,
          env = { DOCKER_HOST = way.host, XDG_STATE_HOME = place.dir .. "/.state",
            TMPDIR = place.dir .. "/tmp" } })
        return assert(json.decode(got.out), got.err)
      end })
      assert.equal(told, report.results[1].isolation.agent)
    end
  end)

  case("stdio is lost with its connection, and nothing passes", function(place)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n%s[[steps]]\nname = "x"\n'
      .. 'command = "sleep 0.2; head -c 100000 /dev/zero; exit 0"\n'):format(room(busybox)))
    for _, at in ipairs({ 100, 400, 60000 }) do -- the answer's head, before READY, in the output
      local proxy <close> = fakes.proxy(engine.host, ("cut:%d:/attach"):format(at))
      local report = place.run({}, { env = { CLNRM_DOCKER_RUNG = "stdio",
        DOCKER_HOST = proxy.host } })
      assert.equal(6, report.code, at)
      assert.equal("infra", report.results[1].verdict, at)
      assert.same({}, place.left(report.run.run_id))
    end
  end)

  case("stdio refuses what an engine elsewhere cannot show", function(place)
    local relay <close> = docker.tcp(engine)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n%s[[services.box.volumes]]\n'
      .. 'host_path = "d"\ncontainer_path = "/d"\n[[steps]]\nname = "x"\ncommand = "true"\n')
      :format(SERVICE:format(busybox)))
    support.sh("mkdir d", { cwd = place.dir })
    local report = place.run({}, { env = { DOCKER_HOST = relay.host } })
    assert.equal("error", report.results[1].verdict)
    assert.matches("does not see the files of this machine", docker.failure(report))
    report = place.run({}, { env = { DOCKER_HOST = relay.host, CLNRM_DOCKER_RUNG = "socket" } })
    assert.equal(6, report.code)
    assert.matches("asks for a socket of this machine", docker.failure(report))
  end)

  local EXEC = { env = { CLNRM_DOCKER_RUNG = "exec" } }

  case("exec sees files as they are, and what memory limits refused", function(place)
    -- one process eats, and asks to be the one that is taken: the engine's own, which begin
    -- commands in the same group, are as large at times
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n[limits]\nmemory_mb = 32\n%s'):format(
      room(busybox)) .. [==[
[[steps]]
name = "files"
command = "mkdir -m 755 d; echo x >d/f; chmod 640 d/f"
expect.file."d/f" = { equals = "x\n", mode = "0640" }
expect.file."d/g" = { exists = false }
expect.file."d" = { exists = true }
expect.file."/no/such/f" = { exists = false }
[[steps]]
name = "eats"
command = "(echo 1000 >/proc/self/oom_score_adj; exec tail /dev/zero); echo on"
]==])
    local report = place.run({}, EXEC)
    local result = report.results[1]
    assert.same({ "pass", "pass" }, { result.steps[1].verdict, result.steps[2].verdict })
    assert.equal("fail", result.verdict)
    assert.equal("H010", result.failures[1].code)
  end)

  case("exec ends what a command left, and takes no signal for a failure", function(place)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n%s'):format(room(busybox)) .. [==[
[[steps]]
name = "late"
command = "(sleep 1; echo late) & sleep 1000 & echo now"
expect.stdout.equals = "now\n"
[[steps]]
name = "is gone"
command = "ps -o args | grep -c 'slee[p] 1000'"
should_fail = true
[[steps]]
name = "killed"
command = "kill -9 $$"
should_fail = true
continue_on_failure = true
[[steps]]
name = "no interpreter"
command = "printf '#!/no/such\n' >s; chmod +x s; ./s"
continue_on_failure = true
[[steps]]
name = "no interpreter by itself"
command = ["./s"]
]==])
    local report = place.run({}, EXEC)
    local steps = report.results[1].steps
    assert.same({ "pass", "pass", "error", "fail", "fail" }, { steps[1].verdict, steps[2].verdict,
      steps[3].verdict, steps[4].verdict, (steps[5] or {}).verdict })
    local left = {}
    for i, one in ipairs(steps[1].leaks) do
      left[i] = one.name
    end
    table.sort(left)
    assert.same({ "sh", "sleep", "sleep" }, left)
    assert.equal(137, steps[3].exit_code)
    assert.equal("T405", steps[3].checks[1].code)
    assert.equal("COMMAND_NOT_FOUND", steps[5].error.code)
  end)

  case("exec refuses what needs somebody in the container", function(place)
    for line, word in pairs({ ['ports = ["0:8000"]'] = "ports",
      ['health_check = { cmd = ["true"] }\n[[services.box.wait]]\nhttp = "http://localhost/"']
        = "wait" }) do
      place.write("a.clnrm.toml", ('[meta]\nname = "a"\n[services.box]\nimage = %q\n'
        .. 'command = ["sleep", "99"]\n%s\n[[steps]]\nname = "x"\ncommand = "true"\n'):format(
        busybox, line))
      local report = place.run({}, EXEC)
      assert.equal("error", report.results[1].verdict)
      assert.equal("T608", report.results[1].failures[1].code)
      assert.matches("`" .. word, docker.failure(report), 1, true)
    end
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n%s[[scenario]]\nname = "x"\nrun = ["true"]\n'
      .. 'policy = { disallowed_commands = ["od"] }\n'):format(room(busybox)))
    local report = place.run({}, EXEC)
    assert.equal("error", report.results[1].verdict)
    assert.equal("H009", report.results[1].failures[1].code)
    assert.matches("no agent of clnrm's can be in a container", docker.failure(report), 1, true)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n[room]\nimage = %q\n[[steps]]\nname = "x"\n'
      .. 'command = ["/x"]\n'):format(assert(engines.image("scratch"))))
    report = place.run({}, EXEC)
    assert.equal("infra", report.results[1].verdict)
    assert.matches("needs a /bin/sh", docker.failure(report), 1, true)
  end)

  case("exec is infra when a stream or the container is lost", function(place)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n%s[[steps]]\nname = "x"\n'
      .. 'command = "head -c 100000 /dev/zero; sleep 1; exit 0"\n'):format(room(busybox)))
    local proxy <close> = fakes.proxy(engine.host, "cut:60000:/exec/[0-9a-f]+/start")
    local report = place.run({}, { env = { CLNRM_DOCKER_RUNG = "exec", DOCKER_HOST = proxy.host } })
    assert.equal("infra", report.results[1].verdict)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n%s[[steps]]\nname = "x"\n'
      .. 'command = "touch /begun; sleep 60; exit 0"\n'):format(room(busybox)))
    local got = support.sh([==[
$CLNRM run -f json --backend docker & pid=$!
until id=$(docker ps -q --filter label=clnrm.pid=$pid) && [ "$id" ] \
  && docker exec $id ls /begun >&2; do
  sleep 0.1
done
docker kill $id >&2; wait $pid]==], { cwd = place.dir, deadline_s = 90, env = {
      DOCKER_HOST = engine.host, XDG_STATE_HOME = place.dir .. "/.state",
      CLNRM_DOCKER_RUNG = "exec" } })
    assert.equal("infra", assert(json.decode(got.out), got.err).results[1].verdict)
  end)

  case("exec kills the container where a command cannot be ended otherwise", function(place)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n%s[[steps]]\nname = "x"\n'
      .. 'command = "echo begun; sleep 1000"\ntimeout = "700ms"\ncontinue_on_failure = true\n'
      .. '[[steps]]\nname = "y"\ncommand = "true"\n'):format(room(busybox)))
    -- in a space of its own no process of the engine is seen
    local got = support.sh("unshare -p -f --mount-proc $CLNRM run -f json --backend docker",
      { cwd = place.dir, deadline_s = 100, env = { DOCKER_HOST = engine.host,
        XDG_STATE_HOME = place.dir .. "/.state", CLNRM_DOCKER_RUNG = "exec" } })
    local result = assert(json.decode(got.out)).results[1]
    assert.equal("timeout", result.steps[1].verdict)
    assert.equal("begun\n", result.steps[1].stdout.text)
    assert.is_not.equal("pass", result.steps[2].verdict)
    assert.matches("could not be ended otherwise", got.out, 1, true)
  end)
end)
