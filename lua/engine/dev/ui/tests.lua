--- The list of tests: one section for each file, one row for each test.
local html = require("engine.dev.ui.html")
local lru = require("core.lru")
local words = require("engine.dev.ui.words")
local verdicts = require("engine.verdict")

---@class engine.dev.ui.tests
local M = {}

local el = html.el

local HISTORIES_MAX = 1000
local histories = lru.open({ count = HISTORIES_MAX }) -- by the verdicts: most tests have the same

local function write_history(test)
  local parts, told, last, count = {}, {}, nil, 0
  local function close()
    if last then
      parts[#parts + 1] = el.span({ class = last, words.MARK[last]:rep(count) })
      told[#told + 1] = count > 1 and ("%d × %s"):format(count, last) or last
    end
  end
  for _, verdict in ipairs(test.history) do
    if verdict ~= last then
      close()
      last, count = verdict, 0
    end
    count = count + 1
  end
  close()
  return parts[1] and el.span({ class = "history", role = "img",
    ["aria-label"] = "so far " .. table.concat(told, ", "), parts })
end

--- The verdicts so far, the same ones in a row as one.
local function history(test)
  local key = table.concat(test.history, " ")
  local known = histories:get(key)
  if known == nil then
    known = write_history(test) or false
    histories:put(key, known)
  end
  return known or nil
end

local ROW = html.pattern('<tr class=%q data-id=%q data-status=%q><td class=%q>'
  .. '<span aria-hidden="true">%t </span>%t</td><th scope="row">%h%h</th>'
  .. '<td class="number">%t</td><td>%h</td></tr>')
local LINK = html.pattern("<a href=%q>%t</a>")
local CHOSEN = html.pattern('<a aria-current="true" href=%q>%t</a>')

local function write_row(test, standing, is_chosen)
  local name = test.name .. (test.cell and " [" .. test.cell .. "]" or "")
  local link = (is_chosen and CHOSEN or LINK)("./?test=" .. html.query(test.id), name)
  return ROW("test " .. standing, test.id, standing, "verdict " .. standing, words.MARK[standing],
    standing, link, test.phase == "running" and test.step
    and el.span({ class = "step", " ", test.step }) or nil, words.time(test.duration_ms),
    history(test))
end

local written = setmetatable({}, { __mode = "k" }) -- rows by their tests, with what they show

--- Writes the row of a test, or finds it: a page of many tests is asked for again and again.
local function row(test, chosen)
  local standing, is_chosen = words.standing(test), test.id == chosen
  local shown = ("%s\0%s\0%s\0%s\0%s\0%s\0%s"):format(standing, test.duration_ms, test.step,
    test.name, test.cell, test.cycle, is_chosen)
  local known = written[test]
  if not known or known.shown ~= shown then
    known = { shown = shown, html = write_row(test, standing, is_chosen) }
    written[test] = known
  end
  return known.html
end

--- Says which part a file is, for who asks for it again.
---@param path string
---@return string
---@nodiscard
function M.part_of(path)
  return "file?path=" .. html.query(path)
end

--- Writes what is wrong with a file, or with the settings.
---@param list engine.diag.Diagnostic[]
---@return engine.dev.ui.Html
---@nodiscard
function M.diagnostics(list)
  local items = {}
  for i, d in ipairs(list) do
    local place = d.line and ("%s:%d:%d"):format(d.file or "", d.line, d.column or 1) or d.file
    items[i] = el.li({ ("%s[%s]: %s"):format(d.severity, d.code, d.message),
      place and (" (%s)"):format(place), d.help and (": %s"):format(d.help) })
  end
  return el.ul(items)
end

--- Writes the section of a file.
---@param state engine.dev.State
---@param path string
---@param chosen? string id of the test that is shown beside
---@return engine.dev.ui.Html? nil: there is no such file
---@nodiscard
function M.file(state, path, chosen)
  local file = state.files[path]
  if not file then
    return nil
  end
  local rows, good = {}, 0
  for i, id in ipairs(file.tests) do
    local test = state.tests[id]
    good = good + (test and test.verdict and verdicts.is_good(test.verdict) and 1 or 0)
    rows[i] = test and row(test, chosen) or nil
  end
  return el.section({
    class = "file", ["data-part"] = M.part_of(path),
    el.h3({ file.file, " ", el.span({ class = "count", ("%d/%d"):format(good, #file.tests) }) }),
    file.broken and el.div({ class = "broken",
      el.p({ "Cannot be read; its tests are those of before:" }),
      M.diagnostics(file.broken) }),
    rows[1] and el.table({
      el.thead({ el.tr({ el.th({ scope = "col", "Verdict" }), el.th({ scope = "col", "Test" }),
        el.th({ scope = "col", class = "number", "Time" }),
        el.th({ scope = "col", "So far" }) }) }),
      el.tbody(rows) }),
  })
end

--- Writes the whole list.
---@param state engine.dev.State
---@param chosen? string
---@return engine.dev.ui.Html
---@nodiscard
function M.list(state, chosen)
  local files = {}
  for i, path in ipairs(state.order) do
    files[i] = M.file(state, path, chosen)
  end
  return el.section({
    class = "tests", id = "tests", ["data-part"] = "tests", ["aria-labelledby"] = "tests-title",
    el.h2({ id = "tests-title", "Tests" }),
    files[1] and files or el.p({ state.phase == "starting" and "Nothing is read yet."
      or "There is no test file." }),
  })
end

return M
