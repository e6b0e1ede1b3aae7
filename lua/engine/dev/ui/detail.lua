--- One test: its verdict, what failed, when its steps ran, what they printed.
local diag = require("engine.diag")
local html = require("engine.dev.ui.html")
local waterfall = require("engine.dev.ui.waterfall")
local words = require("engine.dev.ui.words")

---@class engine.dev.ui.detail
local M = {}

local el = html.el
local COLUMNS = 100

local function facts(list)
  local rows = {}
  for _, fact in ipairs(list) do
    if fact[2] and fact[2] ~= "" then
      rows[#rows + 1] = { el.dt({ fact[1] }), el.dd({ fact[2] }) }
    end
  end
  return el.dl(rows)
end

local function ending(row)
  if row.signal then
    return "signal " .. tostring(row.signal)
  end
  return row.exit_code and "exit " .. tostring(row.exit_code) or row.to_ms and "" or "runs"
end

local function outputs(detail)
  local out = {}
  for _, row in ipairs(detail.rows) do
    for _, output in ipairs(row.outputs or {}) do
      local size = words.bytes(output.bytes)
      out[#out + 1] = el.details({
        open = row.verdict ~= "pass" or nil,
        el.summary({ ("%s: %s, %s"):format(row.name, output.stream, size),
          output.cut and (", %s left out"):format(words.bytes(output.cut)) }),
        el.pre({ tabindex = "0", (output.text:gsub("\27%[[%d;:]*m", "")) }), -- colours
      })
    end
  end
  return out[1] and { el.h3({ "Output" }), out }
end

local function steps(detail)
  local rows = {}
  for _, row in ipairs(detail.rows) do
    if row.kind ~= "log" then
      rows[#rows + 1] = el.tr({
        el.td({ class = "verdict " .. (row.verdict or ""), words.MARK[row.verdict] or "", " ",
          row.verdict or row.kind }),
        el.th({ scope = "row", row.name, row.attempt and (" (attempt %d)"):format(row.attempt),
          row.command and { " ", el.code({ row.command }) } }),
        el.td({ class = "end", ending(row) }),
        el.td({ class = "number", words.time(row.to_ms and math.max(0, row.to_ms - row.from_ms)) }),
      })
    end
  end
  return rows[1] and { el.h3({ "Steps and services" }), el.table({ class = "steps",
    el.thead({ el.tr({ el.th({ scope = "col", "Verdict" }), el.th({ scope = "col", "What" }),
      el.th({ scope = "col", "End" }), el.th({ scope = "col", class = "number", "Time" }) }) }),
    el.tbody(rows) }) }
end

local function failures(test, sources)
  if not test.failures or not test.failures[1] then
    return nil
  end
  local text = diag.render(test.failures, { width = COLUMNS, utf8 = true, sources = sources })
  return { el.h3({ "What failed" }), el.pre({ class = "failures", tabindex = "0", text }) }
end

--- Says which part a test is, for who asks for it again.
---@param id string
---@return string
---@nodiscard
function M.part_of(id)
  return "test?id=" .. html.query(id)
end

--- Writes what is known of a test.
---@param state engine.dev.State
---@param details engine.dev.ui.Details
---@param id string
---@param button? fun(order: string, label: string, fields: table): engine.dev.ui.Html
---@return engine.dev.ui.Html
---@nodiscard
function M.view(state, details, id, button)
  local test = state.tests[id]
  if not test then
    return el.section({ class = "detail", ["data-part"] = M.part_of(id), ["aria-live"] = "polite",
      el.h2({ "This test is gone" }), el.p({ id }) })
  end
  local detail, is_running = details:get(id)
  local standing = words.standing(test)
  local total = detail and (detail.ended_ms and detail.ended_ms - detail.began_ms
    or is_running and 0) or 0
  local rerun
  for _, failure in ipairs(test.failures or {}) do
    rerun = rerun or failure.rerun
  end
  return el.section({
    class = "detail", id = "detail", ["data-part"] = M.part_of(id),
    ["aria-labelledby"] = "detail-title",
    el.h2({ id = "detail-title", el.span({ class = "verdict " .. standing,
      words.MARK[standing], " ", standing }), " ", test.name }),
    facts({
      { "File", test.file .. (test.line and ":" .. test.line or "") },
      { "Cell", test.cell },
      { "Time", words.time(test.duration_ms) },
      { "Step", test.phase == "running" and test.step },
      { "Why", detail and detail.reason },
      { "Run again", rerun and el.code({ rerun }) },
    }),
    button and button("tests", "Run this test", { id = id }),
    failures(test, detail and not is_running and detail.sources or nil),
    detail and el.div({ class = "wide", waterfall.draw(detail, total) }),
    detail and steps(detail),
    detail and detail.left_out > 0
      and el.p({ ("%d more steps and lines are not kept."):format(detail.left_out) }),
    detail and outputs(detail),
    not detail and test.verdict
      and el.p({ "What its steps printed is not kept any more." }),
  })
end

return M
