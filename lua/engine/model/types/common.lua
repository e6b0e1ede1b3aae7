--- What all types share: how a wrong value is told, and how long names and arguments may be.
---@class engine.model.types.common
local M = {}

M.NAME_MAX = 1000 -- bytes of a name, a tag, a key that the user chooses
M.ARG_MAX = 131071 -- bytes of one argument or K=V: what Linux takes

--- Tells that a value is of another type; the other type's own mistake is named where it is plain.
---@param self engine.model.Type
---@param cx engine.model.Context
---@return nil
function M.wrong_type(self, value, cx, t, k)
  local found = cx:kind(value)
  local help = self.help
  if found == "text" and self.unquoted and self.unquoted(value) then
    help = "take the quotes away"
  elseif self.kind == "text" and (found == "a whole number" or found == "true or false") then
    help = "put it in quotes"
  end
  local message = ("%s must be %s, not %s"):format(cx:name(k), self.expects, found)
  cx:at_value("P102", t, k, message, "expected " .. self.expects, help)
  return nil
end

--- Tells that a value is of the right type and not allowed.
---@param cx engine.model.Context
---@param what string completes "`key` …"
---@param label? string
---@param help? string
---@param code? string default P103
---@return nil
function M.refuse(cx, t, k, what, label, help, code)
  cx:at_value(code or "P103", t, k, ("%s %s"):format(cx:name(k), what), label, help)
  return nil
end

return M
