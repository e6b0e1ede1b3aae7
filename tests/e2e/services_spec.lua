--- Services in the run, with real servers: verdicts, exit codes, what is told, what is left behind.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local WEB = [==[
[meta]
name = "web"

[services.web]
command = ["python3", "-m", "http.server", "8080"]
wait = { http = "http://localhost:8080/" }

[[steps]]
name = "get"
command = """
python3 -c "import urllib.request as u; print(u.urlopen('http://web:8080/').status)" """
expect.stdout.equals = "200\n"
]==]

local REDIS = [==[
[meta]
name = "redis"

[services.cache]
command = ["redis-server", "--port", "6380", "--save", ""]
wait = [{ port = 6380 }, { log = "Ready to accept connections" }]
health_check = { cmd = ["redis-cli", "-p", "6380", "ping"] }

[[scenario]]
name = "one client"
[[scenario.steps]]
name = "set"
command = ["redis-cli", "-h", "cache", "-p", "6380", "set", "key", "1"]
expect.stdout.equals = "OK\n"
[[scenario.steps]]
name = "get"
command = ["redis-cli", "-h", "cache", "-p", "6380", "get", "key"]
expect.stdout.equals = "1\n"

[[scenario]]
name = "a room of its own"
run = ["sh", "-c", "test \"$(redis-cli -h cache -p 6380 get key)\" = ''"]
]==]

local NGINX = [==[
[meta]
name = "nginx"

[services.www]
command = ["nginx", "-p", "/var/lib/www", "-c", "/var/lib/www/nginx.conf"]
wait = { http = "http://localhost:8081/index.html", body = "hello from the room" }

[[services.www.files]]
path = "/var/lib/www/nginx.conf"
content = """
daemon off; pid nginx.pid; error_log stderr;
events {}
http {
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
  uwsgi_temp_path t4; scgi_temp_path t5;
  server { listen 127.0.0.1:8081; root /var/lib/www; }
}
"""
[[services.www.files]]
path = "/var/lib/www/index.html"
content = "hello from the room"

[[steps]]
name = "get"
command = """
python3 -c "import urllib.request as u; print(u.urlopen('http://www:8081/index.html').read())" """
expect.stdout.contains = "hello from the room"
]==]

local function has(program)
  return os.execute("command -v " .. program .. " >/dev/null 2>&1") == true
end

