---@meta core.json

--- Reads JSON strictly and writes it with sorted keys.
---
--- Decoded arrays carry a mark (`is_array`), so that an empty array stays apart from an empty
--- object; null is the value `json.null`; integers are exact, a number with a point or an exponent
--- is a float.
---@class core.json
---@field null userdata the value of null; prints as "null"
local json = {}

---@class core.json.DecodeOptions
---@field depth? integer most nested arrays and objects, 0 to 2000; default 512
---@field values? integer most members of all arrays and objects together; default: no limit

--- Reads one JSON value and nothing behind it.  Refused: duplicate keys, NUL bytes (escaped too, in
--- keys), invalid UTF-8, lone surrogates, integers beyond 64 bits, reals beyond a double.
---@param text string at most 256 MiB
---@param options? core.json.DecodeOptions
---@return any value
---@return core.Error? err ESYNTAX or ELIMIT, with `pos` = {line, column, offset}
---@nodiscard
function json.decode(text, options) end

---@class core.json.EncodeOptions
---@field indent? integer            spaces a level, 0 to 16; 0, the default, is one line
---@field invalid? "error"|"replace" bytes that are not UTF-8: EUTF8 (default), or U+FFFD
---@field depth? integer             most nested tables, 0 to 2000; default 512

--- Writes a value: keys sorted by their bytes, integers exact, floats as the shortest decimal that
--- reads back the same.  A list (1..n) or a marked table is an array, every other table an object.
---@param value any
---@param options? core.json.EncodeOptions
---@return string|nil text
---@return core.Error? err EINVAL (names the place and why), EUTF8, ELIMIT
---@nodiscard
function json.encode(value, options) end

--- Marks a list as an array, so that it stays one when it is empty.
---@param list? table a table without a metatable; default a new one
---@return table list the same table
function json.array(list) end

--- Tells whether a value is a table with the mark of arrays.
---@param value any
---@return boolean
---@nodiscard
function json.is_array(value) end

return json
