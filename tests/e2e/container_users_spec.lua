--- `user` of rooms, steps and services in containers: what `id` says from inside, whose files are,
--- and what cannot be given.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

--- Registers the specs of one engine.
---@param find fun(): tests.Engine?, string?
local function specs_of(find)
  local specs = docker.specs({ it = it, setup = setup, pending = pending }, find, { "nonroot" })

  specs:case("is whom the file names, with the groups of the image", function()
    local report = specs:run([==[
[room]
image = "$nonroot"
user = "root"
[[steps]]
name = "the room's"
command = "id -u; id -g; id -G; echo 'extra:x:77:app,other' >>/etc/group; mkdir -m 777 /place"
expect.stdout.equals = "0\n0\n0\n"
[[steps]]
name = "a name"
user = "app"
command = "id -u; id -g; id -G; echo $HOME $USER $LOGNAME; touch /place/app; kill -0 1"
expect.stdout.equals = "1000\n1000\n1000 77\n/home/app app app\n"
expected_exit_code = 1
[[steps]]
name = "a name and a group"
user = "app:extra"
command = "id -u; id -g; id -G; touch /place/extra"
expect.stdout.equals = "1000\n77\n77\n"
[[steps]]
name = "numbers that nobody has"
user = "4711:815"
command = "id -u; id -g; id -G; touch /place/numbers; grep CapEff /proc/self/status"
expect.stdout.equals = "4711\n815\n815\nCapEff:\t0000000000000000\n"
[[steps]]
name = "one number"
user = 4711
command = "id -u; id -g"
expect.stdout.equals = "4711\n0\n"
[[steps]]
name = "whose files"
command = "ls -ln /place | tail -n +2 | while read m n u g r; do echo $u $g; done; id -u"
expect.stdout.equals = "1000 1000\n1000 77\n4711 815\n0\n"
[[steps]]
name = "its end"
user = "app"
command = ["sleep", "60"]
timeout = "200ms"
]==])
    local result = report.results[1]
    assert.equal("T005", result.failures[1].code, docker.failure(report))
    for i = 1, #result.steps - 1 do
      assert.equal("pass", result.steps[i].verdict)
    end
    assert.matches("^uid 0,", result.isolation.user)
  end)

  specs:case("is whom a service names, and its steps are", function()
    local report = specs:run([==[
[services.web]
image = "$nonroot"
user = "root:77"
command = "id -u; id -g; echo up; exec sleep 60"
stop_timeout = "1ms"
wait = { log = "up" }
[[steps]]
name = "as it"
command = "id -u; id -g; cut -d' ' -f1 /proc/1/comm"
expect.stdout.equals = "0\n77\nsleep\n"
[[steps]]
name = "another"
user = "app"
command = "id -u; id -g; pwd"
expect.stdout.equals = "1000\n1000\n/home/app\n"
]==])
    assert.equal(0, report.code, docker.failure(report))
  end)

  specs:case("that nobody can be given is an error, and nothing runs", function()
    local step = '[[steps]]\nname = "x"\ncommand = "id"\n'
    local room = '[room]\nimage = "$nonroot"\n'
    local service = '[services.web]\nimage = "$nonroot"\nuser = "nosuch"\ncommand = "true"\n'
    local cases = {
      { room .. step .. 'user = "root"', "the agent may not change groups" },
      { room .. step .. 'user = "nosuch"', "there is no user 'nosuch' in its /etc/passwd" },
      { room .. 'user = "root"\n' .. step .. 'user = "app:nosuch"',
        "no group 'nosuch' in its /etc/group" },
      { room .. 'user = "nosuch"\n' .. step, "no [such ]*user" },
      { service .. step, "no [such ]*user" },
    }
    local files = {}
    for i, one in ipairs(cases) do
      files[i .. ".clnrm.toml"] = ('[meta]\nname = "%d"\n%s'):format(i, one[1])
    end
    local report = specs:run_all(files)
    assert.equal(2, report.code)
    for _, result in ipairs(report.results) do
      local says = cases[tonumber(result.name)][2]
      assert.equal("error", result.verdict, says)
      assert.equal("H009", result.failures[1].code)
      assert.matches("` cannot be had: ", result.failures[1].message)
      assert.matches(says, result.failures[1].message)
    end
    assert.equal(#cases, #report.results)
  end)

  specs:case("is one of a Lua test's commands", function()
    local report = specs:run_all({ ["a.clnrm.lua"] = [[
local clnrm = require("clnrm")
local expect = clnrm.expect
clnrm.test("as somebody", function(t)
  local room = t:open({ image = "$nonroot", user = "root" })
  expect(room:exec({ "id", "-u" }).stdout):equals("0\n")
  expect(room:exec({ "id", "-u" }, { user = "app" }).stdout):equals("1000\n")
  expect(room:start({ "id", "-u" }, { user = 4711 }):wait().stdout):equals("4711\n")
end)
]] })
    assert.equal(0, report.code, docker.failure(report))
  end)
end

describe("a user in Docker", function()
  specs_of(engines.engine)
end)

describe("a user in Podman", function()
  specs_of(engines.podman)
end)
