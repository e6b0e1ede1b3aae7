--- Module search: C primitives, `builtin.` originals, the user's overrides, then built-ins.
---
--- Order for `require "engine.x"`: package.preload (`core.*`), the project's override directory,
--- the user's override directory (reports and screen only: a user's own files never change a
--- verdict), the built-ins (embedded, or `lua/` and `stdlib/` of CLNRM_LUA_DIR).  `core.*` and
--- `clnrm.*` mean the same for everyone.  package.path and package.cpath are empty: nothing is
--- loaded from the working directory.
local embed = require("core.embed")

local assert = assert -- its own: that of a program with tests needs modules to be loaded

local M = {}

---@class engine.loader.Found
---@field name string module
---@field file string where it came from; "built in" names carry the path in the source tree
---@field kind "builtin"|"project"|"user"

local found = {} ---@type table<string, engine.loader.Found>
local tree_dir ---@type string?
local override_dirs = {} ---@type { dir: string, kind: string }[]
local system = {} -- what the Lua interpreter would search, for `clnrm lua`

local function load_file(path, env)
  -- a broken override is an error, never a silent fallback
  return assert(loadfile(path, "t", env or _G))
end

--- Finds the original of a module: in the tree of CLNRM_LUA_DIR, or embedded.
local function find_builtin(name)
  if not tree_dir then
    local chunk, file = embed.find(name)
    return chunk, file or "no built-in module " .. name
  end
  local dir = tree_dir .. "/"
  local path = dir .. "lua/?.lua;" .. dir .. "lua/?/init.lua;" .. dir .. "stdlib/?.lua;" .. dir
    .. "stdlib/?/init.lua"
  local file, why = package.searchpath(name, path)
  if not file then
    return nil, why
  end
  return load_file(file), file
end

--- Says whether a module may be replaced from a directory of that kind.
---@param kind "project"|"user"
---@param name string
---@return boolean
function M.may_override(kind, name)
  if kind == "project" then
    return name:match("^engine%.") ~= nil
  end
  local is_near = name:match("^engine%.report%.") or name:match("^engine%.ui%.")
  return is_near ~= nil and require("engine.user_env").is_look(name)
end

local function search_builtin_prefix(name)
  local inner = name:match("^builtin%.(.+)$")
  if not inner then
    return nil
  end
  local chunk, file = find_builtin(inner)
  if not chunk then
    return file
  end
  return chunk, file
end

local function search_overrides(name)
  for _, entry in ipairs(override_dirs) do
    if M.may_override(entry.kind, name) then
      local file = package.searchpath(name, entry.dir .. "/?.lua;" .. entry.dir .. "/?/init.lua")
      if file then
        found[name] = { name = name, file = file, kind = entry.kind }
        local env = entry.kind == "user" and require("engine.user_env").new() or nil
        return load_file(file, env), file
      end
    end
  end
end

local function search_builtin(name)
  local chunk, file = find_builtin(name)
  if not chunk then
    return file
  end
  found[name] = { name = name, file = file, kind = "builtin" }
  return chunk, file
end

--- Installs the search for the whole program; runs once, before anything else is required.
---@param dir? string the source tree to read from instead of the embedded chunks
function M.install(dir)
  tree_dir = dir
  system.path, system.cpath, system.searchers = package.path, package.cpath, package.searchers
  package.path, package.cpath = "", ""
  package.searchers = {
    package.searchers[1],
    search_builtin_prefix,
    search_overrides,
    search_builtin,
  }
  package.loaded["engine.loader"] = M
  found["engine.loader"] = { name = "engine.loader", file = dir or "built in", kind = "builtin" }
end

--- Sets the directories of overrides, nearest first.  Without a call there are none.
---@param dirs { dir: string, kind: "project"|"user" }[]
function M.set_overrides(dirs)
  override_dirs = dirs
end

--- Returns the directories that are searched for overrides.
---@return { dir: string, kind: "project"|"user" }[]
function M.overrides()
  return override_dirs
end

--- Gives scripts of `clnrm lua` the module paths of the system's Lua behind our own modules.
function M.use_system_paths()
  package.path, package.cpath = system.path, system.cpath
  for i = 2, #system.searchers do
    table.insert(package.searchers, system.searchers[i])
  end
end

--- Lists the modules loaded so far and the file that won for each, by name.
---@return engine.loader.Found[]
function M.loaded()
  local list = {}
  for _, entry in pairs(found) do
    list[#list + 1] = entry
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return list
end

--- Whether a module, or one below it, would come from a directory of overrides; none of them need
--- have been loaded.
---@param name string
---@return boolean
---@nodiscard
function M.is_overridden(name)
  local fs = require("core.fs")
  for _, entry in ipairs(override_dirs) do
    local path = entry.dir .. "/" .. name:gsub("%.", "/")
    if M.may_override(entry.kind, name) and (fs.exists(path) or fs.exists(path .. ".lua")) then
      return true
    end
  end
  return false
end

return M
