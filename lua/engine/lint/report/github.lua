--- Findings as annotations of GitHub Actions.
local show = require("engine.ui.show")
local source = require("engine.diag.source")
local text = require("core.text")

local M = {}

local LOOK = { width = 100, utf8 = true }

local function last_line(run, d)
  local whole = run.sources[d.file]
  if not whole or not d.offset then
    return d.line
  end
  local lines = source.lines(whole)
  return (source.position(lines, math.min(d.offset + math.max(d.length, 1) - 1, #whole)))
end

--- Writes one workflow command for each finding; it is one line, whatever the texts are.
---@param run engine.lint.Run
---@param o { write: fun(bytes: string) }
function M.write(run, o)
  for _, d in ipairs(run.list) do
    local fields = {}
    local function add(name, value)
      if value then
        local safe = show.safe(LOOK, tostring(value))
        fields[#fields + 1] = name .. "=" .. text.workflow(safe, "property")
      end
    end
    add("file", d.file)
    add("line", d.line)
    add("endLine", d.line and last_line(run, d))
    add("col", d.column)
    add("title", d.rule and ("%s %s"):format(d.code, d.rule) or d.code)
    local message = d.help and ("%s (%s)"):format(d.message, d.help) or d.message
    o.write(("::%s %s::%s\n"):format(d.severity, table.concat(fields, ","),
      text.workflow(show.safe(LOOK, message), "data")))
  end
end

return M
