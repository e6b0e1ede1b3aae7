--- Whether locks and groups that scenarios name are those of the project; what a run needs of them.
---
--- A group has to be there: it says how many may run at once.  A lock needs no entry in clnrm.toml;
--- where there are some, a name without one is an error, since a misspelt lock excludes nobody.
local suggest = require("engine.suggest")

local M = {}

---@class engine.plan.Resources
---@field groups table<string, integer>
---@field outside table<string, boolean> locks that hold between programs

local function names_of(t)
  local list = {}
  for name in pairs(t) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

local function unknown(scenario, kind, name, at, known, example)
  local told = require("engine.plan.secrets").of({ scenario }):name(name, scenario.id)
  local near = told == name and suggest.nearest(name, names_of(known))
  return {
    severity = "error",
    code = "P113",
    file = scenario.file,
    line = at and at.line or scenario.line,
    column = at and at.column,
    offset = at and at.offset,
    length = at and at.length,
    message = ("there is no %s '%s' in clnrm.toml"):format(kind, told),
    help = near and ("did you mean '%s'?"):format(near)
      or ("add [%ss.%s] with %s to it"):format(kind, told, example),
  }
end

--- Checks what scenarios name against the settings.
---@param suites engine.model.Suite[]
---@param values table<string, any> of engine.config
---@return engine.plan.Resources? resources
---@return engine.diag.Diagnostic[] diagnostics
---@nodiscard
function M.resolve(suites, values)
  local own = require("engine.config.resources")
  local groups, locks = own.of(values, "groups") or {}, own.of(values, "locks")
  local list, told = {}, {}
  local function tell(diagnostic)
    local key = ("%s:%s:%s"):format(diagnostic.file, diagnostic.line, diagnostic.message)
    list[#list + 1] = not told[key] and diagnostic or nil
    told[key] = true
  end
  for _, suite in ipairs(suites) do
    for _, scenario in ipairs(suite.scenarios) do
      local group = scenario.group
      if group and not groups[group] then
        tell(unknown(scenario, "group", group, scenario.group_pos, groups, "max = 2"))
      end
      for _, lock in ipairs(locks and scenario.locks or {}) do
        if lock.is_named and not locks[lock.name] then
          tell(unknown(scenario, "lock", lock.name, lock.pos, locks, 'scope = "run"'))
        end
      end
    end
  end
  local outside = {}
  for name, scope in pairs(locks or {}) do
    outside[name] = scope == "machine" or nil
  end
  return #list == 0 and { groups = groups, outside = outside } or nil, list
end

--- Whether a scenario of a plan has a lock that holds between programs.
---@param scenarios engine.model.Scenario[]
---@param resources engine.plan.Resources
---@return boolean
---@nodiscard
function M.has_outside(scenarios, resources)
  for _, scenario in ipairs(next(resources.outside) and scenarios or {}) do
    for _, lock in ipairs(scenario.locks or {}) do
      if resources.outside[lock.name] then
        return true
      end
    end
  end
  return false
end

return M
