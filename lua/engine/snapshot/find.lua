--- Finds the snapshots of a project: what is stored, and what is pending.
---
--- Looks below folders named `snapshots` only, follows no link, and passes over what is no snapshot
--- of clnrm.
---@class engine.snapshot.find
local form = require("engine.snapshot.form")
local fs = require("core.fs")
local place = require("engine.snapshot.place")

local M = {}

local DEPTH_MAX = 40
local FOLDERS_MAX = 50000
local FOUND_MAX = 20000
local GONE = { ENOENT = true, ENOTDIR = true }
local NEVER = { [".git"] = true, [".hg"] = true, [".svn"] = true, node_modules = true }

---@class engine.snapshot.Found
---@field root string       folder of the test file, absolute
---@field path string       of the stored one, below the root
---@field file string       absolute, of the stored one
---@field shown string      the same, as seen from the working directory when it is below
---@field source string     the test file, absolute
---@field stored? engine.snapshot.Snapshot
---@field pending? engine.snapshot.Snapshot
---@field problem? string   why one of them cannot be used

local function join(folder, name)
  return (folder == "/" and "/" or folder .. "/") .. name
end

local function shorten(path, cwd)
  local prefix = cwd == "/" and "/" or (cwd or "") .. "/"
  return cwd and path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or path
end

local function entries_of(cx, folder, kind)
  local list = {}
  cx.folders = cx.folders + 1
  if cx.folders > FOLDERS_MAX then
    cx.is_cut = true
    return list
  end
  local entries, err = fs.scandir(folder)
  local last = cx.unreadable[#cx.unreadable]
  if not entries and not GONE[err.code] and last ~= folder then -- some are looked at twice
    cx.unreadable[#cx.unreadable + 1] = folder
  end
  for _, entry in ipairs(entries or {}) do
    if entry.type == kind or entry.type == "unknown" then
      list[#list + 1] = entry.name
    end
  end
  return list
end

local function read(path)
  local bytes, err = fs.read(path, { max = form.FILE_MAX, nofollow = true })
  if not bytes then
    return nil, err.message
  end
  return form.parse(bytes)
end

--- Reads the snapshots of one test.
local function add_test(cx, source_folder, file, test)
  local folder = ("%s/%s/%s"):format(join(source_folder, place.FOLDER), file, test)
  local by_name, order = {}, {}
  for _, name in ipairs(entries_of(cx, folder, "file")) do
    local base = name:match("^(.*%.snap)%.new$") or name:match("^.*%.snap$")
    if base and #cx.list < FOUND_MAX then
      local below = ("%s/%s/%s/%s"):format(place.FOLDER, file, test, base)
      local one = by_name[base]
      if not one then
        one = {
          root = source_folder,
          path = below,
          file = join(source_folder, below),
          shown = shorten(join(source_folder, below), cx.cwd),
          source = join(source_folder, file),
        }
        by_name[base], order[#order + 1] = one, one
      end
      local snapshot, why = read(join(folder, name))
      one[name == base and "stored" or "pending"] = snapshot
      one.problem = one.problem or not snapshot and ("%s: %s"):format(name, why) or nil
    end
  end
  table.move(order, 1, #order, #cx.list + 1, cx.list)
end

local function add_snapshots(cx, folder, source_folder)
  for _, file in ipairs(entries_of(cx, folder, "directory")) do
    for _, test in ipairs(entries_of(cx, join(folder, file), "directory")) do
      add_test(cx, source_folder, file, test)
    end
  end
end

local function walk(cx, path, depth)
  for _, name in ipairs(entries_of(cx, path, "directory")) do
    if name == place.FOLDER then
      add_snapshots(cx, join(path, name), path)
    end
    if not NEVER[name] and depth < DEPTH_MAX then
      walk(cx, join(path, name), depth + 1)
    end
  end
end

--- Lists the snapshots below a folder, in the order of their paths.
---@param folder string absolute
---@param cwd? string what `shown` is relative to
---@return engine.snapshot.Found[] list
---@return boolean is_cut there was too much to look at all of it
---@return string[] unreadable folders that could not be looked into
---@nodiscard
function M.below(folder, cwd)
  local cx = { list = {}, folders = 0, is_cut = false, unreadable = {}, cwd = cwd }
  walk(cx, folder, 1)
  table.sort(cx.list, function(a, b)
    return a.file < b.file
  end)
  return cx.list, cx.is_cut or #cx.list >= FOUND_MAX, cx.unreadable
end

return M
