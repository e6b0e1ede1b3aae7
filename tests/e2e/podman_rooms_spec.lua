--- Rooms and services that are containers of Podman, by the API that it shares with Docker.
local docker = dofile("tests/e2e/docker_support.lua")
local matrix = dofile("tests/e2e/rung_matrix.lua")
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
stop_timeout = "1ms"
wait = [{ log = "ready" }, { http = "http://localhost:8000/" }]
files = [{ path = "/etc/x", content = "placed" }]
[[steps]]
name = "asks"
command = "wget -qO- http://127.0.0.1:8000/; cat /etc/x"
expect.stdout.equals = "page\nplaced"
]==])
    assert.equal(0, report.code, docker.failure(report))
  end)

  it("let services find one another by name, whichever is made first", function()
    if not busybox then
      pending(why)
      return
    end
    local report = run([==[
[room]
image = "$image"
[services.a]
image = "$image"
command = "echo a >/etc/who; exec httpd -f -p 8000 -h /etc"
wait = { port = 8000 }
extra_hosts = ["own:127.0.0.9"]
[services.b]
image = "$image"
command = "wget -qO /etc/of_a http://a:8000/who; echo b >/etc/who; exec httpd -f -p 8000 -h /etc"
aliases = ["bee", "own"]
hostname = "bees"
wait = { port = 8000 }
depends_on = ["a"]
[services.apart]
image = "$image"
command = "exec httpd -f -p 8000 -h /etc"
networks = ["other"]
wait = { port = 8000 }
[[steps]]
name = "later"
service = "b"
command = "cat /etc/of_a"
expect.stdout.equals = "a\n"
[[steps]]
name = "earlier"
service = "a"
command = "for n in b bee bees; do wget -qO- http://$n:8000/who; done; grep own /etc/hosts"
expect.stdout.equals = "b\nb\nb\n127.0.0.9\town\n"
[[steps]]
name = "room"
command = "for n in a bee apart; do wget -qO- http://$n:8000/group | head -c 4; echo; done"
expect.stdout.equals = "root\nroot\nroot\n"
[[steps]]
name = "not in one network"
service = "a"
command = "wget -qO- http://apart:8000/group"
should_fail = true
expect.stderr.contains = "bad address"
[[steps]]
name = "of the room"
service = "a"
command = "grep -q '^10.*room$' /etc/hosts"
]==])
    assert.equal(0, report.code, docker.failure(report))
  end)

  it("gives `/room` to the image's user, and commands no signal of its monitor's", function()
    local image
    if engine then
      image, why = engines.image("nonroot", { engine = engine })
    end
    if not image then
      pending(why)
      return
    end
    local report = run(('[room]\nimage = %q\n[[steps]]\nname = "whose"\n'):format(image)
      .. 'command = "id -u; stat -c \'%u %a\' /room; grep SigIgn /proc/self/status | '
      .. 'tr -d \'\\t\'"\n'
      .. 'expect.stdout.equals = "1000\\n1000 755\\nSigIgn:0000000000000000\\n"\n')
    assert.equal(0, report.code, docker.failure(report))
  end)

  it("run the same steps on each rung", function()
    if not busybox then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", matrix.file(('[room]\nimage = %q\nenv = { FROM_ROOM = "room" }\n')
      :format(busybox)))
    local function check(name, other)
      return matrix.check(place, { env = { CLNRM_DOCKER_RUNG = name } }, other)
        .results[1].isolation.agent
    end
    assert.equal("over the engine's stream, copied in", check("stdio"))
    assert.matches("^none: each command by the engine's exec", check("exec", {
      signal = { exit_code = 137, verdict = "fail", stdout = "before\n" },
    }))
    assert.equal("", place.files())
  end)

  it("build an image of a folder, and tell the step that fails", function()
    if not busybox then
      pending(why)
      return
    end
    local place <close> = docker.place(engine)
    place.write("app/f", "x")
    place.write("app/Dockerfile", ("FROM %s AS base\nARG WHO=x\nRUN echo $WHO >/word\nFROM base\n"
      .. "COPY . /all\nCMD [\"sleep\",\"60\"]\n"):format(busybox))
    place.write("a.clnrm.toml", [==[
[meta]
name = "a"
[services.app]
build = { context = "./app", args = { WHO = "me" } }
stop_timeout = "1ms"
[[steps]]
name = "built"
command = "cat /word; ls /all"
expect.stdout.equals = "me\nDockerfile\nf\n"
]==])
    local report = place.run()
    assert.equal(0, report.code, docker.failure(report) .. report.err)
    place.write("app/Dockerfile", ("FROM %s\nRUN echo one; false\n"):format(busybox))
    report = place.run()
    assert.equal("E010", report.results[1].failures[1].code)
    assert.matches("failed at STEP 2/%d: RUN echo one; false", docker.failure(report))
    assert.equal("", place.files())
  end)
end)
