--- What a policy changes where the root is an image's: a room's own, or that of a service.
---
--- The tree could be written to anywhere; a level makes it read-only, but for places of their own,
--- from which nothing is executed.  Programs are looked up in the tree; no link leads out of it.
local commands = require("engine.policy.commands")
local fs = require("core.fs")
local is_below = require("engine.model.host_path").is_below_any

---@class engine.policy.tree
local M = {}

local LINKS_MAX = 40
local TEXT_MAX = 1 << 16 -- bytes of an nsswitch.conf

--- Directories that programs write to; what else of the tree is read-only.
M.PLACES = { "/var", "/run", "/home", "/root", "/srv" }

--- Resolves a path inside of a tree.
---@param dir string of the tree
---@param path string absolute
---@return string? real as seen from inside; nil: nothing is there
---@return core.fs.Stat? stat
function M.resolve(dir, path)
  local real, rest, links = "", path, 0
  while true do
    local part, behind = rest:match("^/*([^/]+)(.*)$")
    if not part then
      local stat = fs.lstat(dir .. real)
      return stat and (real == "" and "/" or real), stat
    end
    rest = behind
    local stat = part ~= "." and part ~= ".." and fs.lstat(dir .. real .. "/" .. part)
    if part == ".." then
      real = real:match("^(.*)/[^/]*$") or ""
    elseif stat and stat.type == "link" then
      links = links + 1
      local target = links <= LINKS_MAX and fs.readlink(dir .. real .. "/" .. part)
      if not target then
        return nil
      end
      real = target:sub(1, 1) == "/" and "" or real
      rest = target .. "/" .. rest
    elseif stat then
      real = real .. "/" .. part
    elseif part ~= "." then
      return nil
    end
  end
end

--- Lists the directories of an image that stay writable, parents first: those of all images, and
--- the volumes that it declares.
---@param root engine.image.Root
---@return string[]
---@nodiscard
function M.places(root)
  local list = {}
  local function add(path)
    local real, stat = M.resolve(root.dir, path)
    path = real or path
    if path ~= "/" and not is_below(path, list) and (not real or stat.type == "directory") then
      list[#list + 1] = path
    end
  end
  for _, path in ipairs(M.PLACES) do
    add(path)
  end
  local volumes = table.move(root.config.volumes or {}, 1, #(root.config.volumes or {}), 1, {})
  table.sort(volumes)
  for _, path in ipairs(volumes) do
    add(path)
  end
  return list
end

--- Closes the root of an image, and opens its places again.
---@param ops core.room.Op[] the first has the target "/"; changed in its place
---@param level engine.policy.Level
---@param root engine.image.Root
local function close(ops, level, root)
  if not level.noexec then
    return
  end
  ops[1].readonly = true
  local places = level.readonly and {} or M.places(root)
  for i = #places, 1, -1 do
    table.insert(ops, 2, { kind = "place", target = places[i], noexec = true })
    for at in places[i]:reverse():gmatch("()/") do -- what is above it, the nearest first
      local dir = places[i]:sub(1, #places[i] - at)
      if dir ~= "" then
        table.insert(ops, 2, { kind = "dir", target = dir, mode = 493 })
      end
    end
  end
end

-- Programs

--- Finds the programs of a tree that names and paths lead to.
---@param names string[]
---@param path string PATH
---@param dir string of the tree
---@return { target: string, is_link: boolean }[] # a link is covered itself: of a file that is many
---programs only that; sorted by target
---@nodiscard
function M.find(names, path, dir)
  local list, seen = {}, {}
  local function cover(target, is_link)
    if not seen[target] then
      seen[target] = true
      list[#list + 1] = { target = target, is_link = is_link }
    end
  end
  local function add(folder, name)
    local base = M.resolve(dir, folder)
    local place = base and (base == "/" and "" or base) .. "/" .. name
    local own = place and fs.lstat(dir .. place)
    local real, stat
    if own then
      real, stat = M.resolve(dir, place)
    end
    if not real or stat.type ~= "file" or stat.mode & 73 == 0 then -- 0111
      return
    elseif own.type == "link" then
      cover(place, true)
    end
    if not commands.is_one_of_many(place, real) then
      cover(real, false)
    end
  end
  for _, name in ipairs(names) do
    if name:sub(1, 1) == "/" then
      add(name:match("^(.*)/") .. "/", name:match("[^/]*$"))
    else
      for folder in path:gmatch("/[^:]*") do
        add(folder, name)
      end
    end
  end
  table.sort(list, function(a, b)
    return a.target < b.target
  end)
  return list
end

local function cover_programs(ops, names, path, root)
  for _, found in ipairs(M.find(names, path, root.dir)) do
    if found.is_link then -- it is replaced, in the room only
      ops[#ops + 1] = { kind = "file", target = found.target, source = "", mode = 493 }
    end
    ops[#ops + 1] = { kind = "stand", target = found.target }
  end
end

--- Has the C library of an image ask the DNS of the room, too.
local function ask_dns(ops, root)
  local text = fs.read(root.dir .. "/etc/nsswitch.conf", { max = TEXT_MAX, nolinks = true })
  if text then
    text = ("\n" .. text):gsub("\nhosts:[^\n]*", "\nhosts: files dns"):sub(2)
    ops[#ops + 1] = { kind = "file", target = "/etc/nsswitch.conf", source = text, mode = 420 }
  end
end

--- Changes the operations that make such a root.
---@param ops core.room.Op[] the first has the target "/"
---@param about { level: engine.policy.Level, commands: string[], path: string, asks_dns: boolean,
--- root: engine.image.Root }
---@return core.room.Op[] ops
function M.apply(ops, about)
  if about.asks_dns then
    ask_dns(ops, about.root)
  end
  cover_programs(ops, about.commands, about.path, about.root)
  close(ops, about.level, about.root)
  return ops
end

return M
