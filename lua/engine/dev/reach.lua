--- What a developer loop watches, and by which names: folders with all below them, single files,
--- what is named whatever it looks like, and what lies behind links.
local fs = require("core.fs")
local place = require("engine.snapshot.place")
local temporary = require("engine.watch.temporary")
local touch = require("engine.plan.touch")
local way = require("engine.plan.way")

---@class engine.dev.reach
local M = {}

local LINKS_MAX = 1000
local LINKED_MIN, LINKED_MAX = 2000, 10000 -- folders behind links: see M.linked_max
local SHARE = 4 -- one link takes so large a part of the watches that a user may have
local WATCHES = "/proc/sys/fs/inotify/max_user_watches"

local SKIPPED = {}
for _, name in ipairs(temporary.FOLDERS) do
  SKIPPED[name] = true
end

---@class engine.dev.Reach
---@field private watch? core.watch.Watch nil: nothing is watched, and all is reached
---@field private home? string the folder that was added first
---@field private roots table<string, true> folders with all below them
---@field private followed table<string, true> those of them in which links are followed
---@field private files table<string, true> single files
---@field private flat table<string, true> the folders of these
---@field private named table<string, true>
---@field private links { from: string, to: string }[] out of what the first folder holds
---@field private linked? integer folders that are watched behind a link
---@field private told table<string, true> links of which it was told that they are not followed
---@field on_unwatched? fun(path: string, why: string) is told of each, once
local Reach = {}
Reach.__index = Reach

--- Makes one that watches nothing yet.
---@param linked? integer folders that are watched behind a link; default: by what a user may have
---@return engine.dev.Reach
---@nodiscard
function M.new(linked)
  return setmetatable({ roots = {}, followed = {}, files = {}, flat = {}, named = {}, links = {},
    told = {}, linked = linked }, Reach)
end

