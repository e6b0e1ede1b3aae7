local core = require("core.task")
local proc = require("core.proc")
local signal = require("core.signal")

local function own_pid()
  local file = assert(io.open("/proc/self/stat"))
  local pid = file:read("n")
  file:close()
  return pid
end

local function kill(name, pid)
  assert(os.execute(("kill -s %s %d"):format(name, pid or own_pid())))
end

--- Runs a Lua text in a clnrm of its own; `act(process)` is called once it says "ready".
local function in_child(text, act)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write("local signal, core = require('core.signal'), require('core.task')\n", text)
  file:close()
  local ready = path .. ".ready"
  local process = assert(proc.spawn({
    argv = { os.getenv("CLNRM"), "lua", path },
    env = { "READY=" .. ready, "CLNRM_LUA_DIR=" .. (os.getenv("CLNRM_LUA_DIR") or "") },
  }))
  for _ = 1, 2000 do
    local there = io.open(ready)
    if there then
      there:close()
      break
    end
    core.sleep(5)
  end
  act(process)
  local result = assert(core.timeout(20000, process.wait, process))
  local out = process:stdout()
  process:close()
  os.remove(path)
  os.remove(ready)
  return result, out
end

local READY = "local f = io.open(os.getenv('READY'), 'w') f:close()\n"

describe("core.signal", function()
  it("notes one signal after finish, which is the exit code then", function()
    local result, out = in_child(READY .. "signal.open('SIGTERM', 'SIGUSR1'):finish()\n"
      .. "for _, name in ipairs({ 'USR1', 'TERM' }) do\n"
      .. "  io.popen('kill -' .. name .. ' $PPID'):close()\nend\n"
      .. "print('went on')\n", function() end)
    assert.same({ 143, "went on\n" }, { result.code, out })
  end)

  it("tells what was ignored when the program began", function()
    assert.is_false(signal.is_ignored("SIGTERM"))
    local clnrm, path = os.getenv("CLNRM"), os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write("os.exit(require('core.signal').is_ignored('SIGHUP') and 7 or 8)")
    file:close()
    local function code(before)
      return select(3, os.execute(("%s '%s' lua '%s'"):format(before, clnrm, path)))
    end
    assert.equal(7, code("trap '' HUP;"))
    assert.equal(8, code(""))
    os.remove(path)
  end)

  it("notes signals and hands them out in order", function()
    local signals <close> = assert(signal.open("SIGUSR1", "SIGUSR2"))
    kill("USR2")
    core.sleep(5)
    kill("USR1")
    assert.equal("SIGUSR2", signals:next())
    assert.equal("SIGUSR1", signals:next())
  end)

  it("wakes a task that waits", function()
    local signals <close> = assert(signal.open("SIGUSR1"))
    local t = core.spawn(function()
      return signals:next()
    end)
    core.sleep(5)
    assert.equal("parked", t:state())
    kill("USR1")
    assert.equal("SIGUSR1", t:join())
  end)

  it("notes a signal once until it is taken", function()
    local signals <close> = assert(signal.open("SIGUSR1"))
    for _ = 1, 3 do
      kill("USR1")
      core.sleep(3)
    end
    assert.equal("SIGUSR1", signals:next())
    assert.is_nil((core.timeout(10, signals.next, signals)))
  end)

  it("gives each of two tasks one", function()
    local signals <close> = assert(signal.open("SIGUSR1", "SIGUSR2"))
    local got = {}
    for i = 1, 2 do
      core.spawn(function()
        got[i] = signals:next()
      end)
    end
    core.sleep(2)
    kill("USR1")
    core.sleep(5)
    kill("USR2")
    core.sleep(5)
    table.sort(got)
    assert.same({ "SIGUSR1", "SIGUSR2" }, got)
  end)

  it("ends a wait by cancel and by close, and lets later signals come", function()
    local signals = assert(signal.open("SIGUSR1"))
    local t = core.spawn(function()
      return signals:next()
    end)
    core.sleep(2)
    t:cancel()
    assert.equal("ECANCELED", select(2, t:join()).code)
    kill("USR1")
    assert.equal("SIGUSR1", signals:next())
    t = core.spawn(function()
      return signals:next()
    end)
    core.sleep(2)
    signals:close()
    assert.equal("ECANCELED", select(2, t:join()).code)
    signals:close()
    assert.error_matches(function()
      signals:next()
    end, "closed")
  end)

  it("is heard by two sets", function()
    local a <close> = assert(signal.open("SIGUSR1"))
    local b <close> = assert(signal.open("SIGUSR1"))
    kill("USR1")
    assert.equal("SIGUSR1", a:next())
    assert.equal("SIGUSR1", b:next())
  end)

  it("keeps the program alive while one waits, and only then", function()
    local result, out = in_child(READY .. [[
      local signals <close> = signal.open("SIGTERM")
      print(signals:next())
      print(core.event():wait())
    ]], function(process)
      core.sleep(20)
      process:signal(15)
    end)
    assert.equal(0, result.code)
    assert.matches("^SIGTERM\nnil\t.*EDEADLOCK", out)
  end)

  it("gives the default back at the close", function()
    local result = in_child([[
      signal.open("SIGTERM"):close()
      core.sleep(1)
    ]] .. READY .. "core.sleep(10000)", function(process)
      process:signal(15)
    end)
    assert.equal(15, result.signal)
  end)

  it("ends the program at once, even in an endless loop", function()
    if os.getenv("CLNRM_VARIANT") == "thread" then
      pending("ThreadSanitizer delivers a signal at the next call of libc only")
    end
    local result = in_child([[
      local signals = signal.open("SIGINT")
      assert(signals:leave_on("SIGINT", 130))
    ]] .. READY .. "while true do tostring(0.5) end", function(process) -- TSan: not without a call
      process:signal(2)
    end)
    assert.equal(130, result.code)
  end)

  it("stops the program and lets it go on", function()
    local result, out = in_child([[
      local signals <close> = signal.open("SIGTSTP")
    ]] .. READY .. [[
      for _ = 1, 2 do
        assert(signals:next() == "SIGTSTP")
        assert(signals:stop_self("SIGTSTP"))
        print("on again")
      end
    ]], function(process)
      for _ = 1, 2 do
        process:signal(20)
        for _ = 1, 400 do
          local stat = assert(io.open(("/proc/%d/stat"):format(process:pid())))
          local state = stat:read("a"):match("%) (%a)")
          stat:close()
          if state == "T" then
            break
          end
          core.sleep(5)
        end
        process:signal(18)
        core.sleep(30)
      end
    end)
    assert.equal("on again\non again\n", out)
    assert.equal(0, result.code)
  end)

  it("raises on misuse", function()
    for _, names in ipairs({ {}, { "SIGKILL" }, { "INT" }, { "SIGINT", "SIGINT" } }) do
      assert.has_error(function()
        signal.open(table.unpack(names))
      end)
    end
    local signals <close> = assert(signal.open("SIGUSR1"))
    assert.is_nil((signals:stop_self("SIGTSTP")))
    assert.is_nil((signals:leave_on("SIGTERM", 1)))
    assert.has_error(function()
      signals:leave_on("SIGUSR1", 256)
    end)
  end)
end)
