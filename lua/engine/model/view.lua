--- Shows a rendered text as its source: whoever asks where something stands is told of the source.
local M = {}

---@class engine.model.View
---@field source string
---@field map engine.template.Map
---@field cell? string the name of the cell
---@field values_left? integer how many values it may have; afterwards, those behind it
---@field first? engine.model.First what was read before the tags
---@field written? engine.model.Written where other templates or macros may have written of it
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
    local source, is_copied = self.map:offset(offset)
    remember(self.view, source, offset)
    return source, self.map:stop(stop), not is_copied and self.view.written and offset or nil
  end
end

function Positions:keys(t)
  return self.positions:keys(t)
end

function Positions:close()
  self.positions:close()
end

--- Wraps the positions of a rendered text.  Of what a tag was replaced by, `key`, `value` and
--- `table` return the offset in the rendered text besides, where somebody else may have written it.
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
---@return integer? at in the rendered text, as above
function M.place(p, view)
  local source, is_copied = view.map:offset(p.offset)
  remember(view, source, p.offset)
  return source, view.map:stop(p.offset + math.max(p.length, 1)),
    not is_copied and view.written and p.offset or nil
end

return M
