--- Keeps values that are secret out of what is told of a service.
---@class engine.service.mask
local M = {}

local function same(text)
  return text
end

--- Makes a function that masks some values, and each line of those that have several, in every form
--- in which they may be printed.
---@param secrets? string[]
---@return fun(text: string): string
---@nodiscard
function M.new(secrets)
  if not secrets or #secrets == 0 then
    return same
  end
  return require("engine.secrets.mask").new(secrets).raw
end

return M
