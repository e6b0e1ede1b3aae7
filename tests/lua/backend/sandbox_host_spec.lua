local fs = require("core.fs")
local mounts = require("engine.backend.mounts")
local proc = require("core.proc")
local sandbox = require("engine.backend.sandbox")
local task = require("core.task")

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

describe("a read-only project", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
  end)

  after_each(function()
    fs.remove_tree(dir)
  end)

  local function open_project()
    return assert(sandbox.open({ project_dir = dir }))
  end

  it("shows files, and connects to no socket and no FIFO of the host", function()
    assert(fs.write_atomic(dir .. "/file", "text"))
    local server <close> = assert(proc.spawn({ cwd = dir, argv = { "python3", "-c", [[
import os, socket
s = socket.socket(socket.AF_UNIX)
s.bind("sock")
s.listen()
os.mkfifo("fifo")
os.open("fifo", os.O_RDWR)  # somebody reads it
s.accept()
]] } }))
    for _ = 1, 500 do
      if fs.exists(dir .. "/fifo") then
        break
      end
      task.sleep(10)
    end
    local room <close> = open_project()
    assert.equal("text", select(2, run(room, { argv = { "cat", "/project/file" } })))
    local code, _, result = run(room, { argv = { "python3", "-c", [[
import socket
socket.socket(socket.AF_UNIX).connect("/project/sock")
]] } })
    assert.equal(1, code)
    assert.matches("ConnectionRefused", assert(result:stderr()))
    assert.equal(1, run(room, { argv = { "python3", "-c", [[
import os
os.open("/project/fifo", os.O_WRONLY | os.O_NONBLOCK)  # fails where nobody reads
]] } }))
    assert.not_equal(0, run(room, { shell = "echo x > /project/file" }))
    assert.matches("allow%-list read%-only$", room.isolation.fs)
    assert.is_true(server:signal(15)) -- it was there all the time
  end)

  it("is bound where something is mounted below, and says so", function()
    local list = mounts.read("36 35 98:0 / /a\\040b/c/d rw - tmpfs x rw\n")
    assert.is_true(mounts.is_around("/a b/c", list))
    assert.is_false(mounts.is_around("/a b/c/d", list))
    assert.is_false(mounts.is_around("/a b/c/dd", list))
    assert(fs.mkdir_p(dir .. "/sub"))
    local mount = proc.spawn({ argv = { "mount", "-t", "tmpfs", "x", dir .. "/sub" } })
    if mount:wait().code ~= 0 then
      return pending("only root may mount: the rule alone was checked")
    end
    local function cleanup()
      proc.spawn({ argv = { "umount", dir .. "/sub" } }):wait()
    end
    finally(cleanup)
    assert(fs.write_atomic(dir .. "/sub/below", "seen"))
    local room <close> = open_project()
    assert.equal("seen", select(2, run(room, { argv = { "cat", "/project/sub/below" } })))
    assert.matches("project by bind", room.isolation.fs)
  end)

  it("is never a directory of everybody, nor a home", function()
    for _, path in ipairs({ "/", "/tmp", "/home", "/root", "/etc", "/var", "/usr", "/opt" }) do
      local room, err = sandbox.open({ project_dir = path })
      assert.is_nil(room, path)
      assert.equal("EPROJECT", err.code)
    end
  end)
end)

describe("what a command may use of memory", function()
  it("is limited, so that an allocation fails", function()
    local room <close> = open()
    local code, _, result = run(room, { argv = { "python3", "-c", "bytearray(5 << 30)" } })
    assert.equal(1, code)
    assert.matches("MemoryError", assert(result:stderr()))
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
