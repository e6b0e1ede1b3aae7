--- Keeps values that are secret out of what is told of a service.
---@class engine.service.mask
local M = {}

M.MASK = "***"

local function escape(text)
  return (text:gsub("%p", "%%%0"))
end

--- Makes a function that masks some values, and each line of those that have several.
---@param secrets? string[]
---@return fun(text: string): string
---@nodiscard
function M.new(secrets)
  local values, patterns = {}, {}
  for _, secret in ipairs(secrets or {}) do
    values[#values + 1] = secret
    if secret:find("\n", 1, true) then
      for line in secret:gmatch("[^\r\n]+") do
        values[#values + 1] = line
      end
    end
  end
  table.sort(values, function(a, b)
    return #a > #b -- a value that holds another goes as a whole
  end)
  for _, value in ipairs(values) do
    if value ~= "" then
      patterns[#patterns + 1] = escape(value)
    end
  end
  return function(text)
    for _, pattern in ipairs(patterns) do
      text = text:gsub(pattern, M.MASK)
    end
    return text
  end
end

return M
