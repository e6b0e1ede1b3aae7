--- Somebody else pauses a container of a run, restarts it, sends it a signal, takes it out of its
--- network, or puts it into another: what is tested then is not what the test says, so it is infra,
--- also when nothing of that is left to be seen.
local docker = dofile("tests/e2e/docker_support.lua")
local json = require("core.json")

local SERVICES = [==[
[meta]
name = "t"
[services.app]
image = "$image"
command = ["sleep", "600"]
[services.other]
image = "$image"
command = ["sleep", "600"]
depends_on = ["app"]
ports = [8080]
[[steps]]
name = "first"
service = "other"
command = "true"
]==]

local WAITS = [==[
[[steps]]
name = "waits"
service = "other"
command = "while [ ! -e /tmp/go ]; do sleep 0.05; done"
timeout = "100s"
]==]

--- Runs through at first, and stays when it is started again.
local TASK = [==[
[services.seed]
image = "$image"
kind = "init"
command = "[ -e /tmp/x ] && exec sleep 600; touch /tmp/x"
]==]

--- Does something to the container `$app` while a step runs in another, waits until that has ended
--- it, which it never does where nobody looks, and lets the step end.
local SCRIPT = [==[
"$CLNRM" run --backend $BACKEND -f events > events.jsonl & pid=$!
until app=$(docker ps -aq --filter label=clnrm.pid=$pid --filter label=clnrm.service=app) \
  && other=$(docker ps -q --filter label=clnrm.pid=$pid --filter label=clnrm.service=other) \
  && [ "$app" ] && [ "$other" ] && grep '"event":"step_begin"' events.jsonl | grep -q '"waits"'; do
  kill -0 $pid || exit 1
  sleep 0.1
done
net=$(docker network ls -q --filter label=clnrm.pid=$pid)
{ %s; } >/dev/null
for i in $(seq %d); do
  [ "$(docker ps -q --filter id=$app)" ] || break
  sleep 0.1
done
docker exec $other touch /tmp/go >/dev/null
wait $pid
echo "code $?"
]==]

