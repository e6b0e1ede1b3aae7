--- Shows a rendered text as its source: whoever asks where something stands is told of the source.
local M = {}

---@class engine.model.View
---@field source string
---@field map engine.template.Map
---@field cell? string the name of the cell

local Positions = {}
Positions.__index = Positions

for _, name in ipairs({ "value", "key", "table" }) do
  Positions[name] = function(self, ...)
    local offset, stop = self.positions[name](self.positions, ...)
    if not offset then
      return nil
    end
    return self.map:offset(offset), self.map:stop(stop)
  end
end

function Positions:keys(t)
  return self.positions:keys(t)
end

function Positions:close()
  self.positions:close()
end

--- Wraps the positions of a rendered text.
---@param positions core.toml.Positions
---@param view engine.model.View
---@return core.toml.Positions
function M.positions(positions, view)
  return setmetatable({ positions = positions, map = view.map }, Positions)
end

--- Moves a problem of the rendered text to where it comes from.
---@param p core.toml.Problem
---@param view engine.model.View
---@return integer offset
---@return integer stop
function M.place(p, view)
  return view.map:offset(p.offset), view.map:stop(p.offset + math.max(p.length, 1))
end

return M
