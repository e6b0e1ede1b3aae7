--- Rooms and services that are containers of Podman, by the API that it shares with Docker.
local docker = dofile("tests/e2e/docker_support.lua")
local engines = docker.engines

describe("rooms of Podman", function()
  local engine, why, busybox

  setup(function()
    engine, why = engines.podman()
    if engine then
      busybox, why = engines.image("busybox", { engine = engine })
    end
  end)

  local function run(text)
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", '[meta]\nname = "a"\n' .. text:gsub("%$image", busybox))
    local report = place.run()
    assert.equal("", place.files())
    return report
  end

  it("run steps and services in images", function()
    if not busybox then
      pending(why)
      return
    end
    local report = run([==[
[room]
image = "$image"
[[steps]]
name = "sees"
command = "pwd; head -n 1 /project/a.clnrm.toml; echo x >f; cat /room/f; exit 3"
expected_exit_code = 3
expect.stdout.equals = "/room\n[meta]\nx\n"
]==])
    assert.equal(0, report.code, docker.failure(report))
    assert.equal("podman", report.run.backend)
    assert.matches("by Podman", report.results[1].isolation.fs)
    assert.matches("no new privileges", report.results[1].isolation.user)
    report = run([==[
[services.web]
image = "$image"
command = "mkdir /www; echo page >/www/index.html; echo ready; exec httpd -f -p 8000 -h /www"
wait = [{ log = "ready" }, { http = "http://localhost:8000/" }]
files = [{ path = "/etc/x", content = "placed" }]
[[steps]]
name = "asks"
command = "wget -qO- http://127.0.0.1:8000/; cat /etc/x"
expect.stdout.equals = "page\nplaced"
]==])
    assert.equal(0, report.code, docker.failure(report))
  end)
end)
