--- Long texts on a terminal go through the user's pager.
local term = require("core.term")

local M = {}

--- Chooses the pager's command; nil: none is wanted.
---@param env fun(name: string): string?
---@return string?
function M.command(env)
  local command = env("CLNRM_PAGER") or env("PAGER") or "less -FIRX"
  if command == "" or command == "cat" then
    return nil
  end
  return command
end

--- Writes a text, on a terminal through the pager.
---@param out engine.ui.Stream
---@param text string
function M.show(out, text)
  local command = out.is_tty and os.getenv("TERM") ~= "dumb" and M.command(os.getenv)
  if not command or not os.execute("command -v " .. command .. " >/dev/null 2>&1") then
    return out:write(text)
  end
  term.guard()
  local pipe = io.popen("exec " .. command, "w")
  if not pipe then
    return out:write(text)
  end
  pipe:write(text)
  pipe:close() -- a reader that leaves early is no failure
  term.restore()
end

return M
