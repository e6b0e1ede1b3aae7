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

local function own_uid()
  local stat = fs.stat("/proc/self")
  return stat and stat.uid
end

local function is_private(path)
  local stat = fs.lstat(path)
  return stat and stat.type == "directory" and stat.uid == own_uid() and stat.mode & 18 == 0
end

--- Whether the modules of a name, and those below it, are those of the build.
local function is_original(modules)
  if (os.getenv("CLNRM_LUA_DIR") or "") ~= "" then
    return false
  end
  return not loader.is_overridden(modules)
end

local function drop_others(base, own)
  for _, entry in ipairs(fs.scandir(base) or {}) do
    if entry.name ~= own then
      fs.remove_tree(base .. "/" .. entry.name)
    end
  end
end

--- Finds the folder of this build, or makes it.
---@param name string
---@param modules string what is kept is made by these: with others in their place, nothing is
---@return string? dir nil: nothing can be kept
---@nodiscard
function M.open(name, modules)
  local cache, home = os.getenv("XDG_CACHE_HOME"), os.getenv("HOME")
  local top = cache and cache:find("^/") and cache
    or home and home:find("^/") and home .. "/.cache"
  local id = top and is_original(modules) and build_id()
  if not id then
    return nil
  end
  local base = top .. "/clnrm/" .. name
  local dir = base .. "/" .. id
  if not fs.exists(dir) then
    if not fs.mkdir_p(base, { mode = PRIVATE }) or not is_private(base) then
      return nil
    end
    drop_others(base, id)
    fs.mkdir_p(dir, { mode = PRIVATE })
  end
  return is_private(base) and is_private(dir) and dir or nil
end

--- Empties a folder that has too much in it.
---@param dir string
function M.clear(dir)
  fs.remove_tree(dir)
  fs.mkdir_p(dir, { mode = PRIVATE })
end

return M
