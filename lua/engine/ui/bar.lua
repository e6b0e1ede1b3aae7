--- A bar of progress, in eighths of a column where the terminal can show them.
local M = {}

local EIGHTHS = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" }

--- Draws a bar.
---@param look engine.ui.Look
---@param done integer
---@param total integer
---@param width integer columns
---@return string
---@nodiscard
function M.draw(look, done, total, width)
  local part = total > 0 and math.min(math.max(done / total, 0), 1) or 0
  if not look.utf8 then
    local full = math.floor(part * width)
    return ("#"):rep(full) .. ("."):rep(width - full)
  end
  local eighths = math.floor(part * width * 8)
  local full, rest = eighths // 8, eighths % 8
  local text = ("█"):rep(full) .. (EIGHTHS[rest] or "")
  return text .. ("·"):rep(width - full - (rest > 0 and 1 or 0))
end

return M
