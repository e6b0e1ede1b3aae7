--- How often each rule was told, the most frequent first.
local json = require("core.json")

local M = {}

--- Counts findings by code.
---@param list engine.diag.Diagnostic[]
---@return { code: string, rule?: string, count: integer, fixable: integer }[]
function M.count(list)
  local rows, by_code = {}, {}
  for _, d in ipairs(list) do
    local row = by_code[d.code]
    if not row then
      row = { code = d.code, rule = d.rule, count = 0, fixable = 0 }
      by_code[d.code], rows[#rows + 1] = row, row
    end
    row.count = row.count + (d.more or 1)
    row.fixable = row.fixable + (d.fix and 1 or d.more_fix and d.more or 0)
  end
  table.sort(rows, function(a, b)
    if a.count ~= b.count then
      return a.count > b.count
    end
    return a.code < b.code
  end)
  return rows
end

--- Writes the counts.
---@param run engine.lint.Run
---@param o { write: fun(bytes: string), format: string }
function M.write(run, o)
  local rows = M.count(run.list)
  if o.format == "json" then
    local list = json.array()
    table.move(rows, 1, #rows, 1, list)
    o.write(json.encode({ schema = "clnrm.lint-statistics/1", files = run.files, rules = list })
      .. "\n")
    return
  end
  for _, row in ipairs(rows) do
    local mark = row.fixable > 0 and ("  [%d fixable]"):format(row.fixable) or ""
    o.write(("%6d  %s  %s%s\n"):format(row.count, row.code, row.rule or "", mark))
  end
end

return M
