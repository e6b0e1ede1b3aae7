---@meta clnrm.hash

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- Digests of texts.
---@class clnrm.hash
local hash = {}

--- Digests bytes by SHA-256, as 64 hexadecimal digits.
---
--- ```lua
--- clnrm.expect(clnrm.hash.sha256("")):starts_with("e3b0c44298fc1c14")
--- ```
---@param bytes string
---@return string? digest
---@return core.Error? err
--- EPLUGIN: the library cannot be loaded.
function hash.sha256(bytes) end

--- Digests bytes by XXH3, as 16 hexadecimal digits: fast, and safe against nobody.
---
--- ```lua
--- clnrm.expect(clnrm.hash.xxh3("")):equals("2d06800538d394c2")
--- ```
---@param bytes string
---@return string digest
function hash.xxh3(bytes) end

--- Writes bytes as hexadecimal digits.
---
--- ```lua
--- clnrm.expect(clnrm.hash.hex("az")):equals("617a")
--- ```
---@param bytes string
---@return string? text
---@return core.Error? err
function hash.hex(bytes) end

return hash
