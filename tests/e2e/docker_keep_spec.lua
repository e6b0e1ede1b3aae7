--- Rooms of an engine that outlive their run: which stay, how they are entered, how they go.
local docker = dofile("tests/e2e/docker_support.lua")
local json = require("core.json")
local engines, support = docker.engines, docker.support

-- Without a terminal Podman's own client 4.3 loses what is printed before it listens: 11 of 100.
local ENTER_MAX = 20

local TWO = [==[
[meta]
name = "a"
[room]
image = "IMAGE"
[services.app]
image = "IMAGE"
command = "echo up; exec sleep 600"
stop_timeout = "1ms"
wait = { log = "up" }

[[scenario]]
name = "holds"
[[scenario.steps]]
name = "true"
command = "true"

[[scenario]]
name = "breaks it"
[[scenario.steps]]
name = "in the service"
service = "app"
command = "echo broken > /tmp/note.txt; exit 3"
]==]

local SERVICES_ONLY = [==[
[meta]
name = "a"
[services.app]
image = "IMAGE"
command = "echo up; exec sleep 600"
wait = { log = "up" }
[services.init]
image = "IMAGE"
kind = "init"
command = "true"
[[scenario]]
name = "breaks"
[[scenario.steps]]
name = "x"
service = "app"
command = "echo broken > /tmp/note.txt; exit 3"
]==]

local RELAYED = [==[
[meta]
name = "a"
[secrets]
TOKEN = {}
[room]
image = "IMAGE"
[services.web]
image = "IMAGE"
aliases = ["store"]
env = { MINE = "of-the-file" }
command = "mkdir /www; echo page >/www/index.html; exec httpd -f -p 8000 -h /www"
stop_timeout = "1ms"
ports = [8000]
wait = { port = 8000 }
relay = true
[[steps]]
name = "asks"
service = "web"
command = "echo $TOKEN"
expect.stdout.equals = "keepmesecret\n"
]==]

local FIRST_AND_LATER = [==[
[meta]
name = "a"
[room]
image = "IMAGE"
[[scenario]]
name = "first"
[[scenario.steps]]
name = "x"
command = "exit 3"
[[scenario]]
name = "later"
[[scenario.steps]]
name = "x"
command = "sleep 60"
]==]

local KILLED = [==[
"$CLNRM" run -j 1 --backend docker --keep -f events > events.ndjson &
pid=$!
for i in $(seq 600); do
  grep -q '"event":"step_begin".*later' events.ndjson && break
  sleep 0.05
done
docker ps -q --filter label=clnrm.pid=$pid | wc -l
"$CLNRM" shell latest:first -- echo in the kept one
"$CLNRM" shell | grep -c docker # a room that is kept is not one of the run any more
run=$(docker ps --filter label=clnrm.pid=$pid --format '{{.Label "clnrm.run"}}' | head -1)
for i in $(seq 100); do # the record, which names rooms, is written five times in a second
  "$CLNRM" shell $run:later -- true 2>/dev/null && break
  sleep 0.05
done
"$CLNRM" shell $run:later -- sh -c 'ps | grep -c "[s]leep 60"'
kill -9 $pid
wait $pid
for i in $(seq 600); do
  [ $(docker ps -aq --filter label=clnrm.pid=$pid | wc -l) = 1 ] && break
  sleep 0.05
done
sleep 0.3
"$CLNRM" reap --dry-run | grep -o '.clnrm.toml › [a-z]*'
]==]

