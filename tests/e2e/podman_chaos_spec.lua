--- Faults of a file in rooms of Podman: what it can do, and that what it cannot is an error.
local docker = dofile("tests/e2e/docker_support.lua")

local ROOM =
  '[room]\nimage = "$redis"\n[services.cache]\nimage = "$redis"\nwait = { port = 6379 }\n'

describe("faults of Podman", function()
  local specs = docker.specs({ it = it, setup = setup, pending = pending }, docker.engines.podman,
    { "redis" })

  specs:case("pause and kill a service, and let it go on", function()
    local result = specs:passes(ROOM .. [==[
[[fault]]
kind = "pause"
service = "cache"
at = "after:one"
for = "300ms"
[[fault]]
kind = "kill"
service = "cache"
at = "before:two"
for = "300ms"
[[steps]]
name = "one"
command = ["true"]
[[steps]]
name = "wait"
command = ["sleep", "0.6"]
[[steps]]
name = "two"
command = ["sleep", "3"]
]==])
    assert.same({ "for", "for" }, { result.faults[1].healed_by, result.faults[2].healed_by })
    assert.equal(2, #result.services)
    assert.equal(9, result.services[1].signal)
  end)

  specs:case("delay the way to one through a relay, under its own names", function()
    local text = ROOM .. [==[
aliases = ["store"]
[[fault]]
kind = "net_delay"
service = "cache"
delay = "300ms"
at = "before:delayed"
[[steps]]
name = "fast"
command = "redis-cli -h store ping"
expect.stdout.equals = "PONG\n"
[[steps]]
name = "delayed"
command = "redis-cli -h cache ping"
expect.stdout.equals = "PONG\n"
expect.duration_ms.gt = 300
]==]
    assert.is_true(specs:passes(text).faults[1].held_back > 0)
    local report = specs:run((text:gsub('expect%.stdout%.equals = "PONG\\n"\nexpect%.duration.*',
      "should_fail = true\n")))
    assert.equal(1, report.code) -- what is slow answers all the same
    assert.equal("T003", report.results[1].failures[1].code)
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
expect.stdout.equals = "OK\n"
[[steps]]
name = "cut"
command = "timeout 0.5 redis-cli -h cache ping; case $? in 124|143) ;; *) exit 1; esac"
[[steps]]
name = "healed"
command = """
until timeout 1 redis-cli -h cache ping && timeout 1 redis-cli -h store get k; do sleep 0.1; done"""
expect.stdout.ends_with = "PONG\nv\n"
]==])
  end)

  specs:case("that it cannot make are errors", function()
    local report = specs:run(ROOM .. [==[
limits = { memory_mb = 64 }
[[fault]]
kind = "memory"
memory_mb = 32
service = "cache"
[[steps]]
name = "x"
command = ["true"]
]==])
    assert.equal(2, report.code, docker.failure(report))
    assert.equal("T901", report.results[1].failures[1].code)
    assert.matches("API has no call that changes the limits of a container",
      docker.failure(report))
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
end)
