--- Images that lack what others have, on each rung: a shell, more than one program, root.
--- A read-only root is a policy's (level "high"): tests/e2e/container_policy.lua; no policy holds
--- without an engine of this machine and an agent.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

local ROOM = '[meta]\nname = "a"\n[room]\nimage = %q\n'
local SERVICE = '[meta]\nname = "a"\n[services.s]\nimage = %q\ncommand = %s\n'

--- Of each image: arguments that make its entrypoint stay, a step that says who runs it, what that
--- says, and a step that fails.
---@class tests.RungImage
---@field server string
---@field who string
---@field says string
---@field fails string
---@field code integer

---@type table<string, tests.RungImage>
local IMAGES = {
  scratch = {
    server = '["sleep", "1000"]',
    who = '["/busybox", "id", "-u"]', says = "0\\n",
    fails = '["/busybox", "false"]', code = 1,
  },
  distroless = {
    server = '["-I", "-c", "import time; time.sleep(1000)"]',
    who = '["python3", "-I", "-c", "import os; print(os.getuid())"]', says = "65532\\n",
    fails = '["python3", "-I", "-c", "raise SystemExit(7)"]', code = 7,
  },
  nonroot = {
    server = '["sleep", "1000"]',
    who = '["sh", "-c", "echo $(id -un) $HOME"]', says = "app /home/app\\n",
    fails = '["sh", "-c", "touch /etc/x; exit 5"]', code = 5,
  },
}
local HAS_SHELL = { nonroot = true }

--- The steps of a file.
---@param about table of `IMAGES`
---@param rest string of each step
local function steps(about, rest)
  return ([==[
[[steps]]
name = "who"
command = %s
expect.stdout.equals = "%s"
%s
[[steps]]
name = "fails"
command = %s
expected_exit_code = %d
%s
[[steps]]
name = "is not there"
command = ["/no/such"]
continue_on_failure = true
%s
]==]):format(about.who, about.says, rest, about.fails, about.code, rest, rest)
end

describe("an image", function()
  local engine, why, images = nil, nil, {}

  setup(function()
    engine, why = engines.engine()
    for name in pairs(engine and IMAGES or {}) do
      images[name], why = engines.image(name)
      engine = images[name] and engine
    end
  end)

  local function case(name, fn)
    it(name, function()
      if not engine then
        pending(why)
        return
      end
      local place <close> = docker.place(engine)
      fn(place)
      assert.equal("", place.files())
    end)
  end

  local function check(result, name)
    local got = {}
    for i, step in ipairs(result.steps or {}) do
      got[i] = step.verdict
    end
    local failure = result.failures[1]
    assert.same({ "pass", "pass", "fail" }, got, ("%s: %s"):format(name, failure.message))
    assert.equal("COMMAND_NOT_FOUND", result.steps[3].error.code)
  end

  for _, rung in ipairs({ "socket", "stdio", "exec" }) do
    case("is a room and a service by " .. rung, function(place)
      for name, about in pairs(IMAGES) do
        place.write(name .. "_room.clnrm.toml", ROOM:format(images[name]) .. steps(about, ""))
        place.write(name .. "_service.clnrm.toml", SERVICE:format(images[name], about.server)
          .. steps(about, 'service = "s"'))
      end
      local report = place.run({ "-j", "3" }, { env = { CLNRM_DOCKER_RUNG = rung } })
      assert.equal(6, #report.results)
      for _, result in ipairs(report.results) do
        local name, kind = result.file:match("^(%l+)_(%l+)")
        if rung == "exec" and kind == "room" and not HAS_SHELL[name] then
          assert.equal("infra", result.verdict)
          assert.matches("needs a /bin/sh", result.failures[1].message, 1, true)
        else
          check(result, result.file)
        end
      end
      assert.same({}, place.left(report.run.run_id))
    end)
  end
end)
