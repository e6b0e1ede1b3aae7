--- Colours: eight ANSI colours, bold and dim; never the only carrier of a meaning.
---@class engine.ui.style
local M = {}

local SGR = {
  bold = "1",
  dim = "2",
  red = "31",
  green = "32",
  yellow = "33",
  magenta = "35",
  cyan = "36",
}

--- Paints a text that is already safe to show; `bold red` is two names.
---@param color boolean nothing is painted without
---@param names string
---@param text string
---@return string
function M.paint(color, names, text)
  if not color or text == "" then
    return text
  end
  local codes = {}
  for name in names:gmatch("%S+") do
    codes[#codes + 1] = assert(SGR[name], name)
  end
  return "\27[" .. table.concat(codes, ";") .. "m" .. text .. "\27[0m"
end

return M
