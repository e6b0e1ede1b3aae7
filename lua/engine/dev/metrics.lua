--- HotReloadMetrics: what each stage between a save and its verdict takes, and whether that is
--- within the budget.
---
--- Times go in as milliseconds and stand in histograms of microseconds.
local hist = require("core.hist")

---@class engine.dev.metrics
local M = {}

---@alias engine.dev.Stage
---| "detect"   from the save to its event: by the time of its inode, to a tick of the kernel
---| "debounce" until the writers are done, and the tests wait no longer for the next save
---| "plan"     what is affected, and why
---| "render"   templates
---| "parse"    TOML
---| "check"    the rest of reading files: tables into tests
---| "room"     from the begin of the run to its first room
---| "test"     from there to the last verdict
---| "show"     reports, while the run goes on
---| "rest"     what is in none of these
---| "own"      all but detect, debounce, room and test: what clnrm itself adds
---| "first"    from the save to the first verdict
---| "total"    from the save to the last verdict
M.STAGES = {
  "detect", "debounce", "plan", "render", "parse", "check", "room", "test", "show", "rest", "own",
  "first", "total",
}

--- PerformanceBudget: a tenth of what is published for each part of a reload.
---@type table<engine.dev.Stage, number> milliseconds
M.BUDGET = {
  detect = 5, debounce = 30, render = 20, parse = 20, check = 20, room = 100, test = 80, show = 15,
  total = 300,
}

---@class engine.dev.StageTold
---@field count integer
---@field p50 number milliseconds
---@field p95 number
---@field p99 number
---@field max number
---@field budget? number
---@field within? number share of the reloads that kept to it, 0 to 1

---@class engine.dev.MetricsTold
---@field reloads integer
---@field stages table<engine.dev.Stage, engine.dev.StageTold>
---@field within number share of the reloads with all stages within the budget
---@field caches table<string, core.lru.Stats>
---@field pool? table counters of rooms made, ready and used again

---@class engine.dev.Metrics
---@field private hists table<engine.dev.Stage, core.hist.Hist>
---@field private kept table<engine.dev.Stage, integer>
---@field private all_kept integer
---@field reloads integer
local Metrics = {}
Metrics.__index = Metrics

--- Lists the stages that took longer than they may.
---@param stages table<engine.dev.Stage, number>
---@return engine.dev.Stage[]
---@nodiscard
function M.over(stages)
  local over = {}
  for _, stage in ipairs(M.STAGES) do
    if M.BUDGET[stage] and (stages[stage] or 0) > M.BUDGET[stage] then
      over[#over + 1] = stage
    end
  end
  return over
end

--- Adds a reload.
---@param stages table<engine.dev.Stage, number> milliseconds; those that are not known are left out
function Metrics:add(stages)
  self.reloads = self.reloads + 1
  for stage, ms in pairs(stages) do
    self.hists[stage] = self.hists[stage] or hist.open()
    self.hists[stage]:record(math.max(0, math.floor(ms * 1000 + 0.5)))
    if M.BUDGET[stage] and ms <= M.BUDGET[stage] then
      self.kept[stage] = (self.kept[stage] or 0) + 1
    end
  end
  self.all_kept = self.all_kept + (#M.over(stages) == 0 and 1 or 0)
end

local function counters(stats)
  return { hits = stats.hits, misses = stats.misses, evictions = stats.evictions,
    count = stats.count, bytes = stats.bytes }
end

--- Tells what the caches did; those that were never needed are not loaded for it.
local function caches()
  local units, suites = package.loaded["engine.template.units"],
    package.loaded["engine.model.cache"]
  return {
    templates = units and counters(units.stats()) or nil,
    suites = suites and counters(suites.stats()) or nil,
  }
end

--- Tells all of it.
---@return engine.dev.MetricsTold
---@nodiscard
function Metrics:told()
  local stages = {}
  for stage, h in pairs(self.hists) do
    local count = h:count()
    stages[stage] = {
      count = count,
      p50 = h:percentile(50) / 1000, p95 = h:percentile(95) / 1000, p99 = h:percentile(99) / 1000,
      max = h:max() / 1000,
      budget = M.BUDGET[stage],
      within = M.BUDGET[stage] and (self.kept[stage] or 0) / count or nil,
    }
  end
  local pool = package.loaded["engine.pool"]
  return {
    reloads = self.reloads,
    stages = stages,
    within = self.reloads > 0 and self.all_kept / self.reloads or 1,
    caches = caches(),
    pool = pool and pool.stats() or nil,
  }
end

--- Makes empty ones.
---@return engine.dev.Metrics
---@nodiscard
function M.new()
  return setmetatable({ hists = {}, kept = {}, all_kept = 0, reloads = 0 }, Metrics)
end

return M
