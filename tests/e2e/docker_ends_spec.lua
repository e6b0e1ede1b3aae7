--- Services that are containers and end just before somebody would stop them: never a pass.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

local ROOMS = 5 -- of the same test: each has the ends told to it in an order of its own

describe("a service of Docker that ends", function()
  local engine, why, redis, busybox

  setup(function()
    engine, why = engines.engine()
    if engine then
      redis, why = engines.image("redis")
    end
    if redis then
      busybox, why = engines.image("busybox")
    end
  end)

  --- Runs the same test in several rooms; returns how each ended.
  local function outcomes(text, env)
    local place <close> = docker.place(engine)
    text = text:gsub("%$(%l+)", { redis = redis, busybox = busybox })
    for i = 1, ROOMS do
      place.write(("t%d.clnrm.toml"):format(i), ('[meta]\nname = "t%d"\n'):format(i) .. text)
    end
    local report = place.run({ "-j", "2" }, { env = env })
    assert.same({}, place.left(report.run.run_id))
    local list = {}
    for i, one in ipairs(report.results) do
      local failure = one.failures[1] or {}
      list[i] = ("%s %s"):format(one.verdict, failure.code or "-")
    end
    return list
  end

  local function each(outcome)
    local list = {}
    for i = 1, ROOMS do
      list[i] = outcome
    end
    return list
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

  case("by itself as the last step ends has not been stopped", function()
    assert.same(each("fail T603"), outcomes([==[
[room]
image = "$redis"
[services.s]
image = "$redis"
wait = { port = 6379 }
[[steps]]
name = "x"
command = "redis-cli -h s shutdown; exit 0"
]==]))
  end)

  case("by a signal of the last step has not been stopped", function()
    assert.same(each("fail T603"), outcomes([==[
[services.s]
image = "$busybox"
command = ["sh", "-c", "trap 'exit 3' TERM; echo up; sleep 60 & wait"]
wait = { log = "up" }
[[steps]]
name = "x"
service = "s"
command = "kill -TERM 1; exit 0"
]==]))
  end)

  case("under a step of the last rung is blamed, and not what its end did to the step", function()
    assert.same(each("fail T603"), outcomes([==[
[services.s]
image = "$busybox"
command = ["sh", "-c", "echo up; sleep 1; exit 0"]
wait = { log = "up" }
[[steps]]
name = "x"
service = "s"
command = "sleep 4"
should_fail = true
]==], { CLNRM_DOCKER_RUNG = "exec" }))
  end)
end)
