---@meta core.operands

--- What the two sides of a comparison in an `assert` were.
---@class core.operands
local operands = {}

---@class core.operands.Site a comparison that is the first argument of an `assert`
---@field depth integer  how many other sites it stands in, at most 7
---@field line integer   where `assert` is called
---@field source string  as debug.getinfo tells it: "@file"

--- Makes the two functions that rewritten code calls: `assert(left(depth, A) == right(site, B))`.
--- Both give back their second argument, or nil, and nothing else.
---@param sites core.operands.Site[] `site` is the index in it
---@return fun(depth: integer, ...: any): any left
---@return fun(site: integer, ...: any): any right
---@nodiscard
function operands.sides(sites) end

---@class core.operands.Failure
---@field value any                the error that is raised
---@field site? core.operands.Site the comparison, when it is known
---@field a? any                   its sides
---@field b? any
---@field source? string           where assert was called
---@field line? integer

--- Makes a function that is Lua's `assert`, and tells of each call; `tell` must not wait.
--- It gets the failure, or nil and the value that was asserted; what it raises, `assert` raises.
---@param tell? fun(ok: boolean, failure: core.operands.Failure?, value: any)
---@return fun(value: any, message?: any, ...: any): ...
---@nodiscard
function operands.assert(tell) end

return operands
