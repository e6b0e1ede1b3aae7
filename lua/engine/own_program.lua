--- The program that runs, for who runs it once more.
---
--- Its file may have been replaced since it began, by an upgrade or a build, or removed: then
--- /proc still has what runs, so that all that a loop or a session does is of the same build.
local fs = require("core.fs")
local quote = require("engine.run.shell_word").quote

---@class engine.own_program
local M = {}

--- Finds a path that runs it: its file, else what /proc has as long as this process is there.
---@return string path absolute
---@nodiscard
function M.path()
  local path = fs.readlink("/proc/self/exe")
  local own, there = fs.stat("/proc/self/exe"), path and fs.stat(path)
  if own and there and own.dev == there.dev and own.ino == there.ino then
    return path
  end
  return ("/proc/%s/exe"):format(fs.readlink("/proc/self"))
end

--- Writes that path as a word of a shell.
---@return string
---@nodiscard
function M.word()
  return quote(M.path())
end

return M
