--- HotReloadMetrics and what else the loop counts, in Prometheus' text format.
---
--- Nothing in it names a test, a file or a folder: it is told to who has no token, for a scraper's
--- settings cannot follow a token that is another one each time.
local buckets = require("engine.dev.ui.buckets")
local metrics = require("engine.dev.metrics")
local was_cut = require("engine.dev.state").was_cut
local verdicts = require("engine.verdict")

---@class engine.dev.ui.prometheus
local M = {}

local S_PER_MS = 0.001

--- Stages that lie side by side; the others are sums of them.
local PARTS = { "detect", "debounce", "plan", "render", "parse", "check", "room", "test", "show",
  "rest" }
local WHOLE = { own = "clnrm_dev_reload_own_seconds", first = "clnrm_dev_first_verdict_seconds",
  total = "clnrm_dev_reload_seconds" }

---@class engine.dev.ui.Metrics
---@field private hists table<engine.dev.Stage, engine.dev.ui.Buckets>
---@field private runs table<engine.Verdict, integer> verdicts that were reached
---@field private cycles table<string, integer> by how they ended
local Metrics = {}
Metrics.__index = Metrics
Metrics.TYPE = "text/plain; version=0.0.4; charset=utf-8"

--- Takes an event that the state has applied.
---@param state engine.dev.State
---@param event table
function Metrics:on_event(state, event)
  if event.event == "scenario_end" and not was_cut(event) then
    self.runs[event.verdict] = self.runs[event.verdict] + 1
  elseif event.event == "reload_end" then
    local why = event.interrupted
    local ended = (why == "save" or why == "order") and "overtaken" or why and "stopped"
      or event.refused and "refused" or "done"
    self.cycles[ended] = self.cycles[ended] + 1
    if state.metrics and state.metrics.reloads > self.reloads then -- it was counted
      self.reloads = state.metrics.reloads
      for stage, ms in pairs(event.stages) do
        self.hists[stage]:add(ms * S_PER_MS)
      end
    end
  end
end

local Out = {}
Out.__index = Out

local function number(value)
  return math.type(value) == "integer" and tostring(value) or ("%.9g"):format(value)
end

