--- A walk through the project while nothing runs: which files could be executed at the begin.
---
--- The kernel tells that a mode was changed, but not what it was.
local clock = require("core.clock")
local contents = require("engine.watch.contents")
local core = require("core.task")
local fs = require("core.fs")

---@class engine.dev.survey
local M = {}

local ENTRIES_MAX = 20000
local AT_ONCE = 100 -- entries; then others have their turn
local PAUSE_MS = 1

---@class engine.dev.Survey
---@field private executable table<string, true> files that could be executed
---@field private root? string all below it was looked at
---@field private began_ns integer
local Survey = {}
Survey.__index = Survey

--- Makes one that knows nothing yet; what changes from now on is told by events.
---@return engine.dev.Survey
---@nodiscard
function M.new()
  return setmetatable({ executable = {}, began_ns = clock.wall() }, Survey)
end

--- Whether a file could be executed when the loop began; nil: nobody knows.
---@param path string absolute
---@return boolean?
---@nodiscard
function Survey:was_executable(path)
  if self.executable[path] then
    return true
  elseif self.root and path:sub(1, #self.root) == self.root then
    return false
  end
end

--- Looks at all below a folder; at most ENTRIES_MAX, and then nothing is known of what is left.
---@async
---@param dir string absolute
---@param skipped table<string, true> names of folders that are not entered
function Survey:walk(dir, skipped)
  local todo, count = { dir }, 0
  while todo[1] do
    local folder = table.remove(todo)
    for _, entry in ipairs(fs.scandir(folder) or {}) do
      local path = folder .. "/" .. entry.name
      count = count + 1
      if count > ENTRIES_MAX then
        return
      elseif count % AT_ONCE == 0 and not core.sleep(PAUSE_MS) then
        return
      elseif entry.type == "directory" then
        todo[#todo + 1] = not skipped[entry.name] and path or nil
      elseif entry.type == "file" then
        local stat = fs.stat(path)
        -- one that was changed since was told, and is noted
        if stat and stat.ctime_ns < self.began_ns and contents.is_executable(stat) then
          self.executable[path] = true
        end
      end
    end
  end
  self.root = dir .. "/"
end

return M
