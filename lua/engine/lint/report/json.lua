--- Findings as JSON, each with the edits of its fix: clnrm.lint/1.
local diag = require("engine.diag")
local json = require("core.json")
local source = require("engine.diag.source")

local M = {}

local function position(lines, offset)
  local line, column = source.position(lines, offset)
  return { offset = offset, line = line, column = column }
end

--- An edit with the places of its two ends.
local function edit_of(edit, lines)
  return {
    start = position(lines, edit.offset),
    ["end"] = position(lines, edit.stop),
    text = edit.text,
  }
end

--- A finding as a plain table.
---@param d engine.lint.Finding
---@param whole? string the text of its file
---@return table
function M.finding(d, whole)
  local out = diag.json(d)
  out.rule, out.more = d.rule, d.more
  if d.fix and whole then
    local lines, edits = source.lines(whole), json.array()
    for i, edit in ipairs(d.fix.edits) do
      edits[i] = edit_of(edit, lines)
    end
    out.fix = { applicability = d.fix.applicability, message = d.fix.message, edits = edits }
  end
  return out
end

--- Writes one document.
---@param run engine.lint.Run
---@param o { write: fun(bytes: string) }
function M.write(run, o)
  local findings, fixed = json.array(), json.array()
  for i, d in ipairs(run.list) do
    findings[i] = M.finding(d, run.sources[d.file])
  end
  for i, d in ipairs(run.fixed) do
    fixed[i] = { code = d.code, rule = d.rule, file = d.file }
  end
  o.write(assert(json.encode({
    schema = "clnrm.lint/1",
    files = run.files,
    findings = findings,
    fixed = fixed,
    suppressed = run.suppressed,
  }, { invalid = "replace" })) .. "\n")
end

return M
