--- The project is taken away by before_all, behind which its room is to be made again.
local docker = dofile("tests/e2e/docker_support.lua")

local FILE = [==[
[meta]
name = "z"
[room]
$room
[hooks]
before_all = { command = "cd .. && mv x away", on = "host" }
$service
[[steps]]
name = "s"
command = "true"
$step
]==]

local SERVICE = '[services.a]\nimage = "$image"\ncommand = ["sleep", "100"]\n'
  .. 'stop_timeout = "1ms"\n'

--- What is told of it: of a copy, what its reading came to.
local GONE = { "error", "H009", "/x was to be shown at /project, and it cannot be found any more" }
local UNREAD = { "infra", "V001", "/x cannot be copied for the room: .*no such file or directory" }

local ROOMS = {
  ["that is shown"] = { room = 'image = "$image"' },
  ["that is shown to rooms which are used again"] = {
    room = 'image = "$image"\nreuse = "verified"' },
  ["of which there is a copy"] = { room = 'image = "$image"\nproject = "copy"', told = UNREAD },
  ["that is shown where the step runs in a service"] = { room = 'image = "$image"',
    service = SERVICE, step = 'service = "a"' },
}

describe("a project that before_all has taken away,", function()
  for _, kind in ipairs({ "docker", "podman" }) do
    for name, parts in pairs(ROOMS) do
      it(("%s, is told as gone, in containers of %s"):format(name, kind), function()
        local engine, why = docker.engines[kind == "docker" and "engine" or "podman"]()
        local image = engine and assert(docker.engines.image("busybox", { engine = engine }))
        if not image then
          return pending(why)
        end
        local place <close> = docker.place(engine)
        place.write("x/clnrm.toml", "")
        local text = FILE:gsub("%$(%l+)", { room = parts.room, service = parts.service or "",
          step = parts.step or "" })
        place.write("x/z.clnrm.toml", (text:gsub("%$image", image)))
        local report = place.run({ "--allow", "host-hooks", "-j1", "x/z.clnrm.toml" })
        local result, told = report.results[1], parts.told or GONE
        local failure = result.failures[1] or {}
        assert.same({ told[1], told[2] }, { result.verdict, failure.code }, failure.message)
        assert.matches(told[3], failure.message)
        assert.same({}, place.left(report.run.run_id))
      end)
    end
  end
end)
