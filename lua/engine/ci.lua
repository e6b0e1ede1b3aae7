--- Whether clnrm runs for a CI service: the variable CI says so.
local M = {}

local OFF = { [""] = true, ["0"] = true, ["false"] = true }

--- Whether CI is set; `CI=0` and `CI=false` switch it off, as where somebody tries at home what a
--- service does.
---@param env fun(name: string): string?
---@return boolean
---@nodiscard
function M.is_set(env)
  return not OFF[(env("CI") or ""):lower()]
end

return M
