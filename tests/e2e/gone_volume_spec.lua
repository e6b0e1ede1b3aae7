--- What a volume of the sandbox shows is taken away or replaced before it is shown: it is told by
--- the code that containers have for it, and nothing of it is run.
local docker = dofile("tests/e2e/docker_support.lua")

local FILE = [==[
[meta]
name = "v"
[room]
project = "none"
[hooks]
before_all = { command = "$before", on = "host" }
[services.t]
kind = "task"
command = ["sh", "-c", "$task"]
volumes = ["./all:/all"]
[services.a]
command = ["sleep", "100"]
stop_timeout = "1ms"
volumes = ["./all/sh:/d:ro"]
depends_on = ["t"]
[[steps]]
name = "s"
service = "a"
command = "true"
]==]

--- Runs the file; what is told of it.
local function outcome(parts)
  local place <close> = docker.place({ kind = "docker" })
  place.write("all/sh/word", "x")
  place.write("v.clnrm.toml", (FILE:gsub("%$(%l+)", parts)))
  local report = place.run({ "--allow", "host-hooks", "-j1", "v.clnrm.toml" },
    { backend = "sandbox" })
  local result = report.results[1]
  local failure = result.failures[1] or {}
  return { result.verdict, failure.code }, failure.message or ""
end

describe("what a volume of the sandbox shows", function()
  for there, change in pairs({
    ["is gone"] = { "mv all/sh away", "it cannot be found any more" },
    ["is a link by then"] = { "mv all/sh away; ln -s /etc all/sh", "it leads to /etc now" },
  }) do
    it(there .. " before the room is made, and is told as that", function()
      local what, message = outcome({ before = change[1], task = "true" })
      assert.same({ "error", "H009" }, what, message)
      assert.matches("/all/sh was to be shown at /d, and " .. change[2], message)
    end)
  end

  it("is gone before its service starts, and is told as that", function()
    local what, message = outcome({ before = "true", task = "rm -r /all/sh" })
    assert.same({ "error", "H009" }, what, message)
    assert.matches("/all/sh was to be shown at /d, and it cannot be found any more", message)
  end)

  it("is there, and is shown", function()
    assert.same({ "pass" }, (outcome({ before = "true", task = "true" })))
  end)
end)
