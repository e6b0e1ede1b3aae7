--- How far pulls of images are: what an engine tells of each layer, added up.  Pure.
---@class engine.docker.progress
local M = {}

local RATE_MS = 3000 -- of which the rate is told
local LAYERS_MAX = 1000 -- of an image; it has 127 at most
local SEEN_MAX = 200 -- times of those

---@class engine.docker.Progress
---@field list engine.docker.Pull[] under way, the oldest first
---@field done integer
---@field total? integer
local Progress = {}
Progress.__index = Progress

---@class engine.docker.Pull
---@field name string
---@field began number     milliseconds, as `now`
---@field status string    of the whole, or of the layer that was told of last
---@field layers table<string, { id: string, status: string, current: integer, total: integer }>
---@field order table[]     the layers as they came
---@field seen { at: number, bytes: integer }[] for the rate

--- Notes that a pull begins.
---@param name string
---@param now number
function Progress:begin(name, now)
  self.list[#self.list + 1] = {
    name = name, began = now, status = "asking", layers = {}, order = {}, seen = {},
  }
end

local function find(self, name)
  for i, one in ipairs(self.list) do
    if one.name == name then
      return one, i
    end
  end
end

--- Bytes that are there, and that there will be, of the layers that say it.
---@param pull engine.docker.Pull
---@return integer have
---@return integer total
---@nodiscard
function M.bytes(pull)
  local have, total = 0, 0
  for _, layer in ipairs(pull.order) do
    have, total = have + layer.current, total + layer.total
  end
  return have, total
end

--- Notes what the engine tells.
---@param name string
---@param progress engine.docker.PullProgress
---@param now number
function Progress:on_progress(name, progress, now)
  local pull = find(self, name)
  if not pull then
    return
  end
  pull.status = progress.status:lower()
  if not progress.layer or pull.status:find("^pulling from ") then -- whose id is a tag
    return
  end
  local layer = pull.layers[progress.layer]
  if not layer and #pull.order >= LAYERS_MAX then
    return
  elseif not layer then
    layer = { id = progress.layer, current = 0, total = 0 }
    pull.layers[progress.layer] = layer
    pull.order[#pull.order + 1] = layer
  end
  layer.status = pull.status
  if progress.status == "Downloading" and progress.total then
    layer.current, layer.total = progress.current or 0, progress.total
  elseif progress.status == "Download complete" or progress.status == "Pull complete" then
    layer.current = layer.total
  end
  local seen = pull.seen
  seen[#seen + 1] = { at = now, bytes = (M.bytes(pull)) }
  while #seen > 2 and now - seen[2].at >= RATE_MS do
    table.remove(seen, 1)
  end
  if #seen > SEEN_MAX then
    table.remove(seen, 2)
  end
end

--- Notes that a pull is over.
---@param name string
function Progress:finish(name)
  local _, at = find(self, name)
  if at then
    table.remove(self.list, at)
  end
  self.done = self.done + 1
end

--- Bytes a second, of the last seconds; nil: nothing came.
---@param pull engine.docker.Pull
---@return number?
---@nodiscard
function M.rate(pull)
  local first, last = pull.seen[1], pull.seen[#pull.seen]
  local ms = first and last.at - first.at or 0
  return ms > 0 and last.bytes > first.bytes and (last.bytes - first.bytes) / ms * 1000 or nil
end

--- Finds one that is under way.
---@param name string
---@return engine.docker.Pull?
---@nodiscard
function Progress:get(name)
  return (find(self, name))
end

--- Makes the progress of pulls, none yet.
---@param total? integer how many there will be
---@return engine.docker.Progress
---@nodiscard
function M.new(total)
  return setmetatable({ list = {}, done = 0, total = total }, Progress)
end

return M
