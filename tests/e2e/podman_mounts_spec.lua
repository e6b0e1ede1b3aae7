--- What a container is shown of this machine: what was asked for, whatever names are called, and
--- nothing else, whatever an engine makes.
local docker = dofile("tests/e2e/docker_support.lua")
local fakes = dofile("tests/lua/docker/fakes.lua")
local engines = docker.engines

local SERVICE = [==[
[meta]
name = "a"
[services.app]
image = "$image"
command = ["sleep", "60"]
stop_timeout = "1ms"
volumes = [$volumes]
[[steps]]
name = "sees"
command = "cat /m/mine; echo >/m/written"
expect.stdout.equals = "mine\n"
]==]

local ROOM = [==[
[meta]
name = "a"
[room]
image = "$image"
[[steps]]
name = "sees"
command = "ls /project"
expect.stdout.equals = "a.clnrm.toml\n"
]==]

--- Runs a file in a folder of a place.
local function run(place, dir, text, fields, opts)
  opts = opts or {}
  place.write(dir .. "a.clnrm.toml", (text:gsub("%$(%l+)", fields)))
  local argv = { "-C", place.dir .. "/" .. dir }
  local report = place.run(opts.argv or argv, opts)
  assert.same({}, place.left(report.run.run_id))
  return report
end

local function refusal(report)
  local failure = report.results[1].failures[1] or {}
  return { report.code, report.results[1].verdict, failure.code }, failure.message
end

describe("a name with a comma", function()
  local podman = docker.specs({ it = it, setup = setup, pending = pending }, engines.podman,
    { "busybox" })

  for name, volume in pairs({
    ["place of a volume"] = "./d:/m,src=/etc",
    ["folder that is shown"] = "./x,src=/etc:/m",
    ["quoted place"] = [[./d:/m\"]],
    ["place of two lines"] = [[./d:/m\nro]],
  }) do
    podman:case("is refused in Podman, which would read parts in it: the " .. name, function()
      local place <close> = docker.place(podman.engine)
      place.write("d/mine", "mine\n")
      place.write("x,src=/etc/mine", "mine\n")
      local told, message = refusal(run(place, "", SERVICE,
        { image = podman.image.busybox, volumes = '"' .. volume .. '"' }))
      assert.same({ 2, "error", "H009" }, told, message)
      assert.matches("Podman cannot be asked to show", message)
    end)
  end

  podman:case("is refused in Podman: the folder of the project", function()
    local place <close> = docker.place(podman.engine)
    local told, message = refusal(run(place, "p,src=/etc/", ROOM,
      { image = podman.image.busybox }))
    assert.same({ 2, "error", "H009" }, told, message)
    assert.matches('p,src=/etc" at "/project"', message, 1, true)
  end)

  podman:case("is refused in Podman: TMPDIR", function()
    local place <close> = docker.place(podman.engine)
    place.write("t,src=/etc/x", "")
    local told, message = refusal(run(place, "p/", ROOM, { image = podman.image.busybox },
      { env = { TMPDIR = place.dir .. "/t,src=/etc" } }))
    assert.same({ 2, "error", "H009" }, told, message)
    assert.matches('at "/run/clnrm/agent"', message, 1, true)
  end)
end)

describe("what an engine shows", function()
  local real = docker.specs({ it = it, setup = setup, pending = pending }, engines.engine,
    { "busybox" })

  real:case("is what was asked for, also by names with commas", function()
    local place <close> = docker.place(real.engine)
    place.write("d,src=/etc/mine", "mine\n")
    local report = run(place, "", SERVICE, { image = real.image.busybox,
      volumes = '"./d,src=/etc:/m,src=/etc", "./d,src=/etc:/m"' })
    assert.equal(0, report.code, docker.failure(report))
    assert.equal("\n", docker.support.read(place.dir .. "/d,src=/etc/written"))
  end)

  for what, fault in pairs({
    ["/m shows .*/evil, and not .*/mind"] = "put:/mind=/evil:/containers/create",
    ["/%S+ can be written to"] = "put:ReadOnly=Readonnn:/containers/create",
    ["it has a network: default"] = 'put:"none"=""    :/containers/create',
  }) do
    real:case("is an error where the engine makes it otherwise: " .. what, function()
      local place <close> = docker.place(real.engine)
      place.write("mind/mine", "mine\n")
      place.write("evil/mine", "mine\n")
      local proxy <close> = fakes.proxy(real.engine.host, fault)
      local told, message = refusal(run(place, "", SERVICE,
        { image = real.image.busybox, volumes = '"./mind:/m"' },
        { argv = {}, env = { DOCKER_HOST = proxy.host } }))
      assert.same({ 2, "error", "H009" }, told, message)
      assert.matches("as it was asked to: " .. what, message)
    end)
  end
end)
