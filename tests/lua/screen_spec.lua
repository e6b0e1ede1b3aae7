local screens = require("core.screen")
local support = dofile("tests/e2e/support.lua")
local tmux = dofile("tests/tools/tmux.lua")

--- Shows its size and each key that is pressed, one a row; BEFORE and AFTER are a test's own.
local PROGRAM = [==[
local task, term = require("core.task"), require("core.term")
io.open("pid", "w"):write(io.open("/proc/self/stat"):read("n")):close()
assert(term.guard())
local s <close> = assert(require("core.screen").open(os.getenv("TERM"), COLOR))
assert(s:enter())
local stay = task.spawn(function()
  while task.sleep(1000) do end
end)
local signals = require("core.signal").open("SIGWINCH", "SIGTSTP")
local rows = {}
local function draw()
  s:erase()
  s:put(0, 0, 80, ("%d rows, %d columns"):format(s:size()), "bold")
  for y, row in ipairs(rows) do
    s:put(y, 2, 20, row, "green")
  end
  BEFORE
  assert(s:frame())
end
task.spawn(function()
  while true do
    local name = signals:next()
    if not name then
      return
    elseif name == "SIGWINCH" then
      s:resize()
    else
      s:leave()
      signals:stop_self("SIGTSTP")
      s:enter()
    end
    draw()
  end
end)
draw()
while true do
  local key, is_special = s:next()
  if not key or key == "q" then
    break
  end
  rows[#rows + 1] = is_special and "<" .. key .. ">" or key
  AFTER
  draw()
end
stay:cancel()
signals:close()
s:close()
print("left it")
]==]

describe("core.screen", function()
  local dir, screen

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    if screen then
      screen:close()
      screen = nil
    end
    support.remove(dir)
  end)

  --- Starts the program; returns when its first frame is there.
  local function start(o)
    o = o or {}
    support.write(dir .. "/p.lua", (PROGRAM:gsub("%u%u%u%u%u%u?", {
      BEFORE = o.before or "", AFTER = o.after or "", COLOR = tostring(o.color ~= false),
    })))
    screen = tmux.open(dir)
    screen:type("echo from before; stty -a >modes; ulimit -c 0; "
      .. "export ASAN_OPTIONS=handle_segv=0:handle_sigbus=0 "
      .. "TSAN_OPTIONS=handle_segv=0:handle_sigbus=0")
    screen:type('"$CLNRM" lua p.lua; echo "exit=$?"')
    screen:wait("^24 rows, 80 columns")
  end

  --- Expects what stood on the terminal before, its cursor below it, and its modes.
  local function expect_restored(pattern)
    local got = screen:wait(function(shown) -- the guardian may be later than the shell's prompt
      return shown:find("from before") and (not pattern or shown:find(pattern))
    end)
    assert.is_nil(got:find("24 rows", 1, true), got)
    screen:type("stty -a | cmp - modes && echo as before")
    screen:wait("\nas before\n")
    assert.equal("1 0\n", screen:tmux("display", "-p", "#{cursor_flag} #{alternate_on}"))
  end

  it("needs a terminal that it knows", function()
    support.write(dir .. "/p.lua", [[
      print(select(2, require("core.screen").open("xterm", false)).code)]])
    assert.equal("ENOTTY\n", support.sh("clnrm lua p.lua </dev/null", { cwd = dir }).out)
    support.write(dir .. "/p.lua", [[
      for _, name in ipairs({ "dumb", "no-such-terminal", "" }) do
        print(select(2, require("core.screen").open(name, false)).code)
      end]])
    local got = support.sh('script -qec "$CLNRM lua p.lua" /dev/null </dev/null', { cwd = dir })
    assert.equal("ENOTSUP\r\nENOTSUP\r\nENOTSUP\r\n", got.out)
    assert.is_function(screens.open)
  end)

  it("needs no size of a terminal: the console of a machine has none in its entry", function()
    support.write(dir .. "/p.lua", [[
      local s <close> = assert(require("core.screen").open("linux", true))
      print(s:size())]])
    local got = support.sh('script -qec "stty rows 30 cols 90; $CLNRM lua p.lua" /dev/null '
      .. "</dev/null", { cwd = dir })
    assert.equal("30\t90\r\n", got.out)
  end)

  it("tells keys by their names, and characters as they are", function()
    start()
    screen:press("Up", "Left", "BTab", "Tab", "é", "a", "Enter", "PPage", "End", "F1", "C-a", "C-l")
    screen:press("Escape")
    local got = screen:wait("<escape>")
    assert.matches("\n  <up>\n  <left>\n  <backtab>\n  <tab>\n  é\n  a\n  <enter>\n  <pgup>\n"
      .. "  <end>\n  <f1>\n  <other>\n  <ctrl%-l>\n  <escape>\n", got)
    screen:press("q")
    expect_restored("left it\nexit=0")
  end)

  it("clips what is put, and shows what is no character as a question mark", function()
    start({ before = [[
      assert(s:put(2, 0, 5, "abcdefgh") == 5)
      assert(s:put(3, 0, 4, "日本語") == 4)
      assert(s:put(3, 10, 3, "日本語") == 2)
      assert(s:put(4, 0, 9, "a\27[31mb\0\255") == 9)
      assert(s:put(5, 77, 10, "at the edge") == 3)
      assert(s:put(23, 79, 10, "corner") == 1)
      assert(s:put(24, 0, 10, "below") == 0 and s:put(-1, 0, 10, "above") == 0)
      assert(s:put(6, -1, 10, "left") == 0)
      assert(s:put(7, 0, 10, "e\u{301}x") == 2)
      assert(not pcall(s.put, s, 0, 0, 1, "x", "pink"))
      assert(not pcall(s.put, s, 0, 0, 1, "x", "re"))
    ]] })
    local got = screen:screen()
    assert.matches("\nabcde\n日本      日\na%?%[31mb%?%?\n +at ?\n\ne\u{301}x\n", got)
    assert.matches("\n +c\n?$", got)
    assert.is_nil(got:find("below") or got:find("above") or got:find("left"))
    screen:press("q")
    expect_restored("exit=0")
  end)

  it("paints where it may", function()
    start()
    screen:press("x")
    screen:wait("\n  x\n")
    assert.matches("\27%[32mx", screen:tmux("capture-pane", "-p", "-e"))
    screen:press("q")
    screen:wait("exit=0")
    screen:close()
    start({ color = false })
    screen:press("x")
    screen:wait("\n  x\n")
    local got = screen:tmux("capture-pane", "-p", "-e")
    assert.is_nil(got:find("32m", 1, true))
    assert.matches("\27%[1m24 rows", got)
  end)

  it("follows a terminal that is resized", function()
    start()
    screen:resize(50, 12)
    screen:wait("^12 rows, 50 columns")
    screen:resize(120, 30)
    screen:wait("^30 rows, 120 columns")
  end)

  it("gives the terminal back while it is stopped, and takes it again", function()
    start()
    screen:press("x")
    screen:wait("\n  x\n")
    screen:press("C-z")
    screen:wait("Stopped")
    expect_restored("Stopped")
    screen:type("clear; echo from before; fg >/dev/null")
    screen:wait("^24 rows, 80 columns\n  x\n")
    screen:press("q")
    expect_restored("left it")
  end)

  it("sends bytes that draw nothing", function()
    start({ after = 's:send("\\27]2;a title of its own\\7")' })
    screen:press("x")
    screen:wait("\n  x\n")
    assert.equal("a title of its own\n", screen:tmux("display", "-p", "#{pane_title}"))
  end)

  for name, shown in pairs({ KILL = false, TERM = false, HUP = false, SEGV = "exit=139",
    ABRT = "exit=134", BUS = "exit=135" }) do
    it("is followed by a terminal as before when it gets SIG" .. name, function()
      start({ before = 'require("core.term")' })
      local pid = tonumber(support.read(dir .. "/pid"))
      os.execute(("kill -%s %d"):format(name, pid))
      expect_restored(shown or nil)
    end)
  end

  it("is one at a time, and usable no more when it is closed", function()
    start({ before = [[
      local other, err = require("core.screen").open("xterm", true)
      s:put(2, 0, 40, err.code)
    ]] })
    screen:wait("\nEBUSY\n")
    screen:press("q")
    screen:wait("exit=0")
  end)

  it("leaves no second process behind", function()
    start()
    local pid = support.read(dir .. "/pid"):match("%d+")
    local function guardian()
      return (io.popen("pgrep -P " .. pid .. " clnrm-guardian"):read("n"))
    end
    local child = guardian()
    assert.is_truthy(child)
    screen:press("q")
    screen:wait("exit=0")
    assert.is_nil(io.open(("/proc/%d/stat"):format(child)))
  end)
end)
