--- What a container is shown of this machine, where that moves or goes under way.
local docker = dofile("tests/e2e/docker_support.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local proc = require("core.proc")
local task = require("core.task")

local support = docker.support

--- Moves something out of the way when it gets a signal: as fast as an engine is asked.
local MOVER = [[
import os, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: os.rename(sys.argv[1], sys.argv[1] + ".away"))
print("ready", flush=True)
while True:
    signal.pause()
]]

local function mover(path)
  local process = assert(proc.spawn({ argv = { "python3", "-S", "-c", MOVER, path } }))
  while process:stdout() ~= "ready\n" do
    task.sleep(1)
  end
  return process
end

local SIGUSR1 = 10

local SERVICE = [==[
[services.b]
image = "$image"
command = ["sh", "-c", "$does; echo ready; sleep 60"]
wait = { log = "ready" }
stop_timeout = "1ms"
$shows
[[steps]]
name = "s"
service = "b"
command = "$step"
]==]

--- A test with a service.
local function service(does, shows, step)
  return (SERVICE:gsub("%$(%l+)", { does = does, shows = shows, step = step }))
end

for _, kind in ipairs({ "docker", "podman" }) do
  describe("what a container of " .. kind .. " is shown", function()
    local real = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and docker.engines.engine or docker.engines.podman, { "busybox" })

    --- Runs tests by name, one after the other.
    local function run(place, tests, opts)
      for name, text in pairs(tests) do
        place.write(name .. ".clnrm.toml", (('[meta]\nname = %q\n'):format(name)
          .. text:gsub("%$image", real.image.busybox)))
      end
      local report, by_name = place.run({ "-j", "1" }, opts), {}
      assert.same({}, place.left(report.run.run_id))
      for _, one in ipairs(report.results) do
        by_name[one.name] = one
      end
      return by_name
    end

    local function check_error(result, words)
      local failure = result.failures[1] or {}
      assert.same({ "error", "H009" }, { result.verdict, failure.code }, failure.message)
      assert.matches(words, failure.message, 1, true)
    end

    real:case("may be moved by it, in a folder that it can write to", function()
      local place <close> = docker.place(real.engine)
      place.write("data/sub/x", "0")
      local by = run(place, { a = service("mv /data/sub /data/old",
        'volumes = ["./data:/data", "./data/sub:/sub"]', "cat /sub/x /data/old/x") })
      assert.equal("pass", by.a.verdict, (by.a.failures[1] or {}).message)
      assert.equal("0", support.read(place.dir .. "/data/old/x"))
    end)

    real:case("is no file to be placed for which a test has put a link", function()
      local place <close> = docker.place(real.engine)
      place.write("vol/key", "mine")
      local by = run(place, {
        a = service("rm /vol/key; ln -s /etc/passwd /vol/key", 'volumes = ["./vol:/vol"]', "true"),
        b = service("true", 'files = { path = "/key", from = "vol/key" }', "cat /key"),
      })
      assert.equal("pass", by.a.verdict, (by.a.failures[1] or {}).message)
      check_error(by.b, "vol/key was to be shown at /key, and it leads to /etc/passwd now")
    end)

    for _, what in ipairs({ "folder", "file" }) do
      real:case("has gone as the engine is asked to start it, and that is why: a " .. what,
        function()
          local place <close> = docker.place(real.engine)
          place.write(what == "file" and "vol" or "vol/x", "")
          local process <close> = mover(place.dir .. "/vol")
          local proxy <close> = fakes.proxy(real.engine.host, ("signal:%d@%d:%s"):format(SIGUSR1,
            process:pid(), kind == "docker" and "/start$" or "/attach"))
          local by = run(place, { a = service("true", 'volumes = ["./vol:/v"]', "true") },
            { env = { [kind == "docker" and "DOCKER_HOST" or "CONTAINER_HOST"] = proxy.host } })
          check_error(by.a, "vol was to be shown at /v, and it cannot be found any more")
          process:signal(9)
        end)
    end
  end)
end
