local fs = require("core.fs")
local sandbox = require("engine.backend.sandbox")

--- Opens a room without a project.
local function open()
  return assert(sandbox.open({ room = { project = "none" } }))
end

local function run(room, command)
  local result = assert(room:exec(command))
  return result.exit_code, assert(result:stdout()), result
end

describe("what a room shares with the host", function()
  it("keeps the modes and times of devices and of /proc", function()
    local room <close> = open()
    local before = {}
    local paths = {
      "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
    }
    for _, path in ipairs(paths) do
      before[path] = assert(fs.stat(path))
    end
    local masked = { "/proc/keys", "/proc/interrupts", "/proc/execdomains", "/proc/meminfo" }
    for _, path in ipairs(paths) do
      -- the mode it has already: harmless where the room may do it
      assert.not_equal(0, run(room, { argv = { "chmod", "0666", path } }), path)
      assert.not_equal(0, run(room, { argv = { "touch", path } }), path)
    end
    for _, path in ipairs(masked) do
      local text = ("chmod $(stat -c %%a %s) %s"):format(path, path)
      assert.not_equal(0, run(room, { shell = text }), path)
    end
    for _, path in ipairs(paths) do
      assert.same(before[path].mode, assert(fs.stat(path)).mode)
    end
    assert.equal(0, run(room, { shell = "echo x > /dev/null && head -c 3 /dev/zero >/dev/null" }))
  end)
end)

describe("what a command leaves running", function()
  local BY_THREAD = [[
import ctypes, os, sys, threading, time
if os.fork() > 0:
    os._exit(0)
os.setsid()
os.close(1), os.close(2)
def late():
    time.sleep(0.4)
    open("/room/f", "a").write("late")
    time.sleep(30)
threading.Thread(target=late).start()
ctypes.CDLL(None).syscall(60, 0)  # the first thread ends, the other lives on
]]

  it("is found and killed also when only a second thread of it lives", function()
    local room <close> = open()
    assert(room:put("leak.py", BY_THREAD))
    local code, _, result = run(room, { argv = { "python3", "leak.py" } })
    assert.equal(0, code)
    assert.is_table(result.leaked)
    local look = "sleep 0.6; cat f 2>/dev/null; set -- /proc/[0-9]*; echo $#"
    local _, text = run(room, { shell = look })
    assert.equal("2\n", text) -- the agent and the shell; and nothing was written late
  end)

  it("cannot outrun the search by breeding", function()
    local room <close> = open()
    -- each process lives for a moment, makes the next and ends
    assert(room:put("chain.py", [[
import os, time
if os.fork() == 0:
    os.setsid()
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if os.fork() > 0:
            os._exit(0)
    open("/room/f", "a").write("late")
]]))
    for _ = 1, 5 do
      local code, _, result = run(room, { argv = { "python3", "chain.py" } })
      assert.equal(0, code)
      assert.is_table(result.leaked)
      assert.equal("1\n", select(2, run(room, { shell = "ls -d /proc/[0-9]* | grep -c /proc/1$" })))
    end
    assert.equal("absent", room:stat("f").kind)
  end)
end)
