--- Places in files as links of a terminal (OSC 8): file://HOST/absolute/path.
---
--- The host is in it: over ssh the same path on the machine in front is another file.
local is_ci = require("engine.ci").is_set

local M = {}

local function version(text)
  local major, minor = (text or ""):match("^(%d+)%.(%d+)")
  return (tonumber(major) or 0) * 100 + (tonumber(minor) or 0)
end

local PROGRAMS =
  { ["iTerm.app"] = true, WezTerm = true, vscode = true, ghostty = true, Hyper = true }
local TERMS = { ["xterm-kitty"] = true, ["xterm-ghostty"] = true, alacritty = true, foot = true }

--- Says whether the terminal is one of those that are known to show links, or to ignore them.
---@param env fun(name: string): string?
---@return boolean
---@nodiscard
function M.is_known_terminal(env)
  local term, program = env("TERM") or "", env("TERM_PROGRAM") or ""
  if (env("TMUX") or "") ~= "" or program == "tmux" then
    return program == "tmux" and version(env("TERM_PROGRAM_VERSION")) >= 304
  elseif term == "dumb" or term == "linux" or term:match("^screen") then
    return false
  end
  return PROGRAMS[program] or TERMS[term:match("^(.-)%-direct$") or term]
    or (tonumber(env("VTE_VERSION")) or 0) >= 5000
    or (env("KONSOLE_VERSION") or env("WT_SESSION") or env("KITTY_WINDOW_ID") or "") ~= ""
end

--- Decides on links for one stream.  `auto`: on a terminal that is known, and where neither CI nor
--- NO_COLOR says that escape sequences are unwanted.
---@param when "auto"|"always"|"never"
---@param is_tty boolean
---@param env fun(name: string): string?
---@return boolean
---@nodiscard
function M.wants(when, is_tty, env)
  if when ~= "auto" then
    return when == "always"
  elseif not is_tty or is_ci(env) or (env("NO_COLOR") or "") ~= "" then
    return false
  end
  return M.is_known_terminal(env)
end

---@class engine.ui.Links
---@field host string
---@field dir string where names of files are counted from

--- Finds what links are made of.
---@return engine.ui.Links
---@nodiscard
function M.new()
  local file = io.open("/proc/sys/kernel/hostname")
  local host = file and file:read("l") or ""
  if file then
    file:close()
  end
  return { host = host, dir = require("core.fs").getcwd() or "/" }
end

--- Returns the address of a file.
---@param links engine.ui.Links
---@param file string
---@return string # printable ASCII
---@nodiscard
function M.url(links, file)
  local path = file:sub(1, 1) == "/" and file or links.dir .. "/" .. file
  local encoded = (links.host .. path):gsub("[^%w/._~-]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end)
  return "file://" .. encoded
end

--- Makes a shown text a link to a file.
---@param links? engine.ui.Links without, the text stays as it is
---@param file string
---@param text string safe to show
---@return string
---@nodiscard
function M.wrap(links, file, text)
  if not links then
    return text
  end
  return ("\27]8;;%s\27\\%s\27]8;;\27\\"):format(M.url(links, file), text)
end

--- Returns `wrap` for some links.
---@param links engine.ui.Links
---@return fun(file: string, text: string): string
---@nodiscard
function M.of(links)
  return function(file, text)
    return M.wrap(links, file, text)
  end
end

return M
