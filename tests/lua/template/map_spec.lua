local map = require("engine.template.map")

--- Makes a map of random pieces, some of no length.
local function random_map(count)
  local made, rendered, source = map.new(), 0, 0
  for _ = 1, count do
    local length = math.random(0, 4)
    made:add(rendered, source, length, math.random(2) == 1)
    rendered, source = rendered + math.random(0, 5), source + math.random(0, 6)
  end
  return made, rendered
end

--- The same map, which was asked nothing yet.
local function fresh(made)
  local other = map.new()
  for i in ipairs(made.rendered) do
    other:add(made.rendered[i], made.source[i], made.length[i], made.copied[i])
  end
  return other
end

describe("engine.template.map", function()
  it("answers the same whatever it was asked before", function()
    math.randomseed(20260301)
    for _ = 1, 50 do
      local made, stop = random_map(math.random(1, 30))
      for _ = 1, 60 do
        local offset = math.random(0, stop + 3)
        assert.equal(fresh(made):offset(offset), made:offset(offset))
        assert.equal(fresh(made):stop(offset), made:stop(offset))
      end
    end
  end)
end)
