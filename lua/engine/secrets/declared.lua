--- Which variables the text of a test file declares as [secrets], in any of its forms, also where
--- much else of the text is wrong.
---@class engine.secrets.declared
local toml = require("core.toml")

local M = {}

--- Lists the names: those of the room, and those where their values are found.
---@param text string
---@return string[]? names nil: the text speaks of secrets, and which cannot be known
---@nodiscard
function M.names(text)
  local names = {}
  if not text:find("secrets", 1, true) then
    return names
  end
  local root, positions = toml.decode(text, { positions = true, partial = true })
  if not root then
    return nil
  end
  positions:close()
  local t = root.secrets
  if t ~= nil and type(t) ~= "table" then
    return nil
  end
  for key, value in pairs(t or {}) do
    if type(value) == "string" then
      names[#names + 1] = value
    elseif type(value) == "table" and type(value.env) == "string" then
      names[#names + 1] = value.env
    end
    names[#names + 1] = type(key) == "string" and key or nil
  end
  return names
end

return M
