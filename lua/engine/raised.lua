--- What an error says that is no text: its message and code, never an address.
local M = {}

local FIELDS_MAX = 8

local function text_field(value, name)
  local field = rawget(value, name)
  local kind = type(field)
  return (kind == "string" or kind == "number") and field ~= "" and tostring(field) or nil
end

local function fields_of(value)
  local names = {}
  for key in next, value do
    names[#names + 1] = type(key) == "string" and key or nil
  end
  table.sort(names)
  local more = #names > FIELDS_MAX and ", …" or ""
  return #names > 0 and " with the fields " .. table.concat(names, ", ", 1,
    math.min(#names, FIELDS_MAX)) .. more or ""
end

--- Says an error in words.  Calls nothing of the user's when `shown` is given.
---@param value any
---@param shown? string what tostring(value) gave
---@return string
---@nodiscard
function M.text(value, shown)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" then
    return tostring(value)
  end
  if not shown then
    local ok, text = pcall(tostring, value)
    shown = ok and text or "an error that cannot be shown"
  end
  if not shown:find("^[%w_.]+: 0?x?%x+$") then
    return shown
  elseif kind ~= "table" then
    return "an error that is a " .. kind
  end
  local message, code = text_field(value, "message"), text_field(value, "code")
  if message then
    return code and ("%s (%s)"):format(message, code) or message
  end
  return code and "an error with the code " .. code
    or "an error that is a table" .. fields_of(value)
end

return M
