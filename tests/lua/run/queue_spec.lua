--- What engine.run.queue hands out, beside a search through all that wait.
local locks = require("engine.run.locks")
local queues = require("engine.run.queue")

--- Looks at every lane for each scenario: those that wait before have a claim.
local Model = {}
Model.__index = Model

local function model(items, groups, rounds)
  local self = setmetatable({ used = {}, held = {}, groups = groups, lanes = {} }, Model)
  local all, by_key = locks.new(items), {}
  for round = 0, rounds - 1 do
    for i, item in ipairs(items) do
      local needs = all:needs(item)
      local key = all.key(needs)
      if not by_key[key] then
        by_key[key] = { needs = needs, at = 1 }
        self.lanes[#self.lanes + 1] = by_key[key]
      end
      table.insert(by_key[key], round * #items + i)
    end
  end
  return self
end

function Model:is_free(need, claimed, alone)
  local used = self.used[need.name] or 0
  if need.all then
    return used == 0 and not claimed[need.name]
  end
  return not self.held[need.name] and not alone[need.name]
    and used + (claimed[need.name] or 0) < (self.groups[need.name] or math.huge)
end

function Model:take()
  local list, claimed, alone = {}, {}, {}
  for _, lane in ipairs(self.lanes) do
    list[#list + 1] = lane[lane.at] and lane or nil
  end
  table.sort(list, function(a, b)
    return a[a.at] < b[b.at]
  end)
  for _, lane in ipairs(list) do
    local is_free = true
    for _, need in ipairs(lane.needs) do
      is_free = is_free and self:is_free(need, claimed, alone)
    end
    if is_free then
      for _, need in ipairs(lane.needs) do
        self.used[need.name] = (self.used[need.name] or 0) + 1
        self.held[need.name] = need.all
      end
      lane.at = lane.at + 1
      return lane[lane.at - 1], lane.needs
    end
    for _, need in ipairs(lane.needs) do
      claimed[need.name] = (claimed[need.name] or 0) + 1
      alone[need.name] = alone[need.name] or need.all
    end
  end
  return nil, #list > 0 or nil
end

function Model:give(needs)
  for _, need in ipairs(needs) do
    self.used[need.name] = self.used[need.name] - 1
    self.held[need.name] = nil
  end
end

--- Scenarios that need some of so many locks, alone or shared, and places of groups.
local function scenarios(names)
  local items = { { id = "first", locks = { { name = "l1" } } } }
  for i = 2, math.random(2, 30) do
    local list = {}
    for n = 1, names do
      if math.random(names) == 1 then
        list[#list + 1] = { name = "l" .. n, shared = math.random(2) == 1 or nil }
      end
    end
    items[i] = { id = "s" .. i, locks = list,
      group = math.random(3) == 1 and "g" .. math.random(2) or nil }
  end
  return items
end

describe("engine.run.queue", function()
  it("hands out what a search through all that wait finds", function()
    math.randomseed(11)
    for case = 1, 300 do
      local items, rounds = scenarios(case % 6 + 1), case % 3 + 1
      local queue = queues.new(items, { rounds = rounds,
        locks = locks.new(items, { groups = { g1 = 2, g2 = 3 } }) })
      local other = model(items, { ["group g1"] = 2, ["group g2"] = 3 }, rounds)
      local running, slots = {}, math.random(12)
      while true do
        local entry, is_blocked
        if #running < slots then
          entry, is_blocked = queue:take()
          local position, needs = other:take()
          assert.equal(position, entry and entry.position)
          if entry then
            running[#running + 1] = { entry, needs }
          else
            assert.equal(needs, is_blocked)
          end
        end
        if not entry and not running[1] then
          break
        elseif not entry or math.random(2) == 1 then
          local one = table.remove(running, math.random(#running))
          queue:give(one[1])
          other:give(one[2])
        end
      end
      assert.is_false(queue:has_more())
    end
  end)
end)
