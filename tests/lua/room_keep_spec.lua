--- Rooms that are given up and entered again by their door.
local proc = require("core.proc")
local room = require("core.room")
local sandbox = require("engine.backend.sandbox")
local support = dofile("tests/e2e/support.lua")
local task = require("clnrm.task")

local ENV = { "PATH=/usr/bin:/bin" }
local KEY = ("k"):rep(64)

describe("a room that is kept", function()
  local dir, path, pid, started

  setup(function()
    dir = support.tempdir()
    local folder = dir .. "/" .. ("long-"):rep(20)
    assert(require("core.fs").mkdir_p(folder))
    path = folder .. "/s" -- longer than an address of a socket
    local one = assert(sandbox.open({ room = { project = "none" } }))
    assert(one.core:spawn({ argv = { "sh", "-c", "while :; do echo line; done" }, env = ENV }))
    pid = one:pid()
    started = proc.start_time(pid)
    assert(one.core:keep(100, { path = path, key = KEY }))
  end)

  teardown(function()
    proc.signal_pid(pid, started, 9)
    support.remove(dir)
  end)

  local function enter(key)
    return room.attach({ path = path, key = key or KEY, timeout_ms = 10000 })
  end

  local function run(host, command, more)
    local spec = { argv = { "sh", "-c", command }, env = ENV, filter = 0 }
    for name, value in pairs(more or {}) do
      spec[name] = value
    end
    local process = assert(host:spawn(spec))
    local result = assert(process:wait())
    local out = process:stdout()
    process:close()
    return out, result
  end

  it("is entered by one host after the other, whose commands end with it", function()
    for _ = 1, 3 do
      local host = assert(enter())
      assert.equal("1000\n", (run(host, "id -u")))
      assert(host:spawn({ argv = { "sleep", "777" }, env = ENV }))
      host:leave()
    end
    local host = assert(enter())
    local seen
    for _ = 1, 200 do -- they are killed when the end of the connection is seen
      seen = run(host, "ps axo args")
      if not seen:find("sleep 777", 1, true) then
        break
      end
      task.sleep(10)
    end
    assert.is_nil(seen:find("sleep 777", 1, true))
    assert.is_truthy(seen:find("echo line", 1, true), "what the first host left goes on")
    host:leave()
  end)

  it("keeps what a later host has started to go on, and writes, when that host is gone", function()
    local host = assert(enter())
    assert(host:spawn({ argv = { "sh", "-c", "while :; do echo kept; sleep 0.001; done" },
      env = ENV, keep_group = true }))
    local ends = assert(host:spawn({ argv = { "sleep", "778" }, env = ENV }))
    assert.equal("number", type(ends:pid()))
    host:leave()
    host = assert(enter())
    local seen
    for _ = 1, 200 do
      seen = run(host, "ps axo args")
      if not seen:find("sleep 778", 1, true) then
        break
      end
      task.sleep(10)
    end
    assert.is_nil(seen:find("sleep 778", 1, true)) -- so the end of that host was seen
    local script = "p=$(pgrep -f 'echo kept' | head -1); grep wchar /proc/$p/io; sleep 0.2; "
      .. "grep wchar /proc/$p/io; pkill -f 'echo kept'"
    local before, after = run(host, script):match("(%d+)\n%D+(%d+)")
    assert.is_true(tonumber(after) > tonumber(before))
    host:leave()
  end)

  it("goes on writing what nobody reads", function()
    local host = assert(enter())
    local script = "p=$(pgrep -f 'echo line' | head -1); grep wchar /proc/$p/io; sleep 0.2; "
      .. "grep wchar /proc/$p/io"
    local before, after = run(host, script):match("(%d+)\n%D+(%d+)")
    assert.is_true(tonumber(after) > tonumber(before))
    host:leave()
  end)

  it("lets nobody in who has another key, and stays", function()
    local host, err = enter(("x"):rep(64))
    assert.is_nil(host)
    assert.equal("EAGENT", err.code)
    host = assert(enter())
    host:leave()
    assert.equal(started, proc.start_time(pid))
  end)

  it("gives a command a terminal of its own, which it leads", function()
    local host = assert(enter())
    local process = assert(host:spawn({ argv = { "sh", "-c",
      "tty; stty size; read line; echo \"got $line\"; sleep 60 & wait $!; echo never" },
      env = ENV, tty = true, stdin = true, filter = 0 }))
    assert(process:resize(31, 97))
    assert(process:write("typed\n"))
    local offset, text = 0, ""
    while not text:find("got typed", 1, true) do
      local more = assert(process:read("stdout", offset))
      offset, text = offset + #more, text .. more
    end
    assert.matches("/dev/pts/%d+\r\n", text) -- what was typed is shown before, behind or between
    assert(process:write("\3")) -- Ctrl-C
    local result = assert(process:wait())
    assert.equal(2, result.signal or result.code - 128)
    process:close()
    local plain = assert(host:spawn({ argv = { "sleep", "60" }, env = ENV }))
    plain:resize(1, 1) -- has no terminal: the host breaks the protocol, and is sent away
    local ended, err = plain:wait()
    assert.is_nil(ended)
    assert.equal("EAGENT", err.code)
    host = assert(enter())
    host:leave()
  end)
end)
