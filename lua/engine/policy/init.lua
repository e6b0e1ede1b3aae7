--- The guard of a room: its limits and its policy, made before the room and asked at its end.
---
--- A room without both has none, and pays nothing.
---@class engine.policy
local limits = require("engine.policy.limits")

local M = {}

---@class engine.policy.Guard
---@field limits? engine.policy.Held
---@field rlimits? table<string, integer> of each command
---@field group? core.cgroup.Group that each command enters
local Guard = {}
Guard.__index = Guard

--- Makes the guard of a room.
---@param spec engine.backend.OpenSpec
---@return engine.policy.Guard? guard
---@return core.Error? err EPOLICY: something of it cannot be enforced here
---@nodiscard
function M.guard(spec)
  local self = setmetatable({}, Guard)
  local wanted = limits.join(spec.limits, spec.policy)
  if wanted then
    local held, err = limits.make(wanted)
    if not held then
      return nil, err
    end
    self.limits, self.group = held, held.group
    self.rlimits = next(held.rlimits) and held.rlimits or nil
  end
  return self
end

--- Says what the room is isolated by, beside what all rooms are.
---@param isolation engine.backend.Isolation
---@return engine.backend.Isolation
---@nodiscard
function Guard:isolation(isolation)
  local own = {}
  for key, value in pairs(isolation) do
    own[key] = value
  end
  if self.limits then
    own.limits = "room: " .. self.limits.text
  end
  return own
end

--- Tells what was tried in the room that was forbidden, and what its limits refused.  The room has
--- ended.
---@return engine.run.Finding[]
function Guard:finish()
  local list = {}
  if self.limits then
    table.move(limits.met(self.limits), 1, 2, 1, list)
  end
  self:close()
  return list
end

--- Gives back what it holds.
function Guard:close()
  if self.group then
    self.group:close() -- still in use, it is removed at the end of the program
    self.group = nil
  end
end

return M
