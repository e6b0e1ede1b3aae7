---@meta core.hash

--- Digests and encodings.  XXH3 is for caches and keys; SHA-256 where somebody might cheat.
---@class core.hash
local hash = {}

---@alias core.hash.Kind "xxh3"|"xxh128"|"sha256"

--- XXH3, 64 bits.
---@param bytes string
---@return string digest 16 hexadecimal digits
---@nodiscard
function hash.xxh3(bytes) end

--- XXH3, 128 bits.
---@param bytes string
---@return string digest 32 hexadecimal digits
---@nodiscard
function hash.xxh128(bytes) end

--- SHA-256.
---@param bytes string
---@return string|nil digest 64 hexadecimal digits
---@return core.Error? err EPLUGIN: the library cannot be loaded
---@nodiscard
function hash.sha256(bytes) end

--- XXH3, 64 bits, as an integer: for choices that must be the same everywhere.
---@param bytes string
---@return integer
---@nodiscard
function hash.integer(bytes) end

---@class core.hash.FileOptions
---@field max? integer most bytes; ELIMIT beyond; default 1 TiB

--- Digests a regular file.
---@param kind core.hash.Kind
---@param path string
---@param options? core.hash.FileOptions
---@return string|nil digest hexadecimal digits
---@return core.Error? err as core.fs.read, and EPLUGIN
---@nodiscard
function hash.file(kind, path, options) end

--- Opens a hasher for what comes in parts.
---@param kind core.hash.Kind
---@return core.hash.Hasher|nil hasher
---@return core.Error? err EPLUGIN
---@nodiscard
function hash.open(kind) end

---@class core.hash.Hasher
local Hasher = {}

--- Adds bytes.
---@param bytes string
---@return core.hash.Hasher|nil self
---@return core.Error? err
function Hasher:add(bytes) end

--- Tells the digest and closes the hasher.
---@return string|nil digest hexadecimal digits
---@return core.Error? err
---@nodiscard
function Hasher:finish() end

--- Gives the hasher up.
function Hasher:close() end

--- Writes bytes as hexadecimal digits.
---@param bytes string
---@return string|nil text
---@return core.Error? err ELIMIT
---@nodiscard
function hash.hex(bytes) end

--- Reads hexadecimal digits.
---@param text string
---@return string|nil bytes
---@return core.Error? err ESYNTAX
---@nodiscard
function hash.unhex(text) end

--- Writes bytes as base64, with padding and without line breaks.
---@param bytes string
---@return string|nil text
---@return core.Error? err ELIMIT
---@nodiscard
function hash.base64(bytes) end

--- Reads base64, strictly: padding, no line breaks, no stray bits.
---@param text string
---@return string|nil bytes
---@return core.Error? err ESYNTAX
---@nodiscard
function hash.unbase64(text) end

return hash
