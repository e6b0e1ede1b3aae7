--- What each form of a comparison says in the same words: times, the head, the sum.  Pure.
---@class engine.diff.view.words
local compare = require("engine.diff.compare")
local count = require("engine.report.words").count
local show = require("engine.ui.show")
local unified = require("engine.unified")

local M = {}

local RUN_MAX = 15 -- lines of one side that are shown in a row

--- Says a time: "0.412 ms", "150 ms", "1.21 s", "2 m 05 s".
---@param ms number
---@return string
---@nodiscard
function M.time(ms)
  if ms < 1 then
    return ("%.3f ms"):format(ms)
  elseif ms < 10 then
    return ("%.1f ms"):format(ms)
  elseif ms < 999.5 then
    return ("%.0f ms"):format(ms)
  elseif ms < 60000 then
    return ("%.2f s"):format(ms / 1000)
  end
  local seconds = math.floor(ms / 1000 + 0.5)
  return ("%d m %02d s"):format(seconds // 60, seconds % 60)
end

--- Says how two times differ: "+36 %", "12 times".
---@param a number
---@param b number
---@return string
---@nodiscard
function M.ratio(a, b)
  if a <= 0 then
    return "from nothing"
  elseif b >= 10 * a then
    return ("%.0f times"):format(b / a)
  end
  return ("%+.0f %%"):format((b - a) / a * 100)
end

--- Says the times of a node: "150 ms → 148 ms", or the one that there is.
---@param change engine.diff.Change
---@param arrow string
---@return string # empty where nothing was timed
---@nodiscard
function M.times(change, arrow)
  local a, b = change.a and change.a.duration_ms, change.b and change.b.duration_ms
  if a and b then
    return ("%s %s %s"):format(M.time(a), arrow, M.time(b))
  end
  return (a or b) and M.time(a or b) or ""
end

local UTF8 = { tee = "├─ ", last = "└─ ", bar = "│  ", gap = "   ", arrow = "→" }
local ASCII = { tee = "|- ", last = "`- ", bar = "|  ", gap = "   ", arrow = "->" }

--- The lines that a tree is drawn with.
---@param look engine.ui.Look
---@return { tee: string, last: string, bar: string, gap: string, arrow: string }
---@nodiscard
function M.glyphs(look)
  return look.utf8 and UTF8 or ASCII
end

local KIND = {
  run = { "runs", "scenario" }, spans = { "spans", "span" }, snapshot = { "snapshots" },
  toml = { "TOML" }, text = { "texts" },
}

---@class engine.diff.Told a comparison with what it is of
---@field kind "run"|"snapshot"|"spans"|"toml"|"text"
---@field a engine.diff.Input
---@field b engine.diff.Input
---@field result engine.diff.Result
---@field left_out string[] names of fields that --ignore has taken out
---@field all boolean    what is the same is shown
---@field shows_fields boolean of what is on one side alone

--- Says what is compared, in parts.
---@param told engine.diff.Told
---@param arrow string
---@return string[]
---@nodiscard
function M.head(told, arrow)
  local a, b, words = told.a, told.b, KIND[told.kind]
  local parts = { words[1], ("%s %s %s"):format(a.shown, arrow, b.shown) }
  if words[2] then
    parts[#parts + 1] = ("%d %s %s"):format(a.count, arrow, count(b.count, words[2]))
  end
  local before, after = a.root.duration_ms, b.root.duration_ms
  if before and after then
    parts[#parts + 1] = ("wall %s %s %s (%s)"):format(M.time(before), arrow, M.time(after),
      M.ratio(before, after))
  end
  return parts
end

--- Says of texts how many lines differ.
local function sum_of_lines(told)
  local counts = { ["+"] = 0, ["-"] = 0 }
  for _, field in ipairs(told.result.root.fields) do
    for _, hunk in ipairs(field.is_text and unified.hunks(field.a or "", field.b or "") or {}) do
      for _, line in ipairs(hunk.lines) do
        local mark = line:sub(1, 1)
        counts[mark] = counts[mark] and counts[mark] + 1
      end
    end
  end
  if told.result.is_same then
    return { "nothing differs" }
  end
  return { count(counts["+"], "line") .. " added", ("%d removed"):format(counts["-"]) }
end

--- Says what came of it, in parts: "2 changed", "1 added", ...
---@param told engine.diff.Told
---@return string[]
---@nodiscard
function M.sum(told)
  if told.kind == "text" or told.kind == "snapshot" then
    return sum_of_lines(told)
  end
  local counts, parts = told.result.counts, {}
  for _, name in ipairs({ "changed", "added", "removed" }) do
    parts[#parts + 1] = ("%d %s"):format(counts[name], name)
  end
  for _, name in ipairs({ "moved", "slower", "faster" }) do
    parts[#parts + 1] = counts[name] > 0 and ("%d %s"):format(counts[name], name) or nil
  end
  local hidden = not told.all and counts.same > 0 and " (hidden; --all)" or ""
  parts[#parts + 1] = ("%d same%s"):format(counts.same, hidden)
  return parts
end

--- Shortens the runs of lines of a difference that are on one side alone: of each its beginning,
--- so that both sides are seen.
---@param lines string[] each with " ", "-" or "+" before it
---@param is_whole boolean nothing is left out
---@return string[] lines
---@nodiscard
function M.shorten(lines, is_whole)
  local out, run, mark = {}, 0, nil
  local function close()
    if run > RUN_MAX and mark ~= " " and not is_whole then
      out[#out + 1] = ("%s(%d more lines; --all)"):format(mark, run - RUN_MAX)
    end
  end
  for _, line in ipairs(lines) do
    local one = line:sub(1, 1)
    if one ~= mark then
      close()
      run, mark = 0, one
    end
    run = run + 1
    if is_whole or one == " " or run <= RUN_MAX then
      out[#out + 1] = line
    end
  end
  close()
  return out
end

--- Says what was not compared.
---@param told engine.diff.Told
---@return string[] lines
---@nodiscard
function M.notes(told)
  local out, ignored = {}, told.result.ignored
  if told.left_out[1] then
    out[1] = "not compared, by --ignore: " .. table.concat(told.left_out, ", ")
  end
  if ignored > 0 then
    out[#out + 1] = ("%s of ids, times or ports not counted (--exact counts them)"):format(
      count(ignored, "difference"))
  end
  if told.result.counts.slower + told.result.counts.faster > 0 then
    out[#out + 1] = ("slower, faster: by more than %d ms and %d %%; no exit code goes by it")
      :format(compare.NOISE_MS, compare.NOISE_RATIO * 100)
  end
  if told.kind == "toml" then
    out[#out + 1] = "comments, layout and the order of keys are not compared"
  end
  return out
end

--- Names a node, fit for a line of a screen.
---@param look engine.ui.Look
---@param node engine.diff.Node
---@return string
---@nodiscard
function M.label(look, node)
  local label = node.label or node.name
  return show.safe(look, look.utf8 and label or label:gsub(" › ", " > "))
end

--- Says what else is to be known of a pair: "moved from a › b", "renamed? 92 % similar",
--- "slower (+36 %)".
---@param change engine.diff.Change
---@param separator string
---@return string? remark
---@nodiscard
function M.remark(change, separator)
  local parts = {}
  if change.similarity then
    parts[#parts + 1] = ("renamed? %.0f %% similar"):format(change.similarity * 100)
  end
  if change.from then
    local from = table.concat(change.from, separator, 2)
    parts[#parts + 1] = "moved from " .. (from == "" and "the top" or from)
  elseif change.is_moved then
    parts[#parts + 1] = "moved"
  end
  if change.timing then
    parts[#parts + 1] = ("%s (%s)"):format(change.timing,
      M.ratio(change.a.duration_ms, change.b.duration_ms))
  end
  return parts[1] and table.concat(parts, ", ") or nil
end

return M
