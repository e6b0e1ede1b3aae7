--- Tags that stand there several times in a row, compiled once: a loop over their texts and places.
---
--- The loop counts the texts: `j` is the number in `S` of the text behind the first tag.  The other
--- texts are found from there, and in `W` where each tag begins.
---@class engine.template.run
local M = {}

---@class engine.template.RunCode
---@field node engine.template.Run
---@field first integer number of its first text in `S`
---@field offset integer from numbers in `S` to those in `W`
local Run = {}
Run.__index = Run

--- Opens a run: its texts and places are put where the code finds them.
---@param c engine.template.Compiler
---@param node engine.template.Run
---@return engine.template.RunCode
---@nodiscard
function M.open(c, node)
  local last = node.first + node.period * node.count - 1
  local first, place = c:row(node.texts, node.first, last), #c.places + 1
  table.move(node.places, node.first, last, place, c.places)
  return setmetatable({ node = node, first = first, offset = place - first }, Run)
end

--- The begin of the loop.
---@return string
function Run:head()
  local period = self.node.period
  return ("for j=%d,%d,%d do\n"):format(self.first, self.first + period * (self.node.count - 1),
    period)
end

--- The number of the tag, from 0, that a place is in or behind.
local function slot(node, at)
  local places, i = node.places, node.first + node.period - 1
  while places[i] > at do
    i = i - 1
  end
  return i - node.first
end

local function indexed(list, by)
  return by == 0 and list .. "[j]" or ("%s[j%+d]"):format(list, by)
end

--- Code of the text that stands at a place of the first time.
---@param at integer
---@return string
function Run:text(at)
  return indexed("S", slot(self.node, at))
end

--- Code of a place, of which that of the first time is given; multiplied and added to, if wanted.
---@param at integer
---@param times? integer
---@param more? integer
---@return string
function Run:place(at, times, more)
  local node, scale = self.node, times or 1
  local i = slot(node, at)
  local rest = (at - node.places[node.first + i]) * scale + (more or 0)
  return indexed("W", i + self.offset) .. (scale > 1 and "*" .. scale or "")
    .. (rest > 0 and "+" .. rest or "")
end

--- Goes through nodes as if each tag of a run stood there for itself.
---@param nodes engine.template.Node[]
---@return fun(): engine.template.Node?, integer? # and how far it stands behind its place
---@nodiscard
function M.each(nodes)
  return coroutine.wrap(function()
    for _, node in ipairs(nodes) do
      if node.t == "run" then
        for time = 0, node.count - 1 do
          for _, one in ipairs(node.body) do
            local i = node.first + slot(node, one.at)
            coroutine.yield(one, node.places[i + time * node.period] - node.places[i])
          end
        end
      else
        coroutine.yield(node, 0)
      end
    end
  end)
end

return M
