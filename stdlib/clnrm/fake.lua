--- Fake data: `clnrm.fake.email()`, `clnrm.fake.make("email")`.
---
--- Each call of a test draws anew, and each run of the test draws the same: from `t.seed`.
local host = require("clnrm.host")

---@class clnrm.fake
local M = {}

--- Makes a value of a kind.
---@param kind string of `kinds()`
---@param options? table of the kind, and `seed`
---@return any
function M.make(kind, options)
  return host.current().fake(kind, options)
end

--- Lists the kinds.
---@return string[]
function M.kinds()
  return host.current().fake_kinds()
end

return setmetatable(M, {
  __index = function(_, kind)
    return function(options)
      return M.make(kind, options)
    end
  end,
})
