--- A stack that stays when a function fails, and what is closed when it is ended.
-- luacheck: ignore 211
local standing = require("engine.script.standing")
local task = require("core.task")

describe("engine.script.standing", function()
  local closed

  before_each(function()
    closed = {}
  end)

  local function closing(name, act)
    return setmetatable({}, { __close = function(_, err)
      task.sleep(1)
      closed[#closed + 1] = name .. ":" .. tostring(err)
      if act then
        act()
      end
    end })
  end

  --- Runs a function that fails.
  local function run(fn)
    local out = {}
    standing.run(out, { failed = function() end }, function(raised, frames)
      return { raised = raised, frames = frames }
    end, fn)
    return out
  end

  it("leaves open what is to be closed, and closes it in order, where it may wait", function()
    local out = run(function()
      local _a <close> = closing("a")
      local not_to_be_closed = closing("b")
      local function inner()
        local _c <close> = closing("c")
        error("x", 0)
      end
      inner()
    end)
    assert.same({ "x", {} }, { out.value.raised, closed })
    local open = standing.take_apart(out.co)
    assert.same({}, closed)
    standing.close(open, "x")
    assert.same({ "c:x", "a:x" }, closed)
  end)

  it("gives an error of what closes to what is closed behind it, and raises it", function()
    local out = run(function()
      local _a <close> = closing("a")
      local _b <close> = closing("b", function()
        error("of b", 0)
      end)
      error("x", 0)
    end)
    local ok, err = pcall(standing.close, standing.take_apart(out.co), "x")
    assert.same({ false, "of b" }, { ok, err })
    assert.same({ "b:x", "a:of b" }, closed)
  end)

  it("closes the value of a loop, and leaves metatables as they were", function()
    local value = closing("iterator")
    local close = getmetatable(value).__close
    local out = run(function()
      for _ in next, { 1 }, nil, value do
        error("x", 0)
      end
    end)
    local open = standing.take_apart(out.co)
    assert.equal(close, getmetatable(value).__close)
    assert.equal(value, open[1].value)
    assert.is_nil(open[2])
  end)

  it("has nothing to close of a function that returned", function()
    local out = run(function()
      local _a <close> = closing("a")
      return 7
    end)
    assert.same({ true, true, 7 }, { out.is_done, out.ok, out.value })
    assert.same({ "a:nil" }, closed)
    assert.same({}, standing.take_apart(out.co))
  end)
end)
