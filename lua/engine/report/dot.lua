--- One letter for each result, in rows; what failed is explained at the end.
local ending = require("engine.report.ending")
local line = require("engine.ui.line")
local results = require("engine.report.results")
local style = require("engine.ui.style")

local M = {}

local ROW_MAX = 80

--- The letter of each verdict.
---@type table<string, string>
M.letters = {
  pass = ".",
  fail = "F",
  timeout = "T",
  policy = "P",
  error = "E",
  infra = "I",
  flaky = "f",
  skip = "s",
}

---@class engine.report.Dot
local Dot = {}
Dot.__index = Dot

--- Takes an event.
---@param e table
function Dot:on_event(e)
  local result = self.results:add(e)
  if not result or self.o.quiet and not results.is_bad(result) then
    return
  end
  local entry = line.words[result.verdict] or { "", "red bold" }
  self.o.write(style.paint(self.o.color, entry[2], M.letters[result.verdict] or "?"))
  self.column = self.column + 1
  if self.column >= math.min(self.o.width, ROW_MAX) then
    self.o.write("\n")
    self.column = 0
  end
end

--- Explains what failed, and writes the sum.
function Dot:finish()
  if self.column > 0 then
    self.o.write("\n")
  end
  ending.write(self.o, self.results)
end

--- Makes the report.
---@param o table as of engine.report.human
---@return engine.report.Dot
function M.new(o)
  return setmetatable({ o = o, results = results.new(), column = 0 }, Dot)
end

return M
