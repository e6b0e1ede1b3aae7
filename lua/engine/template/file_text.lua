--- Writes a value into a test file: as Tera does, but a float stays one, and a table is refused.
local value = require("engine.template.value")

---@class engine.template.file_text
local M = {}

--- Writes a number with a point so that TOML reads a number with a point again.
local function float(v)
  for digits = 15, 17 do
    local shown = ("%%.%dg"):format(digits):format(v)
    if tonumber(shown) == v or v ~= v then
      return shown:find("[%.eni]") and shown or shown .. ".0"
    end
  end
  return ("%.17g"):format(v)
end

--- Writes a value.
---@param v any
---@return string
function M.write(v)
  local kind = value.kind(v)
  if kind == "float" then
    return float(v)
  elseif kind == "array" then
    return value.array_text(v, M.write)
  elseif kind == "object" then
    error({ template_error = "a table has no text", is_unwritable = true,
      help = "name one of its keys: `{{ matrix.db.name }}`, or write it by `json_encode`" }, 0)
  end
  return value.text(v)
end

return M
