--- What outlives a test is told by kind and name, and is no verdict.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local HEAD = '[meta]\nname = "x"\n'
local SERVICE = [==[
[services.s]
command = '''%s'''
volumes = [{ host_path = "data", container_path = "/data" }]
wait = { log = "up" }
]==]

describe("a leak", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    assert(os.execute("mkdir " .. dir .. "/data"))
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Runs a file; returns its scenario_end events in the order of the file, and the result.
  local function run(text, ...)
    support.write(dir .. "/x.clnrm.toml", HEAD .. text)
    local got = support.run({ "run", "--report", "events=e", ... }, { cwd = dir })
    local ends = {}
    for line in (support.read(dir .. "/e") or ""):gmatch("[^\n]+") do
      local e = json.decode(line)
      if e.event == "scenario_end" then
        ends[e.name] = e
      end
    end
    return ends, got
  end

  local function names(list, kind)
    local out = {}
    for _, leak in ipairs(list or {}) do
      out[#out + 1] = leak.kind == kind and leak.name or nil
    end
    return out
  end

  it("is named once in the sum, with how often", function()
    local steps = [==[
[[scenario]]
name = "one"
[[scenario.steps]]
name = "a"
command = "for i in 1 2 3; do sleep 60 & until grep -q sleep /proc/$!/comm; do :; done; done"
[[scenario.steps]]
name = "b"
command = "sleep 60 & until grep -q sleep /proc/$!/comm; do :; done"
]==]
    local _, got = run(steps)
    local _, count = got.out:gsub("leaked process sleep", "")
    assert.equal(1, count, got.out)
    assert.matches("leaked process sleep, 4 times", got.out, 1, true)
    _, got = run(steps, "-v")
    assert.matches("leaked process sleep, 3 times +step a\n", got.out)
    assert.matches("leaked process sleep +step b\n", got.out)
    for _, flag in ipairs({ "--color=never", "-v" }) do
      _, got = run('[[scenario]]\nname = "many"\n'
        .. 'run = "for i in $(seq 25); do sleep 60 & done;'
        .. ' until test $(grep -l sleep /proc/[0-9]*/comm | wc -l) = 25; do :; done"\n', flag)
      assert.matches("leaked process sleep, 20 times.*\n +and 5 more\n", got.out)
    end
  end)

  it("is a process, and the port that it listens on, before they are killed", function()
    local ends, got = run([==[
[[scenario]]
name = "one"
[[scenario.steps]]
name = "serves"
command = '''
python3 -c '
import socket, time
s = socket.create_server(("127.0.0.1", 8123))
t = socket.create_server(("::1", 8124), family=socket.AF_INET6)
open("there", "w").close()
time.sleep(71)' &
until [ -e there ]; do sleep 0.01; done
'''
[[scenario]]
name = "two"
run = ["true"]
]==])
    assert.equal(0, got.code, got.out)
    local one = ends.one
    assert.equal("pass", one.verdict)
    assert.same({ "leak" }, one.marks)
    assert.same({ "python3" }, names(one.leaks, "process"))
    assert.same({ "8123", "8124" }, names(one.leaks, "port"))
    assert.equal("serves", one.leaks[1].step)
    assert.same({}, ends.two.marks)
    assert.matches("LEAK [^\n]*one\n", got.out)
    assert.matches("2 passed %(1 leaky%)", got.out)
    assert.matches("leaked port 8123 of python3", got.out)
  end)

  it("cannot be forged by the name of a process", function()
    local ends = run([==[
[[scenario]]
name = "one"
[[scenario.steps]]
name = "hides"
command = '''
cp "$(command -v sleep)" './a,b;22'
'./a,b;22' 71 & sleep 0.05
'''
]==])
    assert.same({ "a?b?22" }, names(ends.one.leaks, "process"))
    assert.same({}, names(ends.one.leaks, "port"))
  end)

  it("is a file in a volume of the host; what its service removes is none", function()
    support.write(dir .. "/data/old", "x")
    local ends, got = run(SERVICE:format("touch /data/pid; echo up; "
      .. "trap \"rm /data/pid; exit 0\" TERM; while :; do sleep 0.05; done") .. [==[
[[scenario]]
name = "one"
[[scenario.steps]]
name = "writes"
service = "s"
command = "mkdir /data/new; echo > /data/new/x; echo > /data/old; echo > /data/left"
[[scenario]]
name = "two"
[[scenario.steps]]
name = "reads"
service = "s"
command = "cat /data/left"
]==], "-v", "-j1")
    assert.equal(0, got.code, got.out)
    assert.same({ "data/left", "data/new" }, names(ends.one.leaks, "file"))
    assert.is_nil(ends.two.leaks)
    assert.matches("leaked file data/left\n", got.out)
  end)

  it("is not looked for behind a link that a test has put in the place of its volume", function()
    local outside = support.tempdir()
    support.write(outside .. "/secret", "x")
    support.write(dir .. "/data/sub/old", "x")
    local ends, got = run(SERVICE:format("echo up; sleep 60") .. ([==[
[services.b]
command = "sleep 60"
volumes = ["data/sub:/sub"]
[[scenario]]
name = "one"
[[scenario.steps]]
name = "starts both"
command = "true"
[[scenario.steps]]
name = "swaps"
service = "s"
command = "mv /data/sub /data/was && ln -s %s /data/sub"
]==]):format(outside))
    support.remove(outside)
    assert.equal(0, got.code, got.out)
    assert.same({ "data/was" }, names(ends.one.leaks, "file"))
    assert.matches("^volume data/sub: .*symbolic links", (ends.one.unwatched or { "-" })[1])
  end)

  it("is not looked for where it could not be told, and that is said", function()
    for i = 1, 2001 do
      support.write(("%s/data/%d"):format(dir, i), "")
    end
    local ends, got = run(SERVICE:format("echo up; sleep 60") .. [==[
[[scenario]]
name = "one"
[[scenario.steps]]
name = "writes"
service = "s"
command = "echo > /data/left"
]==], "-v")
    assert.is_nil(ends.one.leaks)
    assert.same({ "volume data: more than 2000 entries" }, ends.one.unwatched)
    assert.matches("unwatched volume data: more than 2000 entries", got.out)
  end)

  it("in a volume that two tests have at once is nobody's", function()
    local step = [==[
[[scenario]]
name = "%s"
[[scenario.steps]]
name = "writes"
service = "s"
command = "echo > /data/%s; until [ -e /data/a ] && [ -e /data/b ]; do sleep 0.02; done"
]==]
    local ends = run(SERVICE:format("echo up; sleep 60")
      .. step:format("a", "a") .. step:format("b", "b"), "-j2")
    for _, name in ipairs({ "a", "b" }) do
      assert.is_nil(ends[name].leaks)
      assert.matches("another test ha[ds] it at the same time", ends[name].unwatched[1])
    end
  end)
end)
