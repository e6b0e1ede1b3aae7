--- An engine that takes the first connection of a run and never says a word: it is that which is
--- told, not an image that is missing.  The engines are scripted.
local fakes = dofile("tests/lua/docker/fakes.lua")
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local FILE = [==[
[meta]
name = "a"
[room]
image = "localhost/none:1"
[[steps]]
name = "x"
command = ["true"]
]==]

--- Runs a file with each engine at the same time.
local RUNS = [==[
for engine in docker podman; do
  { clnrm run --backend $engine -f json >$engine.json 2>&1; echo "$engine $?" >$engine.code; } &
done
wait
cat *.code]==]

describe("an engine that takes the first connection of a run and", function()
  local function check(rule, words)
    local dir = support.tempdir()
    finally(function()
      support.remove(dir)
    end)
    support.write(dir .. "/a.clnrm.toml", FILE)
    local fake <close> = fakes.engine({ rule })
    local got = support.sh(RUNS, { cwd = dir,
      env = { DOCKER_HOST = fake.host, CONTAINER_HOST = fake.host } })
    assert.equal("docker 6\npodman 6\n", got.out, got.err)
    for engine, people in pairs({ docker = "Docker", podman = "Podman" }) do
      local text = support.read(("%s/%s.json"):format(dir, engine))
      local result = assert(json.decode(text), text).results[1]
      local one = result.failures[1]
      assert.same({ "infra", 1, "V006" }, { result.verdict, #result.failures, one.code })
      assert.equal(("%s does not answer: it took the connection, and %s (%s)"):format(people,
        words, fake.host), one.message)
      assert.matches(("does `%s info` hang"):format(engine), one.help, 1, true)
    end
  end

  it("says nothing stands still", function()
    check({ hang = true }, "said nothing for 10 s")
  end)

  it("ends it was lost", function()
    check({ raw = "" }, "ended it without a word")
  end)
end)
