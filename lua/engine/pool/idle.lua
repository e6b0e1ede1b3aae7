--- Rooms that wait: whether one is still what was put on the shelf, before somebody gets it, and
--- whether it goes there again.
---@class engine.pool.idle
local clock = require("engine.run.clock")
local core = require("core.task")

local M = {}

M.PING_MS = 5000 -- for one to answer; without an agent the engine is asked
M.LOOKED_MS = 50 -- what was looked through so short a time ago is not looked through again

--- Whether a room still answers: by its `ping`, where it has one.
local function is_alive(room)
  local ok = core.timeout(M.PING_MS, room.ping or room.stat, room, "/")
  return ok ~= nil and ok ~= false
end

--- Whether a room shows a folder that has been replaced since it was made.
---@param room table
---@return boolean
---@nodiscard
function M.is_moved(room)
  return room.is_moved ~= nil and room:is_moved()
end

--- Says what has become of a room. One that shows a folder which has been replaced is as good as
--- dead. One of which it is known what it was like is to be like that
--- still: the project that it shows may have changed, which is seen in a fresh room.
---@async
---@param one { room: table, since: number }
---@return "dead"|"dirty"? trouble nil: it can be taken
---@return boolean? is_moved
---@nodiscard
function M.trouble(one)
  local room = one.room
  if not is_alive(room) then
    return "dead"
  elseif M.is_moved(room) then
    return "dead", true
  elseif room.clean and clock.since(one.since) >= M.LOOKED_MS
    and #require("engine.pool.dirty").left(room, room.clean) > 0 then
    return "dirty"
  end
end

--- Says what is left in a room that was used.
---@async
---@param room table
---@param spoilt? string why it is not to be used again in any case
---@return string[] reasons none: it can be used again
---@nodiscard
function M.left(room, spoilt)
  if spoilt or M.is_moved(room) then
    return { spoilt or "a folder that it shows was replaced" }
  end
  return require("engine.pool.dirty").left(room, room.clean, room.unknown)
end

--- Makes a room its taker's own.
---@param room table
---@param spec engine.backend.OpenSpec
function M.refresh(room, spec)
  room.name, room.named, room.findings = spec.name, {}, nil
  if room.spec then
    room.spec = spec
  end
end

return M
