--- A run that has a terminal: its live region, its keys, and the terminal as it was afterwards.
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")
local text = require("core.text")
local tmux = dofile("tests/tools/tmux.lua")

--- Scenarios whose steps wait for a signal: MARK stands for a word that no other process has.
local WAITS = [==[
[meta]
name = "x"
[[scenario]]
name = "first"
[[scenario.steps]]
name = "waits for go1"
command = """trap 'exit 0' USR1; echo begun; echo the last words
while :; do sleep 0.02; done # MARK-1"""
timeout = "5m"
[[scenario]]
name = "second"
[[scenario.steps]]
name = "quick"
command = ["true"]
[[scenario.steps]]
name = "waits for go2"
command = "trap 'exit 0' USR1; while :; do sleep 0.02; done # MARK-2"
timeout = "5m"
]==]

describe("a run on a terminal", function()
  local dir, screen, mark

  before_each(function()
    dir = support.tempdir()
    mark = "mark" .. dir:match("[^/]+$")
    support.write(dir .. "/x.clnrm.toml", (WAITS:gsub("MARK", mark)))
  end)

  after_each(function()
    if screen then
      screen:close()
      screen = nil
    end
    support.remove(dir)
  end)

  --- Finds the shell of a step, once it can take the signal.
  local function pid_of(n)
    for _ = 1, 3000 do
      local pipe = io.popen(("pgrep -f '[m]%s-%d'"):format(mark:sub(2), n))
      local pid = pipe:read("n")
      pipe:close()
      local status = pid and support.read(("/proc/%d/status"):format(pid)) or ""
      local caught = tonumber(status:match("SigCgt:%s*(%x+)") or "0", 16)
      if caught & 1 << 9 ~= 0 then -- SIGUSR1
        return pid
      end
      task.sleep(20)
    end
    error("the step never began")
  end

  --- Finds the job that the shell has written down, once it has the terminal: before that, nothing
  --- waits for it.
  local function foreground_pid()
    for _ = 1, 3000 do
      local pid = tonumber(support.read(dir .. "/pid") or "")
      local stat = pid and assert(support.read(("/proc/%d/stat"):format(pid)), "the job has ended")
      local group, owner = (stat or ""):match("%) %S+ %S+ (%S+) %S+ %S+ (%S+)")
      if stat and group == owner then
        return pid
      end
      task.sleep(20)
    end
    error("the job never got the terminal")
  end

  --- Lets steps end.
  local function go(...)
    for _, n in ipairs({ ... }) do
      os.execute("kill -USR1 " .. pid_of(n))
    end
  end

  --- Starts a run with one scenario at once; returns when its live region is there.
  local function start(options, o)
    screen = tmux.open(dir, o)
    screen:type('"$CLNRM" run -j1 ' .. (options or "") .. '; echo "exit=$?"')
    screen:wait("0/%d .-first")
  end

  --- Expects the modes of the terminal as a shell wants them.
  local function expect_modes()
    screen:type("stty -a | tr ' ' '\\n' | grep -x -e -icanon -e icanon -e echo -e -echo | xargs; :")
    screen:wait("\nicanon echo\n")
  end

  --- Expects that, and nothing left of the region.
  local function expect_restored(got)
    assert.is_nil(got:find("Running [00:", 1, true), got)
    assert.is_nil(got:find("t status", 1, true), got)
    expect_modes()
  end

  it("shows what runs below the results, and takes it away in the end", function()
    start()
    screen:wait({ "Running %[00:%d%d:%d%d%] [^\n]* 0/2  1 running\n",
      "step 1/1 \"waits for go1\"", "t status · p pause · q stop" })
    go(1)
    screen:wait({ "PASS %[[^\n]*first\n", "Running %[[^\n]*1/2",
      "second  step 2/2 \"waits for go2\"" })
    go(2)
    local got = screen:wait("exit=0")
    assert.matches("Summary [^\n]*2 run: 2 passed\n", got)
    assert.equal(1, select(2, got:gsub("───\n", "")), got)
    expect_restored(got)
  end)

  it("follows a terminal that is resized, and cuts names in the middle", function()
    start(nil, { width = 100, height = 20 })
    screen:resize(30, 12)
    screen:wait(function(got)
      return got:find("[^\n]*%[ *%d+%.%ds%] x%.cln[^\n]*…") or got:find("0/2\n")
    end)
    screen:resize(120, 24)
    screen:wait("step 1/1 \"waits for go1\"")
    go(1, 2)
    local got = screen:wait("exit=0")
    assert.matches("PASS [^\n]*first\n", got)
    assert.matches("PASS [^\n]*second\n", got)
    assert.matches("───\n     Summary [^\n]*2 passed\nexit=0", got)
    expect_modes() -- what was broken by the terminal may be left above
  end)

  it("bears a storm of sizes, down to one column", function()
    start()
    for _, size in ipairs({ { 1, 1 }, { 20, 5 }, { 5, 20 }, { 2, 2 }, { 200, 3 }, { 19, 4 } }) do
      screen:resize(size[1], size[2])
    end
    screen:resize(60, 24) -- a rule of this width was in no frame before, and the older ones break
    local got = screen:wait(function(shown)
      return ("\n" .. shown):find("\n" .. ("─"):rep(60) .. "\n +Running")
    end)
    assert.matches("READY .-\n +Starting 2 scenarios", got) -- what stood above is still there
    go(1, 2)
    assert.matches("Summary [^\n]*2 passed", screen:wait("exit=0"))
    expect_modes()
  end)

  it("gives the terminal to the shell at Ctrl-Z, and takes it again at fg", function()
    screen = tmux.open(dir)
    screen:type('"$CLNRM" run -j1')
    screen:wait("0/%d .-first")
    screen:press("C-z")
    screen:wait("Stopped")
    expect_restored(screen:screen())
    screen:type("clear; fg")
    screen:wait("Running %[[^\n]*0/2")
    go(1)
    screen:wait("second  step 2/2")
    go(2)
    screen:wait("2 passed")
    screen:type("echo over")
    expect_restored(screen:wait("\nover"))
  end)

  it("tells of every running test when t is pressed", function()
    start()
    screen:wait("step 1/1")
    local told = "Running %[[^\n]* › first  step waits for go1, pid (%d+)\n"
    local got = screen:press_until("t", { told, "printed the last words\n" })
    assert.matches("sh", support.read("/proc/" .. got:match(told) .. "/comm"))
    go(1, 2)
    screen:wait("exit=0")
  end)

  it("keeps a snapshot of the bar at Enter", function()
    start()
    screen:press("Enter")
    screen:wait(function(got)
      return select(2, got:gsub("Running %[00:", "")) == 2
    end)
    go(1, 2)
    local got = screen:wait("exit=0")
    assert.equal(1, select(2, got:gsub("Running %[00:", "")))
  end)

  it("begins nothing new while it is paused", function()
    start()
    screen:press("p")
    screen:wait("paused")
    go(1)
    screen:wait("PASS [^\n]*first")
    local got = screen:wait("1/2  paused · 0 running")
    assert.is_nil(got:find("second", 1, true))
    screen:press("p")
    screen:wait("second  step 2/2")
    go(2)
    screen:wait("exit=0")
  end)

  it("ends though it is paused when nothing is left to begin", function()
    start("--only first")
    screen:press("p")
    screen:wait("paused")
    go(1)
    assert.matches("1 passed", screen:wait("exit=0"))
  end)

  it("stops as by SIGINT when q is pressed", function()
    start()
    screen:press("q")
    local got = screen:wait("exit=130")
    assert.matches("ABORT [^\n]*first", got)
    assert.matches("Stopped by SIGINT", got)
    assert.matches("1 not run", got)
    expect_restored(got)
  end)

  it("reads no keys with --no-input", function()
    start("--no-input")
    assert.is_nil(screen:screen():find("t status", 1, true))
    screen:press("q")
    go(1, 2)
    local got = screen:wait("exit=0")
    assert.matches("2 passed", got)
  end)

  it("gives the terminal back when a step is killed", function()
    start()
    os.execute("kill -9 " .. pid_of(1))
    go(2)
    local got = screen:wait("exit=1")
    assert.matches("FAIL [^\n]*first", got)
    expect_restored(got)
  end)

  for name, code in pairs({ TERM = 143, HUP = 129, QUIT = 131, SEGV = 139 }) do
    it("gives the terminal back when it gets SIG" .. name, function()
      screen = tmux.open(dir)
      -- a sanitizer's program must leave the signal to clnrm
      screen:type('ulimit -c 0; export ASAN_OPTIONS=handle_segv=0; '
        .. '"$CLNRM" run -j1 & echo $! >pid; fg >/dev/null; echo "exit=$?"')
      screen:wait("Running %[00:[^\n]*0/2")
      os.execute(("kill -%s %d"):format(name, foreground_pid()))
      expect_restored(screen:wait("exit=" .. code))
    end)
  end

  it("never breaks a line of its region", function()
    start(nil, { width = 44, height = 20 })
    for line in screen:wait("› first"):gmatch("[^\n]+") do
      assert.is_true(text.width(line) <= 44, line)
    end
    go(1, 2)
    screen:wait("exit=0")
  end)
end)

