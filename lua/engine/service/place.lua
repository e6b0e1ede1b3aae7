--- Where the services of a room are, and by which names and ports they reach each other.
---@class engine.service.place
local runtime = require("engine.service.runtime")

local M = {}

--- Lists what a room must have for its services: /etc/hosts with their names, their directories.
---@param services engine.model.Service[]
---@return { hosts?: string, dirs?: string[] } # for engine.backend.OpenSpec; empty without services
---@nodiscard
function M.furniture(services)
  if #services == 0 then
    return {}
  end
  local lines, dirs = {}, {}
  for i, spec in ipairs(services) do
    local names = table.concat({ spec.name, table.unpack(spec.aliases or {}) }, " ")
    lines[i] = ("127.0.0.1\t%s\n"):format(names)
    dirs[i] = runtime.directory(spec.name)
  end
  local own = "127.0.0.1\tlocalhost room\n::1\tlocalhost ip6-localhost\n"
  return { hosts = own .. table.concat(lines), dirs = dirs }
end

return M
