--- What reloads take, stage by stage, against the budget; and what caches and rooms kept ready
--- spare.
local html = require("engine.dev.ui.html")
local metrics = require("engine.dev.metrics")
local words = require("engine.dev.ui.words")

---@class engine.dev.ui.timings
local M = {}

local el, count = html.el, require("engine.report.words").count
local BAR = 160 -- units wide
local CYCLES_SHOWN = 20
local GOOD, OVER = "#2f9e5b", "#e0483e"

--- A bar of a value beside its budget.
local function bar(value, budget, most)
  local scale = BAR / most
  local over = budget and value > budget
  return el.svg({
    class = "bar", role = "img", width = BAR, height = 14, viewBox = ("0 0 %d 14"):format(BAR),
    xmlns = "http://www.w3.org/2000/svg",
    el.title({ budget and ("%s of %s"):format(words.time(value), words.time(budget))
      or words.time(value) }),
    el.rect({ x = 0, y = 3, height = 8, width = ("%.1f"):format(math.max(1, value * scale)),
      fill = over and OVER or budget and GOOD or "#4c8fd6" }),
    budget and el.line({ x1 = ("%.1f"):format(budget * scale), x2 = ("%.1f"):format(budget * scale),
      y1 = 0, y2 = 14, stroke = "currentColor", ["stroke-width"] = 2 }),
  })
end

--- The heads of columns; "<" before a name: of texts, not of numbers.
local function head(...)
  local cells = {}
  for i, name in ipairs({ ... }) do
    local is_text = name:sub(1, 1) == "<"
    cells[i] = el.th({ scope = "col", class = not is_text and "number" or nil,
      is_text and name:sub(2) or name })
  end
  return el.thead({ el.tr(cells) })
end

local function stage_rows(told)
  local rows, most = {}, 1
  for _, stage in pairs(told.stages) do
    most = math.max(most, stage.p95, stage.budget or 0)
  end
  for _, name in ipairs(metrics.STAGES) do
    local stage = told.stages[name]
    if stage then
      local over = stage.budget and stage.p95 > stage.budget
      rows[#rows + 1] = el.tr({
        el.th({ scope = "row", name }),
        el.td({ class = "number", words.time(stage.p50) }),
        el.td({ class = over and "number over" or "number", words.time(stage.p95),
          over and " over" }),
        el.td({ class = "number", words.time(stage.p99) }),
        el.td({ class = "number", words.time(stage.max) }),
        el.td({ class = "number", words.time(stage.budget) }),
        el.td({ class = "number", words.share(stage.within) }),
        el.td({ bar(stage.p95, stage.budget, most) }),
      })
    end
  end
  return rows
end

local function stages(state)
  local told = state.metrics
  if not told or told.reloads == 0 then
    return el.p({ "Nothing was saved yet: there is no reload to be measured." })
  end
  return {
    el.p({ ("%s, %s of them with every stage within its budget."):format(
      count(told.reloads, "reload"), words.share(told.within)) }),
    el.div({ class = "wide", el.table({
      el.caption({ "From a save to its verdict: p50, p95, p99 and the worst, beside the budget" }),
      head("<Stage", "p50", "p95", "p99", "worst", "budget", "within", "<p95 beside budget"),
      el.tbody(stage_rows(told)) }) }),
  }
end

local function name_of(path)
  return path:match("[^/]*$")
end

local BEGUN = { begin = "begin", order = "asked for", lost = "events were lost" }

