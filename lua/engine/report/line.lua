--- One line for each result as it comes, numbered; what failed is explained at the end.
---
--- For logs of CI jobs: nothing is redrawn, and a log that is cut shows how far the run had come.
local ending = require("engine.report.ending")
local results = require("engine.report.results")
local words = require("engine.report.words")

local M = {}

---@class engine.report.Line
local Line = {}
Line.__index = Line

--- Takes an event.
---@param e table
function Line:on_event(e)
  local result = self.results:add(e)
  if e.event == "run_begin" then
    self.total = words.total(e)
  elseif result and (not self.o.quiet or results.is_bad(result)) then
    local number = self:number(result)
    local look = setmetatable({ width = self.o.width - #number }, { __index = self.o })
    self.o.write(number .. ending.line(look, result))
  end
end

--- Says which of how many a result is; a file that could not be read is none of them.
function Line:number(result)
  if not result.name then
    return (" "):rep(#words.counter(self.count, self.total))
  end
  self.count = self.count + 1
  return (words.counter(self.count, self.total):gsub("^%((.*)%)$", "[%1]"))
end

--- Explains what failed, and writes the sum.
function Line:finish()
  ending.write(self.o, self.results)
end

--- Makes the report.
---@param o table as of engine.report.human
---@return engine.report.Line
function M.new(o)
  return setmetatable({ o = o, results = results.new(), total = 0, count = 0 }, Line)
end

return M
