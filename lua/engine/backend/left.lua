--- Reads what the agent tells of processes that outlived a command: "nc;8080,sleep".
local M = {}

---@class engine.backend.LeftPort
---@field port integer
---@field process string who listened on it

--- Reads the names of processes and the ports that they listened on.
---@param text string
---@return string[] names
---@return engine.backend.LeftPort[]? ports nil: none
---@nodiscard
function M.parse(text)
  local names, ports = {}, nil
  for entry in text:gmatch("[^,]+") do
    local name, rest = entry:match("^([^;]*)(.*)$")
    names[#names + 1] = name
    for port in rest:gmatch(";(%d+)") do
      ports = ports or {}
      ports[#ports + 1] = { port = math.tointeger(tonumber(port)), process = name }
    end
  end
  return names, ports
end

return M
