--- Findings for people: code frames, then one line that counts them.
local words = require("engine.report.words")

local M = {}

local MARKS = { safe = "[fix available: --fix]", unsafe = "[unsafe fix: --fix --unsafe-fixes]" }

--- A finding as it is drawn: what can be fixed says so.
local function marked(d)
  if not d.fix then
    return d
  end
  local mark = MARKS[d.fix.applicability]
  local help = d.help and d.help .. "  " .. mark or d.fix.message .. "  " .. mark
  return setmetatable({ help = help }, { __index = d })
end

--- Counts findings by severity and by what can be fixed.
---@param list engine.diag.Diagnostic[]
---@return { error: integer, warning: integer, safe: integer, unsafe: integer }
function M.count(list)
  local counts = { error = 0, warning = 0, safe = 0, unsafe = 0 }
  for _, d in ipairs(list) do
    counts[d.severity] = counts[d.severity] + (d.more or 1)
    local kind = d.fix and d.fix.applicability or d.more_fix
    if kind then
      counts[kind] = counts[kind] + (d.more or 1)
    end
  end
  return counts
end

local function fixable(counts)
  local parts = {}
  if counts.safe > 0 then
    parts[1] = ("%d fixable with --fix"):format(counts.safe)
  end
  if counts.unsafe > 0 then
    parts[#parts + 1] = ("%d %s--unsafe-fixes"):format(counts.unsafe,
      parts[1] and "more with " or "fixable with --fix ")
  end
  return parts[1] and "; " .. table.concat(parts, ", ") or ""
end

--- The line that sums up.
---@param run engine.lint.Run
---@return string
function M.summary(run)
  local counts = M.count(run.list)
  local total = counts.error + counts.warning
  local fixed = #run.fixed > 0 and ("Fixed %s. "):format(words.count(#run.fixed, "problem")) or ""
  if total == 0 then
    return ("%s%s: no problems\n"):format(fixed, words.count(run.files, "file"))
  end
  local parts = {}
  for _, severity in ipairs({ "error", "warning" }) do
    parts[#parts + 1] = counts[severity] > 0 and words.count(counts[severity], severity) or nil
  end
  return ("%sFound %s (%s) in %s%s.\n"):format(fixed, words.count(total, "problem"),
    table.concat(parts, ", "), words.count(run.files, "file"), fixable(counts))
end

--- Writes the findings and the sum.
---@param run engine.lint.Run
---@param o { write: fun(bytes: string), look: engine.ui.Stream, quiet?: boolean }
function M.write(run, o)
  local list = {}
  for i, d in ipairs(run.list) do
    list[i] = marked(d)
  end
  if list[1] then
    local rendered = require("engine.diag").render(list, {
      sources = run.sources,
      width = math.max(40, math.min(o.look.width, 120)),
      color = o.look.color,
      utf8 = o.look.utf8,
    })
    o.write(require("engine.ui.show").inert(rendered) .. "\n")
  end
  if not o.quiet or list[1] then
    o.write(M.summary(run))
  end
end

return M
