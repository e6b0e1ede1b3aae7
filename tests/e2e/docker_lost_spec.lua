--- An engine that is killed under a run: nothing is known of its containers, so nothing passes.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines
local json = require("core.json")

describe("an engine that is killed", function()
  it("is infra where a service runs, and the run ends", function()
    local engine, why = engines.private_engine()
    local busybox
    if engine then
      busybox, why = engines.image("busybox", { engine = engine })
    end
    if not busybox then
      pending(why)
      return
    end
    local closer <close> = engine
    assert(closer)
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", ([==[
[meta]
name = "a"
[services.app]
image = "$image"
command = ["sleep", "60"]
[[steps]]
name = "x"
command = ["sleep", "3"]
]==]):gsub("%$image", busybox))
    local got = docker.support.sh(([==[
"$CLNRM" run --backend docker -f events > events.jsonl &
pid=$!
for i in $(seq 400); do
  grep -q '"event":"step_begin"' events.jsonl && break
  sleep 0.05
done
kill -9 %d
wait $pid
echo "code $?"
]==]):format(assert(engine:pid())), { cwd = place.dir, env = { DOCKER_HOST = engine.host,
      XDG_STATE_HOME = place.dir .. "/.state" } })
    assert.equal("code 6\n", got.out, got.err)
    local verdict, message
    for line in docker.support.read(place.dir .. "/events.jsonl"):gmatch("[^\n]+") do
      local event = assert(json.decode(line))
      if event.event == "scenario_end" then
        verdict, message = event.verdict, event.failures[1].message
      end
    end
    assert.equal("infra", verdict)
    assert.matches("was lost", message)
  end)
end)
