--- Applies the fixes of findings to a text, again and again until nothing changes.
---
--- Edits are byte ranges and never overlap: of two that do, the later one waits for the next round.
--- A round after which the file is worse than before (it no longer parses, or the checker tells
--- an error that it did not tell) is taken back, and its fixes are tried one by one.
---@class engine.lint.fix
local M = {}

local ROUNDS_MAX = 20 -- a fix may bring forth another finding, but not for ever

--- Lists the fixes that may be applied.
---@param list engine.lint.Finding[]
---@param with_unsafe boolean
---@return engine.lint.Finding[] findings with a fix
function M.of(list, with_unsafe)
  local fixable = {}
  for _, finding in ipairs(list) do
    local fix = finding.fix
    if fix and (with_unsafe or fix.applicability == "safe") then
      fixable[#fixable + 1] = finding
    end
  end
  return fixable
end

local function is_before(a, b)
  if a.offset ~= b.offset then
    return a.offset < b.offset
  end
  return a.stop < b.stop
end

--- Chooses findings whose edits do not touch each other.
local function apart(findings)
  local taken, chosen = {}, {}
  for _, finding in ipairs(findings) do
    local is_free = true
    for _, edit in ipairs(finding.fix.edits) do
      for _, other in ipairs(taken) do
        is_free = is_free and (edit.stop < other.offset or edit.offset > other.stop)
      end
    end
    if is_free then
      table.move(finding.fix.edits, 1, #finding.fix.edits, #taken + 1, taken)
      chosen[#chosen + 1] = finding
    end
  end
  table.sort(taken, is_before)
  return chosen, taken
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

--- Whether fixes made a file worse.  A text that is read no more has fewer errors, for the one that
--- ends the reading hides all others: so no code may be told more often than before.
local function is_worse(before, after)
  if after.is_broken and not before.is_broken or before.is_read and not after.is_read then
    return true
  end
  local had = errors(before)
  for code, count in pairs(errors(after)) do
    if count > (had[code] or 0) then
      return true
    end
  end
  return false
end

--- Tries the fixes of one round; returns the result of the new text, or nil when none helps.
local function round(result, fixable, lint)
  local chosen, edits = apart(fixable)
  local after = lint(M.apply(result.text, edits))
  if not is_worse(result, after) then
    return after, chosen
  end
  for _, finding in ipairs(chosen) do
    local _, own = apart({ finding })
    after = lint(M.apply(result.text, own))
    if not is_worse(result, after) then
      return after, { finding }
    end
    finding.fix = nil -- it would break the file: not to be offered again
  end
  return nil, {}
end

--- Fixes what can be fixed in a file.
---@async
---@param result engine.lint.Result of the text as it is
---@param opts { unsafe: boolean, lint: fun(text: string): engine.lint.Result }
---@return engine.lint.Result result of the text that came out; its `text` is that text
---@return engine.lint.Finding[] fixed
---@return boolean is_settled false: fixes were left after so many rounds
function M.run(result, opts)
  local fixed, seen = {}, { [result.text] = true }
  for _ = 1, ROUNDS_MAX do
    local fixable = M.of(result.list, opts.unsafe)
    if #fixable == 0 then
      return result, fixed, true
    end
    local after, chosen = round(result, fixable, opts.lint)
    if not after then
      return result, fixed, true
    elseif seen[after.text] then
      return result, fixed, false -- two rules that undo each other
    end
    seen[after.text] = true
    table.move(chosen, 1, #chosen, #fixed + 1, fixed)
    result = after
  end
  return result, fixed, #M.of(result.list, opts.unsafe) == 0
end

return M
