package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"

local cgroup = require("core.cgroup")
local fs = require("core.fs")
local helper = require("service.helper")

local open = helper.open

--- A service that stays.
local function it_with(fields)
  fields.name = "it"
  fields.shell = fields.shell or not fields.argv and "exec sleep 60" or nil
  return fields
end

local function start(fields)
  local o <close> = open({ it_with(fields) })
  return o.set:start({ "it" })
end

--- Stands for a machine that can limit nothing of this.
local function without(names)
  local real = cgroup.detect
  cgroup.detect = function()
    local places = real()
    for _, name in ipairs(names) do
      places[name] = { why = "there is no " .. name .. " controller" }
    end
    return places
  end
  finally(function()
    cgroup.detect = real
  end)
end

--- Whether this machine can limit these; else the test says so and ends.
local function can(...)
  local places = cgroup.detect()
  for _, name in ipairs({ ... }) do
    if not places[name].version then
      pending(("no %s limit here: %s"):format(name, places[name].why))
      return false
    end
  end
  return true
end

local EATS = { "python3", "-S", "-c", [[
import time
print("up", flush=True)
eaten = bytearray(200 << 20)
print("ate", flush=True)
time.sleep(60)
]] }
local UP = { { kind = "log", value = "^up$" }, { kind = "log", value = "^ate$" } }

describe("the limits of a service", function()
  it("are rlimits of its process", function()
    local o <close> = open({ it_with({ ulimits = { nofile = 100, core = 0 } }) })
    assert.is_true(o.set:start({ "it" }))
    local pid = o.set:get("it").process:pid()
    local result <close> =
      helper.result(o.room:exec({ argv = { "cat", ("/proc/%d/limits"):format(pid) } }))
    assert.matches("Max open files +100 +100 ", result:stdout())
  end)

  it("end it when it has used up its memory, and that is its own failure", function()
    if can("memory") then
      local limits = { memory_mb = 64 }
      local ok, failure = start({ argv = EATS, wait = UP, limits = limits })
      assert.is_nil(ok)
      assert.equal("T602", failure.code)
      assert.equal("fail", failure.verdict)
      assert.equal(9, failure.exit.signal)
      assert.matches("killed by SIGKILL; it had used up its memory (limits.memory_mb = 64)",
        failure.message, 1, true)
      limits.memory_mb = 400
      assert.is_true(start({ argv = EATS, wait = UP, limits = limits }))
    end
  end)

  it("say how a task failed by them", function()
    if can("memory") then
      local limits = { memory_mb = 64 }
      local ok, failure = start({ argv = EATS, kind = "task", limits = limits })
      assert.is_nil(ok)
      assert.equal("T604", failure.code)
      assert.matches("it had used up its memory", failure.message, 1, true)
    end
  end)

  it("bound its processes, and are told at its end", function()
    if can("pids") then
      local text = "for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; exit 3"
      local ok, failure = start({ shell = text, wait = UP, limits = { pids = 5 } })
      assert.is_nil(ok)
      assert.equal("T602", failure.code)
      assert.matches(" refused %(limits.pids = 5%)", failure.message)
    end
  end)

  it("are made anew for each start, and removed", function()
    if can("memory", "pids", "cpu") then
      local limits = { memory_mb = 64, pids = 10, cpu_millicores = 500 }
      local o <close> = open({ it_with({ limits = limits }) })
      assert.is_true(o.set:start({ "it" }))
      local first = o.set:get("it").group:paths()
      assert.is_true(fs.exists(first[1]))
      assert.is_true(o.set:restart("it"))
      assert.is_false(fs.exists(first[1]))
      local second = o.set:get("it").group:paths()
      o.set:close()
      assert.is_false(fs.exists(second[1]))
    end
  end)

  it("fall back to each process where no group can limit memory", function()
    without({ "memory" })
    local fields = { limits = { memory_mb = 64 }, ulimits = { data = 1 << 20 } }
    local o <close> = open({ it_with(fields) })
    assert.is_true(o.set:start({ "it" }))
    local pid = o.set:get("it").process:pid()
    local result <close> =
      helper.result(o.room:exec({ argv = { "cat", ("/proc/%d/limits"):format(pid) } }))
    assert.matches("Max data size +1048576 +1048576 ", result:stdout())
  end)

  it("are an error when nothing here can enforce them", function()
    for key, name in pairs({ pids = "pids", cpu_millicores = "cpu" }) do
      without({ name })
      local ok, failure = start({ limits = { [key] = 5 } })
      assert.is_nil(ok)
      assert.equal("T608", failure.code)
      assert.equal("error", failure.verdict)
      local why = "service 'it' could not start: limits.%s cannot be enforced here: "
        .. "there is no %s controller"
      assert.equal(why:format(key, name), failure.message)
    end
  end)

  it("are not the only thing that a machine may lack", function()
    local missing = { programs = { "sh", "no-such-program" }, package = "such-package" }
    for text, fields in pairs({
      ["no-such-program is not installed: Debian package such-package"] = missing,
      ["it is not for this machine"] = { unusable = "it is not for this machine" },
    }) do
      local o <close> = open({ it_with(fields) })
      local ok, failure = o.set:start({ "it" })
      assert.is_nil(ok)
      assert.equal("T608", failure.code)
      assert.equal("service 'it' could not start: " .. text, failure.message)
    end
  end)
end)