--- Whether a path is reached from a folder by none of those that are never entered.
local function enters(root, path)
  if not touch.is_below(path, root) then
    return false
  end
  local below = root == "/" and path or path:sub(#root + 1)
  for _, folder in ipairs(temporary.FOLDERS) do
    if below:find("/" .. folder .. "/", 1, true) then
      return false
    end
  end
  return true
end

local function is_covered(self, path)
  for root in pairs(self.roots) do
    if enters(root, path) then
      return true
    end
  end
  return not self.watch
end

--- Watches a folder with all below it, unless it is watched already.
local function add_root(self, watch, dir)
  self.watch = watch
  if is_covered(self, dir .. "/") then
    return nil
  end
  local ok, err = watch:add(dir)
  if not ok then
    return err
  end
  self.home = self.home or dir
  self.roots[dir] = true
end

--- Watches a folder with all below it, and what lies behind links in it.
---@param watch core.watch.Watch
---@param dir string absolute
---@return core.Error? err
function Reach:add_folder(watch, dir)
  self.followed[dir] = true
  return add_root(self, watch, dir)
end

--- Watches what is named: a folder with all below it, or a file, or where that is to come.
---@param watch core.watch.Watch
---@param path string absolute
---@return core.Error? err
function Reach:add(watch, path)
  self.watch = watch
  local stat = fs.stat(path)
  if not stat or stat.type == "directory" then
    return self:add_folder(watch, stat and path or (place.split(path)))
  end
  return self:add_file(watch, path)
end

--- Watches a single file, or a link itself.
---@param watch core.watch.Watch
---@param path string absolute
---@return core.Error? err
function Reach:add_file(watch, path)
  local folder = place.split(path)
  if is_covered(self, path) or self.files[path] then
    return nil
  end
  if not self.flat[folder] then
    local ok, err = watch:add(folder, { flat = true })
    if not ok then
      return err
    end
    self.flat[folder] = true
  end
  self.files[path] = true
end

--- Notes that a path is named: what it looks like has no say.
---@param path string absolute
function Reach:name(path)
  self.named[path], self.named[fs.realpath(path) or path] = true, true
end

--- Whether a file is one that counts, by where it is and what it is called.
---@param path string absolute
---@param is_told fun(path: string): boolean whether a test names it, of one that looks temporary
---@return boolean
---@nodiscard
function Reach:accepts(path, is_told)
  if self.named[path] then
    return true
  end
  local above, is_reached = path, self.files[path] or is_covered(self, path) and enters("/", path)
  while above and not is_reached do
    above = above:match("^(.+)/")
    is_reached = above and (self.named[above] or self.roots[above]) and enters(above, path)
  end
  return (is_reached and (not temporary.is_temporary(path) or is_told(path))) == true
end

--- Says how many folders behind a link are watched. A link may lead to the whole machine, and
--- watches are for all programs of a user: those that the kernel does not give are polled.
---@param watches integer that a user may have
---@return integer
---@nodiscard
function M.linked_max(watches)
  return math.max(LINKED_MIN, math.min(watches // SHARE, LINKED_MAX))
end

local function linked_max(self)
  self.linked = self.linked or M.linked_max(tonumber((fs.read(WATCHES))) or 0)
  return self.linked
end

--- Whether a folder holds more of them than are watched for a link.
local function is_large(dir, max)
  local todo, count = { dir }, 1
  while todo[1] do
    local folder = table.remove(todo)
    for _, entry in ipairs(fs.scandir(folder) or {}) do
      if entry.type == "directory" and not SKIPPED[entry.name] then
        count, todo[#todo + 1] = count + 1, folder .. "/" .. entry.name
        if count > max then
          return true
        end
      end
    end
  end
  return false
end

--- Forgets links that are gone.
---@param path string of one, or of a folder that held some
function Reach:unlink(path)
  for i = #self.links, 1, -1 do
    if touch.is_below(self.links[i].from, path) then
      table.remove(self.links, i)
    end
  end
end

--- Says why what lies behind a link is not watched, if it is not.
local function refusal(self, to)
  if touch.is_below(self.home, to) then
    return "it leads to a folder around the project"
  elseif #self.links >= LINKS_MAX then
    return ("more than %d links lead out of the project"):format(LINKS_MAX)
  end
  local stat = fs.stat(to)
  local is_new = stat and stat.type == "directory" and not is_covered(self, to .. "/")
  local max = linked_max(self)
  if is_new and is_large(to, max) then
    return ("more than %d folders lie behind it"):format(max)
  end
  local err
  if stat and stat.type == "directory" then
    err = add_root(self, self.watch, to)
  else
    err = self:add(self.watch, to)
  end
  return err and err.message
end

--- Whether a link is one that is followed: the folders behind such are watched, too, and where
--- links in these lead is nobody's project.
local function is_followed(self, from)
  for root in pairs(self.followed) do
    if enters(root, from) then
      return true
    end
  end
  return self.files[from] == true
end

--- Watches what lies behind a link, if that is outside of the first folder.
---@param from string absolute
function Reach:follow(from)
  self:unlink(from)
  local to = self.watch and is_followed(self, from) and fs.realpath(from)
  local stat = to and not touch.is_below(to, self.home) and fs.stat(to)
  if not stat or stat.type ~= "file" and stat.type ~= "directory" then
    return -- nobody saves a device or a socket
  end
  local why = refusal(self, to)
  if not why then
    self.links[#self.links + 1] = { from = from, to = to }
  elseif self.on_unwatched and not self.told[from] then
    self.told[from] = true
    self.on_unwatched(from, why)
  end
end

--- Follows all links on the way to a file, and watches each of them.
---@param path string absolute
---@return core.Error? err of the first that cannot be watched
---@return string[] links
function Reach:follow_way(path)
  local err
  local links = fs.realpath(path) ~= path and way.links(path) or {}
  for _, link in ipairs(links) do
    if touch.is_below(link, self.home) then
      self:follow(link)
    else
      err = err or self:add_file(self.watch, link)
    end
  end
  return err, links
end

--- Lists the names that a path has by links.
---@param path string absolute
---@return string[]
---@nodiscard
function Reach:names(path)
  local list = {}
  for _, link in ipairs(self.links) do
    if touch.is_below(path, link.to) then
      list[#list + 1] = link.from .. path:sub(#link.to + 1)
    end
  end
  return list
end

return M
