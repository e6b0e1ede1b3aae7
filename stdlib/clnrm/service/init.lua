--- Services for `t:open{ services = … }`: `clnrm.service.redis{ port = 7000 }` is a plain table.
---
--- The name is a module of stdlib (redis, postgres, nginx, http) or of the project's own services/
--- folder; the options are its own, over the keys of every service.  A table without a module, as
--- `{ command = { "httpd" } }`, needs nothing of this.
---@class clnrm.service
---@field [string] fun(options?: table): table
local M = {}

local function make(name)
  return function(options)
    local spec = {}
    for key, value in pairs(options or {}) do
      spec[key] = value
    end
    spec.plugin = name
    return spec
  end
end

return setmetatable(M, {
  __index = function(_, name)
    return type(name) == "string" and make(name) or nil
  end,
})
