--- Containers of an image that somebody made of a room's container: they have its labels.
local docker = dofile("tests/e2e/docker_support.lua")

local ROOM = [==[
[meta]
name = "a"
[services.app]
image = "IMAGE"
command = "exec sleep 600"
stop_timeout = "1ms"
[[steps]]
name = "writes"
service = "app"
command = "echo data >/data"
]==]

for _, kind in ipairs({ "docker", "podman" }) do
  describe("a container of " .. kind .. " whose image was made of one of a room", function()
    local real = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and docker.engines.engine or docker.engines.podman, { "busybox" })

    real:case("is not removed with the room, nor found as a part of it", function()
      local place <close> = docker.place(real.engine)
      local image = "localhost/clnrm-test/commit:" .. require("engine.random").hex(4)
      local id
      local _ <close> = setmetatable({}, { __close = function()
        place.clnrm({ "reap" })
        if id then
          real.engine:docker("rm", "-f", "-v", id)
        end
        real.engine:docker("rmi", image)
      end })
      place.write("a.clnrm.toml", (ROOM:gsub("IMAGE", real.image.busybox)))
      local report = place.run({ "--keep" })
      assert.equal("pass", report.results[1].verdict)
      local kept = assert(real.engine:docker("ps", "-q", "--no-trunc", "--filter",
        "label=clnrm.run=" .. report.run.run_id, "--filter", "label=clnrm.service=app"))
      local made = real.engine:api_all({ { method = "POST", body = "{}", -- which Podman needs
        path = "/commit?container=" .. kept .. "&repo=" .. image:gsub(":", "&tag=") } })[1]
      assert.equal(201, made.status, made.body)
      id = assert(real.engine:docker("run", "-d", "--pull", "never", image, "sleep", "600"))
      assert.equal(report.run.run_id, real.engine:docker("inspect", "--format",
        '{{index .Config.Labels "clnrm.run"}}', id))
      local got = place.clnrm({ "services" })
      assert.equal(1, select(2, got.out:gsub("\n  app ", "")), got.out)
      got = place.clnrm({ "reap" })
      assert.equal(0, got.code, got.out .. got.err)
      assert.same({ id:sub(1, 12) }, place.left(report.run.run_id))
      got = place.clnrm({ "run", "--backend", kind })
      assert.equal(0, got.code, got.out .. got.err)
      assert.equal("data", real.engine:docker("exec", id, "cat", "/data"))
    end)
  end)
end
