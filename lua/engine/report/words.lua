--- The counts of a run in words.
local M = {}

--- Verdicts in the order in which they are told, and their words for one and for many.
M.order = {
  { "pass", "passed" },
  { "fail", "failed" },
  { "timeout", "timed out" },
  { "policy", "broke a policy" },
  { "error", "in error" },
  { "infra", "without verdict" },
  { "flaky", "flaky" },
}

--- Adds "s" but for one.
---@param n integer
---@param noun string
---@return string
function M.count(n, noun)
  return ("%d %s%s"):format(n, noun, n == 1 and "" or "s")
end

--- Says how many scenarios a run has, if that is known: one that goes on until a test fails has
--- no number to reach.
---@param e table the run_begin event
---@return integer?
function M.total(e)
  return e.repetitions ~= "until-fail" and e.total or nil
end

--- Says how far a run is: "(  3/128)"; "(3)" where nobody knows of how many.
---@param n integer
---@param total? integer
---@return string
function M.counter(n, total)
  if not total then
    return ("(%d)"):format(n)
  end
  local last = tostring(total)
  return ("(%" .. #last .. "d/%s)"):format(n, last)
end

--- Says what a save is that touches no test, for the end of a line.
---@param e table the event unaffected
---@return string
function M.unaffected(e)
  return ": no test is affected" .. (e.noise
    and ", again and again: not told any more; `[watch] ignore` leaves such out" or "")
end

local RELOADS = { begin = "the first run", order = "from the order to the verdict" }

--- Says what the time of a reload is.
---@param begun_by engine.dev.BegunBy
---@return string
function M.reload(begun_by)
  return RELOADS[begun_by] or "from the save to the verdict"
end

--- Names what is run since the run before has left it.
---@param affected engine.dev.Affected[]
---@return string
function M.left_over(affected)
  local first = affected[1]
  return first and first.kind == "refused" and "what was refused" or "what was cut short"
end

local STOPPED = {
  deadline = "by the deadline of the run",
  debugger = "in the debugger (quit)",
  ["fail-fast"] = "at a failure (--fail-fast)",
  order = "by an order: it begins again",
  save = "by a save: it begins again",
  stop = "by hand",
  ["until-fail"] = "at the first that was not good (--repeat until-fail)",
}

--- Says what ended a run early.
---@param why string `interrupted` of its event run_end
---@return string
function M.stopped(why)
  return STOPPED[why] or "by " .. tostring(why)
end

--- Says why files are affected: the reasons in the order of the first of each, with their counts
--- where there are more files than one.
---@param affected engine.dev.Affected[]
---@param max integer reasons that are named
---@return string
---@nodiscard
function M.reasons(affected, max)
  local list, by_text, parts = {}, {}, {}
  for _, one in ipairs(affected) do
    local known = by_text[one.text]
    if not known then
      known = { text = one.text, count = 0 }
      by_text[one.text], list[#list + 1] = known, known
    end
    known.count = known.count + 1
  end
  for i = 1, math.min(#list, max) do
    parts[i] = affected[2] and ("%d × %s"):format(list[i].count, list[i].text) or list[i].text
  end
  return table.concat(parts, "; ")
end

--- Counts the marks of a result: those of the summary's brackets say what is special about a test
--- that passed, and are not counted of any other.
---@param marks table<string, integer> is added to
---@param result { verdict: string, marks: string[] }
function M.add_marks(marks, result)
  for _, mark in ipairs(result.marks) do
    if result.verdict == "pass" or mark == "quarantined" then
      marks[mark] = (marks[mark] or 0) + 1
    end
  end
end

--- Says what came of a run, in parts: "4 run:", "3 passed (1 leaked),", "1 failed,", "2 skipped".
---@param counts table<string, integer> by verdict
---@param marks table<string, integer>  by mark
---@param not_run? integer scenarios that were never begun
---@return string[]
function M.summary(counts, marks, not_run)
  local parts, run = {}, 0
  for _, entry in ipairs(M.order) do
    local n = counts[entry[1]] or 0
    run = run + n
    if n > 0 then
      parts[#parts + 1] = n .. " " .. entry[2] .. (entry[1] == "pass" and M.marks(marks) or "")
    end
  end
  if (counts.skip or 0) > 0 then
    parts[#parts + 1] = counts.skip .. " skipped"
  end
  if (not_run or 0) > 0 then
    parts[#parts + 1] = not_run .. " not run"
  end
  for i = 1, #parts - 1 do
    parts[i] = parts[i] .. ","
  end
  table.insert(parts, 1, run .. (#parts > 0 and " run:" or " run"))
  return parts
end

--- Says what of the tests was chosen, in which order, how often, as far as that was asked for.
---@param e table the run_begin event
---@return string[] parts
function M.chosen(e)
  local parts = {}
  local function add(text)
    parts[#parts + 1] = text
  end
  if e.order == "random" then
    add(("random order, --seed %d"):format(e.seed))
  elseif e.order and e.order ~= "file" then
    add(e.order .. (e.order == "failed-first" and "" or " order"))
  end
  if e.shard then
    local by = e.timings and (" by timings %s"):format(e.timings:sub(1, 19)) or ""
    add(("shard %s%s"):format(e.shard, by))
  end
  if e.repetitions then
    add(e.repetitions == "until-fail" and "until one fails" or e.repetitions .. " times each")
  end
  return parts
end

local MARKS = {
  { "slow", "slow" },
  { "leak", "leaky" },
  { "expected-failure", "failed as expected" },
}

--- Says the marks in brackets: " (1 slow, 2 leaky)".
---@param marks table<string, integer>
---@return string # empty without marks
function M.marks(marks)
  local parts = {}
  for _, entry in ipairs(MARKS) do
    if (marks[entry[1]] or 0) > 0 then
      parts[#parts + 1] = marks[entry[1]] .. " " .. entry[2]
    end
  end
  return #parts > 0 and " (" .. table.concat(parts, ", ") .. ")" or ""
end

return M
