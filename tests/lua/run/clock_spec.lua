local clock = require("engine.run.clock")
local json = require("core.json")

describe("engine.run.clock", function()
  it("tells a span in whole nanoseconds, with no digits that were not measured", function()
    local now = clock.ms()
    for i = 1, 1000 do
      local decimals = json.encode(clock.since(now - i / 7)):match("%.(%d+)$")
      assert.is_true(#decimals <= 6, decimals)
    end
  end)

  it("never goes back", function()
    local began = clock.ms()
    assert.is_true(clock.since(began) >= 0)
    assert.is_true(clock.since(began - 5) >= 5)
  end)
end)
