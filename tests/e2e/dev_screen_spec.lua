--- The full screen of `clnrm dev`: what it shows, its sizes, and the terminal afterwards.
local screens = dofile("tests/tools/dev_screen.lua")
local support = dofile("tests/e2e/support.lua")
local text = require("core.text")

--- Runs clnrm on a terminal of which nothing is read before the end; saves a test 40 times, each
--- when its record tells that the one before was run, and ends it by SIGTERM.
local UNREAD = [==[
import fcntl, glob, os, pty, signal, struct, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
def ended():
    count = 0
    for path in glob.glob(os.environ["HOME"] + "/.local/state/clnrm/runs/*.ndjson"):
        with open(path, "rb") as f:
            count += f.read().count(b'"event":"run_end"')
    return count
def wait(count):
    for _ in range(1500):
        if ended() >= count:
            return True
        time.sleep(0.02)
saves = 0
while wait(saves + 1) and saves < 40:
    saves += 1
    with open("new", "w") as f:
        f.write('[meta]\nname = "x"\n[[scenario]]\nname = "%s"\nrun = "false"\n'
            % ("n%d" % saves * 20))
    os.rename("new", "db.clnrm.toml")
print("saves were run: %d" % saves)
os.kill(pid, signal.SIGTERM)
shown = b""
while True:
    try:
        some = os.read(fd, 65536)
    except OSError:
        break
    if not some:
        break
    shown += some
print("ended: %d" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print("left: %s" % (shown.count(b"\x1b[?1049h") == shown.count(b"\x1b[?1049l") == 1))
print("told: %s" % (b" 3 run: " in shown))
]==]

describe("the full screen of clnrm dev", function()
  local screen

  before_each(function()
    screen = screens.new()
    screen:tests("cli", { "helps: echo usage", "is wrong: echo out; echo bad >&2; false" })
    screen:tests("db", { "migrates: true" })
  end)

  after_each(function()
    screen:close()
  end)

  it("shows what runs, what came of it, and what stands in the end", function()
    screen:tests("db", { "migrates: " .. screen:waiting(1) })
    screen:start(nil, { width = 100, height = 24, wanted = "⠋?[^\n]*migrates" })
    local got = screen:wait("1 running")
    assert.matches("^ clnrm dev  ▶ running  run #1  %x+  sandbox  %d+ slot", got)
    screen:go(1)
    got = screen:wait("● watching 2 files")
    assert.matches("\n 2 passed  1 failed  first verdict [%d.]+ m?s  reload [%d.]+ m?s\n", got)
    assert.matches("│ ▾ cli%.clnrm%.toml +1/2 │", got)
    assert.matches("│   ✓ helps +[%d.]+ m?s ▁ +│", got)
    assert.matches("│❯  ✗ is wrong +[%d.]+ m?s █ +│", got) -- the first that is not good is chosen
    assert.matches("│   ✓ migrates +[%d.]+ m?s ▁ +│", got)
    assert.matches("─ cli%.clnrm%.toml:7  is wrong ─[^ ]* FAIL ─┐\n", got)
    assert.matches("error%[T001%]: step \"run\": exit code 1, expected 0", got)
    screen:press("q")
    got = screen:expect_restored("exit=1")
    assert.matches("\n      Stands 3 run: 2 passed, 1 failed\n +FAIL %[[^\n]*› is wrong  T001\n",
      got)
    assert.is_nil(got:find("Starting", 1, true)) -- nothing of the reports beside it
  end)

  it("runs what a save touches, and says why and how long it took", function()
    screen:start(nil, { width = 100 })
    screen:tests("cli", { "helps: echo usage", "is wrong: true" })
    local got = screen:wait("3 passed  save to verdict [%d.]+ m?s")
    assert.matches("run #2", got)
    assert.matches("✓ is wrong +[%d.]+ m?s █▁", got)
    assert.matches("\n %d%d:%d%d:%d%d saved cli%.clnrm%.toml → 1 file affected", got)
    screen:press("w")
    got = screen:wait("─ Why run #2 ─")
    assert.matches("│ saved cli%.clnrm%.toml +│", got)
    assert.matches("│ cli%.clnrm%.toml: the test file itself %(cli%.clnrm%.toml%)", got)
    screen:press("q") -- takes the text away, and is no end
    screen:wait("● watching 2 files")
    screen:press("q")
    screen:expect_restored("exit=0")
  end)

  it("shows where the page is, at 80 columns too", function()
    screen:start("--ui", { width = 80, height = 24 })
    local got = screen:wait("● watching 2 files")
    local url = got:match("\n 2 passed  1 failed  (http://127%.0%.0%.1:%d+/%x+/)\n")
    assert.equal(32, #(url or ""):match("(%x*)/$"), got)
    assert.matches("\n %d%d:%d%d:%d%d " .. url, got)
    screen:tests("cli", { "helps: echo usage", "is wrong: true" })
    screen:wait("\n 3 passed  " .. url)
    screen:press("q")
    screen:expect_restored("exit=0")
  end)

  it("shows a file that cannot be read, and keeps what its tests were", function()
    screen:start()
    screen:save("cli.clnrm.toml", "[meta\n")
    local got = screen:wait("cli%.clnrm%.toml +broken")
    assert.matches("✓ helps", got)
    assert.matches("1 in error", got)
    screen:press("g")
    assert.matches("cli%.clnrm%.toml:1:6", screen:wait("error%[P014%]"))
    screen:save("clnrm.toml", "[project\n")
    screen:wait("! settings are wrong")
  end)

  it("shows what is wrong with the settings until they are right", function()
    screen:start(nil, { width = 100 })
    screen:save("clnrm.toml", "[limits]\nbad = 1\n")
    local got = screen:wait("! settings are wrong")
    assert.matches("│ error%[E201%]: [^\n]*\n", got)
    assert.matches("clnrm%.toml:1:2", got)
    assert.matches("\n %d%d:%d%d:%d%d clnrm%.toml:1:2: E201: unknown key", got)
    screen:tests("cli", { "helps: true", "is wrong: true" })
    got = screen:wait("3 passed")
    assert.matches("error%[E201%]", got)
    screen:save("clnrm.toml", '[project]\nname = "p"\n')
    screen:wait(function(shown)
      return shown:find("● watching 2 files") and not shown:find("E201")
    end)
    screen:press("q")
    screen:expect_restored("exit=0")
  end)

  it("never shows what tests print as a command to the terminal", function()
    screen:save("db.clnrm.toml", '[meta]\nname = "x"\n[[scenario]]\n'
      .. 'name = "evil \\u001b[2J\\u001b]2;owned\\u0007"\n'
      .. "run = 'printf \"\\033[2J\\033]2;owned\\007\"; false'\n")
    screen:start(nil, { width = 120 })
    screen:press("G", "2")
    assert.matches("␛%[2J␛%]2;owned␇", screen:wait("%[2 output%]"))
    assert.matches("evil ␛%[2J", screen:wait("clnrm dev"))
    assert.not_equal("owned\n", screen.terminal:tmux("display", "-p", "#{pane_title}"))
  end)

  it("keeps its columns whatever the names and outputs join", function()
    local joined = "🇩🇪👩\u{200d}👩\u{200d}👧❤\u{fe0f}👍🏽"
    screen:tests("db", { joined .. ": echo " .. joined .. "; false" })
    screen:start(nil, { width = 80, height = 24 })
    screen:press("G", "2")
    local got = screen:wait("stdout %(%d+ bytes%)")
    assert.matches("✗ DE👩👩👧❤👍 ", got)
    assert.matches("│ DE👩👩👧❤👍 +│\n", got)
    for _, keys in ipairs({ { "5" }, { "?" }, { "Escape", "g", "1" } }) do
      screen:press(table.unpack(keys))
    end
    screen:wait("❯▾ cli%.clnrm%.toml")
    -- A frame that is drawn from nothing has no rests of those before.
    local function without_times(shown)
      return shown:gsub("%d%d:%d%d:%d%d", "")
    end
    got = without_times(screen.terminal:screen())
    for line in got:gmatch("[^\n]*│\n") do
      assert.equal(80, text.width((line:gsub("\n", ""))), line)
    end
    screen:press("C-l")
    screen:press("?", "Escape") -- keys are taken in their order: it was drawn anew before
    assert.equal(got, without_times(screen:wait("❯▾ cli%.clnrm%.toml")))
  end)

  it("shows what becomes of the tests of a chosen file while they run", function()
    screen:tests("db", { "first: " .. screen:waiting(1), "second: " .. screen:waiting(2) })
    screen:start("--jobs 2", { wanted = "2 running", width = 100, height = 24 })
    screen:press("G", "k", "k")
    screen:wait("❯▾ db%.clnrm%.toml")
    screen:go(1)
    screen:wait("1 running[^\n]*\n.*│ ✓ first [^\n]*\n") -- in the other pane
    screen:go(2)
    screen:wait("│ ✓ second ")
  end)

  it("takes the console of a machine, whose entry has no size and no second screen", function()
    screen:start(nil, { before = "TERM=linux", width = 90, height = 24 })
    assert.matches("^ clnrm dev  ● watching 2 files", screen:wait("✗ is wrong"))
    screen:press("q")
    screen:wait("Stands 3 run: 2 passed, 1 failed\n.*exit=1")
    screen.terminal:type("stty -a | tail -n +2 | cmp - ../modes && echo modes as before")
    screen:wait("\nmodes as before\n")
  end)

  it("has both panes from 80x20 on, one below, and says so below 40x10", function()
    screen:start(nil, { width = 80, height = 20 })
    assert.matches("─ Tests ─[^\n]*┐┌─[^\n]*FAIL", screen:wait("● watching 2 files"))
    screen.terminal:resize(79, 20)
    local got = screen:wait(function(shown)
      return shown:find("Tests ─") and not shown:find("FAIL ─")
    end)
    assert.matches("✗ is wrong", got)
    screen.terminal:resize(40, 10)
    got = screen:wait("^ ●  2 passed  1 failed\n┌─ Tests ─[^ ]* all ─┐\n")
    for line in got:gmatch("[^\n]+") do
      assert.is_true(text.width(line) <= 40, line)
    end
    assert.matches("\n a Enter all", got)
    screen:press("Tab")
    screen:wait("\n│%[1 error%] 2  3  4  5 +│\n")
    screen:press("5")
    screen:wait("\n│ 1  2  3  4 %[5 files%] +│\n")
    screen.terminal:resize(39, 10)
    screen:wait("^too small: 39x10\nclnrm dev needs 40x10\n2 passed, 1 failed\n")
    screen.terminal:resize(200, 60)
    got = screen:wait("\n a Enter all [^\n]*q quit\n$") -- in the last row
    assert.matches("─ Tests ─[^\n]*┐┌─[^\n]*FAIL", got)
    assert.equal(60, select(2, got:gsub("\n", "")))
    screen:press("q")
    screen:expect_restored("exit=1")
  end)

  it("tells by words and signs without colour, and by words in ASCII", function()
    screen:start(nil, { env = { NO_COLOR = "1" } })
    screen:wait("✗ is wrong")
    local got = screen.terminal:tmux("capture-pane", "-p", "-e")
    assert.is_nil(got:find("\27%[[%d;]*3[0-7][m;]"), got)
    screen:press("q")
    screen:wait("exit=1")
    screen.terminal:close()
    screen:start(nil, { env = { LC_ALL = "C", LANG = "C" } })
    got = screen:wait("FAIL is wrong")
    assert.matches("ok +helps", got)
    assert.matches("^ clnrm dev  %* watching 2 files", got)
    assert.is_nil(got:find("[\128-\255]"), got)
  end)

  it("gives the terminal to the shell at Ctrl-Z, in a run and between two", function()
    screen:tests("db", { "migrates: " .. screen:waiting(1) })
    screen:start(nil, { wanted = "1 running" })
    local function stop()
      screen:press("C-z")
      screen:expect_restored("Stopped")
      screen.terminal:type("clear; echo from before; fg >/dev/null")
    end
    stop()
    screen:wait("1 running")
    screen:go(1)
    screen:wait("● watching 2 files")
    stop()
    screen:wait("● watching 2 files")
    screen:press("q")
    screen:wait("Stands 3 run")
  end)

  it("is drawn anew after a stop that nobody announced", function()
    screen:start()
    os.execute("kill -STOP " .. screen:pid())
    screen:wait("Stopped")
    screen.terminal:type("fg >/dev/null")
    screen:wait(function(shown)
      return shown:find("^ clnrm dev  ● watching 2 files") and not shown:find("Stopped")
    end)
    screen:press("q")
    screen:expect_restored("Stands 3 run")
  end)

  it("waits in the background until it is in front again", function()
    screen:start()
    screen:press("C-z")
    screen:wait("Stopped")
    screen.terminal:type("bg")
    screen:tests("cli", { "helps: true", "is wrong: true" })
    screen.terminal:type("clear; echo still a shell; fg >/dev/null")
    screen:wait("● watching 2 files +run #2 [^\n]*\n 3 passed")
    screen:press("q")
    screen:wait("Stands 3 run: 3 passed")
  end)

  it("goes on, and ends, on a terminal that nobody reads", function()
    support.write(screen.dir .. "/unread.py", UNREAD)
    local got = support.sh("python3 ../unread.py $CLNRM dev",
      { cwd = screen.dir .. "/p", deadline_s = 120 })
    assert.equal("saves were run: 40\nended: 143\nleft: True\ntold: True\n", got.out)
  end)

  for name, code in pairs({ TERM = 143, HUP = 129 }) do
    it("ends with the code of SIG" .. name .. " also while nothing runs", function()
      screen:start()
      os.execute(("kill -%s %d"):format(name, screen:pid()))
      screen:expect_restored("exit=" .. code)
    end)
  end

  for name, shown in pairs({ KILL = false, SEGV = "exit=139", TERM = "exit=143", HUP = "exit=129",
    INT = "exit=130" }) do
    it("leaves the terminal as it was when it gets SIG" .. name, function()
      screen:tests("db", { "migrates: " .. screen:waiting(1) })
      screen:start(nil, { wanted = "1 running" })
      os.execute(("kill -%s %d"):format(name, screen:pid()))
      screen:expect_restored(shown or nil)
    end)
  end

  it("leaves the terminal as it was when a program of a key is ended with the loop", function()
    support.write(screen.dir .. "/editor", "#!/bin/sh\nstty raw -echo\n"
      .. "printf '\\033[?1049h\\033[?25l\\033[5;1Hpicture of the editor'\nsleep 300\n")
    assert(os.execute("chmod +x " .. screen.dir .. "/editor"))
    screen:tests("db", { "migrates: true" })
    screen:start(nil, { env = { EDITOR = screen.dir .. "/editor" } })
    screen:press("e")
    screen:wait("picture of the editor")
    os.execute("kill -TERM " .. screen:pid())
    local shown = screen:expect_restored("exit=143")
    assert.matches("from before\n.*\n *Stands %d+ run", shown)
    assert.is_nil(shown:find("picture", 1, true))
  end)

  it("ends at Ctrl-C with the code of what stands", function()
    screen:start()
    screen:press("C-c")
    assert.matches("Stands 3 run", screen:expect_restored("exit=1"))
  end)

  it("says what is wrong with how it was called", function()
    screen:start("nowhere.clnrm.toml", { wanted = "exit=2" })
    assert.matches("nowhere%.clnrm%.toml", screen:expect_restored("exit=2"))
  end)

  local REFUSED = {
    ["a terminal whose cursor cannot be moved"] = { before = "TERM=dumb", why = "'dumb'" },
    ["one that nobody knows"] = { before = "TERM=no-such", why = "'no%-such'" },
    ["one that is too small"] = { width = 39, height = 12, why = "39x12" },
    ["where CI is set"] = { before = "CI=1", options = "--force", why = "CI is set" },
    ["--no-input"] = { options = "--no-input", why = "%-%-no%-input" },
  }
  for name, one in pairs(REFUSED) do
    it("is inline instead, with the reason: " .. name, function()
      screen:start(one.options, { before = one.before, height = one.height,
        width = one.width or 120, wanted = "Waiting" })
      local got = screen.terminal:screen(true):gsub("\n", " ")
      assert.matches("note: no full screen: [^;]*" .. one.why .. "[^;]*; this is", got)
      screen:press("C-c")
      screen:wait("exit=1")
    end)
  end

  it("is inline with --inline, and for programs, without a word", function()
    for _, options in ipairs({ "--inline", "-f events" }) do
      local got = support.sh(([[
"$CLNRM" dev %s >../log 2>../err & pid=$!
for _ in $(seq 3000); do grep -q -e Waiting -e reload_end ../log && break; sleep 0.02; done
kill -INT $pid; wait $pid; echo "code $?"; cat ../err]]):format(options),
        { cwd = screen.dir .. "/p" })
      assert.equal("code 1\n", got.out)
    end
  end)
end)
