--- What the engine says of a container's state, in words.
---@class engine.backend.container.state
local M = {}

--- Says how a container is that does not run, in words.
---@param state table State of inspect
---@return string
---@nodiscard
function M.text(state)
  local code = math.tointeger(state.ExitCode) or 0
  local parts = { ("its container is %s"):format(tostring(state.Status)) }
  if state.OOMKilled == true then
    parts[#parts + 1] = "it was out of memory, and the kernel killed it"
  end
  if state.Status == "exited" or state.Status == "dead" then
    parts[1] = ("its container ended with exit code %d%s"):format(code,
      code == 137 and " (killed)" or "")
  end
  if type(state.Error) == "string" and state.Error ~= "" then
    parts[#parts + 1] = state.Error
  end
  return table.concat(parts, "; ")
end

return M
