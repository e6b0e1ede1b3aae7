---@meta clnrm.json

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- Strict reading, deterministic writing. Arrays that were read are marked, so that an empty one
--- stays apart from an empty object; integers are exact.
---@class clnrm.json
---@field null userdata # The value of null.
local json = {}

--- Reads one JSON value and nothing behind it.
---
--- ```lua
--- clnrm.expect(clnrm.json.decode('{"a": [1, 2.5]}')):equals({ a = { 1, 2.5 } })
--- local value, err = clnrm.json.decode("{")
--- clnrm.expect(value):is_nil()
--- clnrm.expect(err.code):equals("ESYNTAX")
--- ```
---@param text string
---@param options? { depth?: integer }
---@return any value
---@return core.Error? err
--- ESYNTAX: it is no JSON, or a key is there twice.
--- ELIMIT: nested too deep.
function json.decode(text, options) end

--- Writes a value with sorted keys.
---
--- ```lua
--- clnrm.expect(clnrm.json.encode({ b = true, a = { 1, 2 } })):equals('{"a":[1,2],"b":true}')
--- ```
---@param value any
---@param options? { indent?: integer, depth?: integer }
---@return string? text
---@return core.Error? err
--- EINVAL: a value that JSON has not, such as a function.
function json.encode(value, options) end

--- Marks a list as an array, so that it stays one when it is empty.
---
--- ```lua
--- clnrm.expect(clnrm.json.encode(clnrm.json.array())):equals("[]")
--- ```
---@param list? table
---@return table list
function json.array(list) end

--- Tells whether a value is marked as an array.
---
--- ```lua
--- clnrm.expect(clnrm.json.is_array(clnrm.json.decode("[]"))):is_true()
--- ```
---@param value any
---@return boolean
function json.is_array(value) end

return json
