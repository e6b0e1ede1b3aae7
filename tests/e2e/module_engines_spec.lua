--- The service modules in Docker, over images with the conventions of the official ones.
local modules = dofile("tests/e2e/module_support.lua")

local docker = modules.docker

-- a module of the project's own, and what stands in its place where an engine runs it
local OWN = [==[
return {
  image = "$image",
  options = { word = { type = "text", default = "moin" } },
  spec = function(o)
    return { command = { "sh", "-c", "echo host; sleep 60" }, step_env = { WORD = o.word } }
  end,
  in_image = function(o)
    return { command = { "sh", "-c", "echo image; sleep 60" }, env = { MINE = o.word },
      wait = { log = "image" }, step_env = { WORD = o.word, PATH = "/opt:/bin" } }
  end,
}
]==]

local OWN_TOML = [==[
[meta]
name = "own"
[services.it]
plugin = "own"
word = "hello"
[[steps]]
name = "sees"
command = "echo $WORD $MINE; tr '\\0' '\\n' </proc/1/environ | grep -c WORD"
expect.stdout.equals = "hello hello\n0\n"
expected_exit_code = 1
]==]

local OWN_LUA = [==[
local clnrm = require("clnrm")
clnrm.test("own", function(t)
  local room = t:open({ services = {
    it = clnrm.service.own({ word = "hi", command = { "sh", "-c", "echo image mine; sleep 60" } }),
    cache = clnrm.service.redis({ image = "$redis", password = "hunter2", port = 7001 }),
  } })
  clnrm.expect(room:exec("echo $WORD", { service = "it" }).stdout):equals("hi\n")
  clnrm.expect(room:exec("redis-cli -p 7001 ping", { service = "cache" }).stdout):equals("PONG\n")
  clnrm.expect(room:exec("redis-cli -h cache -p 7001 ping", { service = "cache", env = {
    REDISCLI_AUTH = "wrong" } }).stderr):contains("WRONGPASS")
  clnrm.expect(room:service("it"):logs()):contains("image mine")
end)
]==]

describe("a service module in Docker", function()
  local engine, why = modules.engines.engine()

  local function case(name, fn)
    it(name, function()
      if not engine then
        pending(why)
        return
      end
      fn()
    end)
  end

  for _, name in ipairs({ "redis", "http", "nginx", "postgres", "prometheus" }) do
    case("works, and ends with its room: " .. name, function()
      modules.check(name, engine)
    end)
  end

  case("works without an agent: a port that is declared alone needs none", function()
    modules.check("redis", engine, nil, { CLNRM_DOCKER_RUNG = "exec" })
  end)

  case("is its own image where the file names none, in TOML and in Lua", function()
    local place <close> = docker.place(engine)
    local values = {
      image = assert(modules.engines.image("busybox")),
      redis = assert(modules.engines.image("redis")),
    }
    place.write("clnrm.toml", "[project]\n")
    place.write("services/own.lua", (OWN:gsub("%$(%l+)", values)))
    place.write("a.clnrm.toml", OWN_TOML)
    place.write("b.clnrm.lua", (OWN_LUA:gsub("%$(%l+)", values)))
    local report = place.run({ "-j", "2" })
    assert.equal(0, report.code, modules.failures(report))
    assert.equal(2, #report.results)
    assert.matches("by Docker", report.results[1].isolation.fs)
    assert.same({}, place.left(report.run.run_id))
  end)
end)
