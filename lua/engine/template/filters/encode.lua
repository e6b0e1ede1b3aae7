--- Filters that write values for other languages: TOML.
local toml_text = require("engine.template.toml_text")

---@class engine.template.filters.encode
local M = {}

function M.toml_encode(_, v)
  return toml_text.write(v)
end

return M
