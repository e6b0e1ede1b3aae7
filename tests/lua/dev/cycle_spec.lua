--- What the stages of one turn of the developer loop took.
local clock = require("core.clock")
local cycles = require("engine.dev.cycle")

local MS = 1000000

--- Lets time pass.
local function pass(ms)
  local due = clock.now() + ms * MS
  while clock.now() < due do end
end

describe("the stages of a turn", function()
  local function turn()
    local state = {}
    function state.apply() end
    return cycles.new({ state = state })
  end

  local function tell(cycle, event, ms)
    local timer <close> = cycle:on_event(event)
    pass(ms)
    return timer
  end

  local function sum(stages)
    local total = 0
    for stage, ms in pairs(stages) do
      total = total + (stage ~= "total" and stage ~= "first" and stage ~= "own" and ms or 0)
    end
    return total
  end

  it("are the whole, wherever reports take time, and each moment is in one of them", function()
    local cycle = turn()
    cycle.marks.run = clock.now()
    tell(cycle, { event = "run_begin" }, 3)
    pass(1)
    tell(cycle, { event = "room_begin" }, 1)
    tell(cycle, { event = "run_end" }, 4)
    local stages = cycle:stages()
    assert.is_near(stages.total, sum(stages), 0.001 * stages.total)
    assert.is_true(stages.show >= 8)
    assert.is_true(stages.room >= 1 and stages.room <= stages.total - stages.show)
  end)

  it("have no room and no test where the run has not come to one", function()
    local cycle = turn()
    cycle.marks.run = clock.now()
    tell(cycle, { event = "run_begin" }, 1)
    local stages = cycle:stages()
    assert.is_nil(stages.room)
    assert.is_nil(stages.test)
    assert.is_near(stages.total, sum(stages), 0.001 * stages.total)
  end)
end)
