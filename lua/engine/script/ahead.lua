--- Rooms of Lua tests from the pool: what a test will open is known when it does, so it is guessed
--- from the one before it, file by file.
---
--- A test of a file mostly opens what the last one did. So when one has opened a room that the pool
--- has, a like one is expected for each test of the file that has not begun. The first test that
--- opens no such room ends the guessing for its file: at most as many rooms are made in vain as the
--- pool makes ahead.
---@class engine.script.ahead
local M = {}

M.MOST = 64 -- rooms that are expected for one file

---@class engine.script.Claim how a room was come by
---@field ticket engine.pool.Ticket
---@field taken engine.pool.Taken

--- Expects so many rooms on a shelf, no more and no fewer.
local function expect(pool, file, shelf, spec, count)
  local hints = file.hints[shelf] or {}
  file.hints[shelf] = hints
  while #hints > count do
    pool:forget(table.remove(hints))
  end
  while #hints < count do
    hints[#hints + 1] = pool:expect_on(shelf, spec)
  end
end

local function drop(pool, file)
  for shelf in pairs(file.hints) do
    expect(pool, file, shelf, nil, 0)
  end
end

--- Makes the pool of the run, before the first test: not inside one.
---@param run engine.run.Run
function M.prepare(run)
  if run.backend.pools ~= "reused" then -- which Lua tests cannot ask for
    require("engine.pool.run").of(run)
  end
end

--- Takes a room from the pool.
---@async
---@param context engine.script.Context
---@param run engine.run.Run
---@param backend engine.backend
---@param spec engine.backend.OpenSpec
---@return engine.script.Claim? claim nil, without an error: such a room is made by who needs it
---@return core.Error? err
---@return engine.backend.Room? room
function M.take(context, run, backend, spec)
  local is_late = run.late and run.late[context.cx.scenario.suite]
  local is_copy = spec.room ~= nil and spec.room.project == "copy" -- of what an earlier test left
  local pool = backend.pools and not is_late and not is_copy and run.pool
  local shelf = pool and not pool.is_closed and pool:shelf_of(backend, spec)
  if not shelf then
    return nil
  end
  local file, is_guessing = context.file, context.kind == "test" and context.file ~= nil
  if is_guessing then
    file.hints = file.hints or {}
    context.shelves = context.shelves or {}
    if not file.is_varied and not context.shelves[shelf] then
      context.shelves[shelf] = true
      expect(pool, file, shelf, spec, math.max(0, math.min(file.to_begin, M.MOST)))
    end
  end
  local ticket = pool:expect_on(shelf, spec, true)
  local room, err, taken = pool:take(ticket)
  if not room then
    return nil, err
  end
  return { ticket = ticket, taken = taken }, nil, room
end

--- Takes note that a test has ended, and whether it opened what it was expected to.
---@param context engine.script.Context
function M.ended(context)
  local file, pool = context.file, context.run.pool
  if not pool or not file.hints or file.is_varied then
    return
  end
  for shelf, hints in pairs(file.hints) do
    local has_opened = context.shelves and context.shelves[shelf]
    file.is_varied = file.is_varied or #hints > 0 and not has_opened
  end
  if file.is_varied or file.to_begin <= 0 then
    drop(pool, file)
  end
end

--- Takes note that a room which was taken is no more.
---@param run engine.run.Run
---@param claim engine.script.Claim
---@param room engine.backend.Room
---@param used_ms number
function M.closed(run, claim, room, used_ms)
  run.pool:ended(claim.ticket, room, used_ms)
end

return M