describe("a file with services", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function write(text, name)
    support.write(dir .. "/" .. (name or "t.clnrm.toml"), text)
  end

  local function run(...)
    return support.run({ "run", ... }, { cwd = dir })
  end

  --- Runs and returns the results of the JSON report.
  local function report(...)
    local got = run("--json", ...)
    local document = assert(json.decode(got.out), got.out .. got.err)
    return document.results, got
  end

  for name, case in pairs({
    ["python3"] = { text = WEB, scenarios = 1, service = "web" },
    ["redis-server"] = { text = REDIS, scenarios = 2, service = "cache" },
    ["nginx"] = { text = NGINX, scenarios = 1, service = "www" },
  }) do
    it("passes with a real server: " .. name, function()
      if not has(name) then
        pending(name .. " is not installed")
        return
      end
      write(case.text)
      local results, got = report()
      assert.equal(0, got.code, got.out .. got.err)
      assert.equal(case.scenarios, #results)
      for _, result in ipairs(results) do
        assert.equal("pass", result.verdict)
        assert.equal(1, #result.services)
        local service = result.services[1]
        assert.equal(case.service, service.name)
        assert.equal("daemon", service.kind)
        assert.is_true(service.ready_ms > 0)
        assert.is_true(service.probes >= 1)
        assert.is_true(service.asked)
        assert.is_true(service.exit_code == 0 or service.signal == 15)
        assert.is_nil(service.log)
        assert.is_nil(service.failure)
      end
    end)
  end

  it("shows services with -v, and what they printed with -vv", function()
    write(WEB)
    assert.is_nil(run().out:find("service", 1, true))
    assert.matches("service %[ +%d+%.%d+s%] web: ready %(%d+ probes?%)", run("-v").out)
    assert.matches('│ .-"GET / HTTP/1%.1" 200', run("-vv").out)
  end)

  it("tells of a service as it happens", function()
    write(WEB)
    local kinds, at = {}, {}
    for text in run("-f", "events").out:gmatch("[^\n]+") do
      local event = assert(json.decode(text))
      kinds[#kinds + 1] = event.event
      at[event.event] = event
    end
    assert.same({
      "run_begin", "scenario_begin", "room_begin", "service_begin", "service_ready", "step_begin",
      "output", "step_end", "service_end", "room_end", "scenario_end", "run_end",
    }, kinds)
    assert.same({ "python3", "-m", "http.server", "8080" }, at.service_begin.argv)
    assert.equal(at.scenario_begin.id, at.service_end.id)
    assert.matches("GET /", at.service_end.log.stderr)
  end)

  --- Files that fail: verdict, code, what the report for people shows.
  local FAILURES = {
    ["a service that ends before it is ready"] = { "fail", "T602", {
      "ended with exit code 3", "cannot bind", "exit 3", "wait = { port = 8080 }",
    }, [==[
      [meta]
      name = "x"
      [services.web]
      command = "echo starting; sleep 0.05; echo 'cannot bind' >&2; exit 3"
      wait = { port = 8080 }
      [[steps]]
      name = "s"
      command = "echo never"
    ]==] },
    ["a service that is not ready in time"] = { "timeout", "T601", {
      "last probe", "nobody listens on port 5432", "up and waiting",
    }, [==[
      [meta]
      name = "x"
      [services.db]
      command = "echo up and waiting; exec sleep 60"
      wait = { port = 5432, timeout = "300ms" }
      [[steps]]
      name = "s"
      command = "echo never"
    ]==] },
    ["a service that dies under a step"] = { "fail", "T603", {
      'step "long"', "ended with exit code 7", "dying", "stdout", "begun",
    }, [==[
      [meta]
      name = "x"
      [services.db]
      command = "echo up; while [ ! -e /tmp/begun ]; do sleep 0.01; done; echo dying; exit 7"
      wait = { log = "up" }
      [[steps]]
      name = "long"
      command = "echo begun; touch /tmp/begun; sleep 30"
    ]==] },
    ["a task that fails"] = { "fail", "T604", { "exit code 4", "no such table" }, [==[
      [meta]
      name = "x"
      [services.migrate]
      kind = "task"
      command = "echo no such table; exit 4"
      [services.db]
      command = "exec sleep 60"
      depends_on = ["migrate"]
      [[steps]]
      name = "s"
      service = "db"
      command = "echo never"
    ]==] },
    ["a program that is not there"] = { "fail", "T606", { "no-such-server" }, [==[
      [meta]
      name = "x"
      [services.db]
      command = ["no-such-server"]
      [[steps]]
      name = "s"
      command = "echo never"
    ]==] },
    ["a health check that fails"] = { "fail", "T607", { "sick", "health_check" }, [==[
      [meta]
      name = "x"
      [services.db]
      command = "exec sleep 60"
      health_check = { cmd = "echo sick; exit 1", interval = "20ms", retries = 2 }
      [[steps]]
      name = "s"
      command = "echo never"
    ]==] },
    ["a service that is killed"] = { "infra", "V004", { "SIGKILL" }, [==[
      [meta]
      name = "x"
      [services.db]
      command = "kill -9 $$"
      wait = { port = 1 }
      [[steps]]
      name = "s"
      command = "echo never"
    ]==] },
    ["the scenario's time, spent on a service"] = { "timeout", "T006", {
      "waited for service \"db\": nobody listens on port 5432",
    }, [==[
      [meta]
      name = "x"
      [services.db]
      command = "exec sleep 60"
      wait = { port = 5432 }
      [[scenario]]
      name = "s"
      timeout = "300ms"
      run = "echo never"
    ]==] },
  }
  local EXIT = { fail = 1, timeout = 1, infra = 6, error = 2 }

  for name, case in pairs(FAILURES) do
    it("says what is wrong: " .. name, function()
      write(case[4])
      local got = run("--report", "json=r.json", "--report", "junit=r.xml")
      assert.equal(EXIT[case[1]], got.code, got.out .. got.err)
      assert.matches(case[2], got.out)
      for _, words in ipairs(case[3]) do
        assert.is_truthy(got.out:find(words, 1, true), words .. " is not in\n" .. got.out)
      end
      assert.is_nil(got.out:find("never\n", 1, true))
      local result = assert(json.decode(support.read(dir .. "/r.json"))).results[1]
      assert.equal(case[1], result.verdict)
      assert.equal(1, #result.failures)
      assert.equal(case[2], result.failures[1].code)
      assert.is_table(result.services[1].log or result.services[1].failure)
      assert.matches(case[2], support.read(dir .. "/r.xml"))
    end)
  end

  it("shows the last words of its service with the failure of a step", function()
    write([==[
      [meta]
      name = "x"
      [services.db]
      command = """
echo listening; while [ ! -e /tmp/asked ]; do sleep 0.01; done
echo bad question; touch /tmp/said; exec sleep 60"""
      wait = { log = "listening" }
      [[steps]]
      name = "asks"
      command = """
touch /tmp/asked; while [ ! -e /tmp/said ]; do sleep 0.01; done; sleep 0.1; exit 5"""
    ]==])
    local got = run()
    assert.equal(1, got.code)
    assert.matches("T001", got.out)
    assert.matches("log of db.-bad question", got.out)
  end)

  it("starts only what its scenarios need, and each in a fresh room", function()
    write([==[
      [meta]
      name = "x"
      [services.one]
      command = "echo one >>log; cat log; exec sleep 60"
      wait = { file = "log" }
      [services.two]
      command = "exec sleep 60"
      [[scenario]]
      name = "first"
      service = "one"
      run = "test $(wc -l <log) = 1"
      [[scenario]]
      name = "second"
      service = "one"
      run = "test $(wc -l <log) = 1"
    ]==])
    local results, got = report()
    assert.equal(0, got.code, got.out)
    for _, result in ipairs(results) do
      assert.equal(1, #result.services)
      assert.equal("one", result.services[1].name)
    end
  end)

  --- Finds a name that the host knows by its own /etc/hosts, and a room cannot know.
  local function name_of_host()
    for line in (support.read("/etc/hosts") or ""):gmatch("[^\n]+") do
      for name in line:gsub("#.*", ""):gsub("^%s*%S+", ""):gmatch("[%w.-]+") do
        if not name:match("^localhost") and not name:match("^ip6%-") and name ~= "web" then
          return name
        end
      end
    end
    return "nowhere.invalid"
  end

  it("finds its own names in the room, and none of the host's", function()
    local host = name_of_host()
    local text = [==[
      [meta]
      name = "names"
      [services.web]
      command = "exec sleep 60"
      [[steps]]
      name = "own"
      command = """
python3 -c "
import socket
for name in ('localhost', 'web'):
    assert socket.gethostbyname(name).startswith('127.'), name
" """
      [[steps]]
      name = "files only"
      command = ["sh", "-c", "grep ^hosts: /etc/nsswitch.conf; wc -c </etc/resolv.conf"]
      expect.stdout.equals = "hosts: files\n0\n"
      [[steps]]
      name = "the host's"
      command = """
python3 -c "
import socket, sys
try:
    sys.exit('%s is ' + socket.gethostbyname('%s'))
except socket.gaierror:
    print('unknown')
" """
      expect.stdout.equals = "unknown\n"
    ]==]
    write(text:format(host, host))
    local got = run()
    assert.equal(0, got.code, got.out .. got.err)
    write((text:format("localhost", "localhost"))) -- the same look does find a name that is there
    got = run()
    assert.equal(1, got.code, got.out .. got.err)
    assert.matches("localhost is 127%.", got.out)
  end)

  it("runs twice at once, with the same ports", function()
    write(WEB)
    local got = support.sh("clnrm run >a.out 2>&1 & one=$!; clnrm run >b.out 2>&1; two=$?; "
      .. "wait $one; echo $? $two; cat a.out b.out", { cwd = dir })
    assert.matches("^0 0\n", got.out)
  end)

  it("keeps a little of a service that prints a gigabyte", function()
    write([==[
      [meta]
      name = "x"
      [services.loud]
      command = "yes a line of a log, as long as such lines are | head -c 1G; touch done; sleep 60"
      wait = { file = "done", timeout = "200s" } # two busy cores take their time for it
      [[steps]]
      name = "s"
      command = "true"
    ]==])
    local got = support.sh([[python3 -c '
import os, resource, subprocess
argv = [os.environ["CLNRM_PROGRAM"], "run", "--json"]
code = subprocess.run(argv, stdout=open("r.json", "w")).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)']],
      { cwd = dir, env = { CLNRM_PROGRAM = support.clnrm }, deadline_s = 240 })
    local code, mib = got.out:match("^(%d+) (%d+)\n")
    assert.equal("0", code, got.out .. got.err)
    if not os.getenv("ASAN_OPTIONS") then
      assert.is_true(tonumber(mib) < 200, mib .. " MiB")
    end
  end)

  --- Runs in the background until a process with this mark is there, then sends signals.
  local function interrupted(mark, kills)
    return support.sh(("set -m; %s run -j 1 >out 2>err & pid=$!; "
      .. "for i in $(seq 600); do pgrep -f '%s' >/dev/null && break; sleep 0.05; done; "
      .. "sleep 0.2; %s; wait $pid; code=$?; cat out; cat err >&2; "
      .. "pgrep -f '%s' && echo LEFT; exit $code")
      :format(support.quote(support.clnrm), mark, kills, mark), { cwd = dir })
  end

  it("leaves nothing when it is interrupted while a service starts", function()
    write([==[
      [meta]
      name = "x"
      [services.db]
      command = "sleep 61.125 & exec sleep 62.125"
      wait = { port = 5432 }
      [[steps]]
      name = "s"
      command = "true"
    ]==])
    local got = interrupted("slee[p] 61.125", "kill -USR1 $pid; sleep 0.3; kill -INT $pid")
    assert.equal(130, got.code, got.out .. got.err)
    assert.matches("awaits service db: nobody listens on port 5432", got.out)
    assert.matches("ABORT .*V003", got.out)
    assert.is_nil(got.out:find("LEFT", 1, true))
  end)

  it("leaves nothing when it is interrupted while a step runs", function()
    write([==[
      [meta]
      name = "x"
      [services.db]
      command = "exec sleep 62.25"
      [[steps]]
      name = "s"
      command = "sleep 61.25"
      timeout = "2m"
    ]==])
    local got = interrupted("slee[p] 6[12].25", "kill -INT $pid")
    assert.equal(130, got.code, got.out .. got.err)
    assert.matches("V003", got.out)
    assert.is_nil(got.out:find("T603", 1, true))
    assert.is_nil(got.out:find("LEFT", 1, true))
  end)

  it("does not wait for a stubborn service when it is interrupted while that stops", function()
    write([==[
      [meta]
      name = "x"
      [services.db]
      command = "trap 'sleep 61.375' TERM; echo up; while :; do sleep 0.05; done"
      wait = { log = "up" }
      stop_timeout = "50s"
      [[steps]]
      name = "s"
      command = "true"
    ]==])
    local got = interrupted("slee[p] 61.375", "kill -INT $pid")
    assert.equal(130, got.code, got.out .. got.err)
    assert.matches("PASS", got.out) -- the test was over
    assert.is_nil(got.out:find("LEFT", 1, true))
  end)

  it("does not count the time in which clnrm itself was stopped", function()
    write([==[
      [meta]
      name = "x"
      [services.web]
      command = "sleep 1; exec python3 -m http.server 8080"
      wait = { port = 8080, timeout = "4s" }
      [services.db]
      command = "sleep 1; echo up; exec sleep 60"
      wait = { log = "up", timeout = "4s" }
      [services.migrate]
      kind = "task"
      command = "sleep 1"
      wait = { exit = 0, timeout = "4s" }
      [[steps]]
      name = "s"
      command = "true"
    ]==])
    local got = support.sh(("set -m; %s run >out 2>err & pid=$!; "
      .. "for i in $(seq 600); do pgrep -P $(pgrep -P $pid) -f 'slee[p] 1' >/dev/null && break; "
      .. "sleep 0.02; done; kill -TSTP $pid; sleep 5; kill -CONT $pid; "
      .. "code=148; while [ $code = 148 ]; do wait $pid; code=$?; done; cat out err; exit $code")
      :format(support.quote(support.clnrm)), { cwd = dir })
    assert.equal(0, got.code, got.out)
  end)

  it("runs on in a room that is kept", function()
    write(WEB)
    local got = support.sh([[clnrm run --keep; clnrm reap --dry-run; sleep 0.1
      for pid in $(clnrm reap --dry-run | grep -o 'process [0-9]*' | cut -d' ' -f2); do
        ps --ppid $pid -o args=; done; clnrm reap]],
      { cwd = dir, env = { XDG_STATE_HOME = dir .. "/state",
        DOCKER_HOST = "unix:///nowhere" } })
    assert.matches("PASS", got.out)
    assert.matches("\npython3 %-m http%.server 8080\n", got.out)
    assert.matches("ended t%.clnrm%.toml › web", got.out)
  end)
end)
