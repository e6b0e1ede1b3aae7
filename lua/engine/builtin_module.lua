--- Modules of stdlib that are found by a name in a test file: services, assertions.
---@class engine.builtin_module
local M = {}

--- Loads one; what is wrong in it raises.
---@param prefix string "clnrm.service."
---@param name string
---@return any? given what it returned; nil when there is none of that name
---@nodiscard
function M.load(prefix, name)
  local ok, given = pcall(require, prefix .. name)
  local absent = ("module '%s%s' not found"):format(prefix, name)
  if not ok and not tostring(given):find(absent, 1, true) then
    error(given, 0)
  end
  return ok and given or nil
end

return M
