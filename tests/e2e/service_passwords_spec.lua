--- The password of a service module is seen in no report, whoever printed it.
local support = dofile("tests/e2e/support.lua")

local HEAD = '[meta]\nname = "x"\n'
local PASSWORD = "hunter2 'and\" more"
local TOML_PASSWORD = [["hunter2 'and\" more"]]

--- The record of the only run, which it removes.
local function record_of(dir)
  local got = support.sh("cat .state/clnrm/runs/*.ndjson && rm -r .state", { cwd = dir })
  assert(got.code == 0, got.err)
  return got.out
end

describe("a password", function()
  local FORMATS = { "human", "json", "junit", "events" }
  -- two of them show the words of a service, which hold the password, in a failure
  local BODIES = {
    ["redis, in the log of a service that dies"] = [==[
[services.s]
password = PASSWORD
plugin = "redis"
env = { PW = PASSWORD }
command = "echo \"the password is $PW\"; exit 1"
[[steps]]
name = "s"
command = ["true"]
]==],
    ["postgres, in the words of a server that refuses the SQL"] = [==[
[services.s]
plugin = "postgres"
password = PASSWORD
init = "select hunter2 'and\" more;"
[[steps]]
name = "s"
command = ["true"]
]==],
    ["redis, of a run that passes"] = [==[
[services.s]
plugin = "redis"
password = PASSWORD
[[steps]]
name = "s"
command = ["redis-cli", "ping"]
]==],
  }
  for what, body in pairs(BODIES) do
    it("is seen in no report: " .. what, function()
      local dir = support.tempdir()
      support.write(dir .. "/x.clnrm.toml", HEAD .. body:gsub("PASSWORD", TOML_PASSWORD))
      for _, format in ipairs(FORMATS) do
        local argv = { "run", "-v", "--format", format, "x.clnrm.toml" }
        local result = support.run(argv, { cwd = dir })
        local all = result.out .. result.err
        assert.is_true(#all > 100, all)
        assert.is_nil(all:find("hunter2", 1, true), all)
        assert.is_nil(all:find(PASSWORD, 1, true), all)
      end
      support.remove(dir)
    end)
  end

  -- what others print: each says `said` before the password, which shows that it was told
  local SECRET = "hunter2secret"
  local OTHERS = {
    ["a step's output"] = { "x.clnrm.toml", HEAD .. [==[
[services.s]
plugin = "redis"
password = "hunter2secret"
[[steps]]
name = "s"
service = "s"
command = "env | grep AUTH | sed 's/^/said /'; exit 1"
]==] },
    ["an output that is cut, at both sides of what was left out"] = { "x.clnrm.toml", HEAD .. [==[
[services.s]
plugin = "redis"
password = "hunter2secret"
[[steps]]
name = "s"
service = "s"
command = """printf 'said '; head -c 32755 /dev/zero | tr '\\0' a; printf %s "$REDISCLI_AUTH"; \
  head -c 300000 /dev/zero | tr '\\0' b; \
  printf %s "$REDISCLI_AUTH"; head -c 32760 /dev/zero | tr '\\0' c; exit 1"""
]==] },
    ["the value of a check"] = { "x.clnrm.toml", HEAD .. [==[
[services.s]
plugin = "redis"
password = "hunter2secret"
[[steps]]
name = "s"
service = "s"
command = "echo said $REDISCLI_AUTH"
expect.stdout.equals = "other"
]==] },
    ["the log of another service"] = { "x.clnrm.toml", HEAD .. [==[
[services.s]
plugin = "redis"
password = "hunter2secret"
[services.t]
command = "echo said $PW; exit 1"
env = { PW = "hunter2secret" }
[[steps]]
name = "s"
command = ["true"]
]==] },
    ["a step that has it in its command"] = { "x.clnrm.toml", HEAD .. [==[
[services.s]
plugin = "redis"
password = "hunter2secret"
[[steps]]
name = "s"
service = "s"
command = "echo said; redis-cli -a hunter2secret ping >/dev/null; exit 1"
]==] },
    ["a Lua test that has it in its source"] = { "x.clnrm.lua", [==[
local clnrm = require("clnrm")
clnrm.test("a", function(t)
  t:open({ services = { s = clnrm.service.redis({ password = "hunter2secret" }) } })
  t:log("said hunter2secret")
  t:fail("on purpose: " .. #"hunter2secret")
end)
]==] },
    ["the log of a Lua test"] = { "x.clnrm.lua", [==[
local clnrm = require("clnrm")
local password = ("terces2retnuh"):reverse()
local function open(t)
  return t:open({ services = { s = clnrm.service.redis({ password = password }) } })
end




clnrm.test("a", function(t)
  open(t)
  t:log("said " .. password)
  t:fail("on purpose")
end)
]==] },
    ["the diff of a Lua test"] = { "x.clnrm.lua", [==[
local clnrm = require("clnrm")
local password = ("terces2retnuh"):reverse()
local function open(t)
  return t:open({ services = { s = clnrm.service.redis({ password = password }) } })
end




clnrm.test("a", function(t)
  open(t)
  clnrm.expect("one\nsaid " .. password .. "\n"):equals("one\ntwo\n")
end)
]==] },
    ["a wait of a room that is for no service"] = { "x.clnrm.lua", [==[
local clnrm = require("clnrm")
local password = ("terces2retnuh"):reverse()
local function open(t)
  return t:open({ services = { s = clnrm.service.redis({ password = password }) } })
end




clnrm.test("a", function(t)
  local room = open(t)
  room:wait({ cmd = "echo said " .. password .. "; exit 1", timeout = "300ms" })
end)
]==] },
  }
  for what, case in pairs(OTHERS) do
    it("is not seen in " .. what, function()
      local dir = support.tempdir()
      support.write(dir .. "/" .. case[1], case[2])
      for _, format in ipairs(FORMATS) do
        local result = support.run({ "run", "-vv", "--format", format, case[1] },
          { cwd = dir, env = { XDG_STATE_HOME = dir .. "/.state" } })
        local all = result.out .. result.err
        assert.is_true(result.code == 1, all:sub(1, 4000))
        all = all .. record_of(dir)
        assert.truthy(all:find("said", 1, true), all:sub(1, 4000))
        for n = 4, #SECRET do
          local at = all:find(SECRET:sub(1, n), 1, true) or all:find(SECRET:sub(-n), 1, true)
          assert.is_nil(at, at and what .. ": " .. all:sub(math.max(1, at - 200), at + 200))
        end
        local is_left_out = what:find("cut") and format == "junit" -- which shows less of it
        assert.truthy(is_left_out or all:find("***", 1, true), all:sub(1, 4000))
      end
      support.remove(dir)
    end)
  end
end)