--- Registers the specs for an engine.
local function specs_of(find)
  local specs = docker.specs({ it = it, setup = setup, pending = pending }, find, { "busybox" })

  --- Runs the services with steps, and returns how the test ended.
  local function outcome(steps, what, tries)
    local place <close> = docker.place(specs.engine)
    place.write("t.clnrm.toml", ((SERVICES .. steps):gsub("%$image", specs.image.busybox)))
    local got = docker.support.sh(SCRIPT:format(what, tries or 100), { cwd = place.dir,
      deadline_s = 120,
      env = { DOCKER_HOST = specs.engine.host, CONTAINER_HOST = specs.engine.host,
        BACKEND = specs.engine.kind, XDG_STATE_HOME = place.dir .. "/.state" } })
    local told
    for line in docker.support.read(place.dir .. "/events.jsonl"):gmatch("[^\n]+") do
      local event = assert(json.decode(line))
      told = event.event == "scenario_end" and event or told
    end
    assert(told, got.err)
    return got.out, told.verdict, told.failures[1] or {}
  end

  local function check_lost(steps, what, words)
    local out, verdict, failure = outcome(steps, what)
    assert.same({ "code 6\n", "infra" }, { out, verdict }, failure.message)
    assert.matches("its container was " .. words .. " by somebody else", failure.message)
  end

  specs:case("paused and let go on between its steps is lost", function()
    check_lost(WAITS .. '[[steps]]\nname = "after"\nservice = "app"\ncommand = "true"\n',
      "docker pause $app; docker unpause $app", "paused[%l ,]*")
  end)

  specs:case("paused under a step of it is lost at once", function()
    check_lost('[[steps]]\nname = "waits"\nservice = "app"\ncommand = "sleep 300"\n'
      .. 'timeout = "300s"\n', "docker pause $app", "paused[%l ,]*")
  end)

  specs:case("took out of its network for a while is lost, also at the last step", function()
    check_lost(WAITS, "docker network disconnect $net $app; docker network connect $net $app",
      "taken out of [%w '-]*")
  end)

  specs:case("stopped by a signal, and let go on, is lost", function()
    check_lost(WAITS, "docker kill -s STOP $app; docker kill -s CONT $app",
      "sent a signal[ ()%d]*")
  end)

  specs:case("restarted is lost", function()
    local out, verdict, failure = outcome(WAITS, "docker restart -t 0 $app")
    assert.same({ "code 6\n", "infra" }, { out, verdict }, failure.message)
    assert.matches("somebody else", failure.message)
  end)

  specs:case("put into another network is lost", function()
    check_lost(WAITS, [[x=$(docker network create --internal x$pid); docker network connect $x $app
      sleep 3; docker network disconnect -f $x $app; docker network rm $x]],
      "put into the network 'x%d+'")
  end)

  specs:case("gave company in its network is lost", function()
    check_lost(WAITS, [[image=$(docker inspect -f '{{.Image}}' $app)
      x=$(docker run -d --pull never --network $net $image sleep 60); sleep 3; docker rm -f $x]],
      "given company in the network '[%w-]+', container %x+,")
  end)

  specs:case("gave company for a moment is lost", function()
    check_lost(WAITS, [[image=$(docker inspect -f '{{.Image}}' $app)
      docker run --rm --pull never --network $net $image true; sleep 3]],
      "given company in the network '[%w-]+', container %x+,")
  end)

  for what, option in pairs({ network = "--network", processes = "--pid" }) do
    specs:case("gave company in its own " .. what .. " is lost", function()
      check_lost(WAITS, ([[image=$(docker inspect -f '{{.Image}}' $app)
        docker run --rm --pull never %s container:$app $image true; sleep 3]]):format(option),
        "given company in [%w '-]+, container %x+,") -- Podman tells that it is in the network
    end)
  end

  specs:case("is not lost beside a container that shares nothing with it", function()
    local out, verdict, failure = outcome(WAITS, [[image=$(docker inspect -f '{{.Image}}' $app)
      docker run --rm --pull never --network none $image true; sleep 1]], 1)
    assert.same({ "code 0\n", "pass" }, { out, verdict }, failure.message)
  end)

  specs:case("took out of its network under a fault of another is lost", function()
    check_lost('[[fault]]\nkind = "net_partition"\nservice = "other"\nat = "before:waits"\n'
      .. WAITS, "docker network disconnect $net $app",
      "taken out of [%w '-]*")
  end)

  specs:case("started when the test had ended it is lost", function()
    for _, lasts in ipairs({ "", 'for = "20s"\n' }) do
      check_lost('[[fault]]\nkind = "kill"\nservice = "app"\nat = "before:waits"\n' .. lasts
        .. WAITS, "docker start $app", "started")
    end
  end)

  specs:case("started when it had completed is lost", function()
    check_lost(TASK .. WAITS, [[app=$(docker ps -aq --filter label=clnrm.pid=$pid \
      --filter label=clnrm.service=seed); docker start $app]], "started")
  end)

  specs:case("renamed is lost", function()
    check_lost(WAITS, "docker rename $app x$pid", "renamed")
  end)

  specs:case("killed, started or stopped by the test itself is not", function()
    local out, verdict, failure = outcome('[[fault]]\nkind = "kill"\nservice = "app"\n'
      .. 'at = "before:waits"\nfor = "200ms"\n' .. WAITS, "true", 1)
    assert.same({ "code 0\n", "pass" }, { out, verdict }, failure.message)
  end)
  return specs, check_lost
end

describe("a container of Docker that somebody else", function()
  local specs, check_lost = specs_of(docker.engines.engine)

  specs:case("gave other limits is lost", function()
    check_lost(WAITS, "docker update --pids-limit 50 $app", "given other limits")
  end)
end)

describe("a container of Podman that somebody else", function()
  specs_of(docker.engines.podman)
end)
