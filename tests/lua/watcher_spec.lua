local fs = require("core.fs")
local proc = require("core.proc")
local task = require("core.task")
local watcher = require("core.watcher")

local TERM, KILL, STOP, CONT, HUP, INT = 15, 9, 19, 18, 1, 2

local function signal(pid, number)
  assert(proc.signal_pid(pid, assert(proc.start_time(pid)), number))
end

local function comes(what)
  for _ = 1, 500 do
    if what() then
      return true
    end
    task.sleep(10)
  end
  return false
end

--- The fields of /proc/PID/stat behind the name: state, parent, group, session.
local function stat_of(pid)
  local file = io.open("/proc/" .. pid .. "/stat")
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return (text or ""):match("^%d+ %((.*)%) (%a) (%d+) (%d+) (%d+)")
end

describe("core.watcher", function()
  it("is a session of its own, with the pipe and no other descriptor", function()
    local held <close> = assert(io.open("/etc/hostname")) -- not for it
    local one <close> = assert(watcher.open("x"))
    local pid = one:pid()
    assert.is_true(comes(function()
      return stat_of(pid) == "clnrm-watcher"
    end))
    local _, _, parent, group, session = stat_of(pid)
    local self = fs.readlink("/proc/self")
    assert.same({ self, tostring(pid), tostring(pid) }, { parent, group, session })
    local fds = {}
    for _, entry in ipairs(assert(fs.scandir(("/proc/%d/fd"):format(pid)))) do
      local to = assert(fs.readlink(("/proc/%d/fd/%s"):format(pid, entry.name)))
      fds[#fds + 1] = entry.name .. " " .. to:gsub("%d+", "N")
    end
    assert.same({ "0 pipe:[N]", "1 /dev/null", "2 /dev/null" }, fds)
    assert.equal("file", io.type(held))
    assert.equal(fs.getcwd(), fs.readlink(("/proc/%d/cwd"):format(pid)))
    one:dismiss()
  end)

  it("ends when it is dismissed, and not by a signal that can be ignored", function()
    local one = assert(watcher.open("x", "/"))
    local pid = one:pid()
    assert.is_true(comes(function()
      return stat_of(pid) == "clnrm-watcher"
    end))
    assert.equal("/", fs.readlink(("/proc/%d/cwd"):format(pid)))
    for _, number in ipairs({ TERM, INT, HUP }) do
      signal(pid, number)
    end
    task.sleep(50)
    assert.is_true(one:is_alive())
    one:dismiss()
    assert.is_nil(stat_of(pid))
    one:dismiss()
    one:close()
    assert.error_matches(function() one:is_alive() end, "watcher is closed")
  end)

  it("is known to have ended when it was killed", function()
    local one <close> = assert(watcher.open("x"))
    signal(one:pid(), KILL)
    assert.is_true(comes(function()
      return not one:is_alive()
    end))
    assert.equal(0, one:pid())
    one:dismiss()
  end)

  it("is not waited for while it is stopped", function()
    local one = assert(watcher.open("x"))
    local pid, started = one:pid(), assert(proc.start_time(one:pid()))
    signal(pid, STOP)
    one:dismiss()
    assert.equal(started, proc.start_time(pid))
    signal(pid, CONT)
    assert.is_true(comes(function()
      local _, state = stat_of(pid)
      return state == nil or state == "Z" -- nobody collects it: it was given up
    end))
  end)

  it("takes texts of a line, 32 KiB at most", function()
    assert.equal("ELIMIT", select(2, watcher.open(("x"):rep((32 << 10) + 1))).code)
    assert(watcher.open(("x"):rep(32 << 10))):dismiss()
    for _, text in ipairs({ "", "x\n", "a\0b" }) do
      assert.has_error(function() return watcher.open(text) end)
    end
  end)

  it("says to people who call it that it is not for them", function()
    local clnrm = assert(os.getenv("CLNRM"))
    for text, code in pairs({ ["{}"] = 2, ["x"] = 2, ["x\n"] = 0, [""] = 0 }) do
      local process <close> = assert(proc.spawn({ argv = { clnrm, "--watcher" }, stdin = text }))
      local result = assert(process:wait())
      assert.equal(code, result.code)
      assert.equal(code == 2, process:stderr():find("for clnrm itself", 1, true) ~= nil)
    end
  end)
end)
