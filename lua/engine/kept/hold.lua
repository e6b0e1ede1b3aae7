--- One at a time changes what a kept room is: whoever comes second waits, and then has the note as
--- the first has left it.
---@class engine.kept.hold
local error_new = require("core.error").new
local fs = require("core.fs")
local kept = require("engine.kept")
local lock = require("core.lock")
local poll = require("engine.service.poll")
local task = require("core.task")

local M = {}

M.WAIT_MS = 60000 -- a service has its own time to end, 10 s when its file says nothing else

local STEP_MS = 50

---@class engine.kept.Hold a to-be-closed value
---@field note engine.kept.Note as it is now
---@field private lock core.lock.Lock
local Hold = {}
Hold.__index = Hold

--- Lets others have it.
function Hold:close()
  self.lock:close()
end

Hold.__close = Hold.close

--- Takes a room.
---@async
---@param note engine.kept.Note
---@return engine.kept.Hold? hold
---@return core.Error? err ETIMEDOUT: others have it; ENOENT: the room is gone
---@nodiscard
function M.take(note)
  local path, until_ms = kept.lock_path(note), poll.now() + M.WAIT_MS
  local held, err = lock.try(path)
  while not held and err.code == "EAGAIN" do
    if poll.now() >= until_ms then
      return nil, error_new({ code = "ETIMEDOUT", op = "kept.hold",
        message = "another clnrm restarts a service of the room, and has not ended yet",
        detail = { path = path } })
    end
    task.sleep(STEP_MS)
    held, err = lock.try(path)
  end
  if not held then
    return nil, err
  end
  local now = kept.reread(note)
  if now then
    return setmetatable({ note = now, lock = held }, Hold)
  end
  fs.remove(path) -- nobody else would, when its note is gone
  held:close()
  return nil, error_new({ code = "ENOENT", op = "kept.hold", message = "the room is gone" })
end

return M
