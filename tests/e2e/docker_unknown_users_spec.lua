--- An image that is to run as somebody whom it does not know: the image is wrong, and not the
--- machine, so it is an error with that name, of a room as of a service.
local docker = dofile("tests/e2e/docker_support.lua")
local json = require("core.json")
local engines = docker.engines

local FIND = { docker = engines.engine, podman = engines.podman }
local USERS = { nosuch = "no user 'nosuch' in its /etc/passwd",
  ["0:nosuch"] = "no group 'nosuch' in its /etc/group" }

for _, kind in ipairs({ "docker", "podman" }) do
  describe("an image with an unknown USER in " .. kind, function()
    it("is told by its name, as a room and as a service", function()
      local engine, why = FIND[kind]()
      if not engine then
        return pending(why)
      end
      local place <close> = docker.place(engine)
      local wanted = {}
      for user, words in pairs(USERS) do
        local image = assert(engines.image("busybox", { engine = engine,
          config = json.encode({ User = user, Cmd = { "sleep", "60" } }) }))
        for what, table_ in pairs({ room = "[room]", service = "[services.app]" }) do
          local file = ("%s_%s.clnrm.toml"):format(what, user:gsub("%W", ""))
          place.write(file, ('[meta]\nname = "x"\n%s\nimage = %q\n[[steps]]\nname = "x"\n'
            .. 'command = "true"\n'):format(table_, image))
          wanted[file] = words
        end
      end
      local report = place.run()
      for _, one in ipairs(report.results) do
        local failure = one.failures[1] or {}
        assert.same({ "error", "H009" }, { one.verdict, failure.code },
          one.file .. ": " .. tostring(failure.message))
        assert.matches(wanted[one.file], failure.message, 1, true)
        wanted[one.file] = nil
      end
      assert.same({}, wanted)
      assert.equal("", place.files())
    end)

    it("is told by its name where the engine itself starts a step as somebody", function()
      local engine, why = FIND[kind]()
      if not engine then
        return pending(why)
      end
      local place <close> = docker.place(engine)
      local image = assert(engines.image("busybox", { engine = engine }))
      for user, words in pairs(USERS) do
        place.write("a.clnrm.toml", ('[meta]\nname = "x"\n[room]\nimage = %q\n[[steps]]\n'
          .. 'name = "x"\nuser = %q\ncommand = "true"\n'):format(image, user))
        local report = place.run({}, { env = { CLNRM_DOCKER_RUNG = "exec" } })
        local failure = report.results[1].failures[1] or {}
        assert.same({ "error", "H009" }, { report.results[1].verdict, failure.code },
          failure.message)
        assert.matches(words, failure.message, 1, true)
      end
    end)
  end)
end
