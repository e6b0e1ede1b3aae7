--- engine.expect.poll: how often it looks.
local poll = require("engine.expect.poll")
local task = require("core.task")

describe("engine.expect.poll", function()
  it("looks no third time when its last pause ends early", function()
    local sleep, n = task.sleep, 0
    task.sleep = function() -- timers count whole milliseconds
      return sleep(1)
    end
    local out = poll.run(function()
      n = n + 1
    end, { within_ms = 500, every_ms = 3600000, attempt = pcall }, function()
      return { ok = false }
    end)
    task.sleep = sleep
    assert.is_false(out.answer.ok)
    assert.equal(2, n)
  end)
end)
