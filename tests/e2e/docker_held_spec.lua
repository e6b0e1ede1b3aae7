--- Things of a room that do not go at its end: what holds them is told, and the next run removes
--- them.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

local SOON = [==[
local builtin = require("builtin.engine.docker.things")
builtin.GONE_MS.network = 300
return builtin
]==]

local FILE = [==[
[meta]
name = "a"
[services.app]
image = "$image"
command = ["sleep", "60"]
stop_timeout = "100ms"
depends_on = ["other"]
[services.other]
image = "$image"
command = ["sleep", "60"]
stop_timeout = "100ms"
[[steps]]
name = "waits for one who comes into its network"
service = "app"
command = "sleep 60"
]==]

describe("a network of a room", function()
  it("that another container holds is told with both names, and goes with the next run", function()
    local engine, why = engines.engine()
    local busybox
    if engine then
      busybox, why = engines.image("busybox")
    end
    if not busybox then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", (FILE:gsub("%$image", busybox)))
    docker.support.sh("mkdir -p .clnrm/override/engine/docker", { cwd = place.dir })
    place.write(".clnrm/override/engine/docker/things.lua", SOON)
    local got = docker.support.sh(([==[
holder=$(docker run -d --label %s %s sleep 300)
"$CLNRM" run --backend docker -f events > events.jsonl & pid=$!
until id=$(docker ps -q --filter label=clnrm.pid=$pid --filter label=clnrm.service=app) \
  && [ "$id" ] && net=$(docker network ls -q --filter label=clnrm.pid=$pid) && [ "$net" ]; do
  sleep 0.1
done
docker network connect "$net" "$holder" # which loses the room
wait $pid
echo "code $?"
docker inspect -f '{{.Name}}' "$holder"
docker rm -f "$holder" >/dev/null
"$CLNRM" reap
docker network ls -q --filter id="$net"
]==]):format(engines.LABEL, busybox), { cwd = place.dir, deadline_s = 100, env = {
      DOCKER_HOST = engine.host, XDG_STATE_HOME = place.dir .. "/.state" } })
    local holder = got.out:match("^code 6\n/([%w_]+)\n")
    assert.is_string(holder, got.out .. got.err)
    local told = docker.support.read(place.dir .. "/events.jsonl")
    local network = told:match('"message":"the network (clnrm%S+) could not be removed: [^"]*'
      .. 'active endpoints[^"]*; held by container ' .. holder .. '"')
    assert.is_string(network, told:match('"event":"scenario_end".*'))
    assert.matches('"code":"V007"', told, 1, true)
    assert.matches("docker network inspect " .. network, told, 1, true)
    assert.equal("", (engine:docker("network", "ls", "-q", "--filter", "name=" .. network)))
  end)
end)
