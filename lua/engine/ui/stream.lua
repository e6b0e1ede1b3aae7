--- Standard output and error: what they can show, and every byte's fate.
---
--- A write goes to the kernel at once.  When the reader is slow it waits in a queue, the program
--- goes on; a queue at its maximum blocks.  The first failure is kept in `err`, later writes do
--- nothing: a full disk or a closed pipe is seen at the end, by its exit code.
local error_new = require("core.error").new
local is_ci = require("engine.ci").is_set
local task = require("core.task")
local term = require("core.term")

local QUEUE_MAX = 8 << 20
local POLL_MS = 2

---@class engine.ui.Stream
---@field fd integer
---@field is_tty boolean
---@field color boolean
---@field utf8 boolean    more than ASCII may be shown
---@field width integer   columns to lay out for
---@field fits boolean    lines are cut to the width: a terminal, or COLUMNS says so
---@field divert? fun(bytes: string) who writes instead
---@field err? core.Error the first write that failed
---@field queue table<integer, string> from `first` to `last`, not written yet
---@field first integer
---@field last integer
---@field queued integer  bytes in the queue
local Stream = {}
Stream.__index = Stream

--- Writes bytes; never raises.  A live region takes them over while it is there.
---@param bytes string
function Stream:write(bytes)
  if self.divert then
    return self.divert(bytes)
  end
  self:put(bytes)
end

--- Writes bytes whatever is on the screen.
---@param bytes string
function Stream:put(bytes)
  if self.err or bytes == "" then
    return
  end
  self.last = self.last + 1
  self.queue[self.last] = bytes
  self.queued = self.queued + #bytes
  self:drain(self.queued > QUEUE_MAX)
end

function Stream:fail(err)
  self.err, self.queue, self.first, self.last, self.queued = err, {}, 1, 0, 0
end

--- Writes what goes without waiting, or everything.
---@param waits boolean
function Stream:drain(waits)
  while self.queued > 0 do
    local bytes = self.queue[self.first]
    local count, err
    if waits then
      local ok
      ok, err = term.write(self.fd, bytes)
      count = ok and #bytes
    else
      count, err = term.write_some(self.fd, bytes)
    end
    if not count then
      return self:fail(err)
    end
    self.queued = self.queued - count
    if count < #bytes then
      self.queue[self.first] = bytes:sub(count + 1)
      return
    end
    self.queue[self.first] = nil
    self.first = self.first + 1
  end
end

--- Looks whether somebody can still read; else that is the first failure.
---@return boolean
function Stream:is_heard()
  if not self.err and not term.is_heard(self.fd) then
    self:fail(error_new({ code = "EPIPE", op = "term.is_heard", message = "nobody reads" }))
  end
  return not self.err
end

--- Waits until all is written; a cancelled task gives up the rest.
---@async
---@return boolean ok everything written so far reached the kernel
function Stream:finish()
  self:drain(false)
  while self.queued > 0 do
    if not task.sleep(POLL_MS) then
      return false
    end
    self:drain(false)
  end
  return not self.err
end

local M = {
  ---@type table<integer, engine.ui.Stream> by descriptor
  opened = {},
}

local function is_on(value)
  return value ~= nil and value ~= "" and value ~= "0"
end

--- Decides on colour for one stream.
---@param when "auto"|"always"|"never"|nil what the command line says
---@param is_tty boolean
---@param env fun(name: string): string?
---@return boolean
function M.wants_color(when, is_tty, env)
  if when == "always" or when == "never" then
    return when == "always"
  end
  if is_on(env("CLICOLOR_FORCE")) or is_on(env("FORCE_COLOR")) then
    return true
  end
  local screen = env("TERM") or ""
  local is_off = is_ci(env) or (env("NO_COLOR") or "") ~= ""
  return is_tty and not is_off and screen ~= "" and screen ~= "dumb"
end

--- Opens a standard stream.
---@param fd integer 1 or 2
---@param when? "auto"|"always"|"never" colour, as the command line says
---@return engine.ui.Stream
function M.open(fd, when)
  local is_tty = term.is_tty(fd)
  M.opened[fd] = setmetatable({
    fd = fd,
    is_tty = is_tty,
    color = M.wants_color(when, is_tty, os.getenv),
    utf8 = term.is_utf8(),
    width = term.width(fd),
    fits = is_tty or (os.getenv("COLUMNS") or "") ~= "",
    queue = {},
    first = 1,
    last = 0,
    queued = 0,
  }, Stream)
  return M.opened[fd]
end

return M
