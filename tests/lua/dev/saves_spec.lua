--- What a change is that is told after a run: the run's, or a person's save.
local clock = require("core.clock")
local saves = require("engine.dev.saves")
local support = dofile("tests/e2e/support.lua")

local MS = 1000000

describe("engine.dev.saves", function()
  local dir, path

  before_each(function()
    dir = support.tempdir()
    path = dir .. "/out"
    support.write(path, "")
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Says what the file is, told some time after the end of a run that can write it.
  local function told(after_ms, run)
    local during
    local now, wall = clock.now(), clock.wall()
    saves.absorb({
      entries = { t = { suites = { { is_script = true } } } }, run_paths = { t = true },
      everywhere = { files = {} }, number = 1, held = {},
      run_began_ns = now + run.from_ms * MS, run_ended_ns = now + run.to_ms * MS,
      run_ended_wall_ns = wall + run.to_ms * MS,
      queue = { { written = { path }, removed = {},
        began_ns = now + (run.to_ms + after_ms) * MS } },
      inputs = { filter = function(_, _, given)
        during = given
        return { held = { written = {}, removed = {} }, looping = {}, again = {} }
      end },
    })
    return during and during.writes(path)
  end

  it("takes for the run's what is told late, by when it was written", function()
    for _, after_ms in ipairs({ 5, 500 }) do
      assert.equal("output", told(after_ms, { from_ms = -60000, to_ms = 60000 }))
    end
  end)

  it("takes for a person's what was written after the run, or before it", function()
    for _, after_ms in ipairs({ 5, 500 }) do
      assert.is_nil(told(after_ms, { from_ms = -120000, to_ms = -60000 }))
    end
    assert.is_nil(told(500, { from_ms = 60000, to_ms = 120000 }))
  end)

  it("takes a removal that is told late for a person's", function()
    assert(os.remove(path))
    assert.equal("output", told(5, { from_ms = -60000, to_ms = 60000 }))
    assert.is_nil(told(500, { from_ms = -60000, to_ms = 60000 }))
  end)
end)
