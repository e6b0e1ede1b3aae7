--- What is told when the server of a service module does not come up: a wrong option, a port that
--- something else holds, an end after its agent came.
local json = require("core.json")
local docker = dofile("tests/e2e/docker_support.lua")

local STEP = '[[steps]]\nname = "x"\nservice = "it"\ncommand = ["true"]\n'

--- What is wrong, and what must be told of it: the code, and a text of the whole failure.
local WRONG = {
  { "redis", 'args = ["--no-such", "1"]', "T602", "Bad directive or wrong number of arguments" },
  { "http", 'args = ["--no-such"]', "T602", "unrecognized arguments: --no-such" },
  { "nginx", 'server = "no_such on;"', "T602", [[unknown directive \"no_such\"]] },
  { "postgres", 'args = ["-c", "no_such=1"]', "T602",
    [[unrecognized configuration parameter \"no_such\"]] },
  { "postgres", 'init = "create tabel t;"', "T608", [[syntax error at or near \"tabel\"]] },
  { "mariadb", 'args = ["--no-such"]', "T602", "unknown option '--no-such'" },
  { "mariadb", 'init = "create tabel t;"', "T608", "You have an error in your SQL syntax" },
  { "prometheus", 'rules = "nonsense"', "T602", "cannot unmarshal !!str `nonsense`" },
}

--- Runs a file that must fail, and returns its first failure.
local function failure_of(place, text)
  place.write("a.clnrm.toml", '[meta]\nname = "a"\n' .. text .. STEP)
  local report = place.run(nil, { backend = place.engine.backend })
  local failure = report.results[1].failures[1]
  return failure, report
end

describe("a service module in the sandbox", function()
  local place

  before_each(function()
    place = docker.place({ kind = "docker", host = "unix:///nowhere", backend = "sandbox" })
  end)
  after_each(function()
    place.close()
  end)

  it("that is given what its server refuses tells the server's own words", function()
    for _, case in ipairs(WRONG) do
      local failure = failure_of(place,
        ('[services.it]\nplugin = "%s"\n%s\n'):format(case[1], case[2]))
      assert.same({ case[1], case[3] }, { case[1], failure.code }, json.encode(failure))
      assert.truthy(json.encode(failure):find(case[4], 1, true), json.encode(failure))
    end
  end)

  it("that finds its port taken says who has it, or what its server says", function()
    for name, port in pairs({ redis = 6379, http = 8000, nginx = 8080, postgres = 5432,
      mariadb = 3306, prometheus = 9090 }) do
      local failure = failure_of(place, ([==[
[services.other]
command = """python3 -I -S -c 'import socket, time
taken = socket.create_server(("127.0.0.1", %d))
print("taken", flush=True); time.sleep(60)'"""
wait = { log = "taken" }
[services.it]
plugin = "%s"
depends_on = ["other"]
]==]):format(port, name))
      assert.same({ name, "T602" }, { name, failure.code }, json.encode(failure))
      assert.truthy(json.encode(failure):lower():find("address already in use"),
        json.encode(failure))
    end
  end)
end)

describe("a service in Docker", function()
  local engine, why = docker.engines.engine()
  local busybox
  if engine then
    busybox, why = docker.engines.image("busybox")
  end

  it("that ends while it is waited for has failed; its room is not lost", function()
    if not busybox then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    local text = '[meta]\nname = "a"\n'
    for i, wait in ipairs({ "{ port = 80 }", '{ http = "http://localhost:80/" }',
      '{ cmd = ["false"] }' }) do
      text = text .. ([==[
[services.s%d]
image = "%s"
command = "sleep 3; echo broken; exit 3"
wait = %s
[[scenario]]
name = "s%d"
steps = [{ name = "x", service = "s%d", command = ["true"] }]
]==]):format(i, busybox, wait, i, i)
    end
    place.write("a.clnrm.toml", text)
    local report = place.run({ "-j", "3" })
    assert.equal(1, report.code)
    assert.equal(3, #report.results)
    for _, result in ipairs(report.results) do
      local failure = result.failures[1]
      assert.equal("T602", failure.code, json.encode(failure))
      assert.matches("ended with exit code 3", failure.message)
    end
  end)
end)
