---@meta clnrm.toml

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- Reading of TOML 1.1.
---@class clnrm.toml
local toml = {}

--- Reads a TOML text. Dates are values that print as RFC 3339.
---
--- ```lua
--- local value = assert(clnrm.toml.decode("a = 1\n[b]\nc = [true]\n"))
--- clnrm.expect(value):equals({ a = 1, b = { c = { true } } })
--- ```
---@param text string
---@return table? value
---@return core.Error? err
--- ESYNTAX: it is no TOML; `err.pos` says where.
function toml.decode(text) end

return toml
