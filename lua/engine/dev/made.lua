--- Files that were made while tests ran: those that were not there when the run began.
---
--- Only folders in which the run before has written are looked at. A file that is saved by renaming
--- is made anew, so that its own times say nothing.
local fs = require("core.fs")

---@class engine.dev.made
local M = {}

local NAMES_MAX = 50000 -- in the folders that are looked at; of one with more nothing is known
local MADE_MAX = 10000 -- that are remembered

---@class engine.dev.Made
---@field private home string
---@field private written table<string, true> folders of what was written in the run
---@field private there table<string, table<string, true>> names that folders had when it began
---@field private made table<string, string> the folder by which a file counts that a run has made
---@field private count integer of these
local Made = {}
Made.__index = Made

--- Makes one that knows nothing yet.
---@return engine.dev.Made
---@nodiscard
function M.new()
  return setmetatable({ home = "/", written = {}, there = {}, made = {}, count = 0 }, Made)
end

local function split(path)
  local folder, name = path:match("^(.*)/([^/]+)$")
  return folder, name
end

--- Takes that a run begins, and looks at what is there.
---@param home string absolute; folders around it are not looked at
function Made:begin(home)
  local left = NAMES_MAX
  self.home, self.there = home, {}
  for folder in pairs(self.written) do
    local entries = fs.scandir(folder) or {}
    left = left - #entries
    if left >= 0 then
      local names = {}
      for _, entry in ipairs(entries) do
        names[entry.name] = true
      end
      self.there[folder] = names
    end
  end
  for path, folder in pairs(self.made) do
    if not self.there[folder] then
      self:forget(path)
    end
  end
  self.written = {}
end

--- Forgets that a run has made a file.
---@param path string
function Made:forget(path)
  self.count = self.count - (self.made[path] and 1 or 0)
  self.made[path] = nil
end

--- The closest folder around a path that is known, and the name in it that leads there.
local function known_folder(self, path)
  local folder, name = split(path)
  while folder and not self.there[folder] do
    folder, name = split(folder)
  end
  return folder, name
end

local function remember(self, path, folder)
  if not self.made[path] and self.count < MADE_MAX then
    self.made[path], self.count = folder, self.count + 1
  end
end

--- Notes that a file was written or removed in a run that can have done so.
---@param path string absolute
---@return string? folder by which it counts, if that run, or one before, has made the file
function Made:note(path)
  local folder, name = known_folder(self, path)
  local by = self.made[path]
  if folder and not self.there[folder][name] then
    by = folder
  end
  local one = folder and by == folder and path or nil
  while one and one ~= folder do -- folders that were made with it are removed with it
    remember(self, one, folder)
    one = split(one)
  end
  local above = split(path)
  while above and #above >= #self.home and not self.written[above] do
    self.written[above] = true
    above = split(above)
  end
  return by
end

return M
