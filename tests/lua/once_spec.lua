local core = require("core.task")
local error_new = require("core.error").new
local once = require("engine.once")

local DEADLINE_MS = 60000

describe("engine.once", function()
  local place, calls, gate

  before_each(function()
    place, calls, gate = {}, 0, core.event()
  end)

  --- Starts `count` callers by `way` of something that ends when the gate is opened; `fn` says what
  --- comes of each call.  Returns when one of them is at the gate, and the others wait for it.
  local function start_by(way, count, fn)
    local list, asking = {}, 0
    for i = 1, count do
      list[i] = core.spawn(function()
        asking = asking + 1
        return way(place, "it", function()
          calls = calls + 1
          local call = calls
          local ok, err = gate:wait()
          if not ok then
            return nil, err
          end
          return fn(call)
        end)
      end)
    end
    while asking < count do
      core.yield()
    end
    return table.unpack(list)
  end

  local function start(...)
    return start_by(once.run, ...)
  end

  it("gives all who ask at the same time what came of one call, and is over then", function()
    local first, second = start(2, function(call)
      return call
    end)
    gate:set()
    assert.same({ 1, 1 }, { first:join(), second:join() })
    assert.same({}, place)
    local third = start(1, function(call)
      return call
    end)
    assert.equal(2, third:join())
  end)

  it("gives all of them its error", function()
    local first, second = start(2, function()
      return nil, error_new({ code = "EIO", op = "test", message = "no" })
    end)
    gate:set()
    for _, caller in ipairs({ first, second }) do
      local value, err = caller:join()
      assert.is_nil(value)
      assert.equal("EIO", err.code)
    end
    assert.equal(1, calls)
  end)

  it("is done by the next one when the first is cancelled", function()
    local first, second, third = start(3, function(call)
      return call
    end)
    first:cancel()
    local value, err = first:join()
    assert.is_nil(value)
    assert.equal("ECANCELED", err.code)
    gate:set()
    assert.same({ 2, 2 }, { second:join(), third:join() })
  end)

  describe("keep", function()
    local function start_keeping(...)
      return start_by(once.keep, ...)
    end

    it("makes once what all get who ask, also later", function()
      local first, second = start_keeping(2, function(call)
        return call
      end)
      gate:set()
      assert.same({ 1, 1 }, { first:join(), second:join() })
      assert.equal(1, once.keep(place, "it", error))
    end)

    it("gives an error to all who wait, and is tried anew by who asks later", function()
      local first, second = start_keeping(2, function()
        return nil, error_new({ code = "EIO", op = "test", message = "no" })
      end)
      gate:set()
      for _, caller in ipairs({ first, second }) do
        assert.equal("EIO", select(2, caller:join()).code)
      end
      assert.same({ 1, {} }, { calls, place })
      assert.equal(7, once.keep(place, "it", function()
        return 7
      end))
    end)

    it("leaves nobody waiting when it raises, each time, and is tried anew", function()
      local callers = { start_keeping(3, function()
        error("a bug", 0)
      end) }
      gate:set()
      for _, caller in ipairs(callers) do
        local ok, raised = pcall(core.timeout, DEADLINE_MS, caller.join, caller)
        assert.is_false(ok)
        assert.matches("a bug", tostring(raised))
      end
      assert.equal(8, core.timeout(DEADLINE_MS, once.keep, place, "it", function()
        return 8
      end))
    end)

    it("is not ended by a cancel of who began it", function()
      local first, second = start_keeping(2, function(call)
        return call
      end)
      first:cancel()
      gate:set()
      assert.equal(1, second:join())
      assert.equal(1, place.it)
    end)
  end)

  it("is done by the next one when the first raises", function()
    local first, second = start(2, function(call)
      return call ~= 1 and call or error("a bug", 0)
    end)
    gate:set()
    local ok, raised = pcall(first.join, first)
    assert.is_false(ok)
    assert.matches("a bug", tostring(raised))
    assert.equal(2, core.timeout(DEADLINE_MS, second.join, second))
    assert.same({}, place)
  end)
end)
