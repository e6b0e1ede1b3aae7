--- SIGINT for a task that computes.
local core = require("core.task")

describe("core.task.interrupt_on", function()
  local function limited(fn)
    local t = core.spawn(function()
      core.limit(100000)
      fn()
    end)
    return pcall(t.join, t)
  end

  it("ends with SIGINT, whatever it catches, and the signal is told as well", function()
    local signals <close> = assert(require("core.signal").open("SIGINT"))
    core.interrupt_on()
    local pid = io.open("/proc/self/stat"):read("n")
    local t = core.spawn(function()
      core.limit(1 << 62)
      core.interruptible()
      io.popen("kill -INT " .. pid):close() -- os.execute would ignore it while it waits
      while true do
        pcall(function()
          while true do
          end
        end)
      end
    end)
    local ok, err = pcall(t.join, t)
    assert.is_false(ok)
    assert.matches("interrupt_spec.lua:%d+: interrupted$", err)
    assert.equal("SIGINT", signals:next())
    assert.is_true(pcall(limited, function() end)) -- the next task is not
    core.interrupt_off()
  end)

  it("leaves tasks alone that are not interruptible, and reaches those that one starts", function()
    local signals <close> = assert(require("core.signal").open("SIGINT"))
    core.interrupt_on()
    local pid = io.open("/proc/self/stat"):read("n")
    local function compute()
      io.popen("kill -INT " .. pid):close()
      for _ = 1, 30000 do -- luacheck: ignore
      end
    end
    assert.is_true(pcall(limited, compute))
    assert.equal("SIGINT", signals:next())
    local inner
    limited(function()
      core.interruptible()
      inner = core.spawn(compute)
    end)
    assert.is_false(pcall(inner.join, inner))
    assert.equal("SIGINT", signals:next())
    assert.has_error(core.interruptible) -- there is no limit here
    core.interrupt_off()
  end)

  it("goes on at SIGINT once interrupts are off, and the signal is told", function()
    local signals <close> = assert(require("core.signal").open("SIGINT"))
    core.interrupt_on()
    core.interrupt_off()
    local pid = io.open("/proc/self/stat"):read("n")
    local count = 0
    assert.is_true(pcall(limited, function()
      core.interruptible()
      io.popen("kill -INT " .. pid):close()
      for _ = 1, 15000 do
        count = count + 1
      end
    end))
    assert.equal(15000, count)
    assert.equal("SIGINT", signals:next())
  end)
end)

describe("core.task.give_way", function()
  --- Starts a task that gives way as often as it can.
  local function start(fn, ms)
    return core.spawn(function()
      core.limit(1 << 62, ms)
      core.give_way(1)
      fn()
    end)
  end

  it("lets others have their turn while a task computes", function()
    local is_done, sum = false, 0
    local t = start(function()
      while not is_done do
        sum = sum + 1
      end
    end)
    core.sleep(20)
    is_done = true
    t:join()
    assert.is_true(sum > 0)
  end)

  it("goes on with what the task was about, and its variables", function()
    local t = start(function()
      local list = {}
      for i = 1, 300000 do
        local ok, x = pcall(function()
          return i % 7
        end)
        list[x] = ok and (list[x] or 0) + 1
      end
      assert.equal(300000, list[0] + list[1] + list[2] + list[3] + list[4] + list[5] + list[6])
    end)
    core.sleep(5)
    t:join()
  end)

  it("ends a task that is cancelled, whatever it catches", function()
    local t = start(function()
      while true do
        pcall(function()
          while true do
          end
        end)
      end
    end)
    core.sleep(5)
    t:cancel()
    local ok, err = pcall(t.join, t)
    assert.is_false(ok)
    assert.matches("interrupt_spec.lua:%d+: interrupted$", err)
  end)

  it("goes on when something within is over", function()
    local text
    local t = start(function()
      local scope <close> = core.scope()
      scope:cancel()
      for _ = 1, 100000 do
      end
      text = core.timeout(60000, function()
        for _ = 1, 100000 do
        end
        return "done"
      end)
    end)
    t:join()
    assert.equal("done", text)
  end)

  it("goes on within a shield, and ends behind it", function()
    local told, t = {}, nil
    t = start(function()
      core.shield(function()
        t:cancel()
        for _ = 1, 100000 do
        end
        told[1] = "shielded"
      end)
      for _ = 1, 100000 do
      end
      told[2] = "went on"
    end)
    assert.is_false((pcall(t.join, t)))
    assert.same({ "shielded" }, told)
  end)

  it("leaves what unwinds after a cancelled wait to its limit", function()
    local is_closed = false
    local t = start(function()
      local _ <close> = setmetatable({}, { __close = function()
        for _ = 1, 100000 do
        end
        is_closed = true
      end })
      local _, err = core.sleep(60000)
      error(err)
    end)
    core.sleep(5)
    t:cancel()
    local ok, err = pcall(t.join, t)
    assert.is_false(ok)
    assert.equal("ECANCELED", err.code)
    assert.is_true(is_closed)
  end)

  it("leaves the limit as it is", function()
    local t = start(function()
      while true do
      end
    end, 200)
    core.sleep(5)
    local ok, err = pcall(t.join, t)
    assert.is_false(ok)
    assert.matches("200 ms of the processor", err)
  end)

  it("does not where a task cannot wait, and not within a coroutine of the task", function()
    local others = 0
    local function compute()
      local before = others
      for _ = 1, 1000000 do
      end
      return before == others
    end
    local told = {}
    local t = start(function()
      table.sort({ 2, 1 }, function(a, b)
        told[1] = compute()
        return a < b
      end)
      told[2] = coroutine.wrap(compute)()
      core.give_way(0)
      told[3] = compute()
    end)
    local counting = core.spawn(function()
      while core.yield() do
        others = others + 1
      end
    end)
    core.sleep(1)
    t:join()
    counting:cancel()
    assert.same({ true, true, true }, told)
  end)

  it("is for tasks with a limit, and takes no nonsense", function()
    assert.has_error(function()
      core.give_way(-1)
    end)
    local t = core.spawn(function()
      core.give_way(1)
    end)
    local ok, err = pcall(t.join, t)
    assert.is_false(ok)
    assert.matches("no limit", err)
  end)
end)
