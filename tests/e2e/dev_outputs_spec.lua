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

--- Takes what src.txt holds, and waits till that is in node_modules/go; its hook could write it.
local HOLDS = [==[
[meta]
name = "holds"
[hooks]
before_all = { command = ["true"], on = "host" }
[[steps]]
name = "take"
command = ["sh", "-c", "cp /project/src.txt /tmp/a; ! grep bad /tmp/a"]
[[steps]]
name = "wait"
command = ["sh", "-c", """
until [ "$(cat /tmp/a)" = "$(cat /project/node_modules/go)" ]; do sleep 0.02; done"""]
timeout = "10m"
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

  --- Lists the events of a name, by their path.
  local function paths_of(name)
    local list = {}
    for _, e in ipairs(loop.events) do
      if e.event == name then
        list[e.path] = list[e.path] or {}
        table.insert(list[e.path], e)
      end
    end
    return list
  end

  it("may be saves: what comes last is run, in whichever run it comes", function()
    assert(os.execute("mkdir " .. support.quote(dir .. "/node_modules")))
    support.write(dir .. "/node_modules/go", "")
    support.write(dir .. "/h.clnrm.toml", HOLDS)
    loop = loops.start(dir, "--allow", "host-hooks")
    for i = 1, 2 do
      loop:await("step_begin", { name = "wait" })
      loop:save("src.txt", "ok " .. i)
      assert.equal("save", loop:await("reload_end").interrupted)
    end
    for _, saved in ipairs({ { "ok 2", "ok 3" }, { "ok 3", "bad" } }) do
      loop:await("step_begin", { name = "wait" })
      loop:save("src.txt", saved[2])
      require("core.task").sleep(200) -- so that it has come, and the run goes on
      loop:write("node_modules/go", saved[1]) -- in place: rooms that are open see that
      assert.is_nil(loop:await("reload_end").interrupted)
    end
    loop:await("scenario_end", { verdict = "fail" })
    assert.equal(0, count("looping"))
  end)

  it("are not what somebody saves in turns with another file", function()
    support.write(dir .. "/h.clnrm.toml", (READS:gsub("%[%[steps", '[hooks]\n'
      .. 'before_all = { command = ["true"], on = "host" }\n%0', 1)))
    loop = loops.start(dir, "--allow", "host-hooks")
    for i = 1, 4 do
      for _, name in ipairs({ "src.txt", "other.txt" }) do
        loop:await("step_begin", { name = "s" })
        loop:save(name, "ok " .. i)
        assert.equal("save", loop:await("reload_end").interrupted)
      end
    end
    assert.equal(0, count("looping"))
  end)

  it("are test files, too, if each run writes them: that comes to an end", function()
    assert(os.execute("mkdir " .. support.quote(dir .. "/node_modules")))
    support.write(dir .. "/node_modules/g", loops.named("g", "true"))
    support.write(dir .. "/w.clnrm.toml", (WRITES:gsub("date .->out.txt",
      "(cat node_modules/g; date '+# %%s.%%N') >g.clnrm.toml")))
    loop = loops.start(dir, "--allow", "host-hooks")
    assert.equal(dir .. "/g.clnrm.toml", loop:await("looping").path)
  end)

  it("are told of each run that they are ignored in", function()
    support.write(dir .. "/w.clnrm.toml", WRITES)
    loop = loops.start(dir, "--allow", "host-hooks")
    loop:await("looping")
    loop:await("looping") -- of the run that is done once more for it
    loop:save("src.txt", "ok 1")
    loop:await("looping")
  end)

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
    assert.equal(count("looping"), #paths_of("looping")[dir .. "/out.txt"], "it alone")
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

  --- Runs a loop over a hook that writes files of other names each time; then saves.
  local function names(command)
    support.write(dir .. "/w.clnrm.toml", (WRITES:gsub("date .->out.txt", command)))
    loop = loops.start(dir, "--allow", "host-hooks")
    local told = loop:await("looping")
    assert.equal(dir, told.path)
    assert.equal(told.count, #told.made)
    assert.matches("/out", told.made[#told.made], 1, true)
    repeat
      local ended = loop:await("reload_end")
    until not ended.interrupted and count("reload_begin") == count("reload_end")
    for _, text in ipairs({ "ok 1", "bad" }) do
      loop:save("src.txt", text)
      local begin = loop:cycle()
      while begin.changed[1] ~= dir .. "/src.txt" do
        begin = loop:cycle()
      end
      assert.equal(text == "bad" and "fail" or "pass", loop:verdicts(begin).writes)
    end
    loop:await("looping") -- of this run, too
    require("core.task").sleep(300)
    assert.equal(130, loop:stop() + (count("reload_begin") == count("reload_end") and 129 or 0))
  end

  it("are files that have another name in each run: their folder is told", function()
    names("date >out-$(date +%%s%%N).txt")
  end)

  it("are files of another name in folders of another name, and the former are removed", function()
    names("rm -rf d-*; d=d-$(date +%%s%%N); mkdir $d; date >$d/out")
  end)

  for what, hooks in pairs({
    ["a file that a run makes and removes"] = { "date >tmp.txt" },
    ["one of another name each time"] = { "date >tmp-$(date +%s%N)" },
    ["a folder that it makes and removes, beside a file that it leaves"] = {
      "n=$(date +%s%N); date >out-$n; mkdir tmp-$n; date >tmp-$n/x" },
  }) do
    it("are " .. what, function()
      support.write(dir .. "/w.clnrm.toml", ([==[
[meta]
name = "writes"
[hooks]
before_all = { command = ["sh", "-c", "%s"], on = "host" }
after_all = { command = ["sh", "-c", "rm -rf tmp*"], on = "host" }
[[steps]]
name = "s"
command = ["grep", "-q", "ok", "/project/src.txt"]
]==]):format(hooks[1]))
      loop = loops.start(dir, "--allow", "host-hooks")
      loop:await("looping")
      repeat
        require("core.task").sleep(1000) -- what is removed is told late
        local ended, before = count("reload_end"), count("reload_begin")
        loop:refresh()
      until ended == before and before == count("reload_begin")
      assert.is_true(count("reload_begin") <= 12, count("reload_begin"))
      loop:save("src.txt", "bad")
      repeat
        local begin = loop:cycle()
      until loop:verdicts(begin).writes == "fail"
    end)
  end

  it("end when each of two tests writes what the other one hangs on", function()
    local text = [==[
[meta]
name = "%s"
[room]
project = "none"
[watch]
paths = ["%s.in"]
ignore = ["%s.in"]
[hooks]
after_all = { command = ["sh", "-c", "date +%%s.%%N >%s.in"], on = "host" }
[[steps]]
name = "s"
command = ["true"]
]==]
    support.write(dir .. "/a.in", "")
    support.write(dir .. "/b.in", "")
    support.write(dir .. "/a.clnrm.toml", text:format("a", "a", "b", "b"))
    support.write(dir .. "/b.clnrm.toml", text:format("b", "b", "a", "a"))
    loop = loops.start(dir, "--allow", "host-hooks")
    loop:await("looping")
    loop:await("looping")
    assert.is_true(count("reload_begin") <= 16, count("reload_begin"))
    loop:save("a.clnrm.toml", "# saved\n" .. text:format("a", "a", "b", "b"))
    local begin
    repeat
      begin = loop:await("reload_begin")
    until begin.affected[1].kind == "itself"
  end)

  it("are not what is saved when the hook that writes them has ended", function()
    assert(os.execute("mkdir " .. support.quote(dir .. "/node_modules")))
    support.write(dir .. "/node_modules/go", "ok 0")
    support.write(dir .. "/w.clnrm.toml", (HOLDS:gsub('"true"',
      '"sh", "-c", "date +%%s.%%N >out.txt"')))
    loop = loops.start(dir, "--allow", "host-hooks")
    loop:await("looping")
    repeat
      local ended = loop:await("reload_end")
    until not ended.interrupted and count("reload_begin") == count("reload_end")
    loop:save("src.txt", "ok 1")
    loop:await("step_begin", { name = "wait" })
    require("core.task").sleep(100) -- times of files are coarse: so that it is behind the hook
    loop:save("out.txt", "by hand")
    require("core.task").sleep(200) -- so that it has come, and the run goes on
    loop:write("node_modules/go", "ok 1")
    assert.is_nil(loop:await("reload_end").interrupted)
    assert.same({ dir .. "/out.txt" }, loop:await("reload_begin").changed)
  end)
end)
