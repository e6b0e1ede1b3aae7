--- Sends what an opened file holds, as it was when it was looked at, or not at all.
---@class engine.docker.content
local M = {}

M.PIECE = 1 << 20

local CHANGED = "changed while it was read"

local function is_same(now, before)
  return now and now.size == before.size and now.mtime_ns == before.mtime_ns
    and now.ctime_ns == before.ctime_ns
end

--- Sends it.
---@async
---@param file core.fs.File
---@param before core.fs.Stat of it
---@param write engine.docker.Write
---@param refuse fun(why: string, code?: string): nil, core.Error
---@return true? ok
---@return core.Error? err by `refuse`, or what `write` told
function M.send(file, before, write, refuse)
  local at = 0
  while at < before.size do
    local size = math.min(M.PIECE, before.size - at)
    local bytes, err = file:read(at, size)
    if not bytes then
      return refuse("cannot be read: " .. err.message, err.code)
    elseif #bytes < size then
      return refuse(CHANGED)
    end
    local ok
    ok, err = write(bytes)
    if not ok then
      return nil, err
    end
    at = at + size
  end
  if not is_same(file:stat(), before) then
    return refuse(CHANGED)
  end
  return true
end

return M
