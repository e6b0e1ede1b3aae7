--- Finds what a check may have meant: the place in an output that comes nearest to what was asked.
---
--- Pure and bounded: it looks at the first LINES_MAX lines only, and compares short ones.
---@class engine.expect.nearest
local text = require("core.text")

local M = {}

local LINES_MAX = 2000
local LINE_MAX = 255 -- what text.distance compares
local NEEDLE_MAX = 4096

---@class engine.expect.Nearest
---@field line integer
---@field text string
---@field why string "differs only in case"

local function squeeze(s)
  return (s:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

local function find_folded(lines, needle, fold, why)
  local wanted = fold(needle)
  if wanted == "" then
    return nil
  end
  for i, line in ipairs(lines) do
    if fold(line):find(wanted, 1, true) then
      return { line = i, text = line, why = why }
    end
  end
end

local function find_close(lines, needle)
  if #needle > LINE_MAX or #needle < 4 then
    return nil
  end
  local limit, best = math.max(1, #needle // 3), nil
  for i, line in ipairs(lines) do
    if #line <= LINE_MAX and math.abs(#line - #needle) <= limit then
      local distance = text.distance(line, needle, limit)
      if distance and (not best or distance < best.distance) then
        best = { line = i, text = line, distance = distance }
        limit = math.max(distance - 1, 0)
      end
    end
  end
  if best then
    best.why = "the closest line"
    best.distance = nil
  end
  return best
end

--- Looks for the place nearest to `needle` in `haystack`.
---@param haystack string
---@param needle string
---@return engine.expect.Nearest?
---@nodiscard
function M.find(haystack, needle)
  if needle == "" or haystack == "" or #needle > NEEDLE_MAX then
    return nil
  end
  local lines = text.lines(haystack, { max = LINES_MAX })
  local first_line = needle:match("^[^\n]+") or needle
  return find_folded(lines, first_line, string.lower, "differs only in case")
    or find_folded(lines, first_line, squeeze, "differs only in white space")
    or find_close(lines, first_line)
end

return M
