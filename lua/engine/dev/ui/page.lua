--- The documents of the page: what stands around the list of tests, one test, or the timings.
---
--- All of it is written here, on the server: it can be read without the script, which only fetches
--- parts again when they change, and without the style sheet.
local details_of = require("engine.dev.ui.detail")
local fs = require("core.fs")
local html = require("engine.dev.ui.html")
local report_words = require("engine.report.words")
local tests = require("engine.dev.ui.tests")
local timings = require("engine.dev.ui.timings")
local words = require("engine.dev.ui.words")

---@class engine.dev.ui.page
local M = {}

local el, count = html.el, report_words.count
local REASONS_MAX = 3 -- that are named

---@class engine.dev.ui.Page
---@field state engine.dev.State
---@field details engine.dev.ui.Details
---@field changes engine.dev.ui.Changes
---@field project string its name

--- A form with one button: it works without the script.
---@param order string
---@param label string
---@param fields? table<string, string>
---@return engine.dev.ui.Html
---@nodiscard
function M.button(order, label, fields)
  local hidden = { el.input({ type = "hidden", name = "order", value = order }) }
  for name, value in pairs(fields or {}) do
    hidden[#hidden + 1] = el.input({ type = "hidden", name = name, value = html.query(value) })
  end
  return el.form({ method = "post", action = "./order", class = "order", ["data-order"] = order,
    hidden, el.button({ type = "submit", label }) })
end

local COUNTED = { "pass", "fail", "timeout", "policy", "error", "infra", "flaky", "skip" }

local function counts(state)
  local told, unknown = state:counts()
  local items = {}
  for _, verdict in ipairs(COUNTED) do
    if told[verdict] > 0 or verdict == "pass" or verdict == "fail" then
      items[#items + 1] = el.li({ class = verdict, el.strong({ told[verdict] }), " ",
        words.MARK[verdict], " ", verdict })
    end
  end
  if unknown > 0 then
    items[#items + 1] = el.li({ class = "waiting", el.strong({ unknown }), " not run yet" })
  end
  return el.ul({ class = "counts", ["aria-label"] = "Verdicts that stand", items })
end

local PHASES = { starting = "starts", waiting = "watches", running = "runs tests",
  over = "has ended" }

local function last_reload(state)
  for i = #state.cycles, 2, -1 do
    local stages = state.cycles[i].stages
    if stages and stages.total and not state.cycles[i].refused then
      return (" · %s %s, %s of it clnrm's own work"):format(
        report_words.reload(state.cycles[i].begun_by), words.time(stages.total),
        words.time(stages.own))
    end
  end
end

--- Shows a path as it is typed from where the loop was begun.
local function short(path)
  local cwd = (fs.getcwd() or "/"):gsub("/$", "") .. "/"
  return path:sub(1, #cwd) == cwd and path:sub(#cwd + 1) or path
end

local function saved(state)
  local cycle = state.cycle
  if not cycle or cycle.begun_by ~= "save" then
    return nil
  end
  local why = report_words.reasons(cycle.affected, REASONS_MAX)
  return el.p({ class = "saved", "Saved ", el.code({ short(cycle.changed[1]) }),
    cycle.changed[2] and (" and %d more"):format(#cycle.changed - 1),
    (": %d of %d files affected"):format(#cycle.affected, cycle.total),
    why ~= "" and " (" .. why .. ")" })
end

local function modes(state)
  local list = {}
  if state.is_paused then
    list[#list + 1] = "paused: saves are gathered"
  end
  if state.is_broken_only then
    list[#list + 1] = "only what is broken runs"
  end
  if state.narrowed then
    list[#list + 1] = "narrowed to some tests"
  end
  return list[1] and el.p({ class = "modes", table.concat(list, " · ") })
end

--- What is wrong with the settings, or refuses each run, until it is right.
local function problems(state)
  local list = {}
  for i, told in ipairs(state:problems()) do
    list[i] = el.div({ class = "problem", role = "alert", el.p({ told.message }),
      told.help and el.p({ told.help }),
      told.diagnostics and tests.diagnostics(told.diagnostics) })
  end
  return list
end

local function orders(page)
  local state = page.state
  if state.phase == "over" then
    return nil
  end
  return el.div({
    class = "orders", role = "group", ["aria-label"] = "Orders",
    M.button("all", "Run all"), M.button("failed", "Run failed"), M.button("again", "Run again"),
    state.phase == "running" and M.button("stop", "Stop"),
    state.is_paused and M.button("go on", "Watch again") or M.button("pause", "Pause"),
  })
end

--- Writes the head of the page, which changes with every verdict.
---@param page engine.dev.ui.Page
---@return engine.dev.ui.Html
---@nodiscard
function M.header(page)
  local state, wrong = page.state, problems(page.state)
  return el.header({
    ["data-part"] = "header", ["data-phase"] = state.phase,
    el.h1({ page.project, " ", el.span({ class = "tool", "clnrm dev" }) }),
    el.p({ class = "phase", role = "status", el.strong({ PHASES[state.phase] }),
      " · ", count(#state.order, "file"), " of tests",
      state.cycle and (" · run #%d"):format(state.cycle.number), last_reload(state) }),
    counts(state), saved(state), modes(state), wrong[1], wrong[2],
    orders(page),
  })
end

local function document(page, title, main)
  return html.document(el.html({
    lang = "en",
    el.head({
      el.meta({ charset = "utf-8" }),
      el.meta({ name = "viewport", content = "width=device-width, initial-scale=1" }),
      el.meta({ name = "color-scheme", content = "light dark" }),
      el.title({ title }),
      el.link({ rel = "icon", href = "./icon.svg" }),
      el.link({ rel = "stylesheet", href = "./style.css" }),
      el.script({ src = "./script.js", defer = true }),
    }),
    el.body({
      ["data-version"] = page.changes.version,
      el.a({ class = "skip-link", href = "#main", "To the tests" }),
      M.header(page),
      el.nav({ ["aria-label"] = "Views",
        el.a({ href = "./", ["aria-current"] = main.view == "tests" and "page" or nil, "Tests" }),
        " ",
        el.a({ href = "./timings", ["aria-current"] = main.view == "timings" and "page" or nil,
          "Timings and caches" }) }),
      el.main({ id = "main", class = main.view .. (main.is_split and " split" or ""), main }),
    }),
  }))
end

--- Writes the view of tests, with one of them beside when it is named.
---@param page engine.dev.ui.Page
---@param id? string
---@return string
---@nodiscard
function M.overview(page, id)
  local test = id and page.state.tests[id]
  return document(page, (test and test.name .. " · " or "") .. page.project .. " · clnrm dev", {
    view = "tests", is_split = id ~= nil,
    id and M.test(page, id),
    tests.list(page.state, id),
  })
end

--- Writes the view of timings and caches.
---@param page engine.dev.ui.Page
---@return string
---@nodiscard
function M.timings(page)
  return document(page, "Timings · " .. page.project .. " · clnrm dev",
    { view = "timings", timings.view(page.state) })
end

--- Writes the part of one test.
---@param page engine.dev.ui.Page
---@param id string
---@return engine.dev.ui.Html
---@nodiscard
function M.test(page, id)
  return details_of.view(page.state, page.details, id,
    page.state.phase ~= "over" and M.button or nil)
end

--- Writes a part by its name, for the script.
---@param page engine.dev.ui.Page
---@param name string
---@param query table<string, string>
---@return engine.dev.ui.Html? # nil: there is no such part, or not any more
---@nodiscard
function M.part(page, name, query)
  if name == "header" then
    return M.header(page)
  elseif name == "tests" then
    return tests.list(page.state, query.chosen)
  elseif name == "file" and query.path then
    return tests.file(page.state, query.path, query.chosen)
  elseif name == "test" and query.id then
    return M.test(page, query.id)
  elseif name == "timings" then
    return timings.view(page.state)
  end
end

return M
