--- Faults of a file, [[fault]], in rooms of this machine, with real servers: what the steps see
--- before, under and behind each, and what is refused.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local CACHE = '[services.cache]\nplugin = "redis"\n'

describe("a fault of a file", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function run(text, argv)
    support.write(dir .. "/a.clnrm.toml", 'meta.name = "a"\n' .. text)
    local words = { "run", "-f", "json", table.unpack(argv or {}) }
    local got = support.run(words, { cwd = dir, env = support.NO_ENGINE, deadline_s = 100 })
    local report = json.decode(got.out)
    assert(report, got.out .. got.err)
    report.code = got.code
    report.first = report.results[1]
    return report
  end

  local function messages(report)
    local list = {}
    for _, result in ipairs(report.results) do
      for _, failure in ipairs(result.failures or result.diagnostics) do
        list[#list + 1] = failure.code .. " " .. failure.message
      end
    end
    return table.concat(list, "\n")
  end

  local function passes(text)
    local report = run(text)
    assert.equal(0, report.code, messages(report))
    return report.first
  end

  it("kills a service; steps go on without it, and it comes again after its time", function()
    local result = passes(CACHE .. [==[
[[fault]]
kind = "kill"
service = "cache"
at = "before:down"
for = "3s"
[[steps]]
name = "up"
command = "redis-cli -h cache set k 1"
expect.stdout.equals = "OK\n"
[[steps]]
name = "down"
command = "redis-cli -h cache ping"
should_fail = true
[[steps]]
name = "again"
command = "until redis-cli -h cache ping; do sleep 0.05; done; redis-cli -h cache get k"
expect.stdout.ends_with = "PONG\n\n"
]==])
    assert.equal(9, result.services[1].signal)
    assert.is_true(result.services[1].asked)
    assert.equal("cache", result.services[2].name)
    local fault = result.faults[1]
    assert.same({ "kill", "for", "before:down" }, { fault.kind, fault.healed_by, fault.at })
    assert.is_true(fault.duration_ms >= 3000)
  end)

  it("stops one for good, and no step starts it anew", function()
    local result = passes(CACHE .. [==[
[[fault]]
kind = "stop"
service = "cache"
at = "after:up"
[[steps]]
name = "up"
command = "redis-cli ping"
[[steps]]
name = "down"
command = "redis-cli ping"
should_fail = true
]==])
    assert.equal(1, #result.services)
    assert.equal(0, result.services[1].exit_code)
    assert.equal("end", result.faults[1].healed_by)
  end)

  it("pauses one: nothing answers, and then what was asked meanwhile is", function()
    passes(CACHE .. [==[
[[fault]]
kind = "pause"
service = "cache"
at = "before:paused"
for = "3s"
[[steps]]
name = "paused"
command = "timeout 0.3 redis-cli ping"
expected_exit_code = 124
[[steps]]
name = "goes on"
command = ["redis-cli", "ping"]
expect.stdout.equals = "PONG\n"
]==])
  end)

  it("delays, narrows, loses and cuts the way to one, seen by who measures", function()
    local result = passes(CACHE .. [==[
[[fault]]
kind = "net_delay"
service = "cache"
delay = "300ms"
at = "before:delayed"
[[fault]]
kind = "net_bandwidth"
service = "cache"
bandwidth = "1m"
scenario = "narrow"
[[fault]]
kind = "net_loss"
service = "cache"
loss = 0.5
scenario = "lossy"
[[fault]]
kind = "net_partition"
service = "cache"
at = "before:cut"
for = "3s"
[[scenario]]
name = "slow"
[[scenario.steps]]
name = "fast"
command = "redis-cli -h cache ping"
[[scenario.steps]]
name = "delayed"
command = "redis-cli -h cache ping"
expect.duration_ms.gt = 300
[[scenario]]
name = "narrow"
[[scenario.steps]]
name = "a megabyte"
command = "head -c 1048576 /dev/zero | redis-cli -h cache -x set k; redis-cli -h cache strlen k"
expect.stdout.equals = "OK\n1048576\n"
expect.duration_ms.gt = 900
[[scenario]]
name = "lossy"
[[scenario.steps]]
name = "ten"
command = "for i in 1 2 3; do redis-cli -h cache ping; done"
timeout = "90s"
expect.duration_ms.gt = 200
[[scenario]]
name = "partition"
[[scenario.steps]]
name = "cut"
command = "timeout 0.3 redis-cli -h cache ping"
expected_exit_code = 124
[[scenario.steps]]
name = "healed"
command = "redis-cli -h cache ping"
expect.stdout.equals = "PONG\n"
]==])
    assert.is_true(result.faults[1].held_back > 0)
  end)

  it("fills the place that a service writes to, and gives it back", function()
    passes([==[
[services.cache]
plugin = "redis"
tmpfs = ["/data:size=1m"]
[[fault]]
kind = "disk_full"
service = "cache"
path = "/data"
at = "before:full"
for = "3s"
[[steps]]
name = "before"
command = "head -c 4096 /dev/zero >/data/a"
[[steps]]
name = "full"
command = "df /data; ls -A /data; head -c 4096 /dev/zero >/data/b"
should_fail = true
expect.stderr.contains = "No space left"
expect.stdout.matches = '100% /data\na\nb?'
[[steps]]
name = "after"
command = "until head -c 4096 /dev/zero >/data/c; do sleep 0.05; done"
]==])
  end)

  it("lowers limits, in the kernel's own files", function()
    local report = run([==[
[services.cache]
plugin = "redis"
limits = { memory_mb = 64, cpu_millicores = 1000 }
[[fault]]
kind = "memory"
service = "cache"
memory_mb = 32
at = "before:less"
for = "3s"
[[fault]]
kind = "cpu"
service = "cache"
cpu_millicores = 100
scenario = "slow"
[[scenario]]
name = "memory"
service = "cache"
[[scenario.steps]]
name = "less"
command = """
redis-cli eval "for i = 1, 60 do redis.call('set', i, string.rep('x', 1048576)) end" 0; true"""
[[scenario]]
name = "slow"
service = "cache"
[[scenario.steps]]
name = "busy"
command = "redis-cli eval 'local n = 0; for i = 1, 1e8 do n = n + i end; return 1' 0"
expect.stdout.equals = "1\n"
expect.duration_ms.gt = 1000
]==])
    if messages(report):find("enforced", 1, true) then
      pending("this machine has no cgroups")
    end
    -- redis wanted more than it had: the kernel killed it, and the failure says under which fault
    assert.matches("memory", messages(report))
    local notes = json.encode(report.first.failures[1].notes or {})
    assert.matches("fault[^\"]*: memory 32 MiB on cache", notes) -- of the step, or behind it
    assert.equal("pass", report.results[2].verdict, json.encode(report.results[2].failures))
  end)

  it("that cannot be made is an error, and what follows is not run", function()
    for text, why in pairs({
      ['kind = "disk_full"\npath = "/usr"'] = "disk of the machine",
      ['kind = "disk_full"\npath = "/project"'] = "/project is the machine's",
      ['kind = "kill"\n[[fault]]\nservice = "cache"\nkind = "pause"'] =
        "does not run",
    }) do
      local report = run(CACHE .. '[[fault]]\nservice = "cache"\n' .. text
        .. '\n[[steps]]\nname = "it"\ncommand = ["true"]\n')
      assert.equal(2, report.code)
      assert.equal("error", report.first.verdict)
      assert.matches("T901 .*" .. why, messages(report))
      assert.equal(0, #report.first.steps)
    end
  end)

  it("whose moment never came is an error, unless it may be so", function()
    local text = CACHE .. '[[fault]]\nkind = "pause"\nservice = "cache"\nat = "1m"\n%s'
      .. '\n[[steps]]\nname = "it"\ncommand = ["true"]\n'
    local report = run(text:format(""))
    assert.equal(2, report.code)
    assert.matches("T902 .*1m", messages(report))
    assert.equal(0, run(text:format("optional = true")).code)
  end)

  it("does not hide that a service ends by itself", function()
    local report = run(CACHE .. [==[
[[fault]]
kind = "pause"
service = "cache"
at = "after:it"
[[steps]]
name = "it"
command = "redis-cli ping"
[[steps]]
name = "dies"
command = "sleep 0.2; kill -9 $(cat /proc/[0-9]*/stat | grep redis-server | cut -d' ' -f1); sleep 5"
]==])
    assert.equal(6, report.code) -- a process of the room killed it, and clnrm did not
    assert.matches("V004", messages(report))
  end)

  it("is told of a failure under it", function()
    support.write(dir .. "/a.clnrm.toml", 'meta.name = "a"\n' .. CACHE .. [==[
[[fault]]
kind = "pause"
service = "cache"
for = "2s"
[[steps]]
name = "asks"
command = "timeout 0.2 redis-cli ping"
]==])
    local got = support.run({ "run", "-v" }, { cwd = dir, env = support.NO_ENGINE })
    assert.equal(1, got.code)
    assert.matches("fault in effect: pause on cache, for 2s", got.out)
    assert.matches("\n +fault .*pause on cache, for 2s", got.out)
  end)

  it("that nobody could notice, or that says too little, is refused where it stands", function()
    local step = '\n[[steps]]\nname = "it"\ncommand = ["true"]\n'
    for text, why in pairs({
      ['kind = "pauze"'] = "P103 .*pauze",
      ['kind = "clock_skew"'] = "P120 .*clock_skew",
      ['kind = "net_delay"'] = "P104 .*delay",
      ['kind = "pause"\ndelay = "1s"'] = "P109 .*net_delay",
      ['kind = "pause"\nservice = "cash"'] = "P113 .*cash",
      ['kind = "pause"\nat = "before:itt"'] = "P113 .*itt",
      ['kind = "pause"\nat = "during:it"'] = "P103 .*during:it",
      ['kind = "pause"\nscenario = "none"'] = "P113 .*none",
      ['kind = "memory"\nmemory_mb = 16'] = "P109 .*memory_mb",
    }) do
      local own = text:find("service", 1, true) and "" or 'service = "cache"\n'
      local report = run(CACHE .. "[[fault]]\n" .. own .. text .. step)
      assert.equal(2, report.code, text)
      assert.matches(why, messages(report))
    end
    local offered = run(CACHE .. '[[fault]]\nservice = "cache"\nkind = "pauzes"' .. step)
    assert.matches("P103", messages(offered))
    local got = support.run({ "validate", "a.clnrm.toml" }, { cwd = dir })
    assert.matches('"memory" or "cpu"', (got.out .. got.err):gsub("%s*│?%s+", " "))
    assert.is_nil((got.out .. got.err):find("clock_skew", 1, true)) -- no backend can
    local inside = run(CACHE .. '[[fault]]\nkind = "net_partition"\nservice = "cache"'
      .. '\n[[steps]]\nname = "it"\nservice = "cache"\ncommand = ["true"]\n')
    assert.matches("P109 .*not disturbed", messages(inside))
  end)
end)
