--- Long texts on a terminal go through the user's pager.
local term = require("core.term")

local M = {}

local LESS = "R" -- of a less that nobody has told anything: colours are colours

--- Chooses the pager's command; nil: none is wanted.
---@param env fun(name: string): string?
---@param stays? boolean also where the text fits on the screen
---@return string?
function M.command(env, stays)
  local command = env("CLNRM_PAGER") or env("PAGER") or stays and "less -IR" or "less -FIRX"
  if command == "" or command == "cat" then
    return nil
  end
  return command
end

--- Makes a text fit for a pager: a less that is told to shows colours as signs.
---@param env fun(name: string): string?
---@param command string of the pager
---@param text string
---@return string
---@nodiscard
function M.fit(env, command, text)
  local name, flags = command:match("^%s*(%S+)(.*)")
  local has_flag = (flags or ""):find("%s%-%a*[rR]") or (env("LESS") or LESS):find("[rR]")
  if (name or ""):match("[^/]*$") ~= "less" or has_flag then
    return text
  end
  return (text:gsub("\27%[[%d;]*m", ""))
end

--- Makes the line of the shell that runs a pager.
---@param command string
---@return string
---@nodiscard
function M.line(command)
  return ("LESS=${LESS-%s}; export LESS; %s"):format(LESS, command)
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
  local pipe = io.popen(M.line("exec " .. command), "w")
  if not pipe then
    return out:write(text)
  end
  pipe:write(M.fit(os.getenv, command, text))
  pipe:close() -- a reader that leaves early is no failure
  term.restore()
end

return M
