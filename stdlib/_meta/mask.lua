---@meta core.mask

--- Finds many texts in one pass and replaces them, also where an encoder has put line ends or
--- separators between their bytes.
---@class core.mask
local mask = {}

---@class core.mask.Patterns each of at least four bytes
---@field plain? string[]  found as they are, with letters of ASCII in either case
---@field base64? string[] found also with line ends between their bytes
---@field hex? string[]    digits; found in either case, also with blanks, line ends or `: , - %`,
---       `\x`, `\u` between them

--- Makes a mask.
---@param patterns core.mask.Patterns
---@return core.mask.Mask|nil mask
---@return core.Error? err EINVAL: one is shorter than four bytes; ELIMIT: more than 64 MiB of them
---@nodiscard
function mask.open(patterns) end

---@class core.mask.Mask
local Mask = {}

--- Replaces what is found by `***`, matches that overlap or touch as one.
---@param s string
---@return string|nil masked
---@return integer|core.Error count
---@nodiscard
function Mask:text(s) end

--- Replaces each byte of what is found, but line ends, by a star: all else stays in its place.
---@param s string
---@return string|nil masked
---@return integer|core.Error count
---@nodiscard
function Mask:stars(s) end

--- Says how many bytes at the end of a text are the beginning of a plain pattern, and not all of
--- it: the most, and four at least.  There the text was cut, or it goes on.
---@param s string
---@return integer bytes 0: none
---@nodiscard
function Mask:open_end(s) end

--- Frees the mask early; the collector does it otherwise.
function Mask:close() end

return mask
