--- Services of an engine that are to end: what can be done with them afterwards.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

describe("a service of Docker that has completed", function()
  it("runs nothing, and the step says so", function()
    local engine, why = engines.engine()
    local busybox
    if engine then
      busybox, why = engines.image("busybox")
    end
    if not busybox then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", ([==[
[meta]
name = "a"
[services.seed]
image = %q
kind = "task"
command = ["true"]
[[steps]]
name = "late"
service = "seed"
command = ["true"]
]==]):format(busybox))
    local report = place.run()
    assert.equal("error", report.results[1].verdict)
    assert.equal("H009", report.results[1].failures[1].code)
    assert.matches("'seed' has completed", docker.failure(report), 1, true)
    assert.equal("", place.files())
  end)
end)
