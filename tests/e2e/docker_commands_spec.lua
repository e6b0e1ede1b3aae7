--- What the first process of a service is, where the file says something in the place of its image.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

local FIND = { docker = engines.engine, podman = engines.podman }

--- An image that says what it was started with, and stays.
local TALKS = [==[{"Entrypoint": ["/bin/sh", "-c", "echo :$0:$*:; sleep 60"],
  "Cmd": ["of the image"]}]==]

--- Lines of the file, and what the log must have.
local CASES = {
  { "", ":of the image::" },
  { 'command = ["one item"]', ":one item::" },
  { 'command = ["one", "two words"]', ":one:two words:" },
  { 'entrypoint = ["/bin/sh", "-c"]\ncommand = ["echo as $((1 + 1)); sleep 60"]', "as 2" },
  { 'entrypoint = []\ncommand = ["/bin/sh", "-c", "echo own $0; sleep 60"]', "own /bin/sh" },
  { 'entrypoint = []\nargs = ["/bin/sh", "-c", "echo args; sleep 60"]', "args" },
  { 'entrypoint = []\ncommand = "echo text; sleep 60"', "text" },
}

for _, kind in ipairs({ "docker", "podman" }) do
  describe("a service in " .. kind, function()
    local engine, why, image

    setup(function()
      engine, why = FIND[kind]()
      if engine then
        image, why = engines.image("busybox", { engine = engine, config = TALKS })
      end
    end)

    it("is started by entrypoint and command as the file has them", function()
      if not image then
        return pending(why)
      end
      local place <close> = docker.place(engine)
      for i, one in ipairs(CASES) do
        place.write(("t%d.clnrm.toml"):format(i), ([==[
[meta]
name = "t"
[services.app]
image = %q
stop_timeout = "1ms"
wait = { log = %q, timeout = "20s" }
%s
[[steps]]
name = "x"
service = "app"
command = "true"
]==]):format(image, "^" .. one[2] .. "$", one[1]))
      end
      local report = place.run()
      for _, one in ipairs(report.results) do
        local failure = one.failures[1] or {}
        assert.equal("pass", one.verdict, one.file .. ": " .. tostring(failure.message))
      end
      assert.equal(#CASES, #report.results)
    end)

    it("is ended by a real-time signal", function()
      if not image then
        return pending(why)
      end
      local place <close> = docker.place(engine)
      place.write("t.clnrm.toml", ([==[
[meta]
name = "t"
[services.app]
image = %q
entrypoint = ["/bin/sh", "-c"]
command = ["trap 'exit 7' 37; touch /ready; while :; do sleep 0.05; done"]
wait = { file = "/ready" }
stop_signal = "SIGRTMIN+3"
[[steps]]
name = "x"
service = "app"
command = "true"
]==]):format(image))
      local report = place.run()
      assert.equal(0, report.code, docker.failure(report))
      local app = report.results[1].services[1]
      assert.same({ 7, true }, { app.exit_code, app.asked }, require("core.json").encode(app))
    end)
  end)
end
