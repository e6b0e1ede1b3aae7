--- Where something stands in a test file, for what is told of it later.
local source = require("engine.diag.source")

---@class engine.model.place
local M = {}

---@class engine.model.Pos
---@field line integer
---@field column integer   in characters
---@field offset integer   in bytes, from 0
---@field length integer
---@field at? integer      in the rendered text, where another template may have written it

local function make(cx, offset, stop, at)
  local lines = cx.lines
  if not lines then
    lines = source.lines(cx.text)
    cx.lines = lines
  end
  local line, column = source.position(lines, offset)
  local length = stop > offset and stop - offset or 1
  if at then
    return { line = line, column = column, offset = offset, length = length, at = at }
  end
  return { line = line, column = column, offset = offset, length = length }
end

--- Says where the value `t[k]` stands.
---@param cx engine.model.Context
---@return engine.model.Pos
---@nodiscard
function M.of_value(cx, t, k)
  if cx.is_plain then
    return cx.pos
  end
  return make(cx, cx.positions:value(t, k))
end

--- Says where an item of a list, or a key, stands in the text that was read.  That may be a
--- rendered one: all that a loop of tags makes is from one place of the source, and has its order
--- here.
---@param cx engine.model.Context
---@param t table
---@param k integer|string
---@return integer offset
---@nodiscard
function M.order(cx, t, k)
  local positions = cx.positions
  positions = positions.positions or positions
  return (positions[type(k) == "string" and "key" or "value"](positions, t, k))
end

--- Says where the key `k` of `t` stands.
---@param cx engine.model.Context
---@return engine.model.Pos
---@nodiscard
function M.of_key(cx, t, k)
  if cx.is_plain then
    return cx.pos
  end
  return make(cx, cx.positions:key(t, k))
end

return M
