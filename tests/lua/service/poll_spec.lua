local clock = require("core.clock")
local poll = require("engine.service.poll")
local task = require("clnrm.task")

--- An answer of no.
local function no(code)
  return nil, { code = code or "ENO", message = "no" }
end

describe("engine.service.poll", function()
  it("asks at once, then with growing pauses", function()
    local sleep, pauses, asked = task.sleep, {}, {}
    task.sleep = function(ms)
      pauses[#pauses + 1] = ms
      return sleep(ms)
    end
    finally(function()
      task.sleep = sleep
    end)
    local result = poll.run({ timeout_ms = 60000, once_ms = 60000 }, function()
      asked[#asked + 1] = #pauses
      return #asked == 12 or nil, { code = "ENO" }
    end)
    assert.is_true(result.ready)
    assert.equal(12, result.probes)
    assert.is_nil(result.last)
    assert.same({ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 }, asked)
    for i = 2, #pauses do
      assert.is_true(pauses[i] >= pauses[i - 1], i)
    end
    assert.same({ 1, 1, 2, 25 }, {
      poll.pause(0), poll.pause(8), poll.pause(16), poll.pause(10000),
    })
  end)

  it("ends at its time, with the last answer", function()
    local result = poll.run({ timeout_ms = 60, once_ms = 1000 }, no)
    assert.is_false(result.ready)
    assert.equal("no", result.last.message)
    assert.is_true(result.waited_ms >= 60)
    assert.is_nil(result.final)
  end)

  it("asks once at least, and gives each answer its time only", function()
    local limits = {}
    local result = poll.run({ timeout_ms = 1500, once_ms = 500 }, function(limit_ms)
      limits[#limits + 1] = limit_ms
      task.sleep(10000)
      return true
    end)
    assert.is_false(result.ready)
    assert.equal("ETIMEDOUT", result.last.code)
    assert.equal(500, limits[1])
    assert.is_true(#limits >= 2 and #limits <= 4)
    assert.equal(1, poll.run({ timeout_ms = 0, once_ms = 80 }, no).probes)
  end)

  it("does not ask on when there is no use in it", function()
    for _, code in ipairs({ "ECANCELED", "EAGENT", "EPROTO", "ECLOSED", "EURL" }) do
      local result = poll.run({ timeout_ms = 10000, once_ms = 1000 }, function()
        return no(code)
      end)
      assert.equal(1, result.probes)
      assert.is_true(result.final)
      assert.equal(code, result.last.code)
    end
  end)

  it("ends when its task is cancelled", function()
    local result
    task.timeout(20, function()
      result = poll.run({ timeout_ms = 10000, once_ms = 1000 }, no)
    end)
    assert.is_true(result.final)
    assert.equal("ECANCELED", result.last.code)
  end)

  it("does not count the time in which this program was stopped", function()
    local real, shift = clock.now, 0
    clock.now = function()
      return real() + shift
    end
    finally(function()
      clock.now = real
    end)
    local asked = 0
    local result = poll.run({ timeout_ms = 5000, once_ms = 1000 }, function()
      asked = asked + 1
      if asked == 3 then
        shift = 60 * 1000000000 -- a minute has passed
      end
      return asked == 5 or nil, { code = "ENO" }
    end)
    assert.is_true(result.ready)
    assert.is_true(result.waited_ms < 5000)
  end)

  it("waits for an event for its time", function()
    local event = task.event()
    local before = poll.SLICE_MS
    poll.SLICE_MS = 20
    finally(function()
      poll.SLICE_MS = before
    end)
    local began = poll.now()
    assert.equal("ETIMEDOUT", select(2, poll.wait(event, 90)).code)
    assert.is_true(poll.now() - began >= 90)
    local group <close> = task.group()
    group:spawn(function()
      task.sleep(50)
      event:set()
    end)
    local ok, _, waited_ms = poll.wait(event, 60000)
    assert.is_true(ok)
    assert.is_true(waited_ms > 0 and waited_ms < 60000)
  end)
end)
