--- The service without a module, by its names.
local builtin_module = require("engine.builtin_module")

---@class engine.service.generic
local M = {}

local PREFIX = "clnrm.service."

--- Tells whether a name means the service without a module.
---@param name? string
---@return boolean
---@nodiscard
function M.is_generic(name)
  for _, known in ipairs(builtin_module.load(PREFIX, "generic").names) do
    if name == known then
      return true
    end
  end
  return false
end

return M
