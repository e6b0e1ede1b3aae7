--- The types of the Lua API in a project, for its editor: what is there, and what has to be done.
---
--- They lie in .clnrm/luals, which `.luarc.json` names.  That file is the project's own: it is made
--- when there is none, and never changed.
---@class engine.editor_types
local fs = require("core.fs")
local json = require("core.json")
local stubs = require("engine.api.stubs")

local M = {}

M.DIR = ".clnrm/luals"
M.SETTINGS = ".luarc.json"

local FILE_MAX = 4 << 20

local function settings_text()
  return ([[
{
  "runtime": { "version": "Lua 5.4" },
  "workspace": { "library": ["%s"] }
}
]]):format(M.DIR)
end

---@class engine.editor_types.File
---@field path string in the project
---@field status "same"|"new"|"stale"|"old"|"foreign" new: not there; stale: of another clnrm; old:
---   it is none any more; foreign: settings that do not name the types
---@field text? string that it should have

--- Finds the list of folders with types: a key may be written with dots or as a table in a table,
--- and `Lua` may stand before it.
local function library_of(settings)
  local inner = settings.workspace or settings.Lua and settings.Lua.workspace
  local key = ("%s.%s"):format("workspace", "library")
  return settings[key] or settings["Lua." .. key] or inner and inner["library"]
end

--- Whether settings name the types.  They may have comments, which JSON has not.
local function names_types(text)
  local settings = json.decode(text)
  local ok, library = pcall(library_of, settings) -- what is a table there may be anything
  library = ok and library or nil
  for _, dir in ipairs(type(library) == "table" and library or {}) do
    if type(dir) == "string" and dir:gsub("^%./", ""):gsub("/$", "") == M.DIR then
      return true
    end
  end
  return settings == nil and text:find('"' .. M.DIR, 1, true) ~= nil
end

--- Compares one file with what it should be.
local function compare(root, path, text)
  local old, err = root:read(path, { max = FILE_MAX, nolinks = true })
  if not old and err.code ~= "ENOENT" and err.code ~= "ENOTDIR" then
    return nil, err
  end
  local status = not old and "new" or old == text and "same" or "stale"
  return { path = path, status = status, text = text }, nil, old
end

--- Lists those that an earlier clnrm wrote and this one does not have.
local function old_ones(root, wanted, list)
  for _, entry in ipairs(root:scandir(M.DIR) or {}) do
    local path = M.DIR .. "/" .. entry.name
    local is_ours = entry.type == "file" and entry.name:find("^clnrm.*%.lua$")
    local text = is_ours and not wanted[entry.name]
      and root:read(path, { max = FILE_MAX, nolinks = true })
    if text and text:sub(1, #stubs.MARK) == stubs.MARK then
      list[#list + 1] = { path = path, status = "old" }
    end
  end
end

--- Looks at the files of a project.
---@param root core.fs.Root of the project
---@return engine.editor_types.File[]? files
---@return core.Error? err
---@nodiscard
function M.look(root)
  local list, wanted = {}, {}
  for i, stub in ipairs(stubs.list()) do
    local file, err = compare(root, M.DIR .. "/" .. stub.name, stub.make())
    if not file then
      return nil, err
    end
    list[i], wanted[stub.name] = file, true
  end
  old_ones(root, wanted, list)
  local settings, err, old = compare(root, M.SETTINGS, settings_text())
  if not settings then
    return nil, err
  elseif settings.status == "stale" then
    settings.status = names_types(old) and "same" or "foreign"
  end
  list[#list + 1] = settings
  return list
end

--- Does what has to be done to a file.
---@param root core.fs.Root
---@param file engine.editor_types.File
---@return core.Error? err
function M.settle(root, file)
  local ok, err = true, nil
  if file.status == "new" or file.status == "stale" then
    local dir = file.path:match("^(.*)/")
    if dir then
      ok, err = root:mkdir_p(dir)
    end
    if ok then
      ok, err = root:write_atomic(file.path, file.text)
    end
  elseif file.status == "old" then
    ok, err = root:remove(file.path)
  end
  return not ok and err or nil
end

--- Whether a project has types of another clnrm.
---@param dir string of the project
---@return boolean
---@nodiscard
function M.is_stale(dir)
  if not fs.exists(dir .. "/" .. M.DIR) then
    return false
  end
  local root <close> = fs.open_root(dir)
  for _, file in ipairs(root and M.look(root) or {}) do
    if file.path ~= M.SETTINGS and file.status ~= "same" then
      return true
    end
  end
  return false
end

return M
