--- Findings as one line each: `path:line:column: warning[L031] message`.
local diag = require("engine.diag")
local show = require("engine.ui.show")

local M = {}

--- Writes the findings.
---@param run engine.lint.Run
---@param o { write: fun(bytes: string) }
function M.write(run, o)
  for _, d in ipairs(run.list) do
    o.write(show.inert(diag.concise(d) .. "\n"))
  end
end

return M
