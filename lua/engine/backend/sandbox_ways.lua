--- The ways in which one room can be made: with overlays, or without where a file system or the
--- kernel has none.  Found out by doing; what worked is remembered.
---@class engine.backend.sandbox_ways
local M = {}

---@class engine.backend.sandbox.Way
---@field view "ro"|"bind"|"copy"|"none" how the project is shown
---@field tree? engine.image.Root   whose tree is the room's root
---@field trees? table<string, true> of all images in the room; nil: there are none
---@field copies? boolean           private copies of them, not overlays

local copied = {} ---@type table<string, true> trees over which no overlay could be made

--- Finds the images of a room: its own, and those that its shelf holds for services.
local function trees_of(tree, spec)
  local trees = {}
  if tree then
    trees[tree.dir] = true
  end
  for _, op in ipairs(spec.shelf or {}) do
    if op.kind == "copy" then
      trees[op.source] = true
    end
  end
  return next(trees) and trees or nil
end

--- Finds the images of a room that is to be made.
---@param spec engine.backend.OpenSpec
---@return table<string, true>? trees nil: there are none
---@nodiscard
function M.trees(spec)
  local image = spec.room and spec.room.image
  return trees_of(image and require("engine.image").root(image) or nil, spec)
end

--- Lists the ways, the best first.
---@param view "ro"|"bind"|"copy"|"none"
---@param spec engine.backend.OpenSpec
---@return engine.backend.sandbox.Way[]
---@nodiscard
function M.of(view, spec)
  local image = spec.room and spec.room.image
  local tree = image and require("engine.image").root(image) or nil
  local trees = trees_of(tree, spec)
  local list = {}
  for _, shown in ipairs(view == "ro" and { "ro", "bind" } or { view }) do
    local must_copy = false
    for dir in pairs(trees or {}) do
      must_copy = must_copy or copied[dir] ~= nil
    end
    if not must_copy then
      list[#list + 1] = { view = shown, tree = tree, trees = trees }
    end
    if trees then
      list[#list + 1] = { view = shown, tree = tree, trees = trees, copies = true }
    end
  end
  return list
end

--- Remembers the way that worked.
---@param way engine.backend.sandbox.Way
---@return engine.backend.sandbox.Way
function M.remember(way)
  for dir in pairs(way.copies and way.trees or {}) do
    copied[dir] = true
  end
  return way
end

--- Tells rooms with other images apart.
---@param way engine.backend.sandbox.Way
---@return string
---@nodiscard
function M.key(way)
  return (way.tree and way.tree.dir or "") .. (way.copies and "\0copies" or "")
end

--- Makes private copies of what would be overlays.
---@param way engine.backend.sandbox.Way
---@param ops core.room.Op[]
---@param shelf? core.room.Op[]
---@return core.room.Op[] ops
---@return core.room.Op[]? shelf
---@return { size: integer, inodes: integer } of the room's own root, which holds a copy then
function M.without_overlays(way, ops, shelf)
  local image = require("engine.image.root")
  return image.without_overlays(ops, way.trees), image.without_overlays(shelf, way.trees),
    way.tree and image.CHANGES or require("engine.backend.sandbox_root").ROOT
end

--- Says which users images ask for: a room has one, and these do not become it.
---@param isolation engine.backend.Isolation
---@param way engine.backend.sandbox.Way
---@param users? string[] of services
---@return engine.backend.Isolation
---@nodiscard
function M.with_users(isolation, way, users)
  local list = table.move(users or {}, 1, #(users or {}), 1, {})
  local own = way.tree and way.tree.config.user
  if own and own ~= "" then
    table.insert(list, 1, "the room as " .. own)
  end
  if not list[1] then
    return isolation
  end
  local made = {}
  for key, value in pairs(isolation) do
    made[key] = value
  end
  made.user = ("%s; not as images say: %s"):format(isolation.user, table.concat(list, ", "))
  return made
end

local BY_BIND = "; project by bind: sockets and FIFOs in it are the host's"
local told = {} ---@type table<string, engine.backend.Isolation> by what is said of the files

--- Says what a room really is cut off from.
---@param way engine.backend.sandbox.Way
---@param all engine.backend.Isolation what holds for every room
---@return engine.backend.Isolation
---@nodiscard
function M.isolation(way, all)
  local files, how = all.fs, way.copies and "private copy" or "overlay"
  if way.tree then
    files = ("own namespace, root of %s by %s"):format(way.tree.text, how)
  end
  if way.trees and (not way.tree or next(way.trees, next(way.trees))) then
    files = files .. "; images of services by " .. how
  end
  files = files .. (way.view == "bind" and BY_BIND or "")
  if files == all.fs then
    return all
  elseif not told[files] then
    told[files] = {}
    for key, value in pairs(all) do
      told[files][key] = value
    end
    told[files].fs = files
  end
  return told[files]
end

return M
