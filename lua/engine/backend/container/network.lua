--- The network of one room: made only where two of its containers need one another.
---@class engine.backend.container.network
local body = require("engine.backend.container.body")
local things = require("engine.docker.things")

local M = {}

---@class engine.backend.container.Network
---@field id string
---@field has_way_out boolean
---@field private session engine.backend.container.Session
---@field private thing engine.docker.Thing
local Network = {}
Network.__index = Network

local count = 0

--- How many containers of a room could speak with another one.
---@param spec engine.backend.OpenSpec
---@return integer
---@nodiscard
function M.members(spec)
  local members = spec.room and spec.room.image and 1 or 0
  for _, service in ipairs(spec.services or {}) do
    members = members + (service.network ~= "none" and 1 or 0)
  end
  return members
end

--- Makes a network.
---@async
---@param session engine.backend.container.Session
---@param has_way_out boolean
---@return engine.backend.container.Network? network
---@return core.Error? err
---@nodiscard
function M.open(session, has_way_out)
  count = count + 1
  local name = ("clnrm-%s-%d-%d"):format(session.run, count, math.random(1 << 40))
  local thing, err = things.make(session, "network", body.network(name, has_way_out))
  if not thing then
    return nil, err
  end
  return setmetatable({
    id = thing.id, has_way_out = has_way_out, session = session, thing = thing,
  }, Network)
end

--- Removes it; its containers are gone by then.
---@async
---@return true? ok
---@return core.Error? err
function Network:remove()
  return things.unmake(self.session, self.thing)
end

return M
