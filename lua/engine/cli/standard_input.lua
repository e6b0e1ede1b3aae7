--- Reads the text on standard input, as far as a test file may be long.
local M = {}

M.BYTES_MAX = 16 << 20

--- Reads all of it; complains about what is too long or cannot be read.  More than the limit is
--- never read: what writes without an end is answered at once.
---@param cx engine.cli.Context
---@return string? text
---@return integer? exit_code when there is none
function M.read(cx)
  if require("core.term").is_tty(0) then
    return nil, cx:usage_error("standard input is a terminal", "write the text into it: < FILE")
  end
  local text, why = io.read(M.BYTES_MAX + 1)
  if why then
    cx:error("standard input cannot be read: " .. why)
    return nil, require("engine.cli.exit_codes").INPUT
  elseif #(text or "") > M.BYTES_MAX then
    cx:error(("standard input is larger than %d MiB"):format(M.BYTES_MAX >> 20))
    return nil, require("engine.cli.exit_codes").INPUT
  end
  return text or ""
end

return M
