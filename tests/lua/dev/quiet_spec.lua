--- What is ignored of a program that goes on, and for how long.
local quiet = require("engine.dev.quiet")

local SECOND_NS = 1000000000

describe("engine.dev.quiet", function()
  local one

  before_each(function()
    one = quiet.new(100 * SECOND_NS)
  end)

  --- Ignores a save some seconds after the run began.
  local function add(key, after_s)
    local at = (100 + after_s) * SECOND_NS // 1
    return one:add(key, at, at)
  end

  local function is_save(key, kind, after_s)
    return one:is_save(key, kind, (100 + after_s) * SECOND_NS // 1)
  end

  it("takes for a person's save what comes late in a run that has not written it", function()
    assert.same({ false, true }, { is_save("/x", "output", 29), is_save("/x", "output", 31) })
    assert.same({ false, true }, { is_save("/x", "source", 1), is_save("/x", "source", 3) })
  end)

  it("takes for one what was left alone since it was ignored last", function()
    add("/x", 20)
    assert.is_false(is_save("/x", "output", 45))
    add("/x", 45)
    assert.same({ false, true }, { is_save("/x", "output", 74), is_save("/x", "output", 76) })
    assert.same({ false, true }, { is_save("/x", "source", 46), is_save("/x", "source", 48) })
    assert.is_true(is_save("/y", "output", 45))
  end)

  it("tells each that is ignored, and says when there is no more to be told", function()
    local told = {}
    for i = 1, 11 do
      told[i] = add("/x", 4 * i)
    end
    assert.same({ "told", "told", "last", "quiet" }, { told[1], told[9], told[10], told[11] })
    assert.equal("told", add("/y", 48))
  end)

  it("tells a file that is written all the time once", function()
    assert.same({ "told", "quiet", "quiet", "told" },
      { add("/x", 1), add("/x", 2), add("/x", 3), add("/x", 5) })
  end)
end)
