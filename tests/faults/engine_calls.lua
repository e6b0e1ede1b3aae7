--- For specs: an engine that is killed, or stopped, as each kind of call of a run reaches it.
--- Nothing of that passes, the run ends in its time, and nothing is left when the engine is back.
local assert = require("luassert")
local docker = dofile("tests/e2e/docker_support.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local json = require("core.json")
local task = require("core.task")

local M = {}

local CLEAN_TRIES, PAUSE_MS = 300, 100
local SIGKILL, SIGSTOP = 9, 19

--- How long a run may take, at most: F2 and F3 beside a load.
local FAULTS = {
  { name = "killed", signal = SIGKILL, run_s = 60, back = "up" },
  { name = "stopped", signal = SIGSTOP, run_s = 75, back = "CONT" },
}

--- Each kind of call of a run of two services and two steps; those of the last are made when the
--- verdict is known, and are of what has to be gone.
local CALLS = {
  "GET .*/_ping", "GET .*/images/", "POST .*/networks/create", "POST .*/containers/create",
  "PUT .*/archive", "POST .*/attach", "POST .*/start", "POST .*/exec$", "POST .*/exec/.*/start",
  "POST .*/wait", "GET .*/containers/.*/json", "POST .*/kill", "DELETE .*/containers/",
  "DELETE .*/networks/",
}

local FILE = [==[
[meta]
name = "a"
[services.web]
image = "$image"
command = "httpd -p 8080 -h /etc; trap 'exit 0' TERM; while :; do sleep 0.1; done"
files = [{ path = "/etc/x", content = "x" }]
wait = { port = 8080 }
[services.client]
image = "$image"
command = ["sleep", "600"]
stop_timeout = "100ms"
depends_on = ["web"]
[[steps]]
name = "asks"
service = "client"
command = ["wget", "-qO-", "http://web:8080/x"]
expect.stdout.equals = "x"
[[steps]]
name = "lives"
service = "client"
command = ["true"]
]==]

--- Whether a scenario was told to be lost with its engine, once.
local function is_blamed_on_engine(failures)
  for _, one in ipairs(failures) do
    if one.code ~= "V006" then
      return false, one.code .. ": " .. one.message
    end
  end
  return #failures == 1, #failures .. " failures"
end

--- Runs the file while the engine suffers a fault, and waits until nothing of it is left.
local function try(kind, fault, call)
  local engine <close> = assert(docker.engines.private_engine({ kind = kind }))
  local image = assert(docker.engines.image("busybox", { engine = engine }))
  local place <close> = docker.place(engine)
  place.write("a.clnrm.toml", (FILE:gsub("%$image", image)))
  local proxy <close> = fakes.proxy(engine.host,
    ("signal:%d@%d:%s"):format(fault.signal, assert(engine:pid()), call))
  local got = docker.support.run({ "run", "--backend", kind, "-f", "json" }, {
    cwd = place.dir, deadline_s = fault.run_s,
    env = { [kind == "podman" and "CONTAINER_HOST" or "DOCKER_HOST"] = proxy.host,
      XDG_STATE_HOME = place.dir .. "/.state" },
  })
  local report = assert(json.decode(got.out), got.out .. got.err)
  local result = report.results[1]
  assert.same({ 6, "infra" }, { got.code, result.verdict }, docker.failure(report))
  assert(is_blamed_on_engine(result.failures))
  if fault.back == "up" then
    engine:up()
  else
    engine:signal(fault.back)
  end
  local left, files
  for _ = 1, CLEAN_TRIES do
    left, files = place.left(report.run.run_id), place.files()
    if #left == 0 and files == "" then
      break
    end
    task.sleep(PAUSE_MS)
  end
  assert.same({}, left)
  assert.equal("", files)
end

--- Registers the examples of one engine.
---@param busted { describe: function, it: function } of the spec
---@param kind "docker"|"podman"
function M.register(busted, kind)
  for _, fault in ipairs(FAULTS) do
    busted.describe(("%s that is %s at"):format(kind, fault.name), function()
      for _, call in ipairs(CALLS) do
        busted.it(call .. " is infra, and leaves nothing when it is back", function()
          try(kind, fault, call)
        end)
      end
    end)
  end
end

return M
