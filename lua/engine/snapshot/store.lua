--- Snapshots on the disk: read, written as pending, accepted, rejected.
---
--- Nothing is followed that is a link, nothing is replaced or removed that is no snapshot, and
--- each write is another file that is renamed: of several clnrm in one folder the last one stands,
--- whole.
---@class engine.snapshot.store
local error_new = require("core.error").new
local form = require("engine.snapshot.form")
local fs = require("core.fs")
local place = require("engine.snapshot.place")

local M = {}

local function problem(path, why)
  return nil, error_new({ code = "ESNAPSHOT", op = "snapshot", message = path .. ": " .. why })
end

local function shown_reason(err)
  if err.code == "ELOOP" then
    return "a link stands on the way: snapshots are never read through links"
  elseif err.code == "ELIMIT" then
    return ("it is larger than %d MiB"):format(form.FILE_MAX >> 20)
  end
  return err.message
end

--- Reads one file below a root.
---@param root core.fs.Root
---@param path string
---@return engine.snapshot.Snapshot? snapshot
---@return core.Error? err ENOENT: there is none
function M.read(root, path)
  local bytes, err = root:read(path, { nolinks = true, max = form.FILE_MAX })
  if not bytes then
    if err.code == "ENOENT" or err.code == "ENOTDIR" then
      return nil, err
    end
    return problem(path, shown_reason(err))
  end
  local snapshot, why = form.parse(bytes)
  if not snapshot then
    return problem(path, why)
  end
  return snapshot
end

--- Refuses folders on the way that are links.
local function check_way(root, path)
  local done = ""
  for part in path:gmatch("[^/]+/") do
    done = done .. part
    local stat = root:lstat((done:gsub("/$", "")))
    if stat and stat.type ~= "directory" then
      return problem(done, "it is no folder of its own (a link is not followed)")
    end
  end
  return true
end

--- Refuses to replace what is no snapshot.
local function check_own(root, path)
  local old, err = M.read(root, path)
  if old or err.code == "ENOENT" then
    return true
  end
  return nil, err
end

local function write(root, path, snapshot)
  local ok, err = check_way(root, path)
  if ok then
    ok, err = check_own(root, path)
  end
  if ok then
    ok, err = root:mkdir_p((path:gsub("/[^/]*$", "")))
  end
  if ok then
    ok, err = root:write_atomic(path, form.print(snapshot), { sync = false })
  end
  return ok, err
end

--- Opens the folder of a test file.
---@param dir string
---@return core.fs.Root? root to be closed
---@return core.Error? err
M.open = fs.open_root

--- Writes what was seen beside the stored one, to be looked at.
---@param root core.fs.Root
---@param path string of the stored one
---@param snapshot engine.snapshot.Snapshot
---@return true? ok
---@return core.Error? err
function M.write_pending(root, path, snapshot)
  return write(root, path .. place.PENDING, snapshot)
end

--- Removes a file and the folders that are empty then.
local function remove(root, path)
  local ok, err = root:remove(path)
  local folder = path:match("^(.*)/")
  while ok and folder and root:remove(folder) do
    folder = folder:match("^(.*)/")
  end
  return ok, err
end

--- Removes a pending one, when it is one.
---@param root core.fs.Root
---@param path string of the stored one
---@return true? removed
---@return core.Error? err ENOENT: there is none
function M.reject(root, path)
  return M.remove(root, path .. place.PENDING)
end

--- Removes a file, when it is a snapshot, and the folders that are empty then.
---@param root core.fs.Root
---@param path string
---@return true? removed
---@return core.Error? err
function M.remove(root, path)
  local old, err = M.read(root, path)
  if not old then
    return nil, err
  end
  return remove(root, path)
end

--- Makes the pending one the stored one.
---@param root core.fs.Root
---@param path string of the stored one
---@param text? string instead of the pending one's: it was edited
---@return true? accepted
---@return core.Error? err
function M.accept(root, path, text)
  local pending, err = M.read(root, path .. place.PENDING)
  if not pending then
    return nil, err
  end
  pending.line, pending.run = nil, nil
  pending.text = text or pending.text
  local ok
  ok, err = write(root, path, pending)
  if not ok then
    return nil, err
  end
  return root:remove(path .. place.PENDING)
end

return M
