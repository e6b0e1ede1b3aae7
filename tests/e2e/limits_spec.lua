--- [limits]: what the kernel refuses a room is seen and told, whatever its steps make of it.
local cgroup = require("core.cgroup")
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local places = cgroup.detect()
local here = places.memory.version and places.pids.version and places.cpu.version
local limited = here and it or function(name)
  pending(name .. ": no group can be made here")
end

--- Runs a file whose scenarios are given as { name, shell text }.
local function run(limits, scenarios, more)
  local dir = support.tempdir()
  local parts = { '[meta]\nname = "x"\n', limits, more or "" }
  for _, s in ipairs(scenarios) do
    parts[#parts + 1] = ("[[scenario]]\nname = %q\nrun = '''%s'''\n"):format(s[1], s[2])
  end
  support.write(dir .. "/x.clnrm.toml", table.concat(parts))
  local result = support.run({ "run", "-f", "json" }, { cwd = dir })
  support.remove(dir)
  local report, found = json.decode(result.out), {}
  assert(report, result.out .. result.err)
  for _, s in ipairs(report.results) do
    local codes = {}
    for _, failure in ipairs(s.failures or {}) do
      codes[#codes + 1] = failure.code
    end
    found[s.name] = { verdict = s.verdict, codes = table.concat(codes, " "), failures = s.failures,
      isolation = s.isolation }
  end
  return found, result
end

describe("[limits]", function()
  limited("of memory count the files of the room, and a step that swallows it does not pass",
    function()
      local found, result = run("[limits]\nmemory_mb = 50\n", {
        { "file", "head -c 90000000 /dev/zero > /tmp/x; echo PASS" },
        { "process", "python3 -c 'x = bytearray(90 << 20)' || echo PASS" },
        { "fits", "head -c 20000000 /dev/zero > /tmp/x" },
      })
      assert.equal(1, result.code)
      assert.same({ "fail", "fail", "pass" },
        { found.file.verdict, found.process.verdict, found.fits.verdict })
      for _, one in ipairs({ found.file, found.process }) do
        assert.matches("H010", one.codes) -- T002 beside it when the shell itself was chosen
        assert.matches("^out of memory: the kernel killed .*limits.memory_mb = 50",
          one.failures[#one.failures].message)
      end
      assert.matches("room: memory 50 MiB %(cgroup v%d%)", found.fits.isolation.limits)
    end)

  limited("of all processes of the room together", function()
    local forks = "(for i in $(seq 30); do sleep 0.2 & done; wait) 2>/dev/null; echo PASS"
    local found = run("[limits]\npids = 10\n", { { "forks", forks }, { "one", "sleep 0" } })
    assert.equal("fail", found.forks.verdict)
    assert.equal("H011", found.forks.codes)
    assert.equal("pass", found.one.verdict)
  end)

  limited("hold for services, too, with their own within", function()
    local more = [==[
[services.hog]
command = ["python3", "-c", "import time; x = bytearray(90 << 20); time.sleep(60)"]
wait = { file = "/tmp/never", timeout = "20s" }
[services.own]
command = "exec cat /proc/self/cgroup /dev/zero"
limits = { pids = 5 }
]==]
    local found = run("[limits]\nmemory_mb = 50\n", { { "s", "true" } }, more)
    assert.equal("fail", found.s.verdict, found.s.codes)
    assert.matches("H010", found.s.codes)
    local texts = {}
    for i, failure in ipairs(found.s.failures) do
      texts[i] = failure.message
    end
    assert.matches("its room had used up its memory", table.concat(texts, "\n"))
  end)

  it("leave nothing behind", function()
    run("[limits]\nmemory_mb = 50\n", { { "s", "true" } })
    local left =
      support.sh("ls -d /sys/fs/cgroup/*/clnrm-* /sys/fs/cgroup/clnrm-* 2>/dev/null; true")
    local space = assert(require("core.fs").readlink("/proc/self/ns/pid")):match("%d+")
    for line in left.out:gmatch("[^\n]+") do
      local pid = line:match("clnrm%-" .. space .. "%-(%d+)%-")
      assert.is_truthy(not pid or io.open("/proc/" .. pid .. "/stat"), line)
    end
  end)
end)

describe("limits of a room of a Lua test", function()
  limited("hold, and count against the test", function()
    local dir = support.tempdir()
    support.write(dir .. "/x.clnrm.lua", [[
local clnrm = require("clnrm")
clnrm.test("hit", function(t)
  local room = t:open({ limits = { memory_mb = 50 } })
  room:exec("head -c 90000000 /dev/zero > /tmp/x; true")
  clnrm.expect(1):equals(1)
end)
clnrm.test("room", { room = { limits = { memory_limit = 50 } } }, function(t)
  t.room:exec("head -c 90000000 /dev/zero > /tmp/x; echo PASS")
  clnrm.expect(1):equals(1)
end)
clnrm.test("wrong", function(t)
  clnrm.expect(function() t:open({ limits = { memory_mb = 0 } }) end):raises("limits.memory_mb")
end)
]])
    local result = support.run({ "run", "-f", "json" }, { cwd = dir })
    support.remove(dir)
    assert.equal(1, result.code, result.out)
    local codes = {}
    for _, s in ipairs(json.decode(result.out).results) do
      codes[s.name] = s.failures[1] and s.failures[1].code or s.verdict
    end
    assert.same({ hit = "H010", room = "H010", wrong = "pass" }, codes)
  end)
end)