function Out:family(name, kind, help)
  self[#self + 1] = ("# HELP %s %s\n# TYPE %s %s\n"):format(name, help, name, kind)
end

--- Adds a sample; `label` and `of` are words of ours: nothing in them needs an escape.
function Out:sample(name, value, label, of)
  self[#self + 1] = label and ("%s{%s=\"%s\"} %s\n"):format(name, label, of, number(value))
    or ("%s %s\n"):format(name, number(value))
end

function Out:one(name, kind, help, value)
  if value then
    self:family(name, kind, help)
    self:sample(name, value)
  end
end

local function add_reloads(self, out, told)
  out:family("clnrm_dev_reload_stage_seconds", "histogram",
    "What the stages between a save and its verdict took; they add up to clnrm_dev_reload_seconds.")
  for _, stage in ipairs(PARTS) do
    self.hists[stage]:write(out, "clnrm_dev_reload_stage_seconds", stage)
  end
  local HELP = { own = "What of each reload was clnrm's own work.",
    first = "From a save to its first verdict.", total = "From a save to its last verdict." }
  for _, stage in ipairs({ "own", "first", "total" }) do
    out:family(WHOLE[stage], "histogram", HELP[stage])
    self.hists[stage]:write(out, WHOLE[stage])
  end
  out:family("clnrm_dev_reload_stage_budget_seconds", "gauge", "What a stage may take.")
  for _, stage in ipairs(PARTS) do
    if metrics.BUDGET[stage] then
      out:sample("clnrm_dev_reload_stage_budget_seconds", metrics.BUDGET[stage] * S_PER_MS, "stage",
        stage)
    end
  end
  out:one("clnrm_dev_reload_budget_seconds", "gauge", "What a reload may take.",
    metrics.BUDGET.total * S_PER_MS)
  out:one("clnrm_dev_reloads_within_budget_ratio", "gauge",
    "Share of the reloads with every stage within its budget.", told and told.within)
end

local function add_tests(self, out, state)
  local counts, unknown = state:counts()
  out:family("clnrm_dev_tests", "gauge",
    "Tests by the verdict that stands; none: not run yet. A file that cannot be read is an error.")
  for _, verdict in ipairs(verdicts.names) do
    out:sample("clnrm_dev_tests", counts[verdict], "verdict", verdict)
  end
  out:sample("clnrm_dev_tests", unknown, "verdict", "none")
  out:one("clnrm_dev_test_files", "gauge", "Files of tests.", #state.order)
  out:family("clnrm_dev_test_runs_total", "counter", "Tests that ran to a verdict.")
  for _, verdict in ipairs(verdicts.names) do
    out:sample("clnrm_dev_test_runs_total", self.runs[verdict], "verdict", verdict)
  end
  out:family("clnrm_dev_runs_total", "counter",
    "Runs of the loop: done, overtaken by another save or an order, stopped, or refused.")
  for _, ended in ipairs({ "done", "overtaken", "stopped", "refused" }) do
    out:sample("clnrm_dev_runs_total", self.cycles[ended], "end", ended)
  end
  out:one("clnrm_dev_running", "gauge", "1 while tests run.", state.phase == "running" and 1 or 0)
  out:one("clnrm_dev_rooms_ready", "gauge", "Rooms that wait for the next run.", state.rooms)
end

local CACHE = {
  { "clnrm_cache_hits_total", "counter", "What a cache was asked for, and had.", "hits" },
  { "clnrm_cache_misses_total", "counter", "What a cache was asked for, and had not.", "misses" },
  { "clnrm_cache_evictions_total", "counter", "What a cache put out to make room.", "evictions" },
  { "clnrm_cache_entries", "gauge", "What a cache has now.", "count" },
  { "clnrm_cache_size_bytes", "gauge", "What the entries of a cache count.", "bytes" },
}

local POOL = {
  { "clnrm_pool_rooms_made_total", "Rooms made in the pool, which shows no project.", "made" },
  { "clnrm_pool_rooms_taken_total", "Rooms that were given to a test.", "taken" },
  { "clnrm_pool_rooms_ready_total", "Rooms that were there before they were due.", "ready" },
  { "clnrm_pool_rooms_reused_total", "Rooms that were given out again.", "again" },
  { "clnrm_pool_rooms_dirty_total", "Rooms that could not be used again.", "dirty" },
  { "clnrm_pool_rooms_dead_total", "Rooms that died while they waited.", "dead" },
  { "clnrm_pool_rooms_wasted_total", "Rooms that were made and never taken.", "wasted" },
}

local function add_caches(out, told)
  for _, one in ipairs(CACHE) do
    local name, kind, help, key = table.unpack(one)
    local is_begun = false
    for _, cache in ipairs({ "suites", "templates" }) do
      local value = told and told.caches[cache] and told.caches[cache][key]
      if value then
        if not is_begun then
          out:family(name, kind, help)
          is_begun = true
        end
        out:sample(name, value, "cache", cache)
      end
    end
  end
  local pool = told and told.pool
  for _, one in ipairs(pool and POOL or {}) do
    out:one(one[1], "counter", one[2], pool[one[3]])
  end
  if pool then
    out:one("clnrm_pool_wait_seconds_total", "counter", "What tests waited for rooms.",
      pool.wait_ms * S_PER_MS)
  end
end

--- What Prometheus' own libraries tell of a process, by their names.
local function add_process(self, out)
  out:family("clnrm_build_info", "gauge", "1, with the version.")
  out:sample("clnrm_build_info", 1, "version", require("core.version").number())
  out:one("process_start_time_seconds", "gauge", "When the loop began, in seconds since 1970.",
    self.began)
  local memory = require("engine.run.pressure").own_memory()
  out:one("process_resident_memory_bytes", "gauge", "Memory that is resident.",
    memory.rss_kb and memory.rss_kb * 1024)
end

--- Writes all of it.
---@param state engine.dev.State
---@return string
---@nodiscard
function Metrics:text(state)
  local out = setmetatable({}, Out)
  add_reloads(self, out, state.metrics)
  add_tests(self, out, state)
  add_caches(out, state.metrics)
  add_process(self, out)
  return table.concat(out)
end

--- Makes one that has counted nothing.
---@return engine.dev.ui.Metrics
---@nodiscard
function M.new()
  local self = setmetatable({ hists = {}, runs = verdicts.counts(), reloads = 0,
    cycles = { done = 0, overtaken = 0, stopped = 0, refused = 0 },
    began = os.time() }, Metrics)
  for _, stage in ipairs(metrics.STAGES) do
    self.hists[stage] = buckets.new()
  end
  return self
end

return M
