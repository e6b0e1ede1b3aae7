--- Shows a rendered text as its source: whoever asks where something stands is told of the source.
local M = {}

---@class engine.model.View
---@field source string
---@field map engine.template.Map
---@field cell? string the name of the cell
---@field first? engine.model.First what was read before the tags
---@field rendered? table<integer, integer|false> offsets that were asked for, by those in the
---   source; false: several of them come from one place

local Positions = {}
Positions.__index = Positions

--- Remembers where a place of the source came out.
local function remember(view, source, offset)
  view.rendered = view.rendered or {}
  local known = view.rendered[source]
  view.rendered[source] = (known == nil or known == offset) and offset
end

for _, name in ipairs({ "value", "key", "table" }) do
  Positions[name] = function(self, ...)
    local offset, stop = self.positions[name](self.positions, ...)
    if not offset then
      return nil
    end
    local source = self.map:offset(offset)
    remember(self.view, source, offset)
    return source, self.map:stop(stop)
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
  return setmetatable({ positions = positions, map = view.map, view = view }, Positions)
end

--- Moves a problem of the rendered text to where it comes from.
---@param p core.toml.Problem
---@param view engine.model.View
---@return integer offset
---@return integer stop
function M.place(p, view)
  remember(view, view.map:offset(p.offset), p.offset)
  return view.map:offset(p.offset), view.map:stop(p.offset + math.max(p.length, 1))
end

return M
