--- No link that a container leaves is followed on this machine.
local docker = dofile("tests/e2e/docker_support.lua")
local proc = require("core.proc")
local task = require("core.task")

local support = docker.support

-- Whatever lies in the folder of the agent's socket, each is as fast as a shell can be.
local PLANTER = [==[
[services.evil]
image = "$busybox"
wait = { log = "ready" }
command = ["sh", "-c", """
cd /run/clnrm/link
>/tmp/seen
echo ready
while :; do
  for name in *; do case $name in s | '*') ;; *) echo "$name" >>/tmp/seen ;; esac; done
  $plant
done
"""]
]==]

local STEP = [==[
[[steps]]
name = "runs all the same"
service = "evil"
command = "sort -u /tmp/seen"
expect.stdout.equals = "$seen"
]==]

--- A server of this machine that writes down who comes.
local LISTENER = [[
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print("ready", flush=True)
while True:
    s.accept()
    print("somebody came", flush=True)
]]

local function listener(path)
  local process = assert(proc.spawn({ argv = { "python3", "-S", "-c", LISTENER, path } }))
  while process:stdout() ~= "ready\n" do
    task.sleep(1)
  end
  return process
end

local function run(place, image, plant, seen)
  place.write("a.clnrm.toml", ('[meta]\nname = "a"\n' .. PLANTER .. STEP):gsub("%$(%l+)",
    { busybox = image, plant = plant, seen = seen or "" }))
  local report = place.run()
  assert.same({}, place.left(report.run.run_id))
  return report
end

for _, kind in ipairs({ "docker", "podman" }) do
  describe("what a container of " .. kind .. " leaves beside its agent's socket", function()
    local real = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and docker.engines.engine or docker.engines.podman, { "busybox" })

    real:case("is its own: nothing of this machine is written there", function()
      local place <close> = docker.place(real.engine)
      local report = run(place, real.image.busybox, ":")
      assert.equal(0, report.code, docker.failure(report) .. report.err)
    end)

    real:case("leads to no file of this machine", function()
      local place <close> = docker.place(real.engine)
      place.write("canary", "alive")
      local report = run(place, real.image.busybox,
        ("ln -s %s/canary k 2>/dev/null"):format(place.dir), "k\\n")
      assert.equal(0, report.code, docker.failure(report) .. report.err)
      assert.equal("alive", support.read(place.dir .. "/canary"))
    end)

    real:case("leads to no socket of this machine", function()
      local place <close> = docker.place(real.engine)
      local server <close> = listener(place.dir .. "/server")
      local report = run(place, real.image.busybox,
        ("test -L s || ln -s %s/server s 2>/dev/null"):format(place.dir))
      assert.equal("ready\n", server:stdout())
      server:signal(9)
      assert.equal(0, report.code, docker.failure(report) .. report.err)
    end)
  end)
end
