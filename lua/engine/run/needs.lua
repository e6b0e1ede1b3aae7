--- What scenarios need so that nobody runs beside them who must not: their locks, groups, and the
--- folders that their services are shown (engine.run.beside).
---
--- Pure.
---@class engine.run.needs
local beside = require("engine.run.beside")
local services_of = require("engine.model.services_of")

local M = {}

---@class engine.run.Needs
---@field private outside table<string, boolean> locks that hold between programs
---@field private beside engine.run.beside.Found
---@field private unions table<engine.model.Suite, engine.run.Need[]> of files that take all at once
local Needs = {}
Needs.__index = Needs

--- Adds a need to those that are there, each resource once.
local function add(list, by_name, need)
  local known = by_name[need.name]
  if known then
    known.all = known.all or need.all
  else
    by_name[need.name], list[#list + 1] = need, need
  end
end

--- Lists what a scenario needs by itself.
local function own_needs(self, scenario)
  local by_name, list = {}, {}
  for _, lock in ipairs(scenario.locks or {}) do
    add(list, by_name, {
      name = "lock " .. lock.name,
      lock = self.outside[lock.name] and lock.name or nil,
      all = not lock.shared or nil,
    })
  end
  if scenario.group then
    add(list, by_name, { name = "group " .. scenario.group })
  end
  for _, need in ipairs(self.beside.needs[scenario] or {}) do
    add(list, by_name, { name = need.name, all = need.all })
  end
  return list
end

--- Joins what the scenarios of files need that take all of it at once.
local function unions_of(self, items)
  local unions, names = {}, {}
  for _, scenario in ipairs(items) do
    local suite = scenario.suite
    if self.beside.files[suite] then
      unions[suite], names[suite] = unions[suite] or {}, names[suite] or {}
      for _, need in ipairs(own_needs(self, scenario)) do
        add(unions[suite], names[suite], need)
      end
    end
  end
  return unions
end

--- Lists what a scenario needs, sorted by name, each resource once.  Of a file that takes all at
--- once it is what the file needs, and among its own scenarios what it needs by itself.
---@param scenario engine.model.Scenario
---@return engine.run.Need[]
function Needs:of(scenario)
  local list, union = own_needs(self, scenario), self.unions[scenario.suite]
  if union then
    local file, own = beside.file(scenario.suite), list
    list = {}
    for _, need in ipairs(union) do
      list[#list + 1] = { name = need.name, all = need.all, lock = need.lock, file = file }
    end
    for _, need in ipairs(own) do
      local is_group = need.name:sub(1, 6) == "group " -- of which the file has one place
      list[#list + 1] = { name = ("file %s: %s"):format(file, need.name),
        all = need.all or is_group or nil }
    end
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return list
end

--- Whether a scenario needs anything.
---@param scenario engine.model.Scenario
---@return boolean
---@nodiscard
function M.is_needed(scenario)
  return scenario.group ~= nil or scenario.locks ~= nil and scenario.locks[1] ~= nil
end

--- Finds what the scenarios of a run need.
---@param items engine.model.Scenario[]
---@param opts { outside: table<string, boolean>, backend?: string } backend: of a run; without one
---folders do not count
---@return engine.run.Needs? needs nil: nobody needs anything
---@nodiscard
function M.find(items, opts)
  local is_needed, has_volumes = false, false
  for _, scenario in ipairs(items) do
    is_needed = is_needed or M.is_needed(scenario)
    has_volumes = has_volumes or opts.backend ~= nil
      and services_of.show_folders(scenario.suite and scenario.suite.services)
  end
  local found = has_volumes and beside.of(items, opts.backend) or { needs = {}, files = {} }
  if not is_needed and not next(found.needs) then
    return nil
  end
  local self = setmetatable({ outside = opts.outside, beside = found, unions = {} }, Needs)
  self.unions = unions_of(self, items)
  return self
end

return M
