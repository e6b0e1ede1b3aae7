--- Services that are containers of a real engine: images as they are, readiness, names, ends.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

describe("services of Docker", function()
  local engine, why, place
  local image = {}

  setup(function()
    engine, why = engines.engine()
    for _, name in ipairs(engine and { "busybox", "redis", "nginx", "nonroot", "health" } or {}) do
      image[name], why = engines.image(name)
      if not image[name] then
        engine = nil
        return
      end
    end
  end)

  before_each(function()
    if engine then
      place = docker.place(engine)
    end
  end)

  after_each(function()
    if place then
      place.close()
      place = nil
    end
  end)

  local function case(name, fn)
    it(name, function()
      if not engine then
        pending(why)
        return
      end
      fn()
    end)
  end

  local function file(text, name)
    text = text:gsub("%$(%l+)", image)
    place.write(name or "a.clnrm.toml", '[meta]\nname = "a"\n' .. text)
  end

  local function lua(text)
    place.write("l.clnrm.lua", (text:gsub("%$(%l+)", image)))
  end

  --- Runs, and requires that nothing is left.
  local function run(argv, opts)
    local report = place.run(argv, opts)
    assert.same({}, place.left(report.run.run_id))
    assert.equal("", place.files())
    return report
  end

  local function passes(text)
    file(text)
    local report = run()
    assert.equal(0, report.code, docker.failure(report) .. report.err)
    return report
  end

  case("run as their images say, and steps run beside them", function()
    local report = passes([==[
[services.cache]
image = "$redis"
wait = { port = 6379 }
[[steps]]
name = "ping"
command = ["redis-cli", "ping"]
expect.stdout.equals = "PONG\n"
[[steps]]
name = "first"
command = "cat /proc/1/comm; pwd; cat /project/a.clnrm.toml | head -n 1"
expect.stdout.equals = "redis-server\n/data\n[meta]\n"
]==])
    local told = report.results[1].services[1]
    assert.same({ "docker-entrypoint.sh", "redis-server" }, told.argv)
    assert.equal(0, told.exit_code)
    assert.is_true(told.asked)
    assert.equal("own namespace, loopback only", report.results[1].isolation.net)
  end)

  case("find one another by name, in a network without a way out", function()
    local report = passes([==[
[room]
image = "$busybox"
[services.cache]
image = "$redis"
aliases = ["store"]
wait = { log = "Ready to accept connections" }
[services.web]
image = "$nginx"
depends_on = ["cache"]
wait = { http = "http://localhost:80/" }
files = [
  { path = "/usr/share/nginx/html/x.txt", content = "placed" },
  { path = "/opt/new/dir/y.sh", content = "#!/bin/sh\necho run", mode = "0755" },
]
[[steps]]
name = "of the room"
command = "wget -qO- http://web/x.txt && nc -w 2 store 6379 </dev/null && echo up"
expect.stdout.equals = "placedup\n"
[[steps]]
name = "of a service"
service = "cache"
command = "wget -qO- http://web:80/x.txt"
expect.stdout.equals = "placed"
[[steps]]
name = "placed"
service = "web"
command = "/opt/new/dir/y.sh"
expect.stdout.equals = "run\n"
[[steps]]
name = "no way out"
command = "nc -w 2 192.0.2.1 80 </dev/null"
should_fail = true
]==])
    assert.matches("an internal bridge", report.results[1].isolation.net)
  end)

  case("are reached by others where they listen under their own name", function()
    passes([==[
[services.web]
image = "$busybox"
command = "exec httpd -f -p $(hostname -i):8080 -h /etc"
wait = { port = 8080 }
[services.client]
image = "$busybox"
command = ["sleep", "60"]
depends_on = ["web"]
[[steps]]
name = "asks"
service = "client"
command = ["wget", "-qO-", "http://web:8080/hostname"]
expect.stdout.equals = "web\n"
]==])
  end)

  case("keep the user, the environment and the directory of their image", function()
    passes([==[
[services.app]
image = "$nonroot"
command = ["sleep", "60"]
env = { MINE = "of the file" }
[[steps]]
name = "who"
command = "id -u; id -g; echo $HOME $MINE; tr '\\0' '\\n' </proc/1/environ | grep MINE"
expect.stdout.equals = "1000\n1000\n/home/app of the file\nMINE=of the file\n"
]==])
  end)

  case("wait in each way, and a task ends first", function()
    passes([==[
[services.seed]
image = "$busybox"
kind = "task"
command = "echo seeded"
[services.web]
image = "$busybox"
command = "mkdir /www && echo hi >/www/index.html && touch /ready && httpd -f -v -p 8000 -h /www"
depends_on = ["seed"]
wait = [{ file = "/ready" }, { port = 8000 }, { http = "http://localhost:8000/", body = "hi" },
  { cmd = ["test", "-e", "/ready"] }]
[[steps]]
name = "asks"
service = "web"
command = "wget -qO- http://127.0.0.1:8000/"
expect.stdout.equals = "hi\n"
]==])
  end)

  case("are healthy by the check of their image", function()
    local report = passes([==[
[services.app]
image = "$health"
command = "sleep 0.5; touch /tmp/healthy; sleep 60"
[[steps]]
name = "x"
command = ["true"]
]==])
    assert.is_true(report.results[1].services[1].probes > 0)
  end)

  case("fail with their exit code, their log and what was asked last", function()
    file([==[
[services.app]
image = "$busybox"
command = "echo starting; echo broken >&2; exit 3"
wait = { port = 80 }
[[steps]]
name = "x"
command = ["true"]
]==])
    local report = run()
    assert.equal(1, report.code)
    local failure = report.results[1].failures[1]
    assert.equal("T602", failure.code)
    assert.matches("ended with exit code 3", failure.message)
    assert.matches("broken", table.concat(report.results[1].services[1].log or {}, " ")
      .. require("core.json").encode(failure))
  end)

  case("that end while they are needed are blamed, and the step is killed", function()
    file([==[
[services.app]
image = "$busybox"
command = "sleep 2; exit 4"
[services.other]
image = "$busybox"
command = ["sleep", "60"]
[[steps]]
name = "y"
service = "app"
command = ["sleep", "30"]
]==])
    local report = run()
    assert.equal("fail", report.results[1].verdict)
    assert.matches("service 'app' ended with exit code 4", docker.failure(report))
    assert.is_true(report.results[1].duration_ms < 29000)
  end)

  case("that end as a step begins are blamed, not the room", function()
    local names = {}
    for i, seconds in ipairs({ "0", "0.05", "0.2", "0.5" }) do
      names[i] = ("t%d.clnrm.toml"):format(i)
      file(([==[
[services.app]
image = "$busybox"
command = ["sh", "-c", "sleep %s; exit 3"]
[[steps]]
name = "x"
service = "app"
command = ["sleep", "20"]
]==]):format(seconds), names[i])
    end
    lua([==[
local clnrm = require("clnrm")
for name, call in pairs({
  spawned = function(room) room:exec({ "sleep", "20" }, { service = "app" }) end,
  started = function(room)
    local one = room:start({ "sleep", "20" }, { service = "app" })
    if one then one:wait() end
  end,
}) do
  clnrm.test(name, function(t)
    call(t:open({ image = "$busybox", services = {
      app = { image = "$busybox", command = { "sh", "-c", "sleep 0.05; exit 3" } },
    } }))
  end)
end
]==])
    local report = run()
    for _, one in ipairs(report.results) do
      assert.equal("fail", one.verdict, one.name .. ": " .. one.failures[1].message)
      assert.equal("T603", one.failures[1].code, one.name)
      assert.matches("ended with exit code 3", one.failures[1].message)
    end
    assert.equal(1, report.code)
  end)

  case("that somebody else kills are infra", function()
    file([==[
[services.app]
image = "$busybox"
command = ["sleep", "60"]
[[steps]]
name = "x"
command = ["sleep", "30"]
]==])
    place.write("kill.sh", [==[
"$CLNRM" run --backend docker -f json > report.json &
pid=$!
for i in $(seq 400); do
  id=$(docker ps -q --filter label=clnrm.pid=$pid)
  [ -n "$id" ] && break
  sleep 0.05
done
sleep 1
docker kill "$id" >/dev/null
wait $pid
echo "code $?"
]==])
    local got = docker.support.sh("sh kill.sh", { cwd = place.dir, env = {
      DOCKER_HOST = engine.host, XDG_STATE_HOME = place.dir .. "/.state",
      CLNRM = docker.support.clnrm } })
    assert.equal("code 6\n", got.out, got.err)
    assert.equal("", place.files())
  end)

  case("leave nothing when clnrm is killed", function()
    file([==[
[room]
image = "$busybox"
[services.cache]
image = "$redis"
wait = { port = 6379 }
[[steps]]
name = "x"
command = "sleep 60"
]==])
    place.write("kill.sh", [==[
"$CLNRM" run --backend docker -f events > events.jsonl &
pid=$!
for i in $(seq 400); do
  grep -q '"event":"step_begin"' events.jsonl && break
  sleep 0.05
done
[ "$(docker ps -q --filter label=clnrm.pid=$pid | wc -l)" = 2 ] && echo "two run"
kill -9 $pid
for i in $(seq 100); do
  left=$(docker ps -aq --filter label=clnrm.pid=$pid; docker network ls -q \
    --filter label=clnrm.pid=$pid)
  [ -z "$left" ] && break
  sleep 0.1
done
echo "left: $left"
]==])
    local got = docker.support.sh("sh kill.sh 2>/dev/null", { cwd = place.dir, env = {
      DOCKER_HOST = engine.host, XDG_STATE_HOME = place.dir .. "/.state",
      CLNRM = docker.support.clnrm } })
    assert.equal("two run\nleft: \n", got.out)
    docker.support.sh("while ls .state/clnrm/engines/*.jsonl; do sleep 0.1; done",
      { cwd = place.dir })
    assert.equal("", place.files())
  end)

  case("are not waited for when they will never take their signal", function()
    -- past the deadline of the run of the program, were it waited for
    local report = passes([==[
[services.app]
image = "$busybox"
command = ["sleep", "900"]
stop_timeout = "10m"
[[steps]]
name = "x"
command = ["true"]
]==])
    local told = report.results[1].services[1]
    assert.equal(9, told.signal)
    assert.is_true(told.asked)
  end)

  case("publish ports on 127.0.0.1 of this machine, and nowhere else", function()
    place.write("a.clnrm.lua", (([==[
local clnrm = require("clnrm")
clnrm.test("published", function(t)
  local room = t:open({ services = { web = { image = "$nginx", ports = { 80 },
    wait = { http = "/" },
    files = { { path = "/usr/share/nginx/html/x.txt", content = "placed" } } } } })
  local web = room:service("web")
  local port = web:port(80)
  clnrm.expect(port):gt(0)
  local answer = clnrm.http.get(room, "http://web:80/x.txt")
  clnrm.expect(answer.body):equals("placed")
  web:pause()
  web:resume()
  web:stop()
  web:start()
  clnrm.expect(clnrm.http.get(room, "http://web:80/x.txt").body):equals("placed")
  web:kill("SIGKILL")
  web:start()
  clnrm.expect(web:logs()):contains("start worker process")
end)
]==]):gsub("%$(%l+)", image)))
    local report = run()
    assert.equal(0, report.code, docker.failure(report) .. report.err)
  end)

  case("end in one stop for all who ask, also when one of them is cancelled", function()
    place.write("a.clnrm.lua", (([==[
local clnrm = require("clnrm")
clnrm.test("stopped", function(t)
  local room = t:open({ services = { app = { image = "$busybox", stop_timeout = "60s",
    command = "trap 'echo ending; sleep 0.5; echo bye; exit' TERM; echo up; "
      .. "while :; do sleep 0.02; done",
    wait = { log = "up" } } } })
  local app = room:service("app")
  local group <close> = clnrm.task.group()
  local first, second = group:spawn(app.stop, app), group:spawn(app.stop, app)
  room:wait({ log = "ending", service = "app" })
  first:cancel()
  clnrm.expect(second:join()):is_true()
  clnrm.expect(app:logs()):contains("bye")
end)
]==]):gsub("%$(%l+)", image)))
    local report = run()
    assert.equal(0, report.code, docker.failure(report) .. report.err)
  end)

  case("have limits that the engine holds", function()
    passes([==[
[services.app]
image = "$busybox"
command = ["sleep", "60"]
limits = { memory_mb = 64, pids = 30 }
tmpfs = ["/scratch:size=1m"]
ulimits = { nofile = 99 }
hostname = "here"
[[steps]]
name = "seen"
command = "hostname; ulimit -n; df -k /scratch | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2"
expect.stdout.matches = "^here\n\\d+\n1024\n$"
[[steps]]
name = "kernel"
command = """cd /sys/fs/cgroup
cat memory/memory.limit_in_bytes pids/pids.max || cat memory.max pids.max"""
expect.stdout.equals = "67108864\n30\n"
]==])
  end)

  case("fail when a process in them was out of memory, also one that nobody misses", function()
    file([==[
[services.app]
image = "$busybox"
command = ["sleep", "60"]
limits = { memory_mb = 64 }
[[steps]]
name = "x"
command = "(tail /dev/zero) 2>/dev/null; echo PASS"
expect.stdout.equals = "PASS\n"
]==])
    local report = run()
    assert.equal(1, report.code)
    assert.equal("fail", report.results[1].verdict)
    assert.matches("out of memory: the kernel killed a process of service 'app'",
      docker.failure(report))
  end)

  case("refuse what cannot be placed before the start", function()
    file([==[
[services.app]
image = "$busybox"
command = ["sleep", "60"]
tmpfs = ["/scratch"]
files = [{ path = "/scratch/x", content = "x" }]
[[steps]]
name = "x"
command = ["true"]
]==])
    local report = run()
    assert.are_not.equal(0, report.code)
    assert.matches("/scratch is a tmpfs", docker.failure(report))
  end)

  case("see volumes of the project", function()
    place.write("data/in.txt", "given")
    passes([==[
[services.app]
image = "$busybox"
command = ["sleep", "60"]
volumes = ["./data:/data:ro", { host_path = "./data", container_path = "/rw" }]
[[steps]]
name = "x"
command = "cat /data/in.txt; touch /data/x 2>/dev/null || echo no; echo out >/rw/out.txt"
expect.stdout.equals = "givenno\n"
]==])
    assert.equal("out\n", docker.support.read(place.dir .. "/data/out.txt"))
  end)
end)
