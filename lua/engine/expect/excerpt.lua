--- A part of a text for a message: the lines around a place, or the last ones.
---
--- What is left out before and behind is counted.  Pure.
---@class engine.expect.excerpt
local show = require("engine.expect.show")
local text = require("core.text")

local M = {}

local LINES = 10
local BYTES_MAX = 64 << 10 -- of a long text, only its end is looked at when no place is asked for

--- Takes the lines around line `at`, or the last ones.
---@param s string
---@param at? integer
---@param near? engine.expect.Nearest marked where it is shown
---@param lost? integer bytes before `s` that are not there any more (default 0)
---@return string[] lines empty for an empty text
---@nodiscard
function M.of(s, at, near, lost)
  local bytes, is_tail = (lost or 0) + #s, (lost or 0) > 0
  if #s > BYTES_MAX and not at then
    local tail = s:sub(-BYTES_MAX)
    s, is_tail = tail:match("^[^\n]*\n(.+)$") or tail, true
  end
  local lines, count = text.lines(s, { cr = false })
  local first = math.max(1, count - LINES + 1)
  if at then
    first = math.max(1, math.min(first, at - LINES // 2))
  end
  local last = math.min(count, first + LINES - 1)
  local out = table.move(lines, first, last, 1, {})
  if near and not is_tail and near.line >= first and near.line <= last then
    local mark = ("~~~ nearest: %s (line %d)"):format(near.why, near.line)
    table.insert(out, near.line - first + 2, mark)
  end
  if is_tail then
    local shown = #table.concat(lines, "\n", first, last)
    table.insert(out, 1, ("(%s above)"):format(show.count(bytes - shown, "byte")))
  elseif first > 1 then
    table.insert(out, 1, ("(%s above)"):format(show.count(first - 1, "line")))
  end
  if last < count then
    out[#out + 1] = ("(%s below)"):format(show.count(count - last, "line"))
  end
  return out
end

return M
