--- The head and the foot of the full screen.
local clock = require("core.clock")
local report_words = require("engine.report.words")
local show = require("engine.ui.show")
local words = require("engine.dev.screen.words")

---@class engine.dev.screen.bars
local M = {}

local NS_PER_S = 1000000000

--- Says what the loop does: a sign, a word, its style.
local function doing(view)
  local state, utf8 = view.state, view.canvas.look.utf8
  if state.phase == "running" then
    return utf8 and "▶" or ">", "running", "cyan bold"
  elseif state.problem then
    return "!", state.problem.is_gone and "settings of before" or "settings are wrong", "red bold"
  elseif state.refusal then
    return "!", "nothing was run", "red bold"
  elseif state.is_paused then
    return utf8 and "⏸" or "=", "paused", "yellow bold"
  end
  return utf8 and "●" or "*", "watching " .. report_words.count(#state.order, "file"), "green"
end

local function age(view)
  local s = (clock.now() - view.began_ns) // NS_PER_S
  return ("%02d:%02d:%02d"):format(s // 3600, s // 60 % 60, s % 60)
end

local function put_all(canvas, y, width, parts)
  local at = 1
  for _, part in ipairs(parts) do
    if show.width(part[1]) > width - at then
      return
    end
    at = at + canvas:put(y, at, width - at, part[1], part[2]) + (part.gap or 2)
  end
end

local function first_row(view, y)
  local canvas, state, run = view.canvas, view.state, view.run
  local sign, word, style = doing(view)
  local parts = { { "clnrm dev", "bold" }, { sign, style, gap = 1 }, { word, style } }
  local cycle = state.cycle
  if cycle then
    parts[#parts + 1] = { ("run #%d"):format(cycle.number) }
    parts[#parts + 1] = cycle.run_id and { show.safe(canvas.look, cycle.run_id), "magenta" }
  end
  if state.is_broken_only then
    parts[#parts + 1] = { "broken only", "yellow bold" }
  end
  if run then
    parts[#parts + 1] = { show.safe(canvas.look, tostring(run.backend)), "dim" }
    parts[#parts + 1] = { report_words.count(run.jobs, "slot"), "dim" }
  end
  local right = age(view)
  put_all(canvas, y, canvas.columns - #right - 2, parts)
  canvas:right(y, 0, canvas.columns - 1, right, "dim")
end

local COLORS = { pass = "green", flaky = "yellow" }

--- Lists what stands: "12 passed", "1 failed", "2 running".
---@param view engine.dev.screen.View
---@return { [1]: string, [2]: string }[]
---@nodiscard
function M.sums(view)
  local counts, unknown = view.state:counts()
  local running, parts = 0, {}
  for _, test in pairs(view.state.tests) do
    if test.phase == "running" then
      running = running + 1
      unknown = unknown - (test.verdict and 0 or 1)
    end
  end
  for _, entry in ipairs(report_words.order) do
    if counts[entry[1]] > 0 or entry[1] == "pass" then
      parts[#parts + 1] = { ("%d %s"):format(counts[entry[1]], entry[2]),
        counts[entry[1]] > 0 and (COLORS[entry[1]] or "red bold") or "dim" }
    end
  end
  if running > 0 then
    parts[#parts + 1] = { running .. " running", "cyan bold" }
  end
  if counts.skip > 0 then
    parts[#parts + 1] = { counts.skip .. " skipped", "yellow" }
  end
  if unknown > 0 then
    parts[#parts + 1] = { unknown .. " not run yet", "dim" }
  end
  return parts
end

local function second_row(view, y)
  local canvas, cycle = view.canvas, view.state.cycle
  local parts, stages = M.sums(view), cycle and cycle.stages or view.stages
  -- Before the times, which the page has as well: without its address nobody gets there.
  parts[#parts + 1] = view.state.ui_url and { show.safe(canvas.look, view.state.ui_url), "cyan" }
  if stages and stages.first then
    local what = cycle and cycle.begun_by == "save" and "save to verdict" or "first verdict"
    parts[#parts + 1] = { ("%s %s"):format(what, words.time(stages.first)), "dim" }
    parts[#parts + 1] = { ("reload %s"):format(words.time(stages.own)), "dim" }
  end
  if view.state.rooms > 0 then
    parts[#parts + 1] = { report_words.count(view.state.rooms, "room") .. " ready", "dim" }
  end
  put_all(canvas, y, canvas.columns, parts)
end

--- Draws the head.
---@param view engine.dev.screen.View
---@param rows integer 1 or 2
function M.head(view, rows)
  if rows == 1 then
    local canvas = view.canvas
    local sign, _, style = doing(view)
    local parts = M.sums(view)
    table.insert(parts, 1, { sign, style })
    put_all(canvas, 0, canvas.columns, parts)
    return
  end
  first_row(view, 0)
  second_row(view, 1)
end

--- Draws the keys that have a hint; those for help and to quit are always there, at the right.
local function draw_keys(canvas, y, keys)
  local at, right, left = 1, canvas.columns - 1, {}
  local function put(key, x)
    canvas:put(y, x, #key.name, key.name, "cyan bold")
    canvas:put(y, x + #key.name + 1, #key.hint, key.hint, "dim")
  end
  for i = #keys, 1, -1 do
    local key = keys[i]
    if key.is_last then
      right = right - #key.name - #key.hint - 3
      put(key, right + 2)
    else
      table.insert(left, 1, key)
    end
  end
  for _, key in ipairs(left) do
    local width = #key.name + 1 + #key.hint
    if at + width > right then
      return
    end
    put(key, at)
    at = at + width + 2
  end
end

--- Draws the foot: what happened last, then the keys.
---@param view engine.dev.screen.View
---@param y integer
function M.foot(view, y)
  local canvas = view.canvas
  if view.prompt then
    view.prompt:draw(canvas, y)
  elseif view.note then
    canvas:fit(y, 1, canvas.columns - 2, view.note.text, view.note.style)
  elseif view.news then
    canvas:put(y, 1, 8, view.news.time, "dim")
    canvas:fit(y, 10, canvas.columns - 11, view.news.text, view.news.style)
  end
  if not view.prompt then
    draw_keys(canvas, y + 1, view.keys.hints())
  end
end

return M
