--- What a developer loop takes for an output of tests, which is no save: never what a person may
--- have saved and no test can have written.
local loops = dofile("tests/tools/loop.lua")
local support = dofile("tests/e2e/support.lua")

--- Reads a file of the project, and then waits.
local READS = [==[
[meta]
name = "reads"
[[steps]]
name = "look"
command = ["grep", "-q", "ok", "/project/src.txt"]
[[steps]]
name = "s"
command = ["sleep", "300"]
timeout = "10m"
]==]

--- Writes something else into the project each time it is run, on the machine itself.
local WRITES = [==[
[meta]
name = "writes"
[hooks]
before_all = { command = ["sh", "-c", "date +%s.%N >out.txt"], on = "host" }
[[steps]]
name = "s"
command = ["grep", "-q", "ok", "/project/src.txt"]
]==]

describe("outputs of tests in the developer loop", function()
  local dir, loop

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/src.txt", "ok 0")
  end)

  after_each(function()
    if loop then
      loop:close()
      loop = nil
    end
    support.remove(dir)
    os.execute("rm -rf " .. support.quote(dir .. "-home"))
  end)

  --- Counts the events of a name so far.
  local function count(name)
    local n = 0
    for _, e in ipairs(loop.events) do
      n = n + (e.event == name and 1 or 0)
    end
    return n
  end

  it("are not what is saved again and again while tests run that cannot write it", function()
    support.write(dir .. "/a.clnrm.toml", READS)
    loop = loops.start(dir)
    for i = 1, 4 do
      loop:await("step_begin", { name = "s" })
      loop:save("src.txt", i < 4 and "ok " .. i or "bad")
      assert.equal("save", loop:await("reload_end").interrupted)
    end
    loop:await("scenario_end", { name = "reads", verdict = "fail" })
    assert.equal(0, count("looping"))
  end)

  it("are never a template that a test is made of", function()
    support.write(dir .. "/m.tera", "{# 0 #}\n" .. WRITES:gsub("out.txt", ".git/out"))
    assert(os.execute("mkdir " .. support.quote(dir .. "/.git")))
    support.write(dir .. "/a.clnrm.toml", '{% include "m.tera" %}'
      .. '[[steps]]\nname = "long"\ncommand = ["sleep", "300"]\ntimeout = "10m"\n')
    loop = loops.start(dir, "--allow", "host-hooks")
    for i = 1, 4 do
      loop:await("step_begin", { name = "long" })
      loop:save("m.tera", ("{# %d #}\n"):format(i) .. WRITES:gsub("out.txt", ".git/out"))
      assert.equal("save", loop:await("reload_end").interrupted)
    end
    assert.equal(0, count("looping"))
  end)

  it("are what a test writes each time it runs, which is run once more and then ignored", function()
    support.write(dir .. "/w.clnrm.toml", WRITES)
    loop = loops.start(dir, "--allow", "host-hooks")
    assert.equal(dir .. "/out.txt", loop:await("looping").path)
    repeat -- the last one is what was told to be run once more
      local ended = loop:await("reload_end")
    until not ended.interrupted and count("reload_begin") == count("reload_end")
    loop:save("src.txt", "ok 1")
    local begin, ended = loop:cycle()
    while begin.changed[1] == dir .. "/out.txt" do
      begin, ended = loop:cycle()
    end
    assert.same({ dir .. "/src.txt" }, begin.changed)
    assert.equal(0, ended.exit_code)
    assert.equal(1, count("looping"))
    loop:save("src.txt", "bad")
    begin = loop:cycle()
    assert.same({ dir .. "/src.txt" }, begin.changed)
    assert.equal("fail", loop:verdicts(begin).writes)
  end)

  it("count again when they are saved while nothing runs, with the same bytes as well", function()
    support.write(dir .. "/w.clnrm.toml", WRITES)
    loop = loops.start(dir, "--allow", "host-hooks")
    loop:await("looping")
    local begin, ended = loop:cycle()
    assert.same({ dir .. "/out.txt" }, begin.changed)
    assert.is_nil(ended.interrupted)
    loop:save("src.txt", "ok 1") -- what the run before has written is behind us then
    assert.same({ dir .. "/src.txt" }, loop:cycle().changed)
    require("core.task").sleep(200)
    loop:save("out.txt", support.read(dir .. "/out.txt"))
    assert.same({ dir .. "/out.txt" }, loop:cycle().changed)
  end)
end)
