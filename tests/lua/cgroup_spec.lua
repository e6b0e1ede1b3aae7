local cgroup = require("core.cgroup")
local fs = require("core.fs")
local proc = require("core.proc")
local room = require("core.room")
local task = require("clnrm.task")

local image = assert(room.image({
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
}))

local function start(r, text, more)
  local spec = { argv = { "sh", "-c", text }, env = { "PATH=/usr/bin" }, cwd = "/room", filter = 0 }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return assert(r:spawn(spec))
end

local function run(r, text, more)
  local process = start(r, text, more)
  return assert(process:wait()), process
end

--- Waits until something is so, for ten seconds at most.
local function eventually(is_so)
  for _ = 1, 2000 do
    if is_so() then
      return true
    end
    task.sleep(5)
  end
  return false
end

local function is_used(group)
  local procs <close> = io.open(group .. "/cgroup.procs")
  return procs and procs:read("a") ~= "" or false
end

local places = cgroup.detect()
local here = places.memory.version and places.pids.version and places.cpu.version

describe("core.cgroup", function()
  it("tells what can be limited here, and why not what cannot", function()
    for _, part in ipairs({ "memory", "pids", "cpu" }) do
      local place = places[part]
      assert.is_true((place.version == nil) == (place.why ~= nil))
      if place.why then
        local group, err = cgroup.new({ [part] = 1000000 })
        assert.is_nil(group)
        assert.equal("ENOTSUP", err.code)
        assert.matches("limit of " .. part, err.message)
        assert.matches(place.why, err.message, 1, true)
      end
    end
  end)

  it("refuses misuse by name", function()
    for _, wrong in ipairs({ {}, { memory = 0 }, { pids = -1 }, { cpu = 1.5 }, { disk = 1 } }) do
      assert.has_error(function()
        cgroup.new(wrong)
      end)
    end
  end)
end)

-- Who may not make groups has nothing to see of the rest.
local limited = here and describe or function(name)
  describe(name, function()
    pending("no cgroup may be made here")
  end)
end

