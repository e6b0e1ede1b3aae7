local heap = require("engine.heap")

local function less(a, b)
  return a < b
end

describe("engine.heap", function()
  it("gives what was added in order, whatever is taken meanwhile", function()
    math.randomseed(3)
    for _ = 1, 200 do
      local one, list = heap.new(less), {}
      for _ = 1, math.random(60) do
        if math.random(3) > 1 then
          local item = math.random(20)
          one:push(item)
          table.insert(list, item)
          table.sort(list)
        else
          assert.equal(table.remove(list, 1), one:pop())
        end
        assert.equal(list[1], one[1])
      end
      while list[1] do
        assert.equal(table.remove(list, 1), one:pop())
      end
      assert.is_nil(one:pop())
    end
  end)
end)
