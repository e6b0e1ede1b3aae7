--- Lines out of what an engine streams of a container's output.  Pure.
---
--- Each byte is looked at once, however it comes; of a line no more than LINE_MAX is held.
---@class engine.kept.lines
local M = {}

M.LINE_MAX = 1 << 20 -- bytes of one line; what is more is left out, and told
local FRAME_HEAD = 8 -- bytes: which stream, three zeros, the length of what follows

--- Makes lines of text.
---@param each fun(line: string) without the line feed
---@return fun(text: string) feed
---@return fun() finish gives what has no line feed behind it
---@nodiscard
function M.feeder(each)
  local parts, size, over = {}, 0, 0
  local function add(text)
    local piece = text:sub(1, M.LINE_MAX - size)
    parts[#parts + 1] = piece
    size, over = size + #piece, over + #text - #piece
  end
  local function give()
    local line = table.concat(parts)
    if over > 0 then
      line = ("%s [%d more bytes of this line are not shown]"):format(line, over)
    end
    parts, size, over = {}, 0, 0
    each(line)
  end
  return function(text)
    local at = 1
    while at <= #text do
      local stop = text:find("\n", at, true)
      add(text:sub(at, (stop or #text + 1) - 1))
      if stop then
        give()
      end
      at = (stop or #text) + 1
    end
  end, function()
    if size > 0 then
      give()
    end
  end
end

--- Takes frames of an engine apart, as they come: the outputs of a container by turns.
---@param feeds fun(text: string)[] by the number of the stream; the first for unknown ones
---@return fun(bytes: string)
---@nodiscard
function M.frames(feeds)
  local head, left, feed = "", 0, nil
  return function(bytes)
    local at = 1
    while at <= #bytes do
      if left == 0 then
        local piece = bytes:sub(at, at + FRAME_HEAD - #head - 1)
        head, at = head .. piece, at + #piece
        if #head == FRAME_HEAD then
          feed, left = feeds[head:byte(1)] or feeds[1], (">I4"):unpack(head, 5)
          head = ""
        end
      else
        local piece = bytes:sub(at, at + left - 1)
        at, left = at + #piece, left - #piece
        feed(piece)
      end
    end
  end
end

return M
