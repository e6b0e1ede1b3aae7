--- `clnrm FILE.lua --watch`: a program that is run again on each save.
local proc = require("core.proc")
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")

local DEADLINE_MS = 60000

describe("a program with --watch", function()
  local dir, process

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    if process then
      process:signal(15) -- it ends what it runs, too
      task.timeout(DEADLINE_MS, process.wait, process)
      process:close()
      process = nil
    end
    support.remove(dir)
  end)

  local function start(...)
    process = assert(proc.spawn({
      argv = { support.clnrm, "p.lua", ... }, cwd = dir,
      env = { "HOME=" .. dir, "PATH=" .. os.getenv("PATH"), "LANG=C.UTF-8" },
    }))
  end

  --- Waits until a stream has a text; returns the stream.
  local function await(stream, wanted)
    for _ = 1, DEADLINE_MS // 20 do
      local text = process[stream](process) or ""
      if text:find(wanted) then
        return text
      end
      task.sleep(20)
    end
    error(("no %s in %s"):format(wanted, process[stream](process) or ""), 2)
  end

  local function stop(number)
    process:signal(number)
    local result = assert(task.timeout(DEADLINE_MS, process.wait, process))
    return result.code or 128 + result.signal
  end

  local function save(name, text)
    support.write(dir .. "/" .. name .. ".tmp", text)
    assert(os.rename(dir .. "/" .. name .. ".tmp", dir .. "/" .. name))
  end

  it("runs again with its arguments when it is saved, or what it requires", function()
    support.write(dir .. "/m.lua", "return 1\n")
    support.write(dir .. "/p.lua", 'print("n " .. dofile("m.lua"), ...)\n')
    start("--watch", "a", "--watch")
    await("stderr", "Waiting")
    save("m.lua", "return 2\n")
    await("stdout", "n 2")
    save("p.lua", 'print("last", ...) os.exit(7)\n')
    await("stderr", "ended with 7")
    assert.equal("n 1\ta\t--watch\nn 2\ta\t--watch\nlast\ta\t--watch\n", (process:stdout()))
    assert.matches("Saved m.lua\n.*Saved p.lua\n", (process:stderr()))
    await("stderr", "ended with 7.*Waiting")
    assert.equal(7, stop(2))
  end)

  it("goes on with the same build when the program's file is replaced", function()
    support.sh('cp "$CLNRM" own', { cwd = dir })
    support.write(dir .. "/p.lua", 'print("one")\n')
    process = assert(proc.spawn({ argv = { dir .. "/own", "p.lua", "-w" }, cwd = dir,
      env = { "HOME=" .. dir, "PATH=" .. os.getenv("PATH"), "LANG=C.UTF-8" } }))
    await("stderr", "ended with 0.*Waiting")
    support.sh("cp /bin/false new; mv new own", { cwd = dir })
    save("p.lua", 'print("two")\n')
    await("stdout", "one\ntwo\n")
  end)

  it("is ended by a save while it runs", function()
    support.write(dir .. "/p.lua", 'print("begun") io.stdout:flush()\n'
      .. 'require("clnrm.task").sleep("5m")\n')
    start("-w")
    await("stdout", "begun")
    save("p.lua", 'print("then") io.stdout:flush()\n'
      .. 'require("clnrm.task").sleep("5m")\n')
    await("stdout", "begun\nthen")
    assert.equal(130, stop(2))
  end)

  it("ends with the signal's code while it runs", function()
    support.write(dir .. "/p.lua", 'print("begun") io.stdout:flush()\n'
      .. 'require("clnrm.task").sleep("5m")\n')
    start("--watch")
    await("stdout", "begun")
    assert.equal(143, stop(15))
  end)

  it("ends with the signal's code also while nothing runs", function()
    support.write(dir .. "/p.lua", 'print("begun")\n')
    start("--watch")
    await("stderr", "ended with 0.*Waiting")
    assert.equal(143, stop(15))
  end)

  it("goes on when the terminal hangs up under nohup", function()
    support.write(dir .. "/p.lua", 'print("one")\n')
    process = assert(proc.spawn({
      argv = { "sh", "-c", 'trap "" HUP; exec "$0" p.lua --watch', support.clnrm }, cwd = dir,
      env = { "HOME=" .. dir, "PATH=" .. os.getenv("PATH"), "LANG=C.UTF-8" },
    }))
    await("stderr", "ended with 0.*Waiting")
    process:signal(1)
    save("p.lua", 'print("two")\n')
    await("stdout", "one\ntwo\n")
  end)

  it("is killed when it does not heed SIGTERM", function()
    support.write(dir .. "/p.lua", 'local s = require("core.signal").open("SIGTERM")\n'
      .. 'print("begun") io.stdout:flush() s:next()\nrequire("clnrm.task").sleep("5m")\n')
    start("--watch")
    await("stdout", "begun")
    save("p.lua", 'print("then")\n')
    await("stdout", "begun\nthen")
  end)

  it("ignores what it writes itself in each run, and says so", function()
    support.write(dir .. "/p.lua", 'print("begun") io.stdout:flush()\n'
      .. 'local f = io.open("log", "w") f:write(os.clock(), os.tmpname()) f:close()\n')
    start("--watch")
    await("stderr", "Ignored log: it was written in each of the last runs")
    await("stderr", "Ignored.*Ignored")
    local _, runs = (process:stdout()):gsub("begun", "")
    assert.is_true(runs <= 8, runs)
    save("log", "somebody's")
    await("stderr", "Ignored.*Ignored.*Saved log")
  end)

  it("goes on after an error", function()
    support.write(dir .. "/p.lua", "error('no')\n")
    start("--watch")
    await("stderr", "p.lua:1: no.*FAIL.*ended with 1.*Waiting")
    save("p.lua", "print('mended')\n")
    await("stdout", "mended")
  end)

  it("heeds [watch] of the settings", function()
    support.write(dir .. "/clnrm.toml", '[watch]\nignore = ["*.txt"]\n')
    support.write(dir .. "/p.lua", "print('ran')\n")
    start("--watch")
    await("stderr", "Waiting")
    save("notes.txt", "1")
    save("other.md", "1")
    assert.matches("Saved other.md\n", await("stderr", "Saved"))
  end)

  --- Waits until a process is gone, or a zombie that nobody waits for; returns whether it is.
  local function ends(pid)
    for _ = 1, DEADLINE_MS // 20 do
      local text = support.read(("/proc/%d/status"):format(pid))
      if not text or text:find("State:%s*[ZX]") then
        return true
      end
      task.sleep(20)
    end
    return false
  end

  local STUBBORN = "local s = require('core.signal').open('SIGTERM')\n"
    .. "local p = require('core.proc').spawn({ argv = { 'sleep', '300' } })\n"
    .. "print(('%s %d begun'):format(require('core.fs').readlink('/proc/self'), p:pid()))\n"
    .. "io.stdout:flush() s:next()\nrequire('clnrm.task').sleep('5m')\n"

  it("leaves nothing running when the loop is killed", function()
    support.write(dir .. "/p.lua", STUBBORN)
    start("--watch")
    local own, command = await("stdout", "begun"):match("(%d+) (%d+) begun")
    assert.equal(137, stop(9))
    assert.is_true(ends(own))
    assert.is_true(ends(command))
  end)

  it("leaves no command running of a program that is killed", function()
    support.write(dir .. "/p.lua", STUBBORN)
    start("--watch")
    local command = await("stdout", "begun"):match("%d+ (%d+) begun")
    save("p.lua", "print('then')\n")
    await("stdout", "then")
    assert.is_true(ends(command))
  end)

  it("heeds [watch] that is written while it waits", function()
    support.write(dir .. "/p.lua", "print('ran')\n")
    start("--watch")
    await("stderr", "Waiting")
    save("clnrm.toml", '[watch]\nignore = ["*.txt"]\n')
    await("stderr", "Saved clnrm.toml.*Waiting")
    save("notes.txt", "1")
    save("other.md", "1")
    assert.not_matches("notes.txt", await("stderr", "Saved other.md"))
  end)

  it("heeds a debounce that is written while it waits", function()
    support.write(dir .. "/p.lua", "print('ran') io.stdout:flush()\n")
    start("--watch")
    await("stderr", "Waiting")
    save("clnrm.toml", "[watch]\ndebounce_ms = 60000\n")
    await("stderr", "Saved clnrm.toml.*Waiting")
    save("p.lua", "print('late')\n")
    task.sleep(1500) -- longer than without a setting
    assert.equal("ran\nran\n", (process:stdout()))
  end)

  it("tells of settings that become wrong, and those of before stand", function()
    support.write(dir .. "/clnrm.toml", '[watch]\nignore = ["*.txt"]\n')
    support.write(dir .. "/p.lua", "print('ran')\n")
    start("--watch")
    await("stderr", "Waiting")
    save("clnrm.toml", "[watch\n")
    await("stderr", "P%d+.*the settings are wrong: those of before stand")
    save("notes.txt", "1")
    save("other.md", "1")
    await("stderr", "Saved other.md")
    assert.not_matches("Saved clnrm.toml", (process:stderr()))
    assert.not_matches("notes.txt", (process:stderr()))
  end)

  it("does not end a program that runs for settings that are wrong", function()
    support.write(dir .. "/p.lua", "print('begun') io.stdout:flush()\n"
      .. "require('clnrm.task').sleep('5m')\n")
    start("--watch")
    await("stdout", "begun")
    save("clnrm.toml", "[watch\n")
    await("stderr", "the settings are wrong")
    save("clnrm.toml", "")
    await("stdout", "begun\nbegun\n")
    assert.equal("begun\nbegun\n", (process:stdout()))
  end)

  it("warns of what is no pattern to ignore", function()
    support.write(dir .. "/clnrm.toml", '[watch]\nignore = ["*.txt", "["]\n')
    support.write(dir .. "/p.lua", "print('ran')\n")
    start("--watch")
    assert.matches("`watch.ignore` is not heeded: '[' is no pattern", await("stderr", "Waiting"),
      1, true)
  end)

  it("runs the program with the options before its file", function()
    support.write(dir .. "/clnrm.toml", "[watch\n")
    support.write(dir .. "/sub/p.lua", "print(require('core.fs').read('/proc/self/cmdline'))\n")
    process = assert(proc.spawn({
      argv = { support.clnrm, "-C", "sub", "--config", "none", "-qv", "--color=always",
        "p.lua", "--watch", "-x" }, cwd = dir,
      env = { "HOME=" .. dir, "PATH=" .. os.getenv("PATH"), "LANG=C.UTF-8" },
    }))
    local text = await("stdout", "\n")
    assert.equal("--config=none --quiet --verbose --color=always p.lua -x",
      (text:match("%z(.*)%z\n"):gsub("%z", " ")))
  end)

  for how, command in pairs({ removed = 'rm -r "$0"', ["moved away"] = 'mv "$0" "$0.new"' }) do
    it("ends with 6 when the project is " .. how, function()
      finally(function()
        support.sh("rm -rf " .. support.quote(dir .. ".new"))
      end)
      support.write(dir .. "/clnrm.toml", "")
      support.write(dir .. "/p.lua", "print('ran')\n")
      start("--watch")
      await("stderr", "Waiting")
      local _, ended = assert(os.execute(("sh -c %s %s"):format(support.quote(command), dir)))
      assert.equal("exit", ended)
      local result = assert(task.timeout(DEADLINE_MS, process.wait, process))
      support.sh("mkdir " .. support.quote(dir)) -- for what clears up
      assert.equal(6, result.code)
      assert.matches(dir .. ": the folder of the project is gone", (process:stderr()), 1, true)
      assert.not_matches("Saved " .. dir:sub(2), (process:stderr()), 1, true)
    end)
  end

  it("tells what it writes also of a program that does not end", function()
    support.write(dir .. "/p.lua", "local f = io.open('out.txt', 'w')\n"
      .. "f:write(require('core.clock').wall()) f:close()\n"
      .. "require('clnrm.task').sleep('5m')\n")
    start("--watch")
    await("stderr", "Ignored out.txt")
    save("p.lua", "print('mended')\n")
    await("stdout", "mended")
  end)

  it("begins a program that does not end anew for each save of a file", function()
    support.write(dir .. "/p.lua", "print(io.open('data.txt'):read()) io.stdout:flush()\n"
      .. "require('clnrm.task').sleep('5m')\n")
    support.write(dir .. "/data.txt", "n 0\n")
    start("--watch")
    for i = 1, 4 do
      await("stdout", ("n %d\n"):format(i - 1))
      save("data.txt", ("n %d\n"):format(i))
    end
    await("stdout", "n 4\n")
  end)

  --- Saves a file again and again, and waits each time until that is run or told as ignored.
  local function save_all(name, text, count)
    for i = 1, count do
      local _, before = (process:stderr() or ""):gsub("Ignored", "")
      save(name, text:format(i))
      local is_done = false
      for _ = 1, DEADLINE_MS // 20 do
        local _, ignored = (process:stderr() or ""):gsub("Ignored", "")
        is_done = ignored > before or (process:stdout() or ""):find("n " .. i .. "\n", 1, true)
        if is_done then
          break
        end
        task.sleep(20)
      end
      assert.truthy(is_done, ("save %d: %s"):format(i, process:stderr()))
    end
  end

  it("tells each save that it ignores while a program goes on that does not end", function()
    support.write(dir .. "/p.lua", "print(io.open('data.txt'):read()) io.stdout:flush()\n"
      .. "require('clnrm.task').sleep('5m')\n")
    support.write(dir .. "/data.txt", "n 0\n")
    start("--watch")
    await("stdout", "n 0\n")
    save_all("data.txt", "n %d\n", 9)
    assert.matches("Ignored data.txt:.*or was left alone for 30 s", (process:stderr()))
  end)

  it("ignores what a program is made of for no longer than 2 s", function()
    local text = "print('n %d') io.stdout:flush()\nrequire('clnrm.task').sleep('5m')\n"
    support.write(dir .. "/p.lua", text:format(0))
    start("--watch")
    await("stdout", "n 0\n")
    save_all("p.lua", text, 16)
    task.sleep(3000) -- longer than that: a save on a slow machine is left alone for longer still
    save("p.lua", text:format(17))
    await("stdout", "n 17\n")
  end)

  it("tells a pending snapshot of a program that does not end as any other file", function()
    support.write(dir .. "/p.lua", "os.execute('mkdir -p snapshots/p')\n"
      .. "local f = io.open('snapshots/p/x.txt.new', 'w')\n"
      .. "f:write(require('core.clock').wall()) f:close()\n"
      .. "require('clnrm.task').sleep('5m')\n")
    start("--watch")
    await("stderr", "Ignored snapshots/p/x.txt.new")
  end)

  it("takes no option of the loop over tests for an argument, but behind --", function()
    support.write(dir .. "/p.lua", "print('ran', ...)\n")
    for _, option in ipairs({ "--ui", "--ui=0", "--timebox=5s", "--once", "--only", "--tag=x",
      "-k", "-kx", "--failed-first", "-v", "-vv", "--verbose" }) do
      local got = support.run({ "p.lua", "--watch", option }, { cwd = dir })
      assert.equal(2, got.code)
      local name = option:match("^%-%-[^=]*") or option:sub(1, 2)
      assert.matches(name .. " is no option of a program", got.err, 1, true)
      assert.matches("clnrm p.lua --watch -- " .. option, got.err, 1, true)
      assert.equal("", got.out)
    end
    start("--watch", "--", "--ui")
    await("stdout", "ran\t%-%-ui\n")
    assert.equal(0, (await("stderr", "Waiting") and stop(2)))
  end)

  it("has nothing to read", function()
    support.write(dir .. "/p.lua", "print(io.read('a') == '', io.read())\n")
    start("--watch")
    await("stdout", "true\tnil\n")
  end)

  it("gets --watch itself behind --", function()
    support.write(dir .. "/p.lua", "print(...)\n")
    local got = support.run({ "p.lua", "--", "--watch" }, { cwd = dir })
    assert.same({ 0, "--watch\n" }, { got.code, got.out })
    got = support.run({ "p.lua", "a", "--watch" }, { cwd = dir })
    assert.equal("a\t--watch\n", got.out)
    got = support.run({ "p.lua", "--", "a" }, { cwd = dir })
    assert.equal("--\ta\n", got.out)
  end)
end)