local function cycles(state)
  local rows, most = {}, 1
  local first = math.max(1, #state.cycles - CYCLES_SHOWN + 1)
  for i = first, #state.cycles do
    most = math.max(most, (state.cycles[i].stages or {}).total or 0)
  end
  for i = #state.cycles, first, -1 do
    local cycle = state.cycles[i]
    local stage = cycle.stages or {}
    local saved, more = BEGUN[cycle.begun_by], nil
    if cycle.begun_by == "again" then
      saved = require("engine.report.words").left_over(cycle.affected)
    end
    if not saved then
      saved = name_of(cycle.changed[1])
      more = cycle.changed[2] and (" and %d more"):format(#cycle.changed - 1)
    end
    rows[#rows + 1] = el.tr({
      el.th({ scope = "row", ("#%d"):format(cycle.number) }),
      el.td({ saved, more }),
      el.td({ class = "number", cycle.tests or 0 }),
      el.td({ class = "number", words.time(stage.first) }),
      el.td({ class = "number", words.time(stage.total) }),
      el.td({ class = "number", words.time(stage.own) }),
      el.td({ cycle.interrupted == "stop" and "stopped"
        or cycle.interrupted and "cut short: " .. cycle.interrupted
        or cycle.refused and "refused"
        or cycle.exit_code and "exit " .. cycle.exit_code
        or cycle.stages and "nothing" or "runs" }),
      el.td({ stage.total and bar(stage.total, nil, most) }),
    })
  end
  return rows[1] and el.div({ class = "wide", el.table({
    el.caption({ "The last runs, the newest first" }),
    head("<Run", "<Saved", "Tests", "first verdict", "all", "clnrm's own", "<End", "<all"),
    el.tbody(rows) }) })
end

local NAMES = { templates = "Compiled templates", suites = "Validated suites" }

local function caches(state)
  local rows = {}
  local told = state.metrics and state.metrics.caches or {}
  for _, key in ipairs({ "templates", "suites" }) do
    local cache = told[key]
    if cache then
      local asked = cache.hits + cache.misses
      rows[#rows + 1] = el.tr({ el.th({ scope = "row", NAMES[key] }),
        el.td({ class = "number", words.share(asked > 0 and cache.hits / asked or nil) }),
        el.td({ class = "number", cache.hits }), el.td({ class = "number", cache.misses }),
        el.td({ class = "number", cache.evictions }),
        el.td({ class = "number", cache.count or "" }),
        el.td({ class = "number", cache.bytes and words.bytes(cache.bytes) or "" }) })
    end
  end
  return rows[1] and el.div({ class = "wide", el.table({
    el.caption({ "What was found again instead of made anew" }),
    head("<Cache", "found", "hits", "misses", "put out", "now", "size"), el.tbody(rows) }) })
    or el.p({ "No cache was needed yet." })
end

local POOL = {
  { "taken", "given to tests" }, { "ready", "of these, ready before they were due" },
  { "again", "of these, used before" }, { "made", "made" }, { "wasted", "made, and never taken" },
  { "dirty", "could not be used again" }, { "dead", "died while they waited" },
}

local function rooms(state)
  local pool, rows = state.metrics and state.metrics.pool, {}
  rows[1] = el.tr({ el.th({ scope = "row", "wait for the next run" }),
    el.td({ class = "number", state.rooms }) })
  for _, one in ipairs(pool and POOL or {}) do
    rows[#rows + 1] = el.tr({ el.th({ scope = "row", one[2] }),
      el.td({ class = "number", pool[one[1]] or 0 }) })
  end
  if pool then
    rows[#rows + 1] = el.tr({ el.th({ scope = "row", "mean time to make one" }),
      el.td({ class = "number", words.time(pool.made_ms) }) })
  end
  return el.table({
    el.caption({ "Rooms of the pool: those that show the project are made for each test, "
      .. "and not counted" }),
    el.tbody(rows),
  })
end

--- Writes the page's second view.
---@param state engine.dev.State
---@return engine.dev.ui.Html
---@nodiscard
function M.view(state)
  return el.section({
    class = "timings", ["data-part"] = "timings", ["aria-labelledby"] = "timings-title",
    el.h2({ id = "timings-title", "Timings" }),
    stages(state), cycles(state),
    el.h2({ "Caches" }), caches(state), rooms(state),
  })
end

return M
