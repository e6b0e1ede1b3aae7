--- A clnrm that is killed in the middle of faults leaves nothing of them.
local cgroup = require("core.cgroup")
local docker = dofile("tests/e2e/docker_support.lua")
local support = docker.support
local engines = docker.engines

--- Runs clnrm until an event has come so often, kills it with SIGKILL, and says which run it was.
local function killed(dir, options, event, count, env)
  local words = {}
  for name, value in pairs(env) do
    words[#words + 1] = name .. "=" .. support.quote(value)
  end
  local got = support.sh(("set -m; %s %s run -f events %s >e.ndjson 2>err & pid=$!; "
    .. "for i in $(seq 1200); do [ \"$(grep -c %s e.ndjson)\" -ge %d ] && break; sleep 0.05; done; "
    .. "kill -9 $pid; wait $pid; echo $?; grep -c %s e.ndjson; head -n 1 e.ndjson")
    :format(table.concat(words, " "), support.quote(support.clnrm), options, event, count, event),
    { cwd = dir, deadline_s = 100 })
  local code, seen, first = got.out:match("^(%d+)\n(%d+)\n(.*)$")
  assert.equal("137", code, got.out) -- it was alive
  assert.is_true(tonumber(seen) >= count, got.out .. got.err .. (support.read(dir .. "/err") or ""))
  return assert(first:match('"run_id":"(%x+)"'), first)
end

--- Waits until something is so, for a minute at most.
local function eventually(is_so)
  for _ = 1, 600 do
    if is_so() then
      return true
    end
    support.sh("sleep 0.1")
  end
  return false
end

describe("a clnrm that is killed under faults leaves nothing", function()
  it("of the sandbox: no process", function()
    local dir = support.tempdir()
    local can_limit = cgroup.detect().memory.version ~= nil
    support.write(dir .. "/a.clnrm.toml", [==[
meta.name = "a"
[services.cache]
plugin = "redis"
env = { MARK = "chaos-killed" }
tmpfs = ["/data:size=1m"]
]==] .. (can_limit and [==[
limits = { memory_mb = 64 }
[[fault]]
kind = "memory"
memory_mb = 32
service = "cache"
]==] or "") .. [==[
[[fault]]
kind = "disk_full"
path = "/data"
service = "cache"
[[fault]]
kind = "net_delay"
delay = "1s"
service = "cache"
[[fault]]
kind = "pause"
service = "cache"
[[steps]]
name = "sleeps"
command = ["sleep", "60"]
]==])
    killed(dir, "", "fault_begin", can_limit and 4 or 3, support.NO_ENGINE)
    assert.is_true(eventually(function()
      return support.sh("grep -ls MARK=chaos-killed /proc/[0-9]*/environ").out == ""
    end))
    support.remove(dir)
  end)

  it("of Docker: no container, no relay, no network", function()
    local engine, why = engines.engine()
    local image
    if engine then
      image, why = engines.image("redis", { engine = engine })
    end
    if not image then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", ([==[
meta.name = "a"
[room]
image = "$image"
[services.cache]
image = "$image"
wait = { port = 6379 }
[[fault]]
kind = "net_delay"
delay = "1s"
service = "cache"
[[fault]]
kind = "net_partition"
service = "cache"
[[steps]]
name = "sleeps"
command = ["sleep", "60"]
]==]):gsub("%$image", image))
    local run = killed(place.dir, "--backend docker", "fault_begin", 2,
      { DOCKER_HOST = engine.host, XDG_STATE_HOME = place.dir .. "/.state" })
    assert.is_true(eventually(function()
      return #place.left(run) == 0
    end))
  end)
end)
