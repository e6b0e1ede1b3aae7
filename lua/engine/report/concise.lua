--- One line for each failure, as compilers write them: `path:line:col: error[T101] message`.
---
--- Editors and problem matchers read it; nothing else is written.  A failure without a place has
--- that of its scenario.
local diag = require("engine.diag")
local results = require("engine.report.results")
local show = require("engine.ui.show")

local M = {}

---@class engine.report.Concise
local Concise = {}
Concise.__index = Concise

local function placed(result, failure)
  if failure.file and failure.line then
    return failure
  end
  return {
    severity = failure.severity or "error",
    code = failure.code,
    message = failure.message,
    file = failure.file or result.file,
    line = result.line,
    column = result.line and 1,
  }
end

--- Takes an event.
---@param e table
function Concise:on_event(e)
  local result = self.results:add(e)
  self.results.list[1] = nil -- told at once, and not needed again
  if not result or not results.is_bad(result) then
    return
  end
  for _, failure in ipairs(result.failures) do
    self.o.write(show.inert(diag.concise(placed(result, failure)) .. "\n"))
  end
end

--- Ends the report; everything is written by then.
function Concise.finish() end

--- Makes the report.
---@param o { write: fun(bytes: string) }
---@return engine.report.Concise
function M.new(o)
  return setmetatable({ o = o, results = results.new() }, Concise)
end

return M
