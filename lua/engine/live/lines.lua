--- Lines out of what a service prints, as it comes: whole ones, or how many were left out.  Pure.
---
--- A line is held until it ends, so that no secret in it is cut in two; of one that is too long the
--- beginning is shown.
---@class engine.live.lines
local M = {}

M.HELD_MAX = 64 << 10 -- bytes of a line that has not ended; its secrets are looked for in these

---@class engine.live.Lines
---@field private each fun(line: string)
---@field private parts string[]
---@field private size integer
---@field private skips boolean up to the next end of a line
local Lines = {}
Lines.__index = Lines

--- Makes one.
---@param each fun(line: string)
---@param rest? string how the first line begins; nil: not known, and that line is not shown
---@return engine.live.Lines
---@nodiscard
function M.new(each, rest)
  return setmetatable({ each = each, parts = { rest }, size = rest and #rest or 0,
    skips = rest == nil }, Lines)
end

local function give(self)
  local line = table.concat(self.parts)
  self.parts, self.size = {}, 0
  if line:byte(-1) == 13 then
    line = line:sub(1, -2)
  end
  self.each(line)
end

--- Takes the next piece.
---@param text string
---@return integer count of the lines that end in it and whose beginning was left out
function Lines:feed(text)
  local at, left_out = 1, 0
  while at <= #text do
    local stop = text:find("\n", at, true)
    if not self.skips and self.size < M.HELD_MAX then
      local last = math.min((stop or #text + 1) - 1, at + M.HELD_MAX - self.size - 1)
      self.parts[#self.parts + 1] = text:sub(at, last)
      self.size = self.size + math.max(0, last - at + 1)
    end
    if stop and self.skips then
      self.skips, left_out = false, left_out + 1
    elseif stop then
      give(self)
    end
    at = (stop or #text) + 1
  end
  return left_out
end

--- Leaves the next piece out.
---@param text string
---@return integer count of the lines that end in it
function Lines:drop(text)
  local count, at = 0, text:find("\n", 1, true)
  while at do
    count, at = count + 1, text:find("\n", at + 1, true)
  end
  self.parts, self.size = {}, 0
  self.skips = text:byte(-1) ~= 10
  return count
end

--- Gives what has no end behind it.
function Lines:finish()
  if self.size > 0 then
    give(self)
  end
end

return M
