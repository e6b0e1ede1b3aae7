--- Unicode's white space in texts of UTF-8.
---@class engine.template.spaces
local M = {}

-- The bytes of one code point that is white space, beside those of ASCII.
local WIDE = {
  "\xC2[\x85\xA0]", "\xE1\x9A\x80", "\xE2\x80[\x80-\x8A\xA8\xA9\xAF]", "\xE2\x81\x9F",
  "\xE3\x80\x80",
}

--- Writes each white space as one blank.
---@param s string
---@return string
function M.plain(s)
  s = s:gsub("[\t-\r]", " ")
  if s:find("[\xC2\xE1-\xE3]") then
    for _, pattern in ipairs(WIDE) do
      s = s:gsub(pattern, " ")
    end
  end
  return s
end

local function after_wide(s, at)
  for _, pattern in ipairs(WIDE) do
    local _, last = s:find("^" .. pattern, at)
    if last then
      return last + 1
    end
  end
end

--- Leaves out white space at the begin.
---@param s string
---@return string
function M.trim_start(s)
  local at = 1
  while true do
    local next_at = s:find("[^\t-\r ]", at) or #s + 1
    at = after_wide(s, next_at)
    if not at then
      return s:sub(next_at)
    end
  end
end

--- Leaves out white space at the end.
---@param s string
---@return string
function M.trim_end(s)
  local last = #s
  while last > 0 do
    local byte = s:byte(last)
    if byte == 32 or byte >= 9 and byte <= 13 then
      last = last - 1
    else
      local start = byte >= 0x80 and (s:find("^[\xC2]", last - 1) and last - 1
        or s:find("^[\xE1-\xE3]", last - 2) and last - 2)
      if not start or start < 1 or after_wide(s, start) ~= last + 1 then
        break
      end
      last = start - 1
    end
  end
  return s:sub(1, last)
end

--- Leaves out white space at both ends.
---@param s string
---@return string
function M.trim(s)
  return M.trim_end(M.trim_start(s))
end

return M
