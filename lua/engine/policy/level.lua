--- What each security level forbids, and how a room of it is made.
---
--- low: what every room has.  medium: nothing is executed from places that can be written to, and
--- no sockets but unix and IP ones, of which only the loopback answers.  high: besides, nothing of
--- the room can be written to, and no process looks into another.
---@class engine.policy.level
local M = {}

---@class engine.policy.Level
---@field noexec boolean
---@field readonly boolean
---@field watch table<string, true> options of core.room.filter

---@type table<string, engine.policy.Level>
M.levels = {
  low = { noexec = false, readonly = false, watch = {} },
  medium = {
    noexec = true,
    readonly = false,
    watch = { watch_programs = true, watch_net = true },
  },
  high = {
    noexec = true,
    readonly = true,
    watch = {
      watch_programs = true,
      watch_net = true,
      watch_inspect = true,
      watch_writes = true,
    },
  },
}

--- What a level is where an engine makes the room: settings of its containers
--- (engine.backend.container.settings), and what the agents watch for.
---@type table<string, engine.policy.Level>
M.of_engine = {
  low = { noexec = false, readonly = false, watch = {} },
  medium = { noexec = false, readonly = false, watch = {} },
  high = { noexec = false, readonly = true, watch = { watch_writes = true } },
}

local IN_MEMORY = { tmpfs = true, dev = true }

local function is_written(op)
  return op.target ~= "/"
    and (IN_MEMORY[op.kind] or op.kind == "rw" or op.kind == "copy" and not op.readonly)
end

--- Applies a level to the operations of a room, or of a view: those of a view stay writable, for
--- they are what a service declares.  A tree that is the root is engine.policy.tree's.
---@param ops core.room.Op[] changed in their places
---@param level engine.policy.Level
---@param is_view? boolean
---@return core.room.Op[] ops
function M.apply(ops, level, is_view)
  for _, op in ipairs(ops) do
    if level.noexec and is_written(op) then
      op.noexec = true
    end
    if level.readonly and not is_view and IN_MEMORY[op.kind] then
      op.readonly = true
    end
  end
  return ops
end

return M
