--- Images for another processor: rooms and services on the last rung, under an emulation.
local docker = dofile("tests/e2e/docker_support.lua")
local foreign = dofile("tests/e2e/foreign.lua")
local json = require("core.json")
local matrix = dofile("tests/e2e/rung_matrix.lua")

local engines, support = docker.engines, docker.support

local IMAGE = "localhost/clnrm-test/foreign:1"
local NONROOT = "localhost/clnrm-test/foreign-app:1"
local PATH = "PATH=/bin"
local TOLD = "none: each command by the engine's exec; not told: what it used, signals but as exit "
  .. "codes, what it left running in another session"
-- an engine tells an exit code and nothing else, as shells do
local OTHER = { signal = { exit_code = 137, verdict = "fail", stdout = "before\n" } }

local ROOM = ('[room]\nimage = %q\nenv = { FROM_ROOM = "room" }\n'):format(IMAGE)
local SERVICE = ([==[
[room]
env = { FROM_ROOM = "room" }
[services.box]
image = %q
command = """
trap 'echo got term; exit 3' TERM
mkdir /www; uname -m >/www/i.html; echo ready; httpd -f -p 8000 -h /www & wait"""
wait = [{ log = "ready" }, { port = 8000 }, { file = "/www/i.html" }, { cmd = ["true"] }]
health_check = { cmd = "test -e /www", interval = "200ms" }
files = [{ path = "/etc/x", content = "placed\n" }]
]==]):format(IMAGE)

describe("an image for another processor", function()
  local engine, why, emulation

  setup(function()
    why = foreign.missing()
    if not why then
      engine, why = engines.private_engine() -- with no other image
    end
    if engine then
      foreign.load(engine, IMAGE, { Cmd = { "sh" }, Env = { PATH } })
      foreign.load(engine, NONROOT, { Cmd = { "sh" }, Env = { PATH }, User = "app" })
      emulation, why = foreign.emulation()
    end
  end)

  teardown(function()
    if emulation then
      emulation:close()
    end
    if engine then
      engine:close()
    end
  end)

  local function case(name, fn)
    it(name, function()
      if not emulation then
        pending(why)
        return
      end
      local place <close> = docker.place(engine)
      fn(place)
      assert.equal("", place.files())
    end)
  end

  case("is a room on the last rung, and its steps come out the same", function(place)
    place.write("a.clnrm.toml", matrix.file(ROOM))
    local report = matrix.check(place, nil, OTHER)
    assert.equal(TOLD, report.results[1].isolation.agent)
    assert.same({}, place.left(report.run.run_id))
  end)

  case("is a service on the last rung, and its steps come out the same", function(place)
    place.write("a.clnrm.toml", matrix.file(SERVICE, 'service = "box"'))
    local report = matrix.check(place, nil, OTHER)
    assert.equal(TOLD, report.results[1].isolation.agent)
    assert.same({}, place.left(report.run.run_id))
  end)

  case("has files, signals and a deadline, and says so with -v", function(place)
    place.write("in.txt", "of the project\n")
    place.write("a.clnrm.toml", '[meta]\nname = "a"\n' .. ROOM .. [==[
[[steps]]
name = "machine"
command = "uname -m; cat /project/in.txt"
expect.stdout.equals = "aarch64\nof the project\n"
[[steps]]
name = "files"
command = "mkdir -m 755 d; echo x >d/f; chmod 640 d/f; ln -s f d/l"
expect.file."d/f" = { equals = "x\n", mode = "0640" }
expect.file."d/g".exists = false
[[steps]]
name = "signal"
command = "kill -USR1 $$"
expected_exit_code = 138
[[steps]]
name = "deadline"
command = "sleep 1000 & sleep 1000"
timeout = "1s"
continue_on_failure = true
[[steps]]
name = "after it"
command = "ps -o args | grep -c 'slee[p] 1000'"
expected_exit_code = 1
]==])
    local report = place.run()
    local verdicts = {}
    for i, step in ipairs(report.results[1].steps) do
      verdicts[i] = step.verdict
    end
    assert.same({ "pass", "pass", "pass", "timeout", "pass" }, verdicts, docker.failure(report))
    local got = place.clnrm({ "run", "-v", "--backend", "docker" })
    assert.matches("agent +none: each command by the engine's exec", got.out)
  end)

  case("has another user, a service beside the room, and the API of Lua", function(place)
    place.write("a.clnrm.lua", ([==[
local clnrm = require("clnrm")
local expect = clnrm.expect
clnrm.test("a", function(t)
  local room = t:open({ image = %q, services = { web = { image = %q, wait = { log = "up" },
    command = "trap 'echo bye; exit 0' TERM; echo up; sleep 1000 & wait" } } })
  expect(room:exec("id -u; pwd", { check = true }).stdout):equals("1000\n/room\n")
  room:put("d/f", "bytes\0\255", { mode = tonumber("600", 8) })
  expect(room:get("d/f")):equals("bytes\0\255")
  expect(room:exists("d/none")):is_false()
  expect(room:exec("uname -m", { service = "web", check = true }).stdout):equals("aarch64\n")
  local cat = room:start({ "cat" })
  cat:write("line\n")
  expect(cat:lines()()):equals("line")
  cat:close_stdin()
  expect(cat:wait().exit_code):equals(0)
  local sleeper = room:start({ "sleep", "1000" })
  sleeper:kill()
  expect(sleeper:wait().signal):equals(9)
  expect(room:service("web"):stop()):is_true()
  expect(room:service("web"):logs()):equals("up\nbye\n")
end)]==]):format(NONROOT, IMAGE))
    local report = place.run()
    assert.equal(0, report.code, docker.failure(report))
    assert.same({}, place.left(report.run.run_id))
  end)

  case("is told by doctor", function(place)
    local got = place.clnrm({ "doctor", "--rooms", "--format", "json" },
      { env = { CONTAINER_HOST = "unix:///nowhere" } })
    local told
    for _, finding in ipairs(assert(json.decode(got.out), got.err).findings) do
      told = finding.name == "  agent" and finding or told
    end
    assert.equal("warn", told.status, told.text)
    assert.matches(TOLD, told.text, 1, true)
    assert.matches("images for this machine's processor", told.remedy)
  end)

  case("has no policy, for nobody could enforce it", function(place)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n%s[[scenario]]\nname = "x"\nrun = ["true"]\n'
      .. 'policy = { disallowed_commands = ["od"] }\n'):format(ROOM))
    local report = place.run()
    assert.equal("error", report.results[1].verdict)
    assert.equal("H009", report.results[1].failures[1].code)
  end)

  case("is infra without an emulation, which names both processors", function(place)
    place.write("a.clnrm.toml", ('[meta]\nname = "a"\n%s[[steps]]\nname = "x"\ncommand = "true"\n')
      :format(ROOM))
    emulation:close()
    local report = place.run()
    emulation = assert(foreign.emulation())
    assert.equal("infra", report.results[1].verdict)
    assert.matches("the image is for arm64, this machine is amd64", docker.failure(report), 1, true)
    assert.same({}, place.left(report.run.run_id))
  end)
end)

describe("the emulation of another processor", function()
  it("is of stamped programs alone, and not registered any more", function()
    local why = foreign.missing()
    local emulation
    if not why then
      emulation, why = foreign.emulation()
    end
    if not emulation then
      pending(why)
      return
    end
    emulation:close()
    local left = support.sh("d=$(mktemp -d); unshare -m --propagation private sh -c "
      .. [['mount -t binfmt_misc none "$0"; ls "$0"' "$d"; rmdir "$d"]]).out
    assert.is_falsy(left:find("clnrm%-test"), left)
  end)
end)
