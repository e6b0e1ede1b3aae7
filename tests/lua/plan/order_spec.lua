--- The order of --order risk: what decides, and in which row.
local order = require("engine.plan.order")

local function history(fields)
  local made = { runs = 4, unsteady = 0, ms = 1, began_ns = 100 }
  for name, value in pairs(fields) do
    made[name] = value
  end
  return made
end

--- Puts scenarios of these histories into their order; returns their names.
local function ordered(list)
  local items, risks = {}, {}
  for i, one in ipairs(list) do
    items[i] = { name = one[1] }
    risks[items[i]] = order.risk(one[2], one[3])
  end
  local names = {}
  for i, item in ipairs(order.riskiest_first(items, function(item)
    return risks[item]
  end)) do
    names[i] = item.name
  end
  return table.concat(names, " ")
end

describe("the riskiest first", function()
  it("are those that failed later", function()
    assert.equal("last before never", ordered({
      { "never", history({ unsteady = 1, ms = 9000 }), 200 },
      { "before", history({ failed_ago = 1, ms = 9000 }), 200 },
      { "last", history({ failed_ago = 0 }), 50 },
    }))
  end)

  it("then those whose file was changed since, or that never ran", function()
    assert.equal("new changed same", ordered({
      { "same", history({ unsteady = 0.9, ms = 9000 }), 100 },
      { "changed", history({}), 101 },
      { "new", nil, 50 },
    }))
  end)

  it("then those that are unsteady, then those that are slow, then as they were", function()
    assert.equal("unsteady slow a b", ordered({
      { "a", history({}), 50 },
      { "b", history({}), nil },
      { "slow", history({ ms = 9 }), 50 },
      { "unsteady", history({ unsteady = 0.25 }), 50 },
    }))
  end)
end)
