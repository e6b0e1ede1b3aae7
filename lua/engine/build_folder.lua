--- A folder of the user's cache for what one build of clnrm keeps: `$XDG_CACHE_HOME/clnrm/NAME/ID`.
---
--- Another build does not understand what is in it: a new one takes the folders of others away.
--- Only a folder that nobody else can write to is used, for code is loaded from there.
local fs = require("core.fs")
local hash = require("core.hash")
local loader = require("engine.loader")
local version = require("core.version")

local M = {}

local PRIVATE = 448 -- 0700

--- Names the build, and the libraries that it runs with.
local function build_id()
  local exe, about = fs.stat("/proc/self/exe"), version.describe()
  if not exe then
    return nil
  end
  local parts = { about.version, about.variant, about.lua, exe.size, exe.mtime_ns,
    version.build() or ("%d %d"):format(exe.dev, exe.ino) }
  for _, library in ipairs(about.libraries) do
    parts[#parts + 1] = library.name .. library.version
  end
  return hash.xxh128(table.concat(parts, "\0"))
end

--- Names the folder of the user's cache; nil: there is none.
---@return string?
---@nodiscard
function M.top()
  local cache, home = os.getenv("XDG_CACHE_HOME"), os.getenv("HOME")
  return cache and cache:find("^/") and cache
    or home and home:find("^/") and home .. "/.cache" or nil
end

local function own_uid()
  local stat = fs.stat("/proc/self")
  return stat and stat.uid
end

--- Whether what a handle stands for is of this user, and nobody else can write to it.
local function is_private(root)
  local stat = root:stat(".")
  return stat and stat.type == "directory" and stat.uid == own_uid() and stat.mode & 18 == 0
end

--- Opens a folder that no link leads to; nil: it is not there, or not ours alone.
local function open_private(path)
  local root = fs.open_root(path, { nolinks = true })
  if root and not is_private(root) then
    root:close()
    return nil
  end
  return root
end

--- Whether the modules of a name, and those below it, are those of the build.
local function is_original(modules)
  if (os.getenv("CLNRM_LUA_DIR") or "") ~= "" then
    return false
  end
  return not loader.is_overridden(modules)
end

local function drop_others(base, own)
  for _, entry in ipairs(base:scandir(".") or {}) do
    if entry.name ~= own then
      base:remove_tree(entry.name)
    end
  end
end

--- Makes the folder of a build, after which those of others are removed.
local function make(top, name, id)
  local above <close> = fs.mkdir_p(top) and fs.open_root(top) or nil
  if not above or not above:mkdir_p("clnrm/" .. name, { mode = PRIVATE }) then
    return
  end
  local base <close> = open_private(top .. "/clnrm/" .. name)
  if base then
    drop_others(base, id)
    base:mkdir_p(id, { mode = PRIVATE })
  end
end

--- Finds the folder of this build, or makes it.  It is opened once: what is looked at, read and
--- written is the folder behind the handle, whoever renames what leads to it.
---@param name string
---@param modules string what is kept is made by these: with others in their place, nothing is
---@return core.fs.Root? folder nil: nothing can be kept
---@nodiscard
function M.open(name, modules)
  local top = M.top()
  local id = top and is_original(modules) and build_id()
  if not id then
    return nil
  end
  local real = fs.realpath(top) or top -- links to the cache are the user's own; none below it is
  local path = ("%s/clnrm/%s/%s"):format(real, name, id)
  local base = open_private(real .. "/clnrm/" .. name)
  local folder = base and open_private(path)
  if not folder then
    make(real, name, id)
    base = base or open_private(real .. "/clnrm/" .. name)
    folder = base and open_private(path)
  end
  if base then
    base:close()
  end
  return folder
end

--- Reads a file of the folder that belongs to the user alone.  One that does not is removed: what
--- is written in its place would keep its owner.
---@param folder core.fs.Root
---@param name string
---@param max integer bytes
---@return string? bytes
---@nodiscard
function M.read(folder, name, max)
  local bytes, err = folder:read(name, { max = max, nofollow = true, owned = true })
  if not bytes and err.code == "EPERM" then
    folder:remove(name)
  end
  return bytes
end

--- Whether it is at this entry that one looks how much there is in the folder: at one of so many,
--- by chance, and without a note of it.  Who counted from each start would look at every start.
---@param digest string in hexadecimal, of what is written
---@param every integer
---@return boolean
---@nodiscard
function M.is_turn(digest, every)
  return tonumber(digest:sub(-8), 16) % every == 0
end

local function owner_name(uid)
  return uid == 0 and "root" or ("the user %d"):format(uid)
end

local function wrong_with(stat)
  if stat.type ~= "directory" then
    return stat.type == "link" and "is a link" or "is no folder"
  elseif stat.uid ~= own_uid() then
    return "belongs to " .. owner_name(stat.uid)
  elseif stat.mode & 18 ~= 0 then
    return "can be written by others"
  end
end

local function remedy(path, stat)
  local quoted = require("engine.run.shell_word").quote(path)
  if stat.type ~= "directory" then
    return "remove it, or name another folder by XDG_CACHE_HOME"
  elseif stat.uid == own_uid() then
    return "chmod go-w " .. quoted
  elseif own_uid() == 0 then
    return "sudo -H, which takes root's own HOME, or another folder by XDG_CACHE_HOME"
  end
  return ("sudo chown -R %d %s"):format(own_uid(), quoted)
end

--- Says why nothing can be kept in a folder of the cache: as a rule it was made by `sudo`.
---@param name string
---@return { text: string, remedy: string }? problem
---@nodiscard
function M.problem(name)
  local top = M.top()
  local real = top and fs.realpath(top)
  local base = real and open_private(("%s/clnrm/%s"):format(real, name))
  if base then
    base:close()
  end
  for i, path in ipairs(real and { real .. "/clnrm", ("%s/clnrm/%s"):format(real, name) } or {}) do
    local stat = fs.lstat(path)
    local wrong = stat and not (base and i == 1) and wrong_with(stat)
    if wrong then
      return { text = path .. " " .. wrong, remedy = remedy(path, stat) }
    end
  end
end

--- Empties a folder that has too much in it.
---@param folder core.fs.Root
function M.clear(folder)
  for _, entry in ipairs(folder:scandir(".") or {}) do
    folder:remove_tree(entry.name)
  end
end

return M
