--- Hooks of files and rooms that scenarios share, in real rooms.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local HEAD = '[meta]\nname = "x"\n'

local image = dofile("tests/e2e/image_support.lua")

--- Runs a test file; returns its exit code, verdicts by scenario, hooks in the order of their ends,
--- and all events.
local function run(body, words, prepare)
  local dir = support.tempdir()
  if prepare then
    prepare(dir)
  end
  support.write(dir .. "/x.clnrm.toml", HEAD .. body)
  local argv = { "run", "--format", "events", "-j", "4" }
  table.move(words or {}, 1, #(words or {}), #argv + 1, argv)
  argv[#argv + 1] = "x.clnrm.toml"
  local got = support.run(argv, { cwd = dir })
  support.remove(dir)
  local all = { code = got.code, verdicts = {}, hooks = {}, events = {}, failures = {} }
  for line in got.out:gmatch("[^\n]+") do
    local event = assert(json.decode(line))
    all.events[#all.events + 1] = event
    if event.event == "hook" then
      all.hooks[#all.hooks + 1] = event.hook
    elseif event.event == "scenario_end" then
      all.verdicts[event.name] = event.verdict
    end
    for _, told in ipairs(event.failures or event.diagnostics or {}) do
      all.failures[#all.failures + 1] = told
    end
  end
  return all
end

describe("hooks", function()
  it("run around the steps, in the room of each scenario, with its services", function()
    local got = run([==[
[hooks]
before_each = "echo before > log; until test -e /room/up; do sleep 0.01; done"
after_each = "test $(wc -l < log) = 2"
[services.web]
command = "touch /room/up; exec sleep 600"
[[scenario]]
name = "a"
run = "echo step >> /room/log"
[[scenario]]
name = "b"
run = "test $(wc -l < /room/log) = 1 && echo step >> /room/log"
]==])
    assert.equal(0, got.code, got.failures[1] and got.failures[1].message)
    assert.equal(4, #got.hooks)
  end)

  it("after_each and after_all run behind failures and timeouts", function()
    local got = run([==[
[hooks]
before_all = ["true"]
after_each = "test -e begun"
after_all = ["true"]
[[scenario]]
name = "fails"
run = "touch begun; exit 3"
[[scenario]]
name = "hangs"
timeout_ms = 2000
run = "touch begun; sleep 60"
]==])
    assert.equal(1, got.code)
    assert.same({ fails = "fail", hangs = "timeout" }, got.verdicts)
    assert.same({ "before_all", "after_each", "after_each", "after_all" }, got.hooks)
  end)

  it("after_each and after_all run when the run is stopped", function()
    local got = run([==[
[hooks]
after_each = "test -e begun"
after_all = ["true"]
[[steps]]
name = "hangs"
command = "touch begun; sleep 60"
]==], { "--deadline", "3s" })
    assert.equal(124, got.code)
    assert.same({ "after_each", "after_all" }, got.hooks)
    for _, event in ipairs(got.events) do
      assert.is_true(event.event ~= "hook" or event.verdict == "pass")
    end
  end)

  it("that fail say which, where they stand, and what they printed", function()
    local got = run([==[
[hooks]
before_each = "echo no seed >&2; exit 4"
after_each = ["true"]
[[steps]]
name = "a"
command = ["touch", "/project/never"]
]==])
    assert.equal(2, got.code)
    assert.same({ x = "error" }, got.verdicts)
    local told = got.failures[1]
    assert.same({ "T510", 4, 15 }, { told.code, told.line, told.column })
    assert.equal("hook before_each: exit code 4, expected 0", told.message)
    assert.equal(1, #got.failures)
    assert.matches("no seed", json.encode(told.notes), 1, true)
    assert.same({ "before_each", "after_each" }, got.hooks) -- what has begun is ended
    for _, event in ipairs(got.events) do
      assert.are_not.equal("step_begin", event.event)
    end
  end)

  it("that fail before all scenarios are told by each of them, and run once", function()
    local got = run([==[
[hooks]
before_all = "exit 1"
after_all = ["true"]
[[scenario]]
name = "a"
run = ["true"]
[[scenario]]
name = "b"
run = ["true"]
]==])
    assert.equal(2, got.code)
    assert.same({ a = "error", b = "error" }, got.verdicts)
    assert.equal("clnrm run x.clnrm.toml", got.failures[1].rerun)
    assert.same({ "before_all", "after_all" }, got.hooks)
  end)
end)

describe("hooks of a file with a matrix", function()
  it("are run for each cell, and say which one they fail in", function()
    local got = run([==[
[matrix]
n = [1, 2, 3]
[hooks]
after_all = "test {{ matrix.n }} != 2"
[[scenario]]
name = "a"
run = ["true"]
]==])
    assert.equal(2, got.code)
    assert.same({ "after_all", "after_all", "after_all" }, got.hooks)
    local ids = {}
    for _, event in ipairs(got.events) do
      if event.event == "hook" then
        ids[event.id] = event.verdict
      elseif event.event == "file_error" then
        assert.same({ "x.clnrm.toml", "n=2" }, { event.file, event.cell })
      end
    end
    assert.same({
      ["x.clnrm.toml[n=1] › hooks of the file"] = "pass",
      ["x.clnrm.toml[n=2] › hooks of the file"] = "error",
      ["x.clnrm.toml[n=3] › hooks of the file"] = "pass",
    }, ids)
    assert.equal("clnrm run 'x.clnrm.toml[n=2]'", got.failures[1].rerun)
  end)
end)

describe("a hook that hangs", function()
  it("is killed at the deadline of its scenario, with what it printed", function()
    local got = run([==[
[hooks]
before_each = "echo waiting; sleep 600"
after_each = ["true"]
[[scenario]]
name = "a"
timeout_ms = 2000
run = ["true"]
]==])
    assert.equal(2, got.code)
    assert.same({ "before_each", "after_each" }, got.hooks)
    assert.equal("T510", got.failures[1].code)
    assert.matches("killed at the timeout of its scenario", got.failures[1].message)
    assert.matches("waiting", json.encode(got.failures[1].notes), 1, true)
  end)
end)

describe("a shared room", function()
  it("has the files and services of the scenarios before, one after the other", function()
    local got = run([==[
[hooks]
before_all = "echo 0 > n"
[services.web]
command = "echo x >> /room/starts; exec sleep 600"
[[scenario]]
name = "a"
room = "shared"
run = "test $(cat /room/n) = 0 && sleep 0.2 && echo 1 > /room/n"
[[scenario]]
name = "b"
room = "shared"
run = "test $(cat /room/n) = 1 && echo 2 > /room/n"
[[scenario]]
name = "c"
room = "shared"
run = "test $(cat /room/n) = 2 && test $(wc -l < /room/starts) = 1"
[[scenario]]
name = "fresh"
run = "test ! -e /room/n"
]==])
    assert.equal(0, got.code, got.failures[1] and got.failures[1].message)
    assert.same({ a = "pass", b = "pass", c = "pass", fresh = "pass" }, got.verdicts)
  end)

  it("is closed, and after_all run, when the run ends early", function()
    local got = run([==[
[hooks]
after_all = "test -e /room/one; exit 3"
[[scenario]]
name = "a"
room = "shared"
run = "touch /room/one; exit 1"
[[scenario]]
name = "b"
room = "shared"
run = ["true"]
]==], { "-j", "1", "--fail-fast" })
    assert.equal(2, got.code)
    assert.same({ a = "fail" }, got.verdicts)
    assert.same({ "after_all" }, got.hooks)
  end)

  it("that a step ends is an error, and nothing runs in it any more", function()
    local got = run([==[
[[scenario]]
name = "a"
room = "shared"
run = "kill -9 -1; kill -9 1"
[[scenario]]
name = "b"
room = "shared"
run = ["true"]
]==])
    assert.are_not.equal(0, got.code)
    assert.are_not.equal("pass", got.verdicts.a)
  end)

  it("has the images of its services", function()
    local got = run([==[
[services.web]
image = "rootfs:root"
command = ["sleep", "600"]
[[scenario]]
name = "a"
room = "shared"
run = ["cat", "/etc/motd"]
[[scenario]]
name = "b"
room = "shared"
run = "test ! -e /usr/bin/env && grep -q test /etc/motd"
]==], nil, function(dir)
      image.busybox(dir .. "/root")
    end)
    assert.same({ a = "pass", b = "pass" }, got.verdicts)
    assert.equal(0, got.code)
  end)

  it("is made anew for each repetition", function()
    local got = run([==[
[[scenario]]
name = "a"
room = "shared"
run = "test ! -e n && touch n"
[[scenario]]
name = "b"
room = "shared"
run = "test -e n"
]==], { "--repeat", "3" })
    assert.equal(0, got.code, got.failures[1] and got.failures[1].message)
  end)
end)
