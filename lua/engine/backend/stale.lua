--- Which rooms that nobody has used yet can wait for a later run: nothing that they show can be
--- stale by then.
---
--- Pure.
---@class engine.backend.stale
local M = {}

--- Of the sandbox: an overlay over a project that changes below it is undefined.
---@param spec engine.backend.OpenSpec
---@return boolean
---@nodiscard
function M.sandbox(spec)
  local room = spec.room or {}
  return room.project == "none" and not room.image and not spec.shelf and not spec.dirs
    and not spec.policy
end

--- Of an engine: it shows the project as it is, but for copies.
---@param spec engine.backend.OpenSpec
---@param session? engine.backend.container.Session
---@return boolean
---@nodiscard
function M.engine(spec, session)
  local project = spec.room and spec.room.project or "ro"
  return session ~= nil and project ~= "copy" and (project == "none" or session.sees_files)
    and not spec.services and not spec.policy
end

return M
