--- What the engine says of a container's state, in words.
---@class engine.backend.container.state
local M = {}

--- Says how a container is, in Docker's words: Podman has one more, for the moment from the end of
--- a container until it has tidied up.
---@param state table State of inspect
---@return string
---@nodiscard
function M.word(state)
  return state.Status == "stopped" and "exited" or tostring(state.Status)
end

--- Says how a container is that does not run, in words.
---@param state table State of inspect
---@return string
---@nodiscard
function M.text(state)
  local code = math.tointeger(state.ExitCode) or 0
  local word = M.word(state)
  local parts = { ("its container is %s"):format(word) }
  if state.OOMKilled == true then
    parts[#parts + 1] = "it was out of memory, and the kernel killed it"
  end
  if word == "exited" or word == "dead" then
    parts[1] = ("its container ended with exit code %d%s"):format(code,
      code == 137 and " (killed)" or "")
  end
  if type(state.Error) == "string" and state.Error ~= "" then
    parts[#parts + 1] = state.Error
  end
  return table.concat(parts, "; ")
end

return M
