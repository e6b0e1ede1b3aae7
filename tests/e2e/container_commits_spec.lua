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

    --- Keeps a room, makes an image of its container, and calls `fn` with both; the room goes with
    --- `place`, and `made` is removed: ids of containers.
    local function with(fn)
      local place <close> = docker.place(real.engine)
      local image = "localhost/clnrm-test/commit:" .. require("engine.random").hex(4)
      local made = {}
      local _ <close> = setmetatable({}, { __close = function()
        place.clnrm({ "reap" })
        for _, id in ipairs(made) do
          real.engine:docker("rm", "-f", "-v", id)
        end
        real.engine:docker("rmi", image)
      end })
      place.write("a.clnrm.toml", (ROOM:gsub("IMAGE", real.image.busybox)))
      local report = place.run({ "--keep" })
      assert.equal("pass", report.results[1].verdict)
      local kept = assert(real.engine:docker("ps", "-q", "--no-trunc", "--filter",
        "label=clnrm.run=" .. report.run.run_id, "--filter", "label=clnrm.service=app"))
      local answer = real.engine:api_all({ { method = "POST", body = "{}", -- which Podman needs
        path = "/commit?container=" .. kept .. "&repo=" .. image:gsub(":", "&tag=") } })[1]
      assert.equal(201, answer.status, answer.body)
      fn(place, { run = report.run.run_id, image = image, kept = kept }, made)
    end

    real:case("is not removed with the room, nor found as a part of it", function()
      with(function(place, room, made)
        local id = assert(real.engine:docker("run", "-d", "--pull", "never", room.image, "sleep",
          "600"))
        made[1] = id
        assert.equal(room.run, real.engine:docker("inspect", "--format",
          '{{index .Config.Labels "clnrm.run"}}', id))
        local got = place.clnrm({ "services" })
        assert.equal(1, select(2, got.out:gsub("\n  app ", "")), got.out)
        got = place.clnrm({ "reap" })
        assert.equal(0, got.code, got.out .. got.err)
        assert.same({ id:sub(1, 12) }, place.left(room.run))
        got = place.clnrm({ "run", "--backend", kind })
        assert.equal(0, got.code, got.out .. got.err)
        assert.equal("data", real.engine:docker("exec", id, "cat", "/data"))
      end)
    end)

    real:case("is no service of another run", function()
      with(function(place, room, made)
        place.write("vol/x/mine", "mine")
        made[1] = assert(real.engine:docker("run", "-d", "--pull", "never", "-v",
          place.dir .. "/vol:/v", room.image, "sleep", "600"))
        assert(os.remove(place.dir .. "/a.clnrm.toml"))
        place.write("b.clnrm.toml", (ROOM:gsub("IMAGE", real.image.busybox):gsub("stop_timeout",
          'volumes = ["./vol/x:/x"]\n%0')))
        local got = place.clnrm({ "run", "--backend", kind })
        assert.equal(0, got.code, got.out .. got.err)
      end)
    end)

    real:case("is the room's own, and no service, where it is a room's", function()
      with(function(place, room)
        place.write("b.clnrm.toml", ([==[
          [meta]
          name = "b"
          [room]
          image = "%s"
          [[steps]]
          name = "reads"
          command = "cat /data"
          expect.stdout.equals = "data\n"
        ]==]):format(room.image))
        local got = place.clnrm({ "run", "--keep", "--backend", kind, "b.clnrm.toml" })
        assert.equal(0, got.code, got.out .. got.err)
        got = place.clnrm({ "services" })
        assert.equal(1, select(2, got.out:gsub("\n  app ", "")), got.out)
      end)
    end)
  end)

  describe("a container of " .. kind .. " of a kept room", function()
    local real = docker.specs({ it = it, setup = setup, pending = pending },
      kind == "docker" and docker.engines.engine or docker.engines.podman, { "busybox" })

    real:case("is removed whatever its name has become", function()
      local place <close> = docker.place(real.engine)
      place.write("a.clnrm.toml", (ROOM:gsub("IMAGE", real.image.busybox)))
      local report = place.run({ "--keep" })
      local id = assert(real.engine:docker("ps", "-q", "--filter",
        "label=clnrm.run=" .. report.run.run_id))
      assert(real.engine:docker("rename", id, "renamed-" .. id))
      local got = place.clnrm({ "reap" })
      assert.same({ 0, "" }, { got.code, got.err }, got.out)
      assert.same({}, place.left(report.run.run_id))
      assert.equal("", place.files())
    end)

    real:case("is found whatever its name has become", function()
      local place <close> = docker.place(real.engine)
      local _ <close> = setmetatable({}, { __close = function()
        place.clnrm({ "reap" })
      end })
      place.write("a.clnrm.toml", (ROOM:gsub("IMAGE", real.image.busybox)))
      local report = place.run({ "--keep" })
      local id = assert(real.engine:docker("ps", "-q", "--no-trunc", "--filter",
        "label=clnrm.run=" .. report.run.run_id))
      assert(real.engine:docker("rename", id, "renamed-" .. id))
      local got = place.clnrm({ "services" })
      assert.matches("\n  app +running .* " .. id:sub(1, 12), got.out)
      got = place.clnrm({ "shell", "latest", "--", "cat", "/data" })
      assert.same({ 0, "data\n" }, { got.code, got.out }, got.err)
      got = place.clnrm({ "services", "restart", "latest", "app" })
      assert.equal(0, got.code, got.err)
      assert.matches("\n  app +running ", got.out)
    end)
  end)
end
