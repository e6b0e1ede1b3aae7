--- What of this machine a room of the sandbox shows: whether it is still at its place, before
--- somebody gets a room that was made a while ago and has the folder that was there then.
---@class engine.backend.sandbox_shown
local fs = require("core.fs")

local M = {}

---@alias engine.backend.sandbox.Shown table<string, string> paths → names of what is there

--- Names what is at a path: nothing else can have that name while a room shows it.  A link that
--- was put there, or above it, is a change, wherever it leads.
local function what_is(path)
  local real = fs.realpath(path)
  local stat = real and fs.lstat(real)
  return stat and ("%d:%d %s"):format(stat.dev, stat.ino, real) or ""
end

--- Notes what is at each place that a room will show. To be asked before it is made: what is
--- replaced meanwhile is another thing then.
---@param spec engine.backend.OpenSpec
---@return engine.backend.sandbox.Shown
---@nodiscard
function M.by(spec)
  local shown = {}
  if spec.project_dir and not (spec.room and spec.room.project == "none") then
    shown[spec.project_dir] = what_is(spec.project_dir)
  end
  for _, op in ipairs(spec.shelf or {}) do
    if op.kind == "ro" or op.kind == "rw" then
      shown[op.source] = what_is(op.source)
    end
  end
  return shown
end

--- Whether something else is at such a place by now.
---@param room engine.backend.Room
---@return boolean
---@nodiscard
function M.is_moved(room)
  for path, what in pairs(room.shown) do
    if what_is(path) ~= what then
      return true
    end
  end
  return false
end

return M
