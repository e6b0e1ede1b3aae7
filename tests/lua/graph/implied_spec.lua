local implied = require("engine.graph.implied")

--- Whether one step can be reached from another without the edge between the two, by trying.
local function is_implied(after, from, to)
  local function reaches(index, skips)
    for _, before in ipairs(after[index]) do
      if not (skips and before == to) and (before == to or reaches(before)) then
        return true
      end
    end
    return false
  end
  return reaches(from, true)
end

describe("engine.graph.implied", function()
  it("finds what a step would wait for anyway, in graphs of any shape", function()
    math.randomseed(20260302)
    for _ = 1, 200 do
      local count, after = math.random(1, 12), {}
      for i = 1, count do
        after[i] = {}
        for k = 1, i - 1 do
          after[i][#after[i] + 1] = math.random(3) == 1 and k or nil
        end
      end
      for index, found in ipairs(implied.of(after)) do
        for _, before in ipairs(after[index]) do
          assert.equal(is_implied(after, index, before), found[before] or false)
        end
      end
    end
  end)

  it("needs no order of the steps, and more than one word of them", function()
    local after = { { 2, 3 }, { 3 }, {} }
    assert.same({ { [3] = true }, {}, {} }, implied.of(after))
    after = { {} }
    for i = 2, 200 do
      after[i] = {}
      for k = 1, i - 1 do
        after[i][k] = k
      end
    end
    local found = implied.of(after)[200]
    assert.is_true(found[1] and found[64] and found[65] and found[198])
    assert.is_nil(found[199])
  end)
end)
