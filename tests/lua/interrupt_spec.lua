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