--- Runs clnrm on a terminal that nobody reads before its record tells the end of COUNT scenarios,
--- or has not grown for half a minute; prints which, and then what the terminal was shown.
local UNREAD = [==[
import glob, os, pty, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
def record():
    for path in glob.glob(os.environ["HOME"] + "/.local/state/clnrm/runs/*.ndjson"):
        with open(path, "rb") as f:
            return f.read()
    return b""
def ended():
    return record().count(b'"event":"scenario_end"')
count, size, grew = int(sys.argv[1]), 0, time.monotonic()
while ended() < count and time.monotonic() < grew + 30:
    if len(record()) != size:
        size, grew = len(record()), time.monotonic()
    time.sleep(0.05)
print("over unread" if ended() == count else "%d over: a reader is waited for" % ended())
sys.stdout.flush()
while True:
    try:
        bytes = os.read(fd, 65536)
    except OSError:
        break
    if not bytes:
        break
    sys.stdout.buffer.write(bytes)
]==]

describe("a terminal that nobody reads", function()
  it("does not hold up the run, and gets every line in the end", function()
    local dir = support.tempdir()
    local parts = { '[meta]\nname = "x"\n' }
    for i = 1, 60 do
      parts[#parts + 1] = ('[[scenario]]\nname = "n%d"\n'
        .. 'run = "head -c 6000 /dev/zero | tr \\\\0 x; sleep 0.02"\n'):format(i)
    end
    support.write(dir .. "/x.clnrm.toml", table.concat(parts))
    support.write(dir .. "/unread.py", UNREAD)
    local command = "python3 unread.py 60 $CLNRM run -vv -j2"
    local got = support.sh(command, { cwd = dir, deadline_s = 250 })
    support.remove(dir)
    assert.matches("^over unread", got.out)
    for i = 1, 60 do
      assert.is_truthy(got.out:find("n" .. i .. "\r\n", 1, true), i)
    end
    assert.matches("60 run: 60 passed", got.out)
  end)
end)

