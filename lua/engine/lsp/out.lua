--- The stream to the client: messages go out one behind the other, by a task of their own.
---
--- A client that does not read holds up nothing: what waits for it is bounded, in bytes and time.
local frame = require("engine.lsp.frame")
local json = require("core.json")
local task = require("core.task")
local term = require("core.term")

---@class engine.lsp.out
local M = {}

local WAITING_MAX = 128 << 20
local STALLED_MS, PAUSE_MS = 60000, 5

---@class engine.lsp.Out
---@field fd integer
---@field queue string[]
---@field bytes integer  in the queue
---@field err? string    why nothing goes out any more
---@field ready core.task.Event
local Out = {}
Out.__index = Out

--- Makes the stream.
---@param fd integer
---@param on_error fun() is called when nothing goes out any more
---@return engine.lsp.Out
function M.new(fd, on_error)
  return setmetatable({
    fd = fd, queue = {}, bytes = 0, ready = task.event(), on_error = on_error,
  }, Out)
end

local function fail(self, why)
  self.err, self.queue, self.bytes = self.err or why, {}, 0
  self.on_error()
end

--- Sends a message.
---@param message table
function Out:send(message)
  if self.err then
    return
  end
  local bytes = frame.wrap(assert(json.encode(message, { invalid = "replace" })))
  self.queue[#self.queue + 1] = bytes
  self.bytes = self.bytes + #bytes
  if self.bytes > WAITING_MAX then
    return fail(self, "the client does not read what it is sent")
  end
  self.ready:set()
end

--- Writes one text; false: it cannot be.
local function write(self, bytes)
  local at, stalled = 1, 0
  while at <= #bytes do
    local count, err = term.write_some(self.fd, at == 1 and bytes or bytes:sub(at))
    if not count then
      fail(self, err.code == "EPIPE" and "the client is gone: nobody reads standard output"
        or "standard output: " .. err.message)
      return false
    end
    at, stalled = at + count, count == 0 and stalled + PAUSE_MS or 0
    if stalled > STALLED_MS then
      fail(self, "the client does not read what it is sent")
      return false
    elseif at <= #bytes and not task.sleep(PAUSE_MS) then
      return false -- cancelled
    end
  end
  return true
end

--- Writes what is sent, until it is cancelled or nothing can be written any more.
---@async
function Out:run()
  while not self.err do
    local bytes = table.remove(self.queue, 1)
    if bytes then
      if not write(self, bytes) then
        return
      end
      self.bytes = self.bytes - #bytes
    else
      self.ready:clear()
      if self.is_closing or not self.ready:wait() then
        return
      end
    end
  end
end

--- Lets what waits go out, and then ends `run`.
function Out:close()
  self.is_closing = true
  self.ready:set()
end

return M
