--- What scenarios are called where their names are masked: two whose names differ in nothing but a
--- secret are still two.
---
--- Of those that would be told alike each later one has a number behind its name: `at ***`,
--- `at *** (2)`.  One that is really called so keeps its name.  They are counted in the order of
--- their files, whatever of them is run, so that `list`, a run and its record call one scenario the
--- same.
---@class engine.run.told_ids
local M = {}

---@class engine.run.ToldIds
---@field list string[] ids as they are
---@field known table<string, true>
---@field suffix? table<string, string> by id; nil: to be counted anew
---@field counts? table<string, integer> by masked id
local ToldIds = {}
ToldIds.__index = ToldIds

local function add(self, id)
  if not self.known[id] then
    self.known[id] = true
    self.list[#self.list + 1] = id
  end
end

local function count(self, id, shown)
  local masked, suffix = shown(id), ""
  if masked ~= id then
    local number = self.counts[masked] or 0
    repeat -- past those that are really called so
      number = number + 1
      suffix = number > 1 and (" (%d)"):format(number) or ""
    until not self.known[masked .. suffix]
    self.counts[masked] = number
  end
  self.suffix[id] = suffix
end

--- Says what stands behind the masked name of a scenario, to tell it from the others.
---@param id string as it is
---@param shown fun(id: string): string masks an id
---@return string # empty for most
---@nodiscard
function ToldIds:behind(id, shown)
  local base = id:match("^(.*) #%d+$") -- a repetition, which is counted behind it
  id = base and self.known[base] and base or id
  if not self.suffix then
    self.suffix, self.counts = {}, {}
    for _, one in ipairs(self.list) do
      count(self, one, shown)
    end
  end
  if not self.known[id] then -- of a Lua test, which is known when its file runs
    add(self, id)
    count(self, id, shown)
  end
  return self.suffix[id]
end

--- Counts anew when next asked: there are more secrets.
function ToldIds:reset()
  self.suffix = nil
end

--- Makes it for the scenarios of a plan; those of their files that are not in it count as well.
---@param scenarios engine.model.Scenario[]
---@return engine.run.ToldIds
---@nodiscard
function M.new(scenarios)
  local self, seen = setmetatable({ list = {}, known = {} }, ToldIds), {}
  for _, scenario in ipairs(scenarios) do
    local suite = scenario.suite
    for _, one in ipairs(suite and not seen[suite] and suite.scenarios or {}) do
      add(self, one.id)
    end
    if suite then
      seen[suite] = true
    end
    add(self, scenario.id)
  end
  return self
end

return M
