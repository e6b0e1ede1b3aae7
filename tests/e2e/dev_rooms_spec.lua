--- Rooms that wait between the runs of the developer loop.
local docker = dofile("tests/e2e/docker_support.lua")
local loops = dofile("tests/tools/loop.lua")
local support = dofile("tests/e2e/support.lua")

local function plain(n, room)
  return ('# %d\n[meta]\nname = "t"\n[room]\n%s\n[[steps]]\nname = "s"\ncommand = ["/bin/true"]\n')
    :format(n, room)
end

describe("rooms of the developer loop", function()
  local dir, loop

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    loop = loops.remove(dir, loop)
  end)

  --- Waits until a room waits, saves, and takes it.
  local function take_ready(n, room)
    assert.equal(1, loop:await("rooms_ready").count)
    loop:save("t.clnrm.toml", plain(n, room))
    loop:await("reload_begin")
    assert.equal("ready", loop:await("room_begin").from)
    assert.equal("pass", loop:await("scenario_end").verdict)
    loop:await("reload_end")
  end

  it("are made ahead in the sandbox, where they show nothing of the project", function()
    support.write(dir .. "/t.clnrm.toml", plain(0, 'project = "none"'))
    loop = loops.start(dir)
    loop:cycle()
    take_ready(7, 'project = "none"')
    assert.equal(0, loop:stop())
  end)

  it("are made when they are due where a save could make them stale", function()
    support.write(dir .. "/t.clnrm.toml", plain(0, 'project = "ro"'))
    loop = loops.start(dir)
    loop:cycle()
    loop:save("t.clnrm.toml", plain(1, 'project = "ro"'))
    loop:await("reload_begin")
    assert.is_nil(loop:await("room_begin").from)
    loop:await("reload_end")
  end)

  it("are made anew when what they are made of is other", function()
    support.write(dir .. "/t.clnrm.toml", plain(0, 'project = "none"'))
    loop = loops.start(dir)
    loop:cycle()
    take_ready(7, 'project = "none"')
    loop:save("t.clnrm.toml", plain(1, 'project = "none"\nenv = { A = "b" }'))
    assert.equal("made", loop:await("room_begin").from)
  end)

  it("are none with --no-cache", function()
    support.write(dir .. "/t.clnrm.toml", plain(0, 'project = "none"'))
    loop = loops.start(dir, "--no-cache")
    loop:cycle()
    loop:save("t.clnrm.toml", plain(1, 'project = "none"'))
    loop:await("reload_begin")
    assert.is_nil(loop:await("room_begin").from)
    loop:await("reload_end")
  end)

  it("are containers that wait, show the project as it is, and are gone in the end", function()
    local engine, why = docker.engines.engine()
    local image = engine and docker.engines.image("busybox")
    if not image then
      return pending(tostring(why))
    end
    local room = ('image = "%s"'):format(image)
    support.write(dir .. "/seen.txt", "old")
    support.write(dir .. "/t.clnrm.toml", plain(0, room))
    loop = loops.start(dir, { DOCKER_HOST = engine.host }, "--backend", "docker")
    loop:cycle()
    take_ready(7, room)
    loop:save("seen.txt", "new")
    loop:await("reload_end") -- of its own run: else that may go on when the loop is stopped
    loop:save("t.clnrm.toml", plain(99, room):gsub('%["/bin/true"%]',
      '["/bin/grep", "new", "/project/seen.txt"]'))
    loop:await("scenario_end", { verdict = "pass" })
    loop:await("reload_end")
    assert.equal(0, loop:stop())
    local journals = assert(engine:docker("ps", "-a", "--format", '{{.Label "clnrm.journal"}}'))
    assert.is_nil(journals:find(dir .. "-home", 1, true), journals)
  end)
end)
