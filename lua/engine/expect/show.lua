--- How values and places of an output are named in the messages of checks.
---
--- Pure.
---@class engine.expect.show
local text = require("core.text")

local M = {}

local QUOTE_MAX = 60 -- columns

--- Quotes a value for one line: escaped, and cut where it is long.
---@param value any
---@return string
---@nodiscard
function M.value(value)
  if type(value) == "string" then
    local head = value:sub(1, QUOTE_MAX * 4)
    local shown = text.escape(head, { line = true })
    return '"' .. text.cut(#head < #value and shown .. "…" or shown, QUOTE_MAX) .. '"'
  elseif type(value) == "table" and #value > 0 then
    local parts = {}
    for i = 1, math.min(#value, 8) do
      parts[i] = M.value(value[i])
    end
    return table.concat(parts, ", ") .. (#value > 8 and ", …" or "")
  end
  return tostring(value)
end

--- Adds "s" but for one.
---@param n integer
---@param noun string
---@return string
---@nodiscard
function M.count(n, noun)
  return ("%d %s%s"):format(n, noun, n == 1 and "" or "s")
end

--- Says how much an output is: "3 lines of stdout", "stdout, which is empty".
---@param actual string
---@param subject string
---@return string
---@nodiscard
function M.extent(actual, subject)
  if actual == "" then
    return subject .. ", which is empty"
  end
  local _, lines = text.lines(actual, { max = 1 })
  return ("%s of %s"):format(M.count(lines, "line"), subject)
end

--- Returns the line that byte `at` (from 1) stands in, and its number.
---@param s string
---@param at integer
---@return integer number
---@return string line
---@nodiscard
function M.line_at(s, at)
  local _, newlines = s:sub(1, at - 1):gsub("\n", "")
  local first = at
  while first > 1 and s:byte(first - 1) ~= 10 do
    first = first - 1
  end
  local last = s:find("\n", at, true)
  return newlines + 1, s:sub(first, (last or #s + 1) - 1)
end

return M
