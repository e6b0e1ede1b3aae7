local fs = require("core.fs")
local proc = require("core.proc")
local room = require("core.room")
local task = require("clnrm.task")

local SPEC = {
  hostname = "room",
  uid = 1000,
  gid = 1000,
  root_size = 1 << 20,
  root_inodes = 1000,
  ops = {
    { kind = "ro", source = "/usr", target = "/usr" },
    { kind = "link", source = "usr/bin", target = "/bin" },
    { kind = "link", source = "usr/lib", target = "/lib" },
    { kind = "link", source = "usr/lib64", target = "/lib64" },
    { kind = "proc", target = "/proc" },
    { kind = "dev", target = "/dev", size = 1 << 20, inodes = 100 },
    { kind = "tmpfs", target = "/room", mode = 493, size = 1 << 28, inodes = 1000 },
  },
  filters = { room.filter() },
}
local image = assert(room.image(SPEC))

--- Describes a shell text as a command.
local function sh(text, more)
  local spec = { argv = { "sh", "-c", text }, env = { "PATH=/usr/bin" }, cwd = "/room", filter = 0 }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return spec
end

local function run(r, text, more)
  local process = assert(r:spawn(sh(text, more)))
  return assert(process:wait()), process
end

--- Runs a shell text on the host; its output.
local function host(text)
  local process <close> = assert(proc.spawn({ argv = { "/bin/sh", "-c", text } }))
  assert(process:wait())
  return (process:stdout())
end

local function children()
  return tonumber(host("ps --ppid $PPID -o pid= | wc -l")) - 1
end

