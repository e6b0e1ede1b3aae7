--- What scripts print, without the secrets of the test that prints it.
---
--- A call is looked at as a whole: a value that is printed in pieces, one by each call, is not
--- found.
local host = require("clnrm.host")

local M = {}

--- Masks a text that is about to be printed.
---@param text string
---@return string
---@nodiscard
function M.clean(text)
  local context = host.context()
  local run = context and context.run
  local mask = run and run.secrets and run.secrets:mask(context.cx.scenario.id)
  return mask and mask:text(text) or text
end

return M
