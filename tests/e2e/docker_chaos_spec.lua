--- Faults of a file in rooms of Docker: what a client in another container sees before, under and
--- behind each, with real servers; what is refused; what is left.
local docker = dofile("tests/e2e/docker_support.lua")

local ROOM =
  '[room]\nimage = "$redis"\n[services.cache]\nimage = "$redis"\nwait = { port = 6379 }\n'

describe("faults of Docker", function()
  local specs = docker.specs({ it = it, setup = setup, pending = pending }, docker.engines.engine,
    { "redis" })

  specs:case("end and stop a service for a time, in its own container", function()
    local result = specs:passes(ROOM .. [==[
[[fault]]
kind = "pause"
service = "cache"
at = "before:paused"
for = "3s"
[[fault]]
kind = "kill"
service = "cache"
at = "before:down"
for = "3s"
[[steps]]
name = "paused"
command = "timeout 0.3 redis-cli -h cache ping; case $? in 124|143) ;; *) exit 1; esac"
[[steps]]
name = "goes on"
command = "redis-cli -h cache set k kept"
[[steps]]
name = "down"
command = "if timeout 0.5 redis-cli -h cache ping; then exit 1; fi"
[[steps]]
name = "again"
command = "until timeout 1 redis-cli -h cache ping; do sleep 0.1; done"
expect.stdout.ends_with = "PONG\n"
]==])
    assert.equal(9, result.services[1].signal)
    assert.same({ "for", "for" }, { result.faults[1].healed_by, result.faults[2].healed_by })
  end)

  specs:case("are told of a step in what they ended, which is no trouble of the machine", function()
    for _, fault in ipairs({ "kill", "stop" }) do
      local report = specs:run(ROOM .. '[[fault]]\nservice = "cache"\nat = "before:x"\nkind = "'
        .. fault .. '"\n[[steps]]\nname = "x"\nservice = "cache"\ncommand = ["true"]\n')
      local failure = report.results[1].failures[1]
      assert.same({ 2, "error", "H009" }, { report.code, report.results[1].verdict, failure.code })
      assert.matches("the service 'cache' has been ended by the test, and an engine runs nothing",
        failure.message, 1, true)
    end
  end)

  specs:case("delay and narrow the way to one through a relay, under its own name", function()
    local result = specs:passes(ROOM .. [==[
[[fault]]
kind = "net_delay"
service = "cache"
delay = "300ms"
at = "before:delayed"
[[fault]]
kind = "net_bandwidth"
service = "cache"
bandwidth = "1m"
at = "after:delayed"
[[steps]]
name = "fast"
command = "redis-cli -h cache ping"
expect.stdout.equals = "PONG\n"
[[steps]]
name = "delayed"
command = "redis-cli -h cache ping"
expect.duration_ms.gt = 300
[[steps]]
name = "a megabyte"
command = "head -c 1048576 /dev/zero | redis-cli -h cache -x set k; redis-cli -h cache strlen k"
expect.stdout.equals = "OK\n1048576\n"
expect.duration_ms.gt = 900
]==])
    assert.is_true(result.faults[1].held_back > 0)
    assert.is_true(result.faults[2].held_back > 0)
  end)

  specs:case("take it out of its network, and put it back with its names", function()
    specs:passes(ROOM .. [==[
aliases = ["store"]
[[fault]]
kind = "net_partition"
service = "cache"
at = "before:cut"
for = "3s"
[[steps]]
name = "before"
command = "redis-cli -h store set k v"
[[steps]]
name = "cut"
command = "timeout 0.5 redis-cli -h cache ping; case $? in 124|143) ;; *) exit 1; esac"
[[steps]]
name = "healed"
command = """
until timeout 1 redis-cli -h cache ping && timeout 1 redis-cli -h store get k; do
  sleep 0.1 # its names come one after the other
done"""
expect.stdout.ends_with = "PONG\nv\n"
]==])
  end)

  specs:case("fill a tmpfs of it, never the disk of the machine", function()
    local text = ROOM .. [==[
tmpfs = ["/small:size=1m"]
[[fault]]
kind = "disk_full"
service = "cache"
path = "%s"
at = "before:full"
for = "3s"
[[steps]]
name = "full"
service = "cache"
command = "dd if=/dev/zero of=/small/b bs=4096 count=1"
should_fail = true
expect.stderr.contains = "No space left"
[[steps]]
name = "after"
service = "cache"
command = "until dd if=/dev/zero of=/small/c bs=4096 count=1; do sleep 0.1; done"
]==]
    specs:passes(text:format("/small"))
    local report = specs:run(text:format("/tmp"))
    assert.equal(2, report.code)
    assert.matches("a disk of the machine", docker.failure(report))
  end)

  specs:case("that need an agent are errors where none runs", function()
    for name, keys in pairs({ net_delay = 'delay = "1s"', disk_full = 'path = "/dev/shm"' }) do
      local report = specs:run(ROOM:gsub("wait = [^\n]*\n", "") -- which it cannot either
        .. ('[[fault]]\nkind = "%s"\nservice = "cache"\n%s\n'):format(name, keys)
        .. '[[steps]]\nname = "x"\ncommand = ["true"]\n',
        { env = { CLNRM_DOCKER_RUNG = "exec" } })
      assert.equal("T901", report.results[1].failures[1].code, report.err)
      assert.matches("no agent", docker.failure(report))
      assert.equal(1, #report.results[1].failures)
    end
  end)

  specs:case("lower its limits, in the kernel's own files, and give them back", function()
    local text = [==[
limits = { memory_mb = 64, cpu_millicores = 1000 }
[[fault]]
kind = "%s"
service = "cache"
%s
at = "before:less"
for = "3s"
[[steps]]
name = "less"
service = "cache"
command = "cat /sys/fs/cgroup/%s"
expect.stdout.equals = "%d\n"
[[steps]]
name = "again"
service = "cache"
command = "until grep -qx %d /sys/fs/cgroup/%s; do sleep 0.1; done"
]==]
    local memory, cpu = "memory/memory.limit_in_bytes", "cpu/cpu.cfs_quota_us"
    specs:passes(ROOM
      .. text:format("memory", "memory_mb = 32", memory, 32 << 20, 64 << 20, memory))
    specs:passes(ROOM .. text:format("cpu", "cpu_millicores = 100", cpu, 10000, 100000, cpu))
  end)
end)
