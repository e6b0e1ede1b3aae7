--- Applies the fixes of findings to a text, again and again until nothing changes.
---
--- Edits are byte ranges and never overlap: of two that do, the later one waits for the next round.
--- A round after which the file is worse than before (it no longer parses, or the checker tells
--- an error that it did not tell) is taken back, and the fixes are tried by halves, to find which.
---@class engine.lint.fix
local M = {}

local FOUND_MAX = 100000 -- findings of one rule in one round, where more are found than are told
local ROUNDS_MAX = 20 -- that leave as much to do: fixes may bring forth others, but not for ever

--- Lists the fixes that may be applied.
---@param list engine.lint.Finding[]
---@param with_unsafe boolean
---@return engine.lint.Finding[] findings with a fix
---@return integer count of these and of those that were left out of the list
function M.of(list, with_unsafe)
  local fixable, more = {}, 0
  for _, finding in ipairs(list) do
    local kind = finding.fix and finding.fix.applicability or finding.more_fix
    if kind == "safe" or kind and with_unsafe then
      fixable[#fixable + 1] = finding.fix and finding or nil
      more = more + (finding.more or 0)
    end
  end
  return fixable, #fixable + more
end

--- The number of the first edit that begins behind a place; edits are in their order.
local function first_behind(edits, place)
  local low, high = 1, #edits + 1
  while low < high do
    local mid = (low + high) // 2
    if edits[mid].offset <= place then
      low = mid + 1
    else
      high = mid
    end
  end
  return low
end

--- Whether an edit touches none of others, which do not touch each other.
local function is_free(taken, edit)
  local before = taken[first_behind(taken, edit.stop) - 1]
  return not before or before.stop < edit.offset
end

--- Chooses findings whose edits do not touch each other.
---@return engine.lint.Finding[] chosen
---@return engine.lint.Edit[] edits of them, in the order of the text
local function apart(findings)
  local taken, chosen = {}, {}
  for _, finding in ipairs(findings) do
    local are_free = true
    for _, edit in ipairs(finding.fix.edits) do
      are_free = are_free and is_free(taken, edit)
    end
    for _, edit in ipairs(are_free and finding.fix.edits or {}) do
      local at = first_behind(taken, edit.offset)
      while taken[at - 1] and taken[at - 1].offset == edit.offset
        and taken[at - 1].stop > edit.stop do
        at = at - 1 -- what inserts stands before what replaces
      end
      table.insert(taken, at, edit)
    end
    chosen[#chosen + 1] = are_free and finding or nil
  end
  return chosen, taken
end

--- Says whether edits of one fix overlap: nobody could say what such a fix writes.
---@param edits engine.lint.Edit[]
---@return boolean
---@nodiscard
function M.overlap(edits)
  local sorted = table.move(edits, 1, #edits, 1, {})
  table.sort(sorted, function(a, b)
    return a.offset < b.offset or a.offset == b.offset and a.stop < b.stop
  end)
  for i = 2, #sorted do
    if sorted[i].offset < sorted[i - 1].stop then
      return true
    end
  end
  return false
end

--- Applies edits that do not overlap, in their order.
---@param text string
---@param edits engine.lint.Edit[] sorted
---@return string
---@nodiscard
function M.apply(text, edits)
  local parts, at = {}, 0
  for _, edit in ipairs(edits) do
    parts[#parts + 1] = text:sub(at + 1, edit.offset)
    parts[#parts + 1] = edit.text
    at = edit.stop
  end
  parts[#parts + 1] = text:sub(at + 1)
  return table.concat(parts)
end

--- Counts the errors of the checker by their code.
local function errors(result)
  local counts = {}
  for _, d in ipairs(result.list) do
    if d.severity == "error" and not d.rule then
      counts[d.code] = (counts[d.code] or 0) + (d.more or 1)
    end
  end
  return counts
end

local TWICE = "P105" -- what the file says is given twice

--- Whether fixes made a file worse.  A text that is read no more has fewer errors, for the one that
--- ends the reading hides all others: so no code may be told more often than before.  Nor may what
--- is given twice be left once: which of the two is meant a fix cannot know.
local function is_worse(before, after)
  if after.is_broken and not before.is_broken or before.is_read and not after.is_read then
    return true
  end
  local had, has = errors(before), errors(after)
  if (has[TWICE] or 0) < (had[TWICE] or 0) then
    return true
  end
  for code, count in pairs(has) do
    if count > (had[code] or 0) then
      return true
    end
  end
  return false
end

--- Tries fixes by halves, each with those that are known to be good.
---@param result engine.lint.Result
---@param chosen engine.lint.Finding[] that together make the file worse
---@param lint fun(text: string): engine.lint.Result
---@return engine.lint.Result? after nil: none is good
---@return engine.lint.Finding[] good
local function sift(result, chosen, lint)
  local after, good
  local function try(first, last)
    local some = table.move(good or {}, 1, good and #good or 0, 1, {})
    table.move(chosen, first, last, #some + 1, some)
    local _, edits = apart(some)
    local tried = lint(M.apply(result.text, edits))
    local mid = (first + last) // 2
    if not is_worse(result, tried) then
      after, good = tried, some
    elseif first < last then
      try(first, mid)
      try(mid + 1, last)
    elseif not good then
      chosen[first].fix = nil -- it would break the file: not to be offered again
    end -- else the others may be why: it comes again in the next round
  end
  local mid = (1 + #chosen) // 2
  try(1, mid)
  if mid < #chosen then
    try(mid + 1, #chosen)
  end
  return after, good or {}
end

--- Tries the fixes of one round; returns the result of the new text, or nil when none helps.
local function round(result, fixable, lint)
  local chosen, edits = apart(fixable)
  local after = lint(M.apply(result.text, edits))
  if not is_worse(result, after) then
    return after, chosen
  end
  return sift(result, chosen, lint)
end

--- Notes the codes of findings.
local function note_codes(codes, findings)
  for _, finding in ipairs(findings) do
    if not codes[finding.code] then
      codes[finding.code] = true
      codes[#codes + 1] = finding.code
    end
  end
end

--- Takes the fixes of some rules away, as they are not to be offered; returns the codes in order.
local function without_fixes(result, codes)
  for _, finding in ipairs(result.list) do
    if codes[finding.code] then
      finding.fix, finding.more_fix = nil, nil
    end
  end
  local list = table.move(codes, 1, #codes, 1, {})
  table.sort(list)
  return list
end

--- Whether a fix alone leaves the file no worse than it is: what is refused here is not offered.
---@async
---@param result engine.lint.Result of the text as it is
---@param finding engine.lint.Finding with a fix
---@param lint fun(text: string): engine.lint.Result
---@return boolean
---@nodiscard
function M.holds(result, finding, lint)
  local _, edits = apart({ finding })
  return not is_worse(result, lint(M.apply(result.text, edits)))
end

--- Applies fixes until there are none.
---@return engine.lint.Result
---@return engine.lint.Finding[] fixed
---@return table? codes of the rules whose fixes come to no end: then nothing is fixed
local function settle(result, with_unsafe, lint)
  local before, fixed, seen = result, {}, { [result.text] = true }
  local rounds, least, lately = 0, math.huge, {}
  while true do
    local fixable, count = M.of(result.list, with_unsafe)
    if #fixable == 0 then
      return result, fixed
    elseif count < least then
      least, lately = count, {}
    else
      rounds = rounds + 1
    end
    local after, chosen = round(result, fixable, lint)
    if not after then
      return result, fixed
    end
    note_codes(lately, chosen)
    if seen[after.text] or rounds == ROUNDS_MAX then
      return before, {}, lately
    end
    seen[after.text] = true
    table.move(chosen, 1, #chosen, #fixed + 1, fixed)
    result = after
  end
end

--- Whether findings with a fix are only counted.
local function has_more(result)
  for _, d in ipairs(result.list) do
    if d.more_fix then
      return true
    end
  end
  return false
end

--- Fixes what can be fixed in a file.
---
--- What comes out has nothing left to fix, so that fixing twice is as once.  Fixes that bring forth
--- each other, or themselves, without end have no such text, wherever they are stopped: then the
--- file stays as it is.
---@async
---@param result engine.lint.Result of the text as it is
---@param opts { unsafe: boolean, lint: fun(text: string, told_max?: integer): engine.lint.Result }
---@return engine.lint.Result result of the text that came out, which is its `text`
---@return engine.lint.Finding[] fixed
---@return string[]? endless codes of the rules whose fixes come to no end
function M.run(result, opts)
  local is_wide = has_more(result)
  local function lint(text)
    return opts.lint(text, is_wide and FOUND_MAX or nil)
  end
  local after, fixed, endless = settle(is_wide and lint(result.text) or result, opts.unsafe, lint)
  after = is_wide and opts.lint(after.text) or after -- whose findings are told
  return after, fixed, endless and without_fixes(after, endless)
end

return M
