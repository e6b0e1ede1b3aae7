---@meta core.guarded

--- Functions of Lua's string and table libraries whose work counts against core.task.limit, so that
--- none of them can run for ever.  They do what the functions of the same names do; without a limit
--- nothing is counted.
---@class core.guarded
local guarded = {}

--- As string.find; a plain search takes a time proportional to the text.
---@param s string
---@param pattern string
---@param init? integer
---@param plain? boolean
---@return integer? first
---@return integer? last
---@return any ... captures
function guarded.find(s, pattern, init, plain) end

--- As string.match.
---@param s string
---@param pattern string
---@param init? integer
---@return any ...
function guarded.match(s, pattern, init) end

--- As string.gmatch; the whole search counts when it begins.
---@param s string
---@param pattern string
---@param init? integer
---@return fun(): ...
function guarded.gmatch(s, pattern, init) end

--- As string.gsub.
---@param s string
---@param pattern string
---@param replacement string|number|table|function
---@param n? integer
---@return string
---@return integer count
function guarded.gsub(s, pattern, replacement, n) end

--- As string.rep; at once for an empty text.
---@param s string
---@param n integer
---@param separator? string
---@return string
function guarded.rep(s, n, separator) end

--- As pcall; not more than 4,000 calls deep.
---@param fn function
---@return boolean
---@return any ...
function guarded.pcall(fn, ...) end

--- As xpcall; not more than 4,000 calls deep.
---@param fn function
---@param handler function
---@return boolean
---@return any ...
function guarded.xpcall(fn, handler, ...) end

--- As coroutine.close; raises when the limit is spent, since nothing could end a __close then.
---@param co thread
---@return boolean ok
---@return any err
function guarded.close(co) end

--- As table.concat.
---@param list table
---@param separator? string
---@param first? integer
---@param last? integer
---@return string
function guarded.concat(list, separator, first, last) end

--- As table.insert.
---@param list table
---@param at integer
---@param value any
function guarded.insert(list, at, value) end

--- As table.move.
---@param from table
---@param first integer
---@param last integer
---@param at integer
---@param to? table
---@return table
function guarded.move(from, first, last, at, to) end

--- As table.remove.
---@param list table
---@param at? integer
---@return any
function guarded.remove(list, at) end

--- As table.sort.
---@param list table
---@param less? fun(a: any, b: any): boolean
function guarded.sort(list, less) end

return guarded