limited("a group with limits", function()
  it("has what takes too much memory killed, and tells", function()
    local r <close> = assert(room.open(image))
    local group <close> = assert(cgroup.new({ memory = 50 << 20 }))
    local result = run(r, "exec python3 -c 'x = bytearray(20 << 20)'", { group = group })
    assert.equal(0, result.code)
    assert.equal(0, assert(group:events()).oom_kills)
    result = run(r, "exec python3 -c 'x = bytearray(90 << 20)'", { group = group })
    assert.equal(9, result.signal)
    local events = assert(group:events())
    assert.equal(1, events.oom_kills)
    assert.is_true(events.memory_peak > 20 << 20 and events.memory_peak <= 50 << 20)
    assert.equal(0, run(r, "exec python3 -c 'x = bytearray(90 << 20)'").code) -- not the others
    result = run(r, "head -c 90000000 /dev/zero >/room/file", { group = group }) -- a tmpfs counts
    assert.is_true(result.signal == 9 or result.code ~= 0)
    assert.is_true(assert(group:events()).oom_kills >= 2)
  end)

  it("takes other limits than those it began with, but never less memory than is in use", function()
    local r <close> = assert(room.open(image))
    local group <close> = assert(cgroup.new({ memory = 100 << 20 }))
    assert.is_true(group:change({ memory = 50 << 20 }))
    assert.equal(9, run(r, "exec python3 -c 'x = bytearray(70 << 20)'", { group = group }).signal)
    assert.is_true(group:change({ memory = 100 << 20 }))
    assert.equal(0, run(r, "exec python3 -c 'x = bytearray(70 << 20)'", { group = group }).code)
    local text = "exec python3 -c 'x = bytearray(60 << 20); print(1, flush=True); input()'"
    local holder <close> = start(r, text, { group = group, stdin = true })
    assert.equal("1\n", holder:read("stdout", 0))
    local ok, err = group:change({ memory = 30 << 20 })
    assert.is_nil(ok)
    assert.equal("EBUSY", err.code)
    assert.equal("ENOENT", select(2, group:change({ cpu = 100 })).code)
  end)

  it("holds others, whose processes count within both", function()
    local r <close> = assert(room.open(image))
    local outer = assert(cgroup.new({ memory = 50 << 20, holds_groups = true }))
    local inner = assert(cgroup.new({ pids = 10, within = outer }))
    local both = assert(cgroup.new({ memory = 40 << 20, within = outer }))
    run(r, "exec python3 -c 'x = bytearray(90 << 20)'", { group = inner })
    assert.equal(1, assert(outer:events()).oom_kills) -- it limits no memory of its own
    run(r, "exec python3 -c 'x = bytearray(90 << 20)'", { group = both })
    assert.equal(1, assert(both:events()).oom_kills)
    local paths = both:paths()
    assert.equal(outer:paths()[1], paths[1]:match("^(.*)/"))
    assert.is_true(inner:close() and both:close() and outer:close())
    assert.is_false(fs.exists(paths[1]))
  end)

  it("has no more processes than it may", function()
    local r <close> = assert(room.open(image))
    local group <close> = assert(cgroup.new({ pids = 10 }))
    local forks = "for i in $(seq 30); do sleep 0.2 & done; wait"
    assert.equal(0, run(r, forks).code)
    local result, process = run(r, forks, { group = group })
    assert.equal(2, result.code)
    assert.matches("fork", (process:stderr()))
    assert.is_true(assert(group:events()).pids_refused >= 1)
  end)

  it("has no more of a processor than it may", function()
    local r <close> = assert(room.open(image))
    local group <close> = assert(cgroup.new({ cpu = 200 }))
    local result = run(r, "timeout 1 sh -c 'while :; do :; done'", { group = group })
    local used = result.rusage.user_ms + result.rusage.system_ms
    assert.is_true(used < 0.4 * result.duration_ms, used .. " ms")
  end)

  it("holds all that its first process starts, also what goes its own ways", function()
    local r <close> = assert(room.open(image))
    local group <close> = assert(cgroup.new({ memory = 50 << 20, pids = 20 }))
    local _, process = run(r, "(setsid cat /proc/self/cgroup &) | cat", { group = group })
    local name = group:paths()[1]:match("[^/]+$")
    local _, count = process:stdout():gsub("/" .. name:gsub("%-", "%%-") .. "\n", "")
    assert.equal(2, count)
    _, process = run(r, "cat /proc/self/cgroup")
    assert.is_nil(process:stdout():find("clnrm-", 1, true))
  end)

  it("is the right one, whatever else goes to the room at the same time", function()
    local r <close> = assert(room.open(image))
    local tasks <close> = task.group()
    local text = ("x"):rep(1 << 20)
    for _ = 1, 12 do
      tasks:spawn(function()
        local group = assert(cgroup.new({ pids = 20 }))
        local more = { group = group, stdin = text }
        local result, process = run(r, "cat /proc/self/cgroup; wc -c", more)
        assert.equal(0, result.code)
        local name = group:paths()[1]:match("[^/]+$")
        assert.is_truthy(process:stdout():find(":pids:/" .. name .. "\n", 1, true)
          or process:stdout():find("0::/" .. name .. "\n", 1, true))
        assert.matches("\n" .. #text .. "\n$", process:stdout())
        assert.is_true(group:close())
      end)
    end
    tasks:wait()
  end)

  it("is nothing that a command can see, write or leave", function()
    local r <close> = assert(room.open(image))
    local group <close> = assert(cgroup.new({ memory = 50 << 20, pids = 20, cpu = 500 }))
    local view = assert(r:view({}))
    for _, where in ipairs({ {}, { view = view }, { view = view, net = assert(r:net()) } }) do
      where.group = group
      local _, process = run(r, "ls /proc/$$/fd; grep -c ' cgroup' /proc/mounts; ls /sys; :", where)
      assert.equal("0\n1\n2\n0\n", (process:stdout()))
      assert.matches("/sys", (process:stderr()))
      assert.not_equal(0, run(r, "mkdir -p g; mount -t cgroup none g", where).code)
    end
  end)

  it("starts nothing that cannot enter it", function()
    local r <close> = assert(room.open(image))
    local group = assert(cgroup.new({ pids = 20 }))
    local path = group:paths()[1]
    assert(os.execute("rmdir " .. path)) -- somebody else removes it
    local process, err = r:spawn({ argv = { "true" }, env = { "PATH=/usr/bin" }, group = group })
    assert.is_nil(process)
    assert.equal("ENODEV", err.code)
    assert.matches("cgroup", err.message)
    assert.is_true(group:close())
    assert.has_error(function()
      r:spawn({ argv = { "true" }, group = group })
    end)
    assert.equal(0, run(r, "true").code)
  end)

  it("goes with its last process", function()
    local r = assert(room.open(image))
    local group = assert(cgroup.new({ pids = 20, memory = 50 << 20 }))
    local paths = group:paths()
    assert.equal(2, #paths)
    local process = start(r, "exec sleep 1000", { group = group })
    local ok, err = group:close()
    assert.is_nil(ok)
    assert.equal("EBUSY", err.code)
    assert.is_true(fs.exists(paths[1]))
    process:close()
    r:close()
    assert.is_true(eventually(function()
      cgroup.sweep()
      return not fs.exists(paths[1]) and not fs.exists(paths[2])
    end))
  end)

  it("that a killed clnrm left goes with the first room of the next run", function()
    local self = assert(fs.readlink("/proc/self/exe"))
    local dir = assert(fs.tempdir())
    local text = '[meta]\nname = "x"\n%s[[steps]]\nname = "s"\ncommand = "%s"\n'
    local services = '[services.s]\ncommand = "exec sleep 61.5"\nlimits = { pids = 20 }\n'
      .. "[limits]\npids = 30\n" -- a group within a group
    assert(fs.write_atomic(dir .. "/held.clnrm.toml", text:format(services, "sleep 61.5")))
    assert(fs.write_atomic(dir .. "/plain.clnrm.toml", text:format("", "true")))
    local other <close> = assert(proc.spawn({
      argv = { self, "run", dir .. "/held.clnrm.toml" },
      env = { "PATH=/usr/bin:/bin", "HOME=" .. dir .. "/home" },
    }))
    local space = assert(fs.readlink("/proc/self/ns/pid")):match("%d+")
    local own = assert(cgroup.new({ pids = 20 }))
    local parent = own:paths()[1]:match("^(.*)/")
    own:close()
    local prefix = ("clnrm-%s-%d-"):format(space, other:pid())
    local left
    assert.is_true(eventually(function()
      for _, entry in ipairs(assert(fs.scandir(parent))) do
        if entry.name:sub(1, #prefix) == prefix then
          left = parent .. "/" .. entry.name
        end
      end
      left = left and is_used(left) and left or nil
      return left
    end))
    other:signal(9)
    assert(other:wait())
    assert.is_true(eventually(function()
      return not is_used(left) -- what was in it dies by itself
    end))
    local next_run <close> = assert(proc.spawn({
      argv = { self, "run", dir .. "/plain.clnrm.toml" },
      env = { "PATH=/usr/bin:/bin", "HOME=" .. dir .. "/home" },
    }))
    assert.equal(0, assert(next_run:wait()).code)
    assert.is_false(fs.exists(left))
    fs.remove_tree(dir)
  end)

  it("that a killed clnrm left is removed by the next", function()
    local script = [[
      local group = assert(require("core.cgroup").new({ pids = 20, memory = 50 << 20 }))
      print(table.concat(group:paths(), "\n")) io.stdout:flush()
      require("clnrm.task").sleep(100000)]]
    local self = assert(fs.readlink("/proc/self/exe"))
    local dir = assert(fs.tempdir())
    assert(fs.write_atomic(dir .. "/hold.lua", script))
    local other <close> = assert(proc.spawn({ argv = { self, "lua", dir .. "/hold.lua" } }))
    local paths = {}
    assert.is_true(eventually(function()
      paths = {}
      for path in other:stdout():gmatch("[^\n]+") do
        paths[#paths + 1] = path
      end
      return #paths == 2
    end))
    cgroup.sweep()
    assert.is_true(fs.exists(paths[1])) -- it lives
    other:signal(9)
    assert(other:wait())
    assert.is_true(fs.exists(paths[1]))
    assert.is_true(cgroup.sweep() >= 1)
    assert.is_false(fs.exists(paths[1]))
    assert.is_false(fs.exists(paths[2]))
    fs.remove_tree(dir)
  end)
end)
