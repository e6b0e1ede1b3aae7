--- Whether a stored image is still what was put there.
---@class engine.image.check
local archive = require("core.archive")
local store = require("engine.image.store")

local M = {}

--- Looks at the files of an image: what the kernel notes of each, and when that is not as it was,
--- their contents.
---@async
---@param id string
---@return engine.image.Stored? stored nil: it is not there, or is damaged
---@return core.Error? err
function M.look(id)
  local stored = store.read(id)
  if not stored then
    return nil
  end
  local root = store.root(id)
  local tree, err = archive.tree(root)
  if tree and tree.quick == stored.quick then
    return stored
  elseif tree then
    tree, err = archive.tree(root, { full = true })
  end
  if tree and tree.full == stored.full then -- copied elsewhere and back, say
    stored.quick = tree.quick
    store.write(root:match("^(.*)/"), stored)
    return stored
  end
  return nil, err
end

return M
