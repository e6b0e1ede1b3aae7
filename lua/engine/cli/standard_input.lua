--- Reads the text on standard input, as far as a test file may be long.
local M = {}

M.BYTES_MAX = 16 << 20
M.FILE = "stdin.clnrm.toml" -- what such a text is called where no option says whose it is

--- Says whether a command is given its text on standard input: by the path -, or by an option.
---@param cx engine.cli.Context
---@return boolean
---@nodiscard
function M.is_asked(cx)
  return cx.args[1] == "-" or cx.opts.stdin or cx.opts["stdin-filename"] ~= nil
end

--- Reads all of it; complains about what is too long or cannot be read, and about what is asked for
--- besides.  More than the limit is never read: what writes without an end is answered at once.
---@param cx engine.cli.Context
---@return string? text
---@return integer? exit_code when there is none
function M.read(cx)
  if #cx.args > (cx.args[1] == "-" and 1 or 0) then
    return nil, cx:usage_error("standard input is read alone", "leave out the other paths")
  elseif cx.opts.vars == "-" then
    return nil, cx:usage_error("--vars - and the text are both read from standard input")
  elseif require("core.term").is_tty(0) then
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
