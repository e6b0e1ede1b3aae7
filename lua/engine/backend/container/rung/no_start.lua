--- What it means that a container with the agent as its first process did not start.  Pure.
---@class engine.backend.container.rung.no_start
local error_new = require("core.error").new

local M = {}

-- of the runtime: the kernel takes no such program, or executes nothing from there
local CANNOT_RUN = { "exec format error", "permission denied" }

--- Reads the engine's words.
---@param _ engine.backend.container.Link
---@param err core.Error of the start
---@return core.Error # `detail.next_rung` is "exec" when no agent can run there
---@nodiscard
function M.read(_, err)
  local text = err.detail and err.detail.next_rung and "" or err.message:lower()
  for _, words in ipairs(CANNOT_RUN) do
    if text:find(words, 1, true) and text:find("exec", 1, true) then
      return error_new({ code = err.code, op = err.op, message = err.message, cause = err,
        detail = { next_rung = "exec", status = err.detail and err.detail.status } })
    end
  end
  return err
end

return M
