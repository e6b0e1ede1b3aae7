--- The project is taken away or replaced by before_all, behind which its room is to be made again:
--- one code tells of it, whatever the room and whatever stands there.
local docker = dofile("tests/e2e/docker_support.lua")

local FILE = [==[
[meta]
name = "z"
[room]
$room
[hooks]
before_all = { command = "cd .. && $change", on = "host" }
$service
[[steps]]
name = "s"
command = "true"
$step
]==]

local SERVICE = '[services.a]\n$image\ncommand = ["sleep", "100"]\nstop_timeout = "1ms"\n'

local CHANGES = {
  ["nothing"] = { "mv x away", "it cannot be found any more" },
  ["a link to another folder"] = { "mv x away && ln -s other x", "it leads to .*/other now" },
  ["a link to itself"] = { "mv x away && ln -s away x", "it leads to .*/away now" },
  ["a file"] = { "mv x away && echo >x", "it is no folder any more" },
}

local ROOMS = {
  ["is shown"] = { room = "$image" },
  ["is shown to rooms which are used again"] = { room = '$image\nreuse = "verified"' },
  ["is copied for each room"] = { room = '$image\nproject = "copy"' },
  ["is shown where the step runs in a service"] = { room = "$image", service = SERVICE,
    step = 'service = "a"' },
}

--- Runs the file in a project that is replaced, and looks at what is told of it.
local function check(place, parts, change, opts)
  place.write("other/word", "x")
  place.write("x/clnrm.toml", "")
  local text = FILE:gsub("%$(%l+)", { room = parts.room, service = parts.service or "",
    step = parts.step or "", change = change[1] })
  place.write("x/z.clnrm.toml", (text:gsub("%$image", opts.image)))
  local report = place.run({ "--allow", "host-hooks", "-j1", "x/z.clnrm.toml" }, opts)
  local result = report.results[1]
  local failure = result.failures[1] or {}
  assert.same({ "error", "H009" }, { result.verdict, failure.code }, failure.message)
  assert.matches("/x was to be shown at /project, and " .. change[2], failure.message)
  assert.is_nil(failure.message:find("copy:", 1, true))
  return report
end

for there, change in pairs(CHANGES) do
  describe(("a project in whose place before_all has put %s, and which"):format(there), function()
    for name, parts in pairs(ROOMS) do
      it(name .. ", is told as gone, in the sandbox", function()
        local place <close> = docker.place({ kind = "docker" })
        check(place, parts, change, { backend = "sandbox", image = "" })
      end)

      local is_plain = not parts.service and not parts.room:find("reuse")
      for _, kind in ipairs((is_plain or there == "nothing") and { "docker", "podman" } or {}) do
        it(("%s, is told as gone, in containers of %s"):format(name, kind), function()
          local engine, why = docker.engines[kind == "docker" and "engine" or "podman"]()
          local image = engine and assert(docker.engines.image("busybox", { engine = engine }))
          if not image then
            return pending(why)
          end
          local place <close> = docker.place(engine)
          local report = check(place, parts, change, { image = ('image = "%s"'):format(image) })
          assert.same({}, place.left(report.run.run_id))
        end)
      end
    end

    it("is copied to an engine elsewhere, is told as gone", function()
      local engine, why = docker.engines.engine()
      local image = engine and assert(docker.engines.image("busybox"))
      if not image then
        return pending(why)
      end
      local place <close> = docker.place(engine)
      local report = check(place, ROOMS["is shown"], change,
        { image = ('image = "%s"'):format(image), env = { CLNRM_DOCKER_RUNG = "stdio" } })
      assert.same({}, place.left(report.run.run_id))
    end)
  end)
end
