local fs = require("core.fs")
local proc = require("core.proc")
local room = require("core.room")
local task = require("clnrm.task")

local KEY = ("0123456789abcdef"):rep(2) .. ("fedcba9876543210"):rep(2)
local top, agent

--- Starts an agent that listens at `name` below `top`; its process and the path of its socket.
local function serve(name, key)
  local dir = top .. "/" .. name
  assert(fs.mkdir_p(dir, { mode = 448 }))
  assert(fs.write_atomic(dir .. "/k", key or KEY))
  local process = assert(proc.spawn({ argv = { agent, "serve", dir .. "/s", dir .. "/k", "20" } }))
  return process, dir .. "/s"
end

local function sh(text, more)
  local spec = { argv = { "sh", "-c", text }, env = { "PATH=/usr/bin:/bin" } }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return spec
end

local function run(r, text, more)
  local process = assert(r:spawn(sh(text, more)))
  return assert(process:wait()), process:stdout()
end

describe("core.room.attach", function()
  setup(function()
    top = assert(fs.tempdir())
    agent = assert(room.agent_file(top))
  end)
  teardown(function()
    assert(fs.remove_tree(top))
  end)

  it("joins an agent that is there, and gives a room like others", function()
    local process <close>, path = serve("plain")
    local r <close> = assert(room.attach({ path = path, key = KEY }))
    assert.equal(process:pid(), r:pid())
    assert.is_true(r:status())
    local result, out = run(r, "echo hi; exit 3")
    assert.equal(3, result.code)
    assert.equal("hi\n", out)
    result, out = run(r, "cat", { stdin = "fed" })
    assert.equal(0, result.code)
    assert.equal("fed", out)
    result = run(r, "sleep 50", { deadline_ms = 100 })
    assert.is_true(result.timed_out)
    assert(r:put(top .. "/put", "text", 384))
    assert.equal("text", r:get(top .. "/put"))
    assert.equal("file", r:stat(top .. "/put").kind)
    assert.equal(0, r:close())
    assert.equal(0, assert(process:wait()).code)
    assert.same({}, fs.scandir(top .. "/plain"))
  end)

  it("waits for one that does not listen yet", function()
    local group <close> = task.group()
    local process
    group:spawn(function()
      task.sleep(100)
      process = serve("late")
    end)
    local r <close> = assert(room.attach({ path = top .. "/late/s", key = KEY }))
    assert.equal(7, run(r, "exit 7").code)
    assert.equal(0, r:close())
    assert.equal(0, assert(process:wait()).code)
    process:close()
  end)

  it("reaches a socket whose path is longer than an address", function()
    local name = ("x"):rep(120)
    assert(fs.mkdir_p(top .. "/" .. name, { mode = 448 }))
    assert(fs.write_atomic(top .. "/" .. name .. "/k", KEY))
    local process <close> = assert(proc.spawn({
      argv = { agent, "serve", "s", "k", "20" },
      cwd = top .. "/" .. name,
    }))
    local r <close> = assert(room.attach({ path = top .. "/" .. name .. "/s", key = KEY }))
    assert.equal(process:pid(), r:pid())
    assert.equal(0, r:close())
  end)

  for what, is_right in pairs({ ["an agent"] = true, ["another socket"] = false }) do
    it("does not follow a link that lies in the place of the socket: to " .. what, function()
      local dir = top .. (is_right and "/linked" or "/led")
      local process, path = serve(is_right and "linked" or "led")
      while not fs.stat(path) do
        task.sleep(1)
      end
      assert(fs.mkdir_p(dir .. "/other"))
      assert(fs.symlink(dir .. "/other/s", path))
      local r, err = room.attach({ path = dir .. "/other/s", timeout_ms = 5000,
        key = is_right and KEY or ("z"):rep(64) })
      assert.is_nil(r)
      assert.equal("ELOOP", err.code)
      assert.equal(0, #(process:stderr() or ""))
      r = assert(room.attach({ path = path, key = KEY })) -- nobody has come to it
      assert.equal(0, r:close())
      assert.equal(0, assert(process:wait()).code)
      process:close()
    end)
  end

  it("does not connect to what is no socket", function()
    assert(fs.mkdir_p(top .. "/folder/s"))
    local r, err = room.attach({ path = top .. "/folder/s", key = KEY, timeout_ms = 5000 })
    assert.is_nil(r)
    assert.equal("ENOTSOCK", err.code)
  end)

  it("takes the key from the environment where no file is named", function()
    local dir = top .. "/variable"
    assert(fs.mkdir_p(dir, { mode = 448 }))
    local process <close> = assert(proc.spawn({ argv = { agent, "serve", dir .. "/s", "-", "20" },
      env = { "CLNRM_AGENT_KEY=" .. KEY } }))
    local r <close> = assert(room.attach({ path = dir .. "/s", key = KEY }))
    local _, out = run(r, "env")
    assert.is_nil(out:find("CLNRM_AGENT_KEY", 1, true))
    assert.equal(0, r:close())
    assert.equal(0, assert(process:wait()).code)
    assert.same({}, fs.scandir(dir))
  end)

  it("says that nobody listens, when the time is over", function()
    local r, err = room.attach({ path = top .. "/nobody/s", key = KEY, timeout_ms = 50 })
    assert.is_nil(r)
    assert.equal("EAGENT", err.code)
    assert.matches("no agent listens at .*/nobody/s after 50 ms", err.message)
  end)

  it("is refused without the key, and the agent is gone", function()
    local process <close>, path = serve("wrong")
    local r, err = room.attach({ path = path, key = ("z"):rep(64) })
    assert.is_nil(r)
    assert.equal("EROOM", err.code)
    assert.matches("key", err.message)
    assert.equal(1, assert(process:wait()).code)
  end)

  it("does not believe an agent that does not know the rest of the key", function()
    local process <close>, path = serve("half", KEY:sub(1, 32) .. ("0"):rep(32))
    local r, err = room.attach({ path = path, key = KEY })
    assert.is_nil(r)
    assert.equal("EPROTO", err.code)
    assert.matches("answer to the key", err.message)
    assert(process:wait())
  end)

  it("says the key only to the process that is meant", function()
    local process <close>, path = serve("pid")
    local r, err = room.attach({ path = path, key = KEY, pid = 1 })
    assert.is_nil(r)
    assert.equal("EAGENT", err.code)
    assert.matches("it is process %d+ that listens there, not 1", err.message)
    assert.equal(1, assert(process:wait()).code)
    local other <close>, other_path = serve("pid2")
    r = assert(room.attach({ path = other_path, key = KEY, pid = other:pid() }))
    assert.equal(0, r:close())
  end)

  it("tells an early end", function()
    local process <close>, path = serve("short", "short") -- no key: it ends at once
    assert.equal(1, assert(process:wait()).code)
    local r, err = room.attach({ path = path, key = KEY, timeout_ms = 50 })
    assert.is_nil(r)
    assert.equal("EAGENT", err.code)
  end)

  it("can be given up while it waits", function()
    local result, err = task.timeout(30, function()
      return room.attach({ path = top .. "/never", key = KEY })
    end)
    assert.is_nil(result)
    assert.equal("ETIMEDOUT", err.code)
  end)

  it("loses the room with the agent, and passes nothing", function()
    local process <close>, path = serve("killed")
    local r <close> = assert(room.attach({ path = path, key = KEY }))
    local command = assert(r:spawn(sh("sleep 0.3; kill -9 $PPID; exit 0")))
    local result, err = command:wait()
    assert.is_nil(result)
    assert.equal("EAGENT", err.code)
    assert(process:wait())
    local ok, why = r:status()
    assert.is_nil(ok)
    assert.equal("EAGENT", why.code)
  end)

  it("says what such a room has not", function()
    local process <close>, path = serve("has-not")
    local r <close> = assert(room.attach({ path = path, key = KEY }))
    local _, err = r:view({})
    assert.equal("ENOTSUP", err.code)
    _, err = r:net()
    assert.equal("ENOTSUP", err.code)
    for _, more in ipairs({
      { view = 3 },
      { net = 3 },
      { hostname = "other" },
      { ops = { { kind = "dir", target = "/x", mode = 493 } } },
    }) do
      local started
      started, err = r:spawn(sh("true", more))
      assert.is_nil(started)
      assert.equal("ENOTSUP", err.code)
    end
    assert.equal(0, r:close())
    assert(process:wait())
  end)

  it("runs commands as other users", function()
    local process <close>, path = serve("users")
    local r <close> = assert(room.attach({ path = path, key = KEY }))
    if assert(fs.stat(top)).uid == 0 then
      local _, out = run(r, "id -u; id -g; id -G", { user = "daemon:tty" })
      assert.equal("1\n5\n5\n", out)
      _, out = run(r, "id -u; id -g; id -G", { user = { uid = 33, gid = 34, groups = { 5, 7 } } })
      assert.equal("33\n34\n34 5 7\n", out)
    else
      local started, why = r:spawn(sh("true", { user = "daemon" }))
      assert.is_nil(started)
      assert.equal("EPERM", why.code)
    end
    local _, err = r:spawn(sh("true", { user = "no-such-user" }))
    assert.equal("ENOENT", err.code)
    assert.matches("no%-such%-user", err.message)
    assert.equal(0, r:close())
    assert(process:wait())
  end)

  it("refuses options that make no sense", function()
    for _, opts in ipairs({
      {},
      { path = "/x" },
      { key = KEY },
      { path = "/x", fd = 5, key = KEY },
      { path = "/x", key = "short" },
      { path = "/x", key = ("k"):rep(257) },
      { path = "/x", key = KEY, timeout_ms = 0 },
      { fd = 5, key = KEY, pid = 7 },
      { path = "/x", key = KEY, tiemout_ms = 10 },
    }) do
      assert.has_error(function()
        room.attach(opts)
      end)
    end
    local process <close>, path = serve("opts")
    local r <close> = assert(room.attach({ path = path, key = KEY }))
    for _, user in ipairs({
      "",
      true,
      {},
      { uid = 1 },
      { uid = -1, gid = 0 },
      { uid = 1, gid = 1, g = 1 },
      { uid = 1, gid = 1, groups = { "x" } },
    }) do
      assert.has_error(function()
        r:spawn(sh("true", { user = user }))
      end)
    end
    assert.equal(0, r:close())
    assert(process:wait())
    for _, number in ipairs({ -2, 0, 2, 999999 }) do
      local joined, err = room.attach({ fd = number, key = KEY })
      assert.is_nil(joined)
      assert.equal("EBADF", err.code)
    end
  end)

  it("joins over a descriptor that somebody carries on", function()
    assert(fs.write_atomic(
      top .. "/fd.lua",
      [[
      local room = require("core.room")
      local r <close> = assert(room.attach({ fd = tonumber(arg[1]), key = arg[2] }))
      assert(r:pid() == 0)
      local process = assert(r:spawn({ argv = { "sh", "-c", "echo over; exit 9" },
        env = { "PATH=/usr/bin:/bin" } }))
      local code = assert(process:wait()).code
      assert(r:close() == 0)
      print((process:stdout()) .. code)
    ]]
    ))
    assert(fs.write_atomic(
      top .. "/fd.py",
      [[
import os, socket, subprocess, sys
agent, clnrm, script, key = sys.argv[1:]
ours, theirs = socket.socketpair()
end = subprocess.Popen([agent, "stdio"], stdin=theirs, stdout=theirs, env={"CLNRM_AGENT_KEY": key})
theirs.close()
os.set_inheritable(ours.fileno(), True)
subprocess.run([clnrm, "lua", script, str(ours.fileno()), key], close_fds=False, check=True)
ours.close()
sys.exit(end.wait())
]]
    ))
    local clnrm = assert(os.getenv("CLNRM"))
    local process <close> = assert(proc.spawn({
      argv = { "/usr/bin/python3", top .. "/fd.py", agent, clnrm, top .. "/fd.lua", KEY },
      env = { "CLNRM_LUA_DIR=" .. (os.getenv("CLNRM_LUA_DIR") or ""), "PATH=/usr/bin:/bin" },
    }))
    local result = assert(process:wait())
    assert.equal("", (process:stderr()))
    assert.equal("over\n9\n", (process:stdout()))
    assert.equal(0, result.code)
  end)
end)

describe("core.room.agent_file", function()
  it("writes the program once, and again when it is not right", function()
    local dir = assert(fs.tempdir())
    finally(function()
      assert(fs.remove_tree(dir))
    end)
    local path = assert(room.agent_file(dir))
    assert.matches("^" .. dir:gsub("%p", "%%%0") .. "/clnrm%-agent%-%x+$", path)
    local first = assert(fs.stat(path))
    assert.equal(365, first.mode)
    assert.equal(path, room.agent_file(dir))
    assert.equal(first.mtime_ns, fs.stat(path).mtime_ns)
    local content = assert(fs.read(path))
    assert(fs.chmod(path, 420))
    assert(fs.write_atomic(path, content .. "x"))
    assert.equal(path, room.agent_file(dir))
    assert.equal(content, fs.read(path))
    assert.equal(365, fs.stat(path).mode)
    assert.equal(1, #assert(fs.scandir(dir)))
  end)

  it("says why it cannot", function()
    local path, err = room.agent_file("/no/such/folder")
    assert.is_nil(path)
    assert.equal("ENOENT", err.code)
  end)
end)
