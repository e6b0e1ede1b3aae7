--- What is done once for all who ask for it at the same time.
---
--- Who comes first does it, the others wait for its end. When the first was cancelled, or raised,
--- nothing is known for the others: the next of them does it.  `run` remembers nothing, `keep`
--- keeps what was made for all who ask later.
---@class engine.once
local core = require("core.task")

local M = {}

---@class engine.once.Turn
---@field over core.task.Event
---@field is_known? boolean what came of it holds for all who waited
---@field value? any
---@field err? core.Error
---@field private place table
---@field private name any
local Turn = {}

function Turn:__close()
  self.place[self.name] = nil
  self.over:set()
end

local under_way = setmetatable({}, { __mode = "k" }) -- by the table that keeps

local function under_way_of(kept)
  under_way[kept] = under_way[kept] or {}
  return under_way[kept]
end

--- Does something, or waits until another caller has. Nothing of it is remembered afterwards.
---@async
---@param place table  where it is noted that it is under way
---@param name any     by which name there
---@param fn async fun(...): any, core.Error?
---@return any value nil: it failed
---@return core.Error? err of `fn`; ECANCELED: the caller was cancelled
function M.run(place, name, fn, ...)
  while place[name] do
    local other = place[name]
    local ok, err = other.over:wait()
    if not ok then
      return nil, err
    elseif other.is_known then
      return other.value, other.err
    end
  end
  local turn <close> = setmetatable({ over = core.event(), place = place, name = name }, Turn)
  place[name] = turn
  turn.value, turn.err = fn(...)
  turn.is_known = turn.value ~= nil or not core.is_cancelled()
  return turn.value, turn.err
end

--- Makes something once: what was made is kept, and a cancel of who began it does not end it.
--- Who waits gets the error; who asks later makes it anew, since what failed may not fail again.
---@async
---@param kept table  what was made, by name
---@param name any
---@param fn async fun(...): any, core.Error?
---@return any value nil: it failed
---@return core.Error? err of `fn`; ECANCELED: the caller was cancelled while it waited
function M.keep(kept, name, fn, ...)
  if kept[name] ~= nil then
    return kept[name]
  end
  return M.run(under_way_of(kept), name, function(...)
    local value, err = core.shield(fn, ...)
    kept[name] = value
    return value, err
  end, ...)
end

return M
