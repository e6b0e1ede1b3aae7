--- Whose fault it is that a container cannot be made: the file's (error), or the engine's (infra).
local docker = dofile("tests/e2e/docker_support.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local engines = docker.engines

local SERVICE = [==[
[meta]
name = "a"
[services.app]
image = "$image"
command = ["sleep", "60"]
stop_timeout = "1s"
$more
[[scenario]]
name = "a"
expect_failure = true
[[scenario.steps]]
name = "x"
service = "app"
command = "true"
]==]

local ROOM = [==[
[meta]
name = "a"
[room]
image = "$image"
[limits]
$more
[[steps]]
name = "x"
command = "true"
]==]

-- A client whose answers to some calls are others: $path is a pattern, $answer a value of Lua.
local ODD = [==[
local client = require("builtin.engine.docker.client")
local connect = client.connect
function client.connect(...)
  local made, err = connect(...)
  local call = made and made.call
  local function odd(self, method, path, opts)
    local body, status = call(self, method, path, opts)
    if body and path:match("^/containers/%x+$path$") then
      return $answer, status
    end
    return body, status
  end
  if made then
    made.call = odd
  end
  return made, err
end
return client
]==]

describe("a container that Docker does not make", function()
  local engine, why = engines.engine()
  local image
  if engine then
    image, why = engines.image("busybox")
  end

  --- Runs a file; returns exit code, code and message of its first failure.
  local function run(text, more, fault, odd)
    local place <close> = docker.place(engine)
    if odd then
      place.write(".clnrm/override/engine/docker/client.lua", (ODD:gsub("%$(%l+)", odd)))
    end
    place.write("a.clnrm.toml", (text:gsub("%$(%l+)", { image = image, more = more })))
    local proxy <close> = fakes.proxy(engine.host, table.unpack({ fault }))
    local report = place.run({}, { env = { DOCKER_HOST = proxy.host } })
    local failure = report.results[1].failures[1] or {}
    assert.same({}, place.left(report.run.run_id))
    return report.code, failure.code, failure.message
  end

  local function case(name, fn)
    it(name, function()
      if not image then
        pending(why)
        return
      end
      fn()
    end)
  end

  for name, text in pairs({ ["a service"] = SERVICE, ["a room"] = ROOM }) do
    case(("is an error of the file where a setting is refused: %s"):format(name), function()
      local more = text == ROOM and "memory_mb = 1" or "limits = { memory_mb = 1 }"
      local exit, code, message = run(text, more)
      assert.same({ 2, "H009" }, { exit, code }, message)
      assert.matches("Minimum memory limit", message)
    end)
  end

  for name, fault in pairs({
    ["its creation fails"] = "put:/containers/create=/containers/nosuch:/containers/create",
    ["its outputs cannot be had"] = "put:/attach=/nosuch:/attach",
    ["its start fails"] = "put:/start=/nosuc:/containers/.*/start",
    ["nobody hears that it was made"] = "cut:0:/containers/create",
  }) do
    case("is infra where " .. name, function()
      local exit, code, message = run(SERVICE, "", fault)
      assert.same({ 6, "V002" }, { exit, code }, message)
    end)
  end

  for name, odd in pairs({
    ["inspect is an empty object"] = { path = "/json", answer = "{}" },
    ["inspect has other types"] = { path = "/json",
      answer = '{ State = 5, HostConfig = {}, Config = "x" }' },
    ["an exec has no id"] = { path = "/exec", answer = "{ Id = {} }" },
  }) do
    for where, text in pairs({ ["a service"] = SERVICE, ["a room"] = ROOM }) do
      if text == SERVICE or odd.path == "/json" then
        case(("is infra, and no bug of clnrm, where %s: %s"):format(name, where), function()
          local more = text == ROOM and "pids = 100" or ""
          local exit, code, message = run(text, more, nil, odd)
          assert.equal(6, exit, message)
          assert.matches("^V00[12]$", code)
          assert.matches("the engine's answer", message)
        end)
      end
    end
  end
end)
