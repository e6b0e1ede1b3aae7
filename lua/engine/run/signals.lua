--- The names of signals, as Linux numbers them.
---
--- Pure.
---@class engine.run.signals
local M = {}

local NAMES = {
  "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL",
  "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD",
  "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
  "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
}

--- Names a signal: "SIGSEGV", "signal 40".
---@param number integer
---@return string
---@nodiscard
function M.name(number)
  return NAMES[number] or "signal " .. tostring(number)
end

local LAST = 64
local REAL_TIME = { MIN = 34, MAX = LAST } -- as libc counts them, and engines

--- Numbers a signal by its name; nil when there is none of it.
---@param name string "SIGTERM", "SIGRTMIN+3", "SIGRTMAX-1"
---@return integer?
---@nodiscard
function M.number(name)
  for number, known in ipairs(NAMES) do
    if known == name then
      return number
    end
  end
  local base, sign, offset = name:match("^SIGRT(M%a%a)([+-]?)(%d*)$")
  if base and REAL_TIME[base] and (sign == "") == (offset == "") then
    local number = REAL_TIME[base] + (math.tointeger(tonumber(sign .. offset)) or 0)
    return number >= REAL_TIME.MIN and number <= LAST and number or nil
  end
end

--- Numbers a signal as an image may write it: "SIGTERM", "term", "15", "SIGRTMIN+3".
---@param text string
---@return integer? # nil: there is none of it
---@nodiscard
function M.of_image(text)
  local name = text:upper():gsub("^SIG", "")
  local number = math.tointeger(tonumber(name:match("^%d+$") or "0"))
  number = M.number("SIG" .. name) or number
  return number and number >= 1 and number <= LAST and number or nil
end

--- Says whether a number is one of the signals with a name.
---@param number integer
---@return boolean
---@nodiscard
function M.known(number)
  return NAMES[number] ~= nil
end

return M
