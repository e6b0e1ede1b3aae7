local proc = require("core.proc")
local task = require("core.task")

--- Runs a shell text to its end.
local function sh(text, opts)
  opts = opts or {}
  opts.argv = { "/bin/sh", "-c", text }
  local process = assert(proc.spawn(opts))
  return assert(process:wait()), process
end

--- Waits a second at most until a process is gone, or a zombie that nobody waits for.
local function ends(pid)
  local result = sh(([[i=0
    while grep -q '^State:.[RSDT]' /proc/%d/status 2>/dev/null; do
      i=$((i + 1)); [ $i -lt 100 ] || exit 1; sleep 0.01
    done]]):format(pid))
  return result.code == 0
end

local function count_fds()
  local _, process = sh("ls /proc/$PPID/fd | wc -l")
  return tonumber((process:stdout()))
end

local function rss_kb()
  local f = assert(io.open("/proc/self/status"))
  local kb = tonumber(f:read("a"):match("VmRSS:%s*(%d+)"))
  f:close()
  return kb
end

describe("core.proc", function()
  it("gives the exit code, both streams and the usage", function()
    local result, process = sh("echo out; echo err >&2; exit 7")
    assert.equal("exited", result.kind)
    assert.equal(7, result.code)
    assert.is_nil(result.signal)
    assert.equal("out\n", (process:stdout()))
    assert.equal("err\n", (process:stderr()))
    assert.same({ bytes = 4, cut = 0 }, result.stdout)
    assert.is_true(result.duration_ms > 0)
    assert.is_true(result.rusage.max_rss_kb > 100)
    assert.is_true(result.rusage.user_ms >= 0 and result.rusage.system_ms >= 0)
  end)

  it("lets a command write where clnrm itself writes, and keeps nothing of it", function()
    local code = [[
      local process = require("core.proc").spawn({
        argv = { "sh", "-c", "echo out; echo err >&2; cat" }, inherit = true })
      local result = process:wait()
      print(result.code, (process:stdout()) == "", result.stdout.bytes)]]
    local path = os.tmpname()
    local f = assert(io.open(path, "w"))
    f:write(code)
    f:close()
    local _, process = sh(os.getenv("CLNRM") .. " lua " .. path)
    assert.equal("out\n0\ttrue\t0\n", (process:stdout()))
    assert.equal("err\n", (process:stderr()))
    os.remove(path)
  end)

  it("tells a signal from an exit", function()
    local result = sh("kill -9 $$")
    assert.equal("signalled", result.kind)
    assert.equal(9, result.signal)
    assert.is_nil(result.code)
  end)

  it("names what could not be started", function()
    local process, err = proc.spawn({ argv = { "no-such-command" } })
    assert.is_nil(process)
    assert.equal("COMMAND_NOT_FOUND", err.code)
    process, err = proc.spawn({ argv = { "/etc/passwd" } })
    assert.equal("EACCES", err.code)
    process, err = proc.spawn({ argv = { "true" }, cwd = "/nowhere" })
    assert.equal("ENOENT", err.code)
    assert.matches("/nowhere", err.message)
  end)

  it("looks a command up in the PATH of its own environment, never in the directory", function()
    local process = assert(proc.spawn({ argv = { "true" }, env = { "PATH=/nowhere:/usr/bin" } }))
    assert.equal(0, process:wait().code)
    local _, err = proc.spawn({ argv = { "true" }, env = { "PATH=" }, cwd = "/usr/bin" })
    assert.equal("COMMAND_NOT_FOUND", err.code)
  end)

  it("passes exactly the environment, the directory and the input it is given", function()
    local _, process = sh("pwd; env; cat", { env = { "A=1" }, cwd = "/usr", stdin = "in\0put" })
    assert.equal("/usr\nA=1\nPWD=/usr\nin\0put", (process:stdout()))
    _, process = sh("cat; readlink /proc/self/fd/0")
    assert.equal("/dev/null\n", (process:stdout()))
  end)

  it("feeds and takes more than a pipe holds at once", function()
    local input = ("0123456789abcdef"):rep(256 * 1024)
    local result, process = sh("cat", { stdin = input })
    assert.equal(0, result.code)
    assert.is_true(input == process:stdout())
    result = sh("true", { stdin = input }) -- a command that does not read it is not an error
    assert.equal(0, result.code)
  end)

  it("merges stderr into stdout on request", function()
    local _, process = sh("echo a; echo b >&2; echo c", { merge = true })
    assert.equal("a\nb\nc\n", (process:stdout()))
    assert.equal("", (process:stderr()))
  end)

  it("keeps head and tail within the cap and counts all", function()
    local result, process = sh("seq 1 200000", { out_max = 1000 })
    assert.same({ bytes = 1288895, cut = 1287895 }, result.stdout)
    local text, cut = process:stdout()
    assert.equal(1287895, cut)
    assert.equal(1000, #text)
    assert.matches("^1\n2\n3\n", text)
    assert.matches("199999\n200000\n$", text)
    text, cut = process:stdout(100)
    assert.equal(100, #text)
    assert.equal(1288795, cut)
    assert.matches("^1\n2\n", text)
    assert.matches("200000\n$", text)
  end)

  it("gives a part of a short stream on request", function()
    local _, process = sh("printf 0123456789")
    local expected = { [0] = "", "9", "09", "089", "0189" }
    for max = 0, 12 do
      local text, cut = process:stdout(max)
      assert.equal(math.max(10 - max, 0), cut)
      assert.equal(expected[max] or text, text)
      assert.equal(10, #text + cut)
    end
    assert.equal("0123456789", (process:stdout(10)))
  end)

  it("ends with the command, not with the last holder of its output", function()
    local result, process = sh("setsid sleep 20 & echo $!; exit 3")
    assert.equal(3, result.code)
    assert.is_true(result.duration_ms < 5000)
    sh("kill " .. process:stdout())
  end)

  it("kills what is left of the group when the command ends", function()
    local _, process = sh("sleep 20 >/dev/null 2>&1 & echo $!")
    assert.is_true(ends((process:stdout())))
  end)

  it("sends signals to the whole group", function()
    local process = assert(proc.spawn({ argv = { "/bin/sh", "-c", "sleep 20; true" } }))
    assert.is_true(process:pid() > 1)
    assert.is_true(process:signal(15))
    assert.equal(15, process:wait().signal)
    local ok, err = process:signal(15)
    assert.is_nil(ok)
    assert.equal("ESRCH", err.code)
  end)

  it("is killed when its scope is left, also by a timeout", function()
    local pid
    local started = os.time()
    local ok, err = task.timeout(50, function()
      local process <close> = assert(proc.spawn({ argv = { "sleep", "30" } }))
      pid = process:pid()
      return process:wait()
    end)
    assert.is_nil(ok)
    assert.equal("ETIMEDOUT", err.code)
    assert.is_true(ends(pid))
    assert.is_true(os.time() - started < 25)
  end)

  for number, name in pairs({ [9] = "SIGKILL", [15] = "SIGTERM" }) do
    it("is killed when clnrm is ended by " .. name, function()
      local path = os.tmpname() .. ".lua"
      finally(function()
        os.remove(path)
      end)
      local script = assert(io.open(path, "w"))
      script:write('local p = require("core.proc").spawn({ argv = { "sleep", "300" } })\n'
        .. 'print(p:pid()) io.stdout:flush() require("core.task").sleep(300000)\n')
      script:close()
      local clnrm = assert(proc.spawn({ argv = { os.getenv("CLNRM"), path } }))
      local pid
      for _ = 1, 1000 do
        pid = tonumber((clnrm:stdout()))
        if pid then
          break
        end
        task.sleep(10)
      end
      clnrm:signal(number)
      assert.equal(number, clnrm:wait().signal)
      assert.is_true(ends(assert(pid)))
    end)
  end

  it("leaves no descriptor and no zombie behind", function()
    collectgarbage()
    task.sleep(50) -- what the tests before have closed is gone then
    local before = count_fds()
    for _ = 1, 30 do
      sh("echo x; echo y >&2", { stdin = "z" })
    end
    do
      local process <close> = assert(proc.spawn({ argv = { "sleep", "30" } }))
      assert.is_true(process:pid() > 0)
    end
    collectgarbage()
    local left
    for _ = 1, 3000 do -- what was killed is gone a little later
      task.sleep(20)
      left = count_fds()
      if left <= before then -- fewer: what a test before had left to the collector
        break
      end
    end
    assert.is_true(left <= before, ("%d descriptors, %d before"):format(left, before))
    local _, process = sh("ps --ppid $PPID -o stat= | grep -c Z")
    assert.equal("0\n", (process:stdout()))
  end)

  it("hands down no descriptor, no blocked and no ignored signal", function()
    local leaked = assert(io.open("/dev/null"))
    local _, process = sh("ls /proc/self/fd | wc -l; grep -E '^Sig(Blk|Ign)' /proc/self/status")
    leaked:close()
    assert.equal("4\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n", (process:stdout()))
  end)

  it("refuses misuse by name", function()
    assert.has_error(function()
      proc.spawn({ argv = { "true" }, stdn = "x" })
    end)
    assert.has_error(function()
      proc.spawn({ argv = {} })
    end)
    assert.has_error(function()
      proc.spawn({ argv = { "a\0b" } })
    end)
    local process = assert(proc.spawn({ argv = { "true" } }))
    process:close()
    process:close()
    assert.has_error(function()
      process:wait()
    end)
  end)

  it("counts the cores that it may use, as nproc does", function()
    local pipe = io.popen("env -u OMP_NUM_THREADS nproc")
    local count = pipe:read("n")
    pipe:close()
    assert.equal(count, proc.cores())
  end)

  it("gives back what is garbage, and free memory between what is in use", function()
    local blocks = {}
    for i = 1, 512 do
      blocks[i] = ("x"):rep(64 << 10) -- in the heap: a larger one would be a mapping of its own
    end
    local full = rss_kb()
    for i = 1, 512 do
      blocks[i] = i % 8 == 0 and blocks[i] or nil
    end
    proc.trim()
    if (os.getenv("CLNRM_VARIANT") or "release") == "release" then -- sanitizers keep what is freed
      assert.is_true(full - rss_kb() > 20 << 10, ("%d kB, then %d"):format(full, rss_kb()))
    end
    assert.equal(64 << 10, #blocks[8])
  end)
end)