describe("a run on no terminal, or for the unwilling,", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/x.clnrm.toml", '[meta]\nname = "x"\n[[scenario]]\nname = "slow"\n'
      .. 'run = ["sleep", "0.6"]\n[[scenario]]\nname = "bad"\nrun = ["false"]\n')
  end)

  after_each(function()
    support.remove(dir)
  end)

  local ON_TTY = 'script -qec "$CLNRM run %s" /dev/null </dev/null'

  it("shows not one escape sequence", function()
    local function plain(command, env)
      local got = support.sh(command, { cwd = dir, env = env })
      assert.is_nil((got.out .. got.err):find("\27", 1, true), command)
      assert.matches("2 run: 1 passed, 1 failed", got.out)
    end
    plain("clnrm run | cat")
    plain(ON_TTY:format(""), { NO_COLOR = "1" })
    plain(ON_TTY:format(""), { TERM = "dumb" })
    plain(ON_TTY:format(""), { CI = "1" })
    plain(ON_TTY:format("--progress bar"), { TERM = "dumb" })
    local got = support.sh(ON_TTY:format(""), { cwd = dir })
    assert.matches("\27%[%?2026h", got.out) -- the test can tell
    got = support.sh(ON_TTY:format("--progress bar"), { cwd = dir, env = { NO_COLOR = "1" } })
    assert.matches("\27%[%?2026h", got.out)
    assert.is_nil(got.out:find("\27%[[%d;]*m"))
  end)

  it("has other modes of progress, each its own", function()
    local function tty(mode)
      return support.sh(ON_TTY:format("--progress " .. mode), { cwd = dir }).out
    end
    assert.matches("%(1/2%)", tty("counter"))
    assert.matches("BEGIN", tty("plain"))
    local none = tty("none")
    assert.is_nil(none:find("(1/2)", 1, true) or none:find("BEGIN", 1, true)
      or none:find("2026", 1, true))
    assert.matches('{[^\n]*"event":"run_end"', tty("json"))
  end)

  it("ends quietly when its reader has gone", function()
    local got = support.sh("clnrm run | head -1; exit ${PIPESTATUS[0]}", { cwd = dir })
    assert.matches("^ *Starting", got.out)
    assert.equal("", got.err)
    assert.is_true(got.code == 1 or got.code == 141, got.code) -- it may have written all before
  end)

  it("leaves standard output to the format, which can be read without standard error", function()
    local json = require("core.json")
    local function out(format, more)
      return support.sh(("clnrm run -f %s %s 2>/dev/null"):format(format, more or ""),
        { cwd = dir }).out
    end
    for _, progress in ipairs({ "auto", "bar", "counter", "plain", "none", "json" }) do
      assert.is_table(json.decode(out("json", "--progress " .. progress)))
    end
    for line in out("events"):gmatch("[^\n]+") do
      assert.is_table(json.decode(line), line)
    end
    assert.matches("^TAP version 14\n.*\n1%.%.2\n$", out("tap"))
    support.write(dir .. "/r.xml", out("junit"))
    assert.equal(0, support.sh("xmllint --noout --nonet r.xml", { cwd = dir }).code)
  end)
end)
