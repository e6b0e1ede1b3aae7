--- Who comes for a room of the pool gets one: the first on the shelf that is still what was put
--- there, or the next that is made or comes back.
---@class engine.pool.claim
local clock = require("engine.run.clock")
local core = require("core.task")
local error_new = require("core.error").new
local idle = require("engine.pool.idle")
local task = require("clnrm.task")

local M = {}

M.MOVED_MOST = 5 -- rooms made while one claim waits that show what has been replaced since
local CLOSE_MS = 8000

--- Takes something out of a list, if it is there.
---@param list table[]
---@param item table
function M.drop(list, item)
  for i, other in ipairs(list) do
    if other == item then
      table.remove(list, i)
      return
    end
  end
end

--- Closes a room; what fails then is the pool's to tell.
---@async
---@param pool engine.pool.Pool
---@param room table
function M.close(pool, room)
  local ok, err = core.shield(task.timeout, room.close_ms or CLOSE_MS, room.close, room)
  if not ok then
    pool.errors[#pool.errors + 1] = err
  end
end

--- Gives a room to who waits longest, or puts it on its shelf.
---@async
---@param pool engine.pool.Pool
---@param shelf engine.pool.Shelf
---@param room table
---@param used integer how often it was used
function M.offer(pool, shelf, room, used)
  local ticket = table.remove(shelf.waiters, 1)
  if ticket then
    ticket.room, ticket.used = room, used
    shelf.out = shelf.out + 1
    ticket.served:set()
  elseif pool.is_closed then
    pool:discard({ room = room, used = used })
  else
    shelf.idle[#shelf.idle + 1] = { room = room, since = clock.ms(), used = used }
  end
end

--- Puts a room that was taken off its shelf there again, unless nobody will come any more.
local function put_back(pool, shelf, one)
  if pool.is_closed then
    pool:discard(one)
  else
    table.insert(shelf.idle, 1, one)
  end
end

---@class engine.pool.Try of a claim
---@field since number when it was begun
---@field moved integer rooms that were made since then, and show what was replaced

--- Takes rooms off a shelf until one is there that lives, and is clean where that is asked for.
local function pop(pool, shelf, try)
  while #shelf.idle > 0 and try.moved < M.MOVED_MOST do
    local one = table.remove(shelf.idle, 1)
    shelf.out = shelf.out + 1
    local trouble, is_moved = idle.trouble(one)
    if not trouble then
      return one.room, one.used
    end
    shelf.out = shelf.out - 1
    if core.is_cancelled() then
      put_back(pool, shelf, one)
      return nil
    end
    try.moved = try.moved + (is_moved and one.since >= try.since and 1 or 0)
    pool.stats:add(trouble)
    pool.opts.spawn(M.close, pool, one.room)
  end
end

--- Waits for one that is being made, or comes back. What the claim got before is no answer.
local function await(pool, ticket)
  local shelf = ticket.shelf
  ticket.served, ticket.room, ticket.used, ticket.err = core.event(), nil, nil, nil
  shelf.waiters[#shelf.waiters + 1] = ticket
  if not core.is_cancelled() then
    pool:fill()
  end
  local ok, err = ticket.served:wait()
  if ok then
    return ticket.room, ticket.room and ticket.used or ticket.err
  end
  M.drop(shelf.waiters, ticket)
  if ticket.room then
    shelf.out = shelf.out - 1
    M.offer(pool, shelf, ticket.room, ticket.used)
  end
  return nil, err
end

--- Gets a room: one that waits, or the next one that is there and shows what is there. Where that
--- is replaced again and again, no room is of it: that is told instead of making them without end.
---@async
---@param pool engine.pool.Pool
---@param ticket engine.pool.Ticket
---@return table? room
---@return integer|core.Error? used how often it was; why there is none
---@return boolean? was_there it waited
---@nodiscard
function M.get(pool, ticket)
  local shelf, try = ticket.shelf, { since = clock.ms(), moved = 0 }
  while try.moved < M.MOVED_MOST do
    local room, used = pop(pool, shelf, try)
    if room then
      return room, used, true
    elseif try.moved < M.MOVED_MOST then
      room, used = await(pool, ticket)
      if not room or not idle.is_moved(room) then
        return room, used, false
      end
      shelf.out, try.moved = shelf.out - 1, try.moved + 1
      pool.stats:add("dead")
      pool.opts.spawn(M.close, pool, room)
    end
  end
  local text = "a folder of this machine that it shows was replaced before it could be used, "
    .. "%d times"
  return nil, error_new({ code = "EROOM", op = "pool.take", message = text:format(M.MOVED_MOST) })
end

return M