for _, kind in ipairs({ "docker", "podman" }) do
  describe("--keep of a room of " .. kind, function()
    local engine, why, image, place

    setup(function()
      -- its own: a clnrm of another checkout may sweep the machine's
      engine, why = engines.private_engine({ kind = kind })
      if engine then
        image, why = engines.image("busybox", { engine = engine })
      end
      place = image and docker.place(engine)
    end)

    teardown(function()
      if place then
        place.clnrm({ "reap" })
        place.close()
      end
      if engine then
        engine:close()
      end
    end)

    local function case(name, fn)
      it(name, function()
        if not place then
          pending(why)
          return
        end
        fn()
      end)
    end

    --- Runs, and returns what was told of the kept rooms, by scenario.
    local function kept_of(argv)
      local words = { "run", "-f", "events", "--backend", kind }
      local got = place.clnrm(table.move(argv, 1, #argv, #words + 1, words))
      local rooms, run = {}, nil
      for line in got.out:gmatch("[^\n]+") do
        local event = assert(json.decode(line))
        run = run or event.run_id
        assert.is_nil(event.not_kept)
        if event.event == "room_end" and event.kept then
          rooms[event.id:match("› (.*)$")] = event.kept
        end
      end
      return rooms, run, got
    end

    --- Runs a command, which prints, where a kept room is entered without clnrm.
    local function inside(kept, command)
      local enter = kept.enter:gsub(" %-it", ""):gsub("sh$", function()
        return "sh -c " .. support.quote(command)
      end)
      local got
      for _ = 1, ENTER_MAX do
        got = support.sh(enter)
        if got.out .. got.err ~= "" or got.code ~= 0 then
          break
        end
      end
      return got
    end

    case("leaves what failed, which can be entered, until reap", function()
      place.write("a.clnrm.toml", (TWO:gsub("IMAGE", image)))
      local rooms, run, got = kept_of({ "--keep=on-failure" })
      assert.equal(1, got.code, got.err .. got.out)
      assert.is_nil(rooms.holds)
      local kept = assert(rooms["breaks it"])
      assert.equal(("clnrm shell %s:breaks-it"):format(run), kept.shell)
      assert.is_true(math.abs(kept.until_s - os.time() - 3600) < 60)
      local seen = inside(kept, "pwd; ls /project")
      assert.equal("/room\na.clnrm.toml\n", seen.out, seen.err)
      local target = run .. ":breaks"
      local shell = place.clnrm({ "shell", target, "--", "sh", "-c", "pwd; id -u; exit 5" })
      assert.equal(5, shell.code, shell.err)
      assert.equal("/room\n0\n", shell.out)
      shell = place.clnrm({ "shell", target, "app", "--", "cat", "/tmp/note.txt", "/proc/1/comm" })
      assert.equal("broken\nsleep\n", shell.out, shell.err)
      if kind == "docker" then -- from another state directory, where its labels alone are known
        local other = place.clnrm({ "run", "-q", "--backend", kind, "--only", "holds" },
          { env = { XDG_STATE_HOME = place.dir .. "/.other" } })
        assert.equal(0, other.code, other.err)
      end
      local told = place.clnrm({ "reap", "--dry-run" }).out
      assert.matches("kept a.clnrm.toml › breaks it  (run " .. run, told, 1, true)
      assert.equal(3, #place.left(run), "its own, that of the service, a network")
      got = place.clnrm({ "reap" })
      assert.equal(0, got.code, got.err)
      assert.matches("ended a.clnrm.toml › breaks it", got.out, 1, true)
      assert.same({}, place.left(run))
      assert.equal("", place.files())
      assert.matches("no kept rooms", place.clnrm({ "reap" }).out)
    end)

    case("goes on with its relays, which are no services, and sets no secrets", function()
      place.write("a.clnrm.toml", (RELAYED:gsub("IMAGE", image)))
      local words = { "run", "-q", "--backend", kind, "--keep" }
      local got = place.clnrm(words, { env = { TOKEN = "keepmesecret" } })
      assert.equal(0, got.code, got.err .. got.out)
      local page = place.clnrm({ "shell", "latest", "--", "wget", "-qO-", "http://store:8000/" })
      assert.equal("page\n", page.out, page.err)
      local shell = place.clnrm({ "shell", "latest", "web", "--", "env" })
      assert.matches("MINE=of%-the%-file", shell.out)
      assert.is_nil(shell.out:find("TOKEN", 1, true))
      assert.matches("secrets of the room are not set: 1 variable", shell.err)
      local rows = place.clnrm({ "services", "status" }).out
      local _, count = rows:gsub("\n  web ", "")
      assert.equal(1, count, rows)
      assert.matches("\n  web +running +%- ", rows)
      got = place.clnrm({ "reap" })
      assert.equal(0, got.code, got.err)
      assert.equal("", place.files())
    end)

    case("tells commands that work where there are only containers of services", function()
      place.write("a.clnrm.toml", (SERVICES_ONLY:gsub("IMAGE", image)))
      local rooms, run, got = kept_of({ "--keep" })
      local kept = assert(rooms.breaks, got.err .. got.out)
      assert.equal(("clnrm shell %s:breaks app"):format(run), kept.shell)
      local argv = {}
      for word in kept.shell:gsub("^clnrm ", ""):gmatch("%S+") do
        argv[#argv + 1] = word
      end
      local shell = place.clnrm(table.move({ "--", "cat", "/tmp/note.txt" }, 1, 3, #argv + 1, argv))
      assert.equal("broken\n", shell.out, shell.err)
      assert.equal("broken\n", inside(kept, "cat /tmp/note.txt").out)
      assert.equal(0, place.clnrm({ "reap" }).code)
    end)

    if kind == "docker" then
      case("is not ended by the reap of another state directory, unless that is said", function()
        place.write("a.clnrm.toml", (TWO:gsub("IMAGE", image)))
        local function other(...)
          return place.clnrm({ "reap", ... }, { env = { XDG_STATE_HOME = place.dir .. "/.other",
            XDG_RUNTIME_DIR = place.dir .. "/.none" } })
        end
        local _, run = kept_of({ "--keep=on-failure" })
        support.sh("mkdir -p .none/clnrm && cp -r .state/clnrm/rooms .none/clnrm",
          { cwd = place.dir })
        local told = other() -- with the same notes, as in one session
        assert.equal(0, told.code, told.err)
        assert.equal(3, #place.left(run), told.out)
        assert.matches("kept container ", told.out, 1, true)
        assert.matches("of the state directory " .. place.dir .. "/.state: clnrm reap there",
          told.out, 1, true)
        assert.equal("broken\n", place.clnrm({ "shell", run, "app", "--", "cat",
          "/tmp/note.txt" }).out)
        support.sh("rm -r .state/clnrm/engines .none", { cwd = place.dir })
        told = other()
        assert.equal(3, #place.left(run), told.out)
        assert.matches("not ours container [^\n]* is not there to say whether it is kept",
          told.out)
        told = other("--others")
        assert.same({}, place.left(run))
        assert.matches("removed container ", told.out, 1, true)
        place.clnrm({ "reap" })
      end)

      case("holds when clnrm is killed: the watcher takes the others alone", function()
        place.write("a.clnrm.toml", (FIRST_AND_LATER:gsub("IMAGE", image)))
        local got = support.sh(KILLED, { cwd = place.dir, env = { DOCKER_HOST = engine.host,
          CLNRM = support.clnrm, XDG_STATE_HOME = place.dir .. "/.state" } })
        assert.equal("2\nin the kept one\n2\n1\n.clnrm.toml › first\n", got.out, got.err)
        assert.equal(0, place.clnrm({ "reap" }).code)
      end)
    end
  end)
end
