--- Counts the values that writing and comparing go through.
---
--- A list may hold another one many times, and that one a third: forty tags make a list of a
--- million million numbers in a few hundred bytes.  So what is walked is counted where that is
--- done, and what a rendering does next is charged for it.
---@class engine.template.walk
local M = {}

--- Most values that are walked between two charges.
M.MAX = 1000000

local walked = 0

--- Counts values that a walk comes to; raises when it comes to too many.
---@param count integer
function M.step(count)
  walked = walked + count
  if walked > M.MAX then
    walked = 0
    error({ template_error = ("more than %d values are written or compared at once"):format(M.MAX),
      is_walk = true,
      help = "a value that others hold counts each time that one of them is come to" }, 0)
  end
end

--- Tells how many values were walked since this was asked the last time.
---@return integer
function M.take()
  local count = walked
  walked = 0
  return count
end

return M