describe("core.room", function()
  it("runs a command and tells how it ended", function()
    local r <close> = assert(room.open(image))
    local result, process = run(r, "echo out; echo err >&2; exit 3")
    assert.equal("exited", result.kind)
    assert.equal(3, result.code)
    assert.is_false(result.timed_out)
    assert.equal(0, result.leaked)
    assert.same({ bytes = 4, cut = 0 }, result.stdout)
    assert.equal("out\n", (process:stdout()))
    assert.equal("err\n", (process:stderr()))
    assert.is_true(result.duration_ms > 0)
    assert.is_true(result.rusage.max_rss_kb > 0)
    assert.same(result, process:wait())
    result = run(r, "kill -9 $$")
    assert.equal("signalled", result.kind)
    assert.equal(9, result.signal)
    assert.is_true(r:status())
    assert.is_true(process:pid() > 1)
    assert.is_true(r:pid() > 1)
    assert.same({}, r:notes())
  end)

  it("says what it isolated", function()
    local r <close> = assert(room.open(image))
    local names = {}
    for _, fact in ipairs(r:isolation()) do
      names[fact.name] = fact.what
    end
    assert.matches("user mount pid net ipc uts", names.namespaces)
    assert.matches("uid 1000", names.ids)
  end)

  it("names a command that cannot be started", function()
    local r <close> = assert(room.open(image))
    local process, err = r:spawn({ argv = { "no-such" }, env = { "PATH=/usr/bin" } })
    assert.is_nil(process)
    assert.equal("COMMAND_NOT_FOUND", err.code)
    process, err = r:spawn({ argv = { "/usr" } })
    assert.is_nil(process)
    assert.equal("EACCES", err.code)
    process, err = r:spawn(sh("true", { cwd = "/nowhere" }))
    assert.is_nil(process)
    assert.equal("ENOENT", err.code)
    assert.matches("/nowhere", err.message)
  end)

  it("refuses a room that cannot be made, with the step", function()
    local wrong = {}
    for key, value in pairs(SPEC) do
      wrong[key] = value
    end
    wrong.ops = { { kind = "ro", source = "/no/such/place", target = "/usr" } }
    local r, err = room.open(assert(room.image(wrong)))
    assert.is_nil(r)
    assert.equal("EROOM", err.code)
    assert.matches("/no/such/place", err.message)
    for step, is_readonly in pairs({ ["read-only view"] = true, copy = false }) do
      wrong.ops = { { kind = "copy", source = "/no/such/place", target = "/usr", size = 1 << 20,
        inodes = 10, readonly = is_readonly } }
      err = select(2, room.open(assert(room.image(wrong))))
      assert.matches(step .. ": /no/such/place on /usr", err.message, 1, true)
    end
  end)

  it("follows no link to what it shows", function()
    local top = assert(fs.tempdir())
    finally(function()
      assert(fs.remove_tree(top))
    end)
    assert(fs.mkdir_p(top .. "/real/sub"))
    assert(fs.symlink(top .. "/link", "real"))
    for _, kind in ipairs({ "ro", "rw", "copy" }) do
      local function open(source)
        local spec = {}
        for key, value in pairs(SPEC) do
          spec[key] = value
        end
        spec.ops = table.move(SPEC.ops, 1, #SPEC.ops, 1, {})
        local op = { kind = kind, source = source, target = "/shown", size = 1 << 20, inodes = 10 }
        if kind ~= "copy" then
          op.size, op.inodes = nil, nil
        end
        spec.ops[#spec.ops + 1] = op
        return room.open(assert(room.image(spec)))
      end
      assert(open(top .. "/real/sub")):close()
      for _, source in ipairs({ top .. "/link", top .. "/link/sub" }) do
        local refused, err = open(source)
        assert.is_nil(refused, kind .. source)
        assert.equal("EROOM", err.code)
        assert.matches("symbolic links", err.message)
      end
    end
  end)

  it("kills at the deadline, also what ignores signals", function()
    local r <close> = assert(room.open(image))
    local result, process = run(r, "trap '' TERM; echo before; sleep 20", { deadline_ms = 100 })
    assert.is_true(result.timed_out)
    assert.equal("signalled", result.kind)
    assert.is_true(result.duration_ms >= 100 and result.duration_ms < 3000)
    assert.equal("before\n", (process:stdout()))
  end)

  it("feeds stdin as a text or as a stream", function()
    local r <close> = assert(room.open(image))
    local _, process = run(r, "cat", { stdin = "a\0b" })
    assert.equal("a\0b", (process:stdout()))
    _, process = run(r, "cat")
    assert.equal("", (process:stdout()))
    local big = ("0123456789abcdef"):rep(128 * 1024)
    local cat <close> = assert(r:spawn(sh("cat", { stdin = true })))
    assert.is_true(cat:write(big))
    assert.is_true(cat:write("end"))
    cat:close_stdin()
    assert.equal(0, cat:wait().code)
    assert.is_true(big .. "end" == cat:stdout())
    local ok, err = cat:write("more")
    assert.is_nil(ok)
    assert.equal("EPIPE", err.code)
    local sleeper <close> = assert(r:spawn(sh("exec sleep 20", { stdin = true })))
    ok, err = task.timeout(100, function()
      return sleeper:write(big)
    end)
    assert.is_nil(ok) -- it does not read: its writer waits, and memory does not grow
    assert.equal("ETIMEDOUT", err.code)
  end)

  it("gives output while the command runs", function()
    local r <close> = assert(room.open(image))
    local process <close> = assert(r:spawn(sh("echo one; read x; echo $x >&2", { stdin = true })))
    assert.equal("one\n", process:read("stdout", 0))
    assert.equal("ne", process:read("stdout", 1, 2))
    local seen
    local group <close> = task.group()
    group:spawn(function()
      seen = process:read("stderr", 0)
    end)
    assert(process:write("two\n"))
    assert.equal(0, process:wait().code)
    assert.equal("", process:read("stdout", 4))
    assert.equal("", process:read("stdout", 400))
    task.yield()
    assert.equal("two\n", seen)
  end)

  it("keeps head and tail within the cap and counts all", function()
    local r <close> = assert(room.open(image))
    local result, process = run(r, "seq 1 200000", { out_max = 1000 })
    assert.same({ bytes = 1288895, cut = 1287895 }, result.stdout)
    local text, cut = process:stdout()
    assert.equal(1287895, cut)
    assert.matches("^1\n2\n3\n.*199999\n200000\n$", text)
    local gone, err = process:read("stdout", 5000)
    assert.is_nil(gone)
    assert.equal("ENODATA", err.code)
  end)

  it("sends signals and kills groups", function()
    local r <close> = assert(room.open(image))
    local process = assert(r:spawn(sh("trap 'echo got; exit 5' USR1; echo on; "
      .. "while :; do sleep 0.01; done")))
    assert.equal("on\n", process:read("stdout", 0))
    assert.is_true(process:signal(10))
    assert.equal(5, process:wait().code)
    assert.equal("on\ngot\n", (process:stdout()))
    process = assert(r:spawn(sh("sleep 20 & wait")))
    process:kill()
    assert.equal(9, process:wait().signal)
    local ok, err = process:signal(10)
    assert.is_nil(ok)
    assert.equal("ESRCH", err.code)
  end)

  it("counts the signals that found a command alive", function()
    local r <close> = assert(room.open(image))
    local process = assert(r:spawn(sh("trap 'exit 5' TERM; echo on; while :; do sleep 0.01; done")))
    assert.equal("on\n", process:read("stdout", 0))
    assert.is_true(process:signal(18)) -- SIGCONT
    assert.is_true(process:signal(15))
    assert.equal(2, process:wait().signals)
    process = assert(r:spawn(sh("sleep 20")))
    process:kill()
    assert.equal(1, process:wait().signals)
  end)

  it("does not count a signal to a command that another has killed", function()
    local r <close> = assert(room.open(image))
    for _, number in ipairs({ 9, 15, 9, 15, 9, 15, 9, 15 }) do
      local process = assert(r:spawn(sh("echo $$; exec sleep 20")))
      local pid = process:read("stdout", 0)
      run(r, ("kill -%d %s"):format(number, pid))
      process:signal(15)
      process:kill()
      local ended = process:wait()
      assert.equal(number, ended.signal)
      assert.equal(0, ended.signals)
    end
  end)

  it("reports what outlives a command", function()
    local r <close> = assert(room.open(image))
    local result = run(r, "setsid sleep 20 >/dev/null 2>&1 & sleep 0.05")
    assert.equal(0, result.code)
    assert.equal(1, result.leaked)
    assert.equal("sleep", result.leak_names)
  end)

  it("moves files and asks about them", function()
    local r <close> = assert(room.open(image))
    assert.is_true(r:put("/room/a/b", "con\0tent", 420))
    assert.equal("con\0tent", r:get("/room/a/b"))
    assert.same({ kind = "file", mode = 420, size = 8 }, r:stat("/room/a/b"))
    assert.equal("directory", r:stat("/room").kind)
    assert.equal("link", r:stat("/bin").kind)
    assert.equal("other", r:stat("/dev/null").kind)
    assert.equal("absent", r:stat("/room/c").kind)
    local big = ("x"):rep(3000000)
    assert.is_true(r:put("/room/big", big))
    assert.is_true(big == r:get("/room/big"))
    local text, err = r:get("/room/big", 100)
    assert.is_nil(text)
    assert.equal("EFBIG", err.code)
    text, err = r:get("/room/nothing")
    assert.is_nil(text)
    assert.equal("ENOENT", err.code)
    local ok
    ok, err = r:put("/usr/x", "y")
    assert.is_nil(ok)
    assert.equal("EROFS", err.code)
  end)

  it("probes ports of the room, not of the host", function()
    local r <close> = assert(room.open(image))
    local ok, err = r:probe(8123)
    assert.is_nil(ok)
    assert.equal("ECONNREFUSED", err.code)
    local server <close> = assert(r:spawn({
      argv = { "python3", "-u", "-m", "http.server", "-b", "127.0.0.1", "8123" },
      env = { "PATH=/usr/bin" },
      cwd = "/room",
    }))
    local works
    for _ = 1, 500 do
      works = r:probe(8123)
      if works then
        break
      end
      task.sleep(10)
    end
    assert.is_true(works)
    server:kill()
  end)

  it("gives each room its own of everything", function()
    local a <close> = assert(room.open(image))
    local b <close> = assert(room.open(image))
    assert(a:put("/room/x", "a"))
    assert.equal("absent", b:stat("/room/x").kind)
    local _, process = run(b, "echo $$; hostname; id -u")
    assert.matches("^%d+\nroom\n1000\n$", (process:stdout()))
  end)

  it("runs many commands at once", function()
    local r <close> = assert(room.open(image))
    local group <close> = task.group()
    local sum = 0
    for i = 1, 50 do
      group:spawn(function()
        local result, process = run(r, "echo " .. i .. "; exit " .. i)
        assert.equal(i .. "\n", (process:stdout()))
        sum = sum + result.code
      end)
    end
    group:wait()
    assert.equal(1275, sum)
  end)

  it("kills a command whose scope is left or cancelled", function()
    local r <close> = assert(room.open(image))
    do
      local process <close> = assert(r:spawn(sh("touch /room/started; exec sleep 30")))
      assert.is_true(process:pid() > 0)
    end
    local ok, err = task.timeout(50, function()
      local process <close> = assert(r:spawn(sh("exec sleep 30")))
      return process:wait()
    end)
    assert.is_nil(ok)
    assert.equal("ETIMEDOUT", err.code)
    local left
    for _ = 1, 100 do
      local _, process = run(r, "cat /proc/[0-9]*/comm | grep -c sleep")
      left = process:stdout()
      if left == "0\n" then
        break
      end
      task.sleep(10)
    end
    assert.equal("0\n", left)
  end)

  it("ends every operation with EAGENT when the agent dies, never with success", function()
    local r <close> = assert(room.open(image))
    local process = assert(r:spawn(sh("sleep 20")))
    local done = assert(r:spawn(sh("exit 0")))
    local before = assert(done:wait())
    host("kill -9 " .. r:pid())
    local result, err = process:wait()
    assert.is_nil(result)
    assert.equal("EAGENT", err.code)
    assert.matches("agent", err.message)
    assert.same(before, done:wait()) -- what was known stays known
    for _, call in ipairs({
      function() return r:spawn(sh("true")) end,
      function() return r:put("/room/x", "") end,
      function() return r:get("/room/x") end,
      function() return r:stat("/room/x") end,
      function() return r:probe(80) end,
      function() return r:status() end,
    }) do
      result, err = call()
      assert.is_nil(result)
      assert.equal("EAGENT", err.code)
    end
    result, err = r:close()
    assert.is_nil(result)
    assert.equal("EAGENT", err.code)
  end)

  it("ends with all that runs in it", function()
    local r = assert(room.open(image))
    local process = assert(r:spawn(sh("exec sleep 20")))
    assert.equal(1, r:close())
    local result, err = process:wait()
    assert.is_nil(result)
    assert.equal("EAGENT", err.code)
    assert.matches("closed", err.message)
    r:close()
    assert.has_error(function()
      r:status()
    end)
  end)

  --- Mounts by their numbers: those of others may go away meanwhile, and an engine of the machine
  --- mounts for containers of its own, at any time.
  local function mounts()
    local set, of_engines = {}, { "docker", "containers", "containerd", "netns" }
    for line in io.lines("/proc/self/mountinfo") do
      local number, place = line:match("^(%d+ %d+ %d+:%d+) %S+ (%S+)")
      for _, name in ipairs(of_engines) do
        place = place and not place:find("/" .. name .. "/", 1, true) and place
      end
      if place then
        set[number] = line
      end
    end
    return set
  end

  it("leaves no child, no descriptor and no mount behind", function()
    collectgarbage()
    task.sleep(20)
    local fds = host("ls /proc/$PPID/fd")
    local before = mounts()
    for _ = 1, 20 do
      local r <close> = assert(room.open(image))
      run(r, "echo x")
    end
    for _ = 1, 5 do
      assert(room.open(image)) -- collected, not closed
    end
    local late = task.timeout(1, function()
      return room.open(image)
    end)
    if late then
      late:close()
    end
    local after
    for _ = 1, 300 do -- what is collected is closed on a later turn of the loop
      collectgarbage()
      after = host("ls /proc/$PPID/fd")
      if children() == 0 and after == fds then
        break
      end
      task.sleep(10)
    end
    assert.equal(0, children())
    assert.equal(fds, after)
    for id, line in pairs(mounts()) do
      local is_of_an_engine = line:find("/vfs-containers/", 1, true) -- of a suite beside this one
      assert.is_truthy(before[id] or is_of_an_engine, line)
    end
  end)

  it("refuses misuse by name", function()
    local function fails(pattern, fn)
      local ok, err = pcall(fn)
      assert.is_false(ok)
      assert.matches(pattern, tostring(err))
    end
    fails("unknown option 'hostnam'", function()
      room.image({ hostnam = "x" })
    end)
    fails("no room operation 'bind'", function()
      room.image({ ops = { { kind = "bind", target = "/x" } } })
    end)
    fails("needs size and inodes", function()
      room.image({ ops = { { kind = "tmpfs", target = "/x" } } })
    end)
    fails("absolute path", function()
      room.image({ ops = { { kind = "dir", target = "x" } } })
    end)
    local r <close> = assert(room.open(image))
    fails("unknown option 'arg'", function()
      r:spawn({ arg = {} })
    end)
    fails("must name a command", function()
      r:spawn({ argv = {} })
    end)
    fails("NUL", function()
      r:spawn({ argv = { "a\0b" } })
    end)
    fails("no limit 'memory'", function()
      r:spawn({ argv = { "true" }, limits = { memory = 1 } })
    end)
    fails("not a port", function()
      r:probe(0)
    end)
    assert.is_true(r:status())
  end)

  it("tells of a lost room also who asks after it was lost", function()
    local r <close> = assert(room.open(image))
    local process = assert(r:spawn(sh("echo begun; sleep 20")))
    assert.equal("begun\n", process:read("stdout", 0))
    host("kill -9 " .. r:pid())
    repeat -- until the loss has been seen
      task.sleep(1)
    until not r:status()
    local ended, err = process:wait()
    assert.is_nil(ended)
    assert.equal("EAGENT", err.code)
    ended, err = process:read("stdout", 6)
    assert.is_nil(ended)
    assert.equal("EAGENT", err.code)
    assert.equal("begun\n", process:read("stdout", 0))
  end)

  it("gives a room up with keep, and its agent ends it after the time", function()
    local r <close> = assert(room.open(image))
    local pid = r:pid()
    local started = assert(proc.start_time(pid))
    assert.has_error(function()
      r:keep(0)
    end, "bad argument #1 to 'keep' (1 second to a day)")
    assert.is_true(r:keep(1))
    assert.is_true(proc.signal_pid(pid, started, 0)) -- it goes on without us
    assert.is_false(pcall(r.status, r))
    local _, err = task.timeout(10000, function()
      while proc.signal_pid(pid, started, 0) do
        assert(task.sleep(20))
      end
    end)
    assert.is_nil(err)
  end)

  it("ends a kept room at a SIGTERM from outside", function()
    local r = assert(room.open(image))
    local pid = r:pid()
    local started = assert(proc.start_time(pid))
    assert.is_true(r:keep(600))
    assert.is_true(proc.signal_pid(pid, started, 15))
    local _, err = task.timeout(10000, function()
      while proc.signal_pid(pid, started, 0) do
        assert(task.sleep(20))
      end
    end)
    assert.is_nil(err)
  end)
end)
