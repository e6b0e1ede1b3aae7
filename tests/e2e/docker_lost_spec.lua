--- An engine that is killed or stopped under a run: nothing is known of its containers, so nothing
--- passes, no test is blamed, and it is told once.  Stopped ones are given up sooner here.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines
local json = require("core.json")

local SOON = [==[
local builtin = require("builtin.engine.docker.pulse")
builtin.QUIET_MS, builtin.PING_MS = 500, $ping
return builtin
]==]
local PING_MS, LATE_MS = 1500, 4500 -- before, and after the timeouts of tests

local STEPS = [==[
[meta]
name = "a"
[services.app]
image = "$image"
command = ["sleep", "60"]
[[steps]]
name = "x"
command = ["sleep", "3"]
]==]

--- The service has its timeout while nobody answers.
local LUA = [==[
local clnrm = require("clnrm")
local test, expect = clnrm.test, clnrm.expect
test("a", { timeout = "3s" }, function(t)
  local room = t:open({ services = { app = { image = "$image", command = "sleep 60" } } })
  expect(room:exec("sleep 3; echo x", { service = "app" }).stdout):equals("x\n")
end)
]==]

describe("an engine that is", function()
  local engine, why, busybox

  setup(function()
    engine, why = engines.private_engine()
    if engine then
      busybox, why = engines.image("busybox", { engine = engine })
    end
  end)

  teardown(function()
    if engine then
      engine:close()
    end
  end)

  --- Runs a file, and signals the engine when an event is told; `opts.after` is a shell's.
  local function lose(name, text, event, signal, opts)
    opts = opts or {}
    local place <close> = docker.place(engine)
    place.write(name, (text:gsub("%$image", busybox)))
    docker.support.sh("mkdir -p .clnrm/override/engine/docker", { cwd = place.dir })
    place.write(".clnrm/override/engine/docker/pulse.lua", (SOON:gsub("%$ping",
      opts.ping_ms or PING_MS)))
    local env = { DOCKER_HOST = engine.host, XDG_STATE_HOME = place.dir .. "/.state",
      CLNRM_DOCKER_RUNG = opts.rung }
    local got = docker.support.sh(([==[
"$CLNRM" run --backend docker -f events > events.jsonl &
pid=$!
for i in $(seq 400); do
  grep -q '"event":"%s"' events.jsonl && break
  sleep 0.05
done
kill -%s %d
%s
wait $pid
echo "code $?"
]==]):format(event, signal, assert(engine:pid()), opts.after or ""), { cwd = place.dir, env = env })
    if signal == "KILL" then
      engine:up()
    else
      engine:signal("CONT")
    end
    local failures, verdict = {}, nil
    for line in docker.support.read(place.dir .. "/events.jsonl"):gmatch("[^\n]+") do
      local told = assert(json.decode(line))
      if told.event == "scenario_end" then
        verdict, failures = told.verdict, told.failures
      end
    end
    return { out = got.out, err = got.err, verdict = verdict, failures = failures }
  end

  local function case(name, fn)
    it(name, function()
      if not busybox then
        pending(why)
        return
      end
      fn()
    end)
  end

  local function check_told(got, words)
    assert.equal("code 6\n", got.out, got.err)
    assert.same({ "infra", 1 }, { got.verdict, #got.failures }, json.encode(got.failures))
    local one = got.failures[1]
    assert.equal("V006", one.code, one.message)
    assert.matches(words, one.message)
    assert.matches("`clnrm reap`", one.help, 1, true)
  end

  case("killed is told as that where a service runs, and the run ends", function()
    check_told(lose("a.clnrm.toml", STEPS, "step_begin", "KILL"), "nothing listens at it")
  end)

  for _, rung in ipairs({ "socket", "stdio", "exec" }) do
    case("stopped is told as that, by " .. rung, function()
      check_told(lose("a.clnrm.toml", STEPS:gsub("command = %[\"sleep\", \"3\"%]",
        '%0\nservice = "app"'), "step_begin", "STOP", { rung = rung }),
        "it stood still for 2 s")
    end)
  end

  case("stopped is never the timeout of a Lua test", function()
    for _, event in ipairs({ "service_begin", "step_begin" }) do
      check_told(lose("a.clnrm.lua", LUA, event, "STOP", { ping_ms = LATE_MS }),
        "it stood still for 5 s")
    end
  end)

  case("stopped is no timeout of a step or a scenario", function()
    for _, place in ipairs({ "scenario", "step" }) do
      local text = place == "step" and STEPS .. 'timeout = "2s"\nservice = "app"\n'
        or STEPS:gsub('name = "a"', '%0\ntimeout = "3s"') .. 'service = "app"\n'
      check_told(lose("a.clnrm.toml", text, "service_begin", "STOP", { ping_ms = LATE_MS }),
        "it stood still for 5 s")
    end
  end)

  case("stopped for a moment is waited for", function()
    local got = lose("a.clnrm.toml", STEPS .. 'service = "app"\n', "service_begin", "STOP",
      { after = ("sleep 1; kill -CONT %d"):format(engine:pid()) })
    assert.equal("code 0\n", got.out, json.encode(got.failures))
  end)
end)
