--- The choices that a generated value is made of: drawn, or played again from a list.
---
--- Every generator draws whole numbers from 0 to some bound, where 0 is the simplest choice.  So a
--- shorter list of smaller numbers is a simpler value, whatever the generator: that is all that
--- shrinking needs to know (D. MacIver, A. Donaldson, "Test-Case Reduction via Test-Case
--- Generation", ECOOP 2020).
local stream = require("engine.generate.stream")

local M = {}

--- Most choices of one value; beyond, everything is the simplest.
M.CHOICES_MAX = 10000

---@class engine.property.Source
---@field choices integer[] that were made
---@field private given? integer[] to be played
---@field private stream? engine.generate.Stream
local Source = {}
Source.__index = Source

--- Opens a source of numbers that are drawn.
---@param seed integer|string
---@param run integer
---@return engine.property.Source
---@nodiscard
function M.random(seed, run)
  return setmetatable({ choices = {}, stream = stream.of(seed, "property", run) }, Source)
end

--- Opens a source that plays a list; behind its end every choice is 0.
---@param choices integer[]
---@return engine.property.Source
---@nodiscard
function M.replay(choices)
  return setmetatable({ choices = {}, given = choices }, Source)
end

--- Draws a number.
---@param most integer
---@return integer # from 0 to `most`
function Source:draw(most)
  local n = #self.choices + 1
  local drawn = 0
  if n <= M.CHOICES_MAX then
    drawn = self.stream and self.stream:between(0, most) or self.given and self.given[n] or 0
  end
  drawn = math.min(drawn, most)
  self.choices[n] = drawn
  return drawn
end

return M
