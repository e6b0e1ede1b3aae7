--- Snapshots in the developer loop: what people write is a save, and what runs write is none.
local loops = dofile("tests/tools/loop.lua")
local support = dofile("tests/e2e/support.lua")

local COMPARED = [==[
[meta]
name = "compared"
[[steps]]
name = "says"
command = ["echo", "%s"]
expect.stdout.snapshot = "out"
[[steps]]
name = "waits"
command = "until [ -e /project/go ]; do sleep 0.02; done"
timeout = "5m"
]==]

describe("snapshots in the developer loop", function()
  local dir, loop

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    loop = loops.remove(dir, loop)
  end)

  --- Stores a snapshot of what the test says; returns its path.
  local function accept(text)
    support.write(dir .. "/a.clnrm.toml", COMPARED:format(text))
    support.write(dir .. "/go", "")
    support.run({ "run", "a.clnrm.toml" }, { cwd = dir })
    assert.equal(0, support.run({ "snapshots", "accept" }, { cwd = dir }).code)
    local pipe = io.popen("find " .. support.quote(dir .. "/snapshots") .. " -type f")
    local path = pipe:read("l")
    pipe:close()
    os.remove(dir .. "/go")
    return path
  end

  it("sees a snapshot that somebody edits while tests run", function()
    local path = accept("one")
    loop = loops.start(dir, "a.clnrm.toml")
    loop:await("step_begin", { name = "waits" })
    local edited = support.read(path):gsub("one", "two")
    support.write(path, edited)
    assert.equal("save", loop:await("reload_end").interrupted)
    support.write(dir .. "/go", "")
    local begin = loop:await("reload_begin")
    assert.same({ path }, begin.changed)
    assert.equal("differs", loop:await("snapshot").status)
  end)

  it("takes no pending snapshot that a run writes or removes for a save", function()
    accept("one")
    support.write(dir .. "/a.clnrm.toml", COMPARED:format("two"))
    support.write(dir .. "/go", "")
    loop = loops.start(dir, "a.clnrm.toml")
    loop:cycle()
    loop:save("a.clnrm.toml", COMPARED:format("one"))
    local begin, ended = loop:cycle()
    assert.same({ dir .. "/a.clnrm.toml" }, begin.changed)
    assert.equal(0, ended.exit_code)
    loop:save("a.clnrm.toml", COMPARED:format("one") .. "# again\n")
    assert.same({ dir .. "/a.clnrm.toml" }, loop:cycle().changed)
  end)
end)
