--- The developer loop: a save, the tests that it touches, their verdicts.
local loops = dofile("tests/tools/loop.lua")
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")

local named = loops.named

local WAITS = [==[
[meta]
name = "waits"
[room]
project = "ro"
[[steps]]
name = "s"
command = "until [ -e /project/go ]; do sleep 0.02; done"
timeout = "5m"
]==]

describe("the developer loop", function()
  local dir, loop

  before_each(function()
    dir = loops.project({
      ["a.clnrm.toml"] = named("a", "true"), ["b.clnrm.toml"] = named("b", "true"),
    })
  end)

  after_each(function()
    loop = loops.remove(dir, loop)
  end)

  --- Starts, and waits for the end of the first run.
  local function start(...)
    loop = loops.start(dir, ...)
    local begin, ended = loop:cycle()
    return begin, ended
  end

  it("runs everything first, then what a save touches, and says why", function()
    local begin, ended = start()
    assert.same({ a = "pass", b = "pass" }, loop:verdicts(begin))
    assert.equal(0, ended.exit_code)

    loop:save("a.clnrm.toml", named("a", "false"))
    begin, ended = loop:cycle()
    assert.same({ a = "fail" }, loop:verdicts(begin))
    assert.equal(1, ended.exit_code)
    assert.same({ dir .. "/a.clnrm.toml" }, begin.changed)
    assert.equal(2, begin.total)
    assert.equal(1, #begin.affected)
    assert.same({ "a.clnrm.toml", "itself" }, { begin.affected[1].file, begin.affected[1].kind })
    for _, stage in ipairs({ "debounce", "plan", "parse", "check", "room", "test", "show",
      "rest", "own", "first", "total" }) do
      assert.is_number(ended.stages[stage], stage)
    end
    assert.equal(1, ended.metrics.reloads)
  end)

  it("sees a save that is written in place", function()
    start()
    loop:write("b.clnrm.toml", named("b", "false"))
    assert.same({ b = "fail" }, loop:verdicts((loop:cycle())))
  end)

  it("gives memory back while it rests, and goes on", function()
    start()
    local first = loop:resident_kb()
    loop:await_rest(math.max(first - 1000, 1500)) -- sanitizers have more that is read all the time
    loop:save("a.clnrm.toml", named("a", "false"))
    assert.same({ a = "fail" }, loop:verdicts((loop:cycle())))
  end)

  it("ends with the code of what stands, not of the last run alone", function()
    start()
    loop:save("a.clnrm.toml", named("a", "false"))
    loop:cycle()
    loop:save("b.clnrm.toml", named("b2", "true"))
    local _, ended = loop:cycle()
    assert.equal(0, ended.exit_code)
    assert.equal(1, loop:stop())
  end)

  it("ends with 0 when all that stands is good", function()
    support.write(dir .. "/a.clnrm.toml", named("a", "false"))
    start()
    loop:save("a.clnrm.toml", named("a", "true"))
    loop:cycle()
    assert.equal(0, loop:stop())
  end)

  it("ends with what flaky tests do by the settings that stand", function()
    support.write(dir .. "/clnrm.toml", '[test_execution]\nflaky = "pass"\n')
    support.write(dir .. "/f.clnrm.lua", 'local clnrm, runs = require("clnrm"), 0\n'
      .. 'clnrm.test("f", function() runs = runs + 1; clnrm.expect(runs):equals(2) end)\n')
    local begin = start("--retries", "1")
    assert.equal("flaky", loop:verdicts(begin).f)
    loop:save("clnrm.toml", '[test_execution]\nflaky = "fail"\n')
    loop:cycle()
    assert.equal(1, loop:stop())
  end)

  it("ends with 143 when it is stopped while tests run", function()
    support.write(dir .. "/a.clnrm.toml", WAITS)
    loop = loops.start(dir)
    loop:await("step_begin", { name = "s" })
    assert.equal(143, loop:stop(15))
  end)

  it("ends with 143 or 129 when it is stopped while nothing runs", function()
    for code, signal in pairs({ [143] = 15, [129] = 1 }) do
      start()
      assert.equal(code, loop:stop(signal))
    end
  end)

  it("is refused where CI is set: nobody would end it", function()
    local got = support.run({ "dev" }, { cwd = dir, env = { CI = "true" } })
    assert.same({ 2, "" }, { got.code, got.out })
    assert.matches("error: .*CI is set.*\n.*%-%-once.*%-%-force", got.err)
    assert.equal(0, support.run({ "dev", "--once" }, { cwd = dir, env = { CI = "true" } }).code)
    assert.equal(0, support.run({ "run" }, { cwd = dir, env = { CI = "true" } }).code)
  end)

  it("tells an error of syntax, and goes on with the next save", function()
    start()
    loop:save("a.clnrm.toml", "[meta\n")
    local begin, ended = loop:cycle()
    assert.equal(2, ended.exit_code)
    assert.same({}, loop:verdicts(begin))
    local told
    for _, e in ipairs(loop.events) do
      told = told or e.event == "file_error" and e
    end
    assert.equal("a.clnrm.toml", told.file)
    loop:save("a.clnrm.toml", named("a", "true"))
    begin, ended = loop:cycle()
    assert.same({ a = "pass" }, loop:verdicts(begin))
    assert.equal(0, ended.exit_code)
  end)

  it("runs a test file that is new, and forgets one that is gone", function()
    start()
    loop:save("sub/c.clnrm.toml", named("c", "false"))
    local begin = loop:cycle()
    assert.same({ c = "fail" }, loop:verdicts(begin))
    assert.equal("new", begin.affected[1].kind)
    os.remove(dir .. "/sub/c.clnrm.toml")
    assert.equal("sub/c.clnrm.toml", loop:await("file_gone").file)
    assert.equal(0, loop:stop())
  end)

  it("ends a run that a save overtakes, and runs both saves", function()
    support.write(dir .. "/a.clnrm.toml", WAITS)
    loop = loops.start(dir, "-j1")
    loop:await("step_begin", { name = "s" })
    loop:save("b.clnrm.toml", named("b", "false"))
    assert.equal("save", loop:await("reload_end").interrupted)
    loop:await("step_begin", { name = "s" })
    support.write(dir .. "/go", "")
    -- The file is in the project that the room sees, so that it may begin once more.
    loop:await("scenario_end", { name = "waits", verdict = "pass" })
    loop:await("reload_end")
    local verdicts = loop:verdicts(loop.events[1])
    assert.same({ "pass", "fail" }, { verdicts.waits, verdicts.b })
  end)

  it("runs what a save of something else has cut short again", function()
    support.write(dir .. "/a.clnrm.toml", [==[
[meta]
name = "apart"
[room]
project = "none"
[[steps]]
name = "s"
command = ["sleep", "300"]
timeout = "5m"
]==])
    loop = loops.start(dir, "-j1")
    loop:await("step_begin", { name = "s" })
    loop:save("b.clnrm.toml", named("b", "false"))
    assert.equal("save", loop:await("reload_end").interrupted)
    local begin = loop:await("reload_begin")
    assert.same({ "again", "itself" }, { begin.affected[1].kind, begin.affected[2].kind })
  end)

  it("takes a mode by which a file can be executed for a save, and no other", function()
    support.write(dir .. "/a.clnrm.toml", named("a", "/project/run.sh"))
    support.write(dir .. "/run.sh", "#!/bin/sh\n")
    local begin = start()
    assert.equal("fail", loop:verdicts(begin).a)
    assert(os.execute("chmod 755 " .. support.quote(dir .. "/run.sh")))
    begin = loop:cycle()
    assert.same({ dir .. "/run.sh" }, begin.changed)
    assert.equal("pass", loop:verdicts(begin).a)
    assert(os.execute("chmod 711 " .. support.quote(dir .. "/run.sh")))
    support.write(dir .. "/other", "1")
    assert.same({ dir .. "/other" }, loop:cycle().changed)
  end)

  it("reads a file again that is saved while it is read", function()
    local next_text = dir .. "-home/next"
    assert(os.execute(("mkdir -p %s %s"):format(support.quote(dir .. "/.clnrm/override/engine"),
      support.quote(dir .. "-home"))))
    support.write(dir .. "/.clnrm/override/engine/model.lua", [==[
local fs, model = require("core.fs"), require("builtin.engine.model")
require("engine.override")(model, "load", function(base, path, opts)
  local read = table.pack(base(path, opts))
  local text = path:find("a.clnrm.toml", 1, true) and fs.read(os.getenv("NEXT"))
  if text then -- somebody saves it now
    os.remove(os.getenv("NEXT"))
    assert(fs.write_atomic(path, text))
  end
  return table.unpack(read, 1, read.n)
end)
return model
]==])
    loop = loops.start(dir, { NEXT = next_text })
    loop:cycle()
    support.write(next_text, named("a", "false"))
    loop:save("a.clnrm.toml", named("a", "true") .. "\n")
    loop:await("scenario_end", { name = "a", verdict = "fail" })
  end)

  it("takes a save of the same bytes for none", function()
    start()
    loop:save("a.clnrm.toml", named("a", "true"))
    loop:save("b.clnrm.toml", named("b2", "true"))
    local begin = loop:cycle()
    assert.same({ dir .. "/b.clnrm.toml" }, begin.changed)
  end)

  it("knows the template, the module and the file that a test uses", function()
    support.write(dir .. "/shared/m.tera", '{% macro s() %}command = ["true"]{% endmacro s %}')
    support.write(dir .. "/a.clnrm.toml", '{% import "shared/m.tera" as m %}\n'
      .. '[meta]\nname = "a"\n[[steps]]\nname = "s"\n{{ m::s() }}\n')
    support.write(dir .. "/helper.lua", 'return "true"\n')
    support.write(dir .. "/c.clnrm.lua", 'local clnrm = require("clnrm")\n'
      .. 'local word = require("helper")\n'
      .. 'clnrm.test("c", function(t) t:room():exec({ word }) end)\n')
    support.write(dir .. "/b.clnrm.toml", '[room]\nproject = "none"\n' .. named("b", "true"))
    start()
    loop:save("shared/m.tera", '{% macro s() %}command = ["false"]{% endmacro s %}')
    local begin = loop:cycle()
    local kinds = {}
    for _, one in ipairs(begin.affected) do
      kinds[one.file] = one.kind
    end
    assert.same({ ["a.clnrm.toml"] = "template", ["c.clnrm.lua"] = "seen" }, kinds)
    assert.equal("fail", loop:verdicts(begin).a)
    loop:save("helper.lua", 'return "false"\n')
    begin = loop:cycle()
    for _, one in ipairs(begin.affected) do
      kinds[one.file] = one.kind
    end
    assert.same({ ["a.clnrm.toml"] = "seen", ["c.clnrm.lua"] = "module" }, kinds)
  end)

  it("reads changed settings, and keeps those of before when they are wrong", function()
    support.write(dir .. "/clnrm.toml", "[cli]\njobs = 1\n")
    start()
    loop:save("clnrm.toml", "[cli]\njobs = 3\n")
    local begin = loop:await("reload_begin")
    assert.equal("project", begin.affected[1].kind)
    assert.equal(3, loop:await("run_begin").jobs)
    loop:await("reload_end")
    loop:save("clnrm.toml", "[cli]\njobs = -3\n")
    local wrong = loop:await("reload_failed").diagnostics[1]
    assert.same({ "clnrm.toml", 2 }, { wrong.file, wrong.line })
    loop:save("a.clnrm.toml", named("a2", "true"))
    assert.equal(3, loop:await("run_begin").jobs)
  end)

  it("takes what was saved beside wrong settings, with those of before", function()
    support.write(dir .. "/clnrm.toml", "[cli]\njobs = 1\n")
    start("--debounce-ms", "500")
    loop:save("clnrm.toml", "[cli\n")
    loop:save("new.clnrm.toml", named("new", "false"))
    assert(os.remove(dir .. "/b.clnrm.toml"))
    loop:await("reload_failed")
    assert.equal("b.clnrm.toml", loop:await("file_gone").file)
    local begin = loop:await("reload_begin")
    assert.equal(1, loop:await("run_begin").jobs)
    loop:await("reload_end")
    assert.equal("fail", loop:verdicts(begin).new)
    loop:save("clnrm.toml", "[cli]\njobs = 2\n")
    loop:await("settings_read")
    assert.equal(2, loop:await("run_begin").jobs)
  end)

  it("says that wrong settings have cut a run short, and no lost event", function()
    support.write(dir .. "/clnrm.toml", "[cli]\njobs = 1\n")
    support.write(dir .. "/a.clnrm.toml", loops.SLEEPS)
    loop = loops.start(dir)
    assert.equal("begin", loop:await("reload_begin").begun_by)
    loop:await("step_begin", { name = "s" })
    loop:save("clnrm.toml", "[cli]\njobs = -3\n")
    loop:await("reload_failed")
    local begin = loop:await("reload_begin")
    assert.same({ "again", "again" }, { begin.begun_by, begin.affected[1].kind })
    assert.same({}, begin.changed)
  end)

  it("keeps its project while the settings of it are away", function()
    support.write(dir .. "/clnrm.toml", "[cli]\njobs = 1\n")
    support.write(dir .. "/tests/c.clnrm.toml", named("c", "true"))
    loop = loops.start(dir .. "/tests")
    loop:cycle()
    assert(os.rename(dir .. "/clnrm.toml", dir .. "/away"))
    local failed = loop:await("reload_failed")
    assert.matches("clnrm.toml is gone", failed.message)
    assert.is_true(failed.is_gone)
    assert(os.rename(dir .. "/away", dir .. "/clnrm.toml"))
    loop:await("settings_read")
    assert.same({ c = "pass" }, loop:verdicts((loop:cycle())))
  end)

  it("takes nothing for a save that it writes itself", function()
    support.write(dir .. "/a.clnrm.toml", named("a", "true") .. 'expect.stdout.snapshot = "out"\n'
      .. '[report]\njson = "r.json"\n')
    start("--report", "junit=j.xml")
    assert.is_truthy(support.read(dir .. "/j.xml"))
    assert.is_truthy(support.read(dir .. "/r.json"))
    loop:save("b.clnrm.toml", named("b2", "true"))
    local begin = loop:cycle()
    assert.same({ dir .. "/b.clnrm.toml" }, begin.changed)
  end)

  it("begins what failed first when it is asked to", function()
    support.write(dir .. "/z.clnrm.toml", named("z", "false"))
    start("-j1", "--failed-first")
    loop:save("notes.txt", "seen by all rooms")
    loop:await("reload_begin")
    assert.equal("z", loop:await("scenario_begin").name)
  end)

  it("stops a run at its timebox", function()
    support.write(dir .. "/a.clnrm.toml", WAITS)
    local _, ended = start("--timebox", "300ms", "a.clnrm.toml")
    assert.same({ "deadline", 124 }, { ended.interrupted, ended.exit_code })
  end)

  it("waits between saves as long as it is told", function()
    start("--debounce-ms", "60")
    loop:save("a.clnrm.toml", named("a2", "true"))
    local _, ended = loop:cycle()
    assert.is_true(ended.stages.debounce >= 60)
  end)

  it("tells what the stages took, with --once", function()
    local got = support.run({ "dev", "--inline", "--once", "-v" }, { cwd = dir })
    assert.equal(0, got.code)
    assert.matches("Reload %[.-render %d.*room %d.*show %d", got.out)
    local document = support.run({ "dev", "--once", "--json" }, { cwd = dir }).out
    local told = assert(require("core.json").decode(document)) -- one document, all of it
    assert.is_number(told.loop.stages.total)
    assert.equal(0, told.loop.metrics.reloads)
    assert.equal(0, support.run({ "dev", "--once", "--report", "json=r.json" }, { cwd = dir }).code)
    told = assert(require("core.json").decode(support.read(dir .. "/r.json")))
    assert.is_number(told.loop.stages.total)
  end)

  it("refuses options that only a loop has elsewhere", function()
    assert.matches("only with %-%-watch", support.run({ "run", "--once" }, { cwd = dir }).err)
    for ms, word in pairs({ ["10"] = "below 50", ["2500"] = "longer than 2000" }) do
      local got = support.run({ "run", "-w", "--once", "--debounce-ms", ms }, { cwd = dir })
      assert.matches(word, got.err)
    end
  end)

  it("clears the screen where there is one", function()
    local tmux = dofile("tests/tools/tmux.lua")
    local screen = tmux.open(dir)
    screen:type("$CLNRM dev --inline --clear; echo ended:$?")
    local shown = screen:wait("Waiting")
    assert.is_nil(shown:find("--clear", 1, true))
    screen:press("C-c")
    screen:wait("ended:0")
    screen:close()
  end)

  it("keeps out of a log that lies beside the tests", function()
    local got = support.sh([[
"$CLNRM" run --watch >log 2>&1 & pid=$!
for _ in $(seq 3000); do grep -q Waiting log && break; sleep 0.02; done
sed -i s/true/false/ a.clnrm.toml
for _ in $(seq 3000); do grep -q FAIL log && break; sleep 0.02; done
for _ in $(seq 3000); do [ $(grep -c Waiting log) = 2 ] && break; sleep 0.02; done
kill -INT $pid; wait $pid; echo "code $?"; grep Saved log]], { cwd = dir })
    assert.equal("code 1\n       Saved a.clnrm.toml: 1 of 2 files affected "
      .. "(the test file itself)\n", got.out)
  end)

  it("is that of a file of Lua tests with --watch, too", function()
    support.write(dir .. "/c.clnrm.lua", 'local clnrm = require("clnrm")\n'
      .. 'clnrm.test("c", function() clnrm.expect(1):equals(1) end)\n')
    local got = support.sh([[
"$CLNRM" c.clnrm.lua --watch >log 2>&1 & pid=$!
for _ in $(seq 3000); do grep -q Waiting log && break; sleep 0.02; done
echo 'clnrm.test("d", function() clnrm.expect(1):equals(1) end)' >>c.clnrm.lua
for _ in $(seq 3000); do [ $(grep -c Waiting log) = 2 ] && break; sleep 0.02; done
kill -INT $pid; wait $pid; echo "code $?"; grep -o "[0-9] run: .*" log]], { cwd = dir })
    assert.equal("code 0\n1 run: 1 passed\n2 run: 2 passed\n", got.out)
  end)

  it("tells that nothing is affected", function()
    support.write(dir .. "/a.clnrm.toml", '[room]\nproject = "none"\n' .. named("a", "true"))
    os.remove(dir .. "/b.clnrm.toml")
    start()
    loop:save("notes.txt", "seen by no room")
    assert.same({ dir .. "/notes.txt" }, loop:await("unaffected").changed)
    assert.is_true(task.alive() > 0)
  end)

  it("tells of a file that no test hangs on thrice, and waits for it no more", function()
    support.write(dir .. "/a.clnrm.toml", '[room]\nproject = "none"\n' .. named("a", "true"))
    os.remove(dir .. "/b.clnrm.toml")
    start()
    for i = 1, 3 do
      loop:save("notes.txt", "seen by no room " .. i)
      assert.equal(i == 3 or nil, loop:await("unaffected").noise)
    end
    loop:save("notes.txt", "once more")
    task.sleep(1000)
    loop:save("other.txt", "")
    assert.same({ dir .. "/other.txt" }, loop:await("unaffected").changed)
    -- it counts again when a test hangs on it
    loop:save("a.clnrm.toml", named("a", 'grep", "-q", "good", "/project/notes.txt'))
    assert.same({ a = "fail" }, loop:verdicts((loop:cycle())))
    loop:save("notes.txt", "good")
    assert.same({ a = "pass" }, loop:verdicts((loop:cycle())))
  end)
end)
