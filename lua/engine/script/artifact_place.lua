--- Which folder a run writes the artifacts of a scenario to, when several run in one project.
---
--- The first writes to the scenario's own folder, which its next run finds again.  One that runs
--- beside it writes to a folder of its own next to that, `SCENARIO~run-1a2b3c4d`: no file of a run
--- is replaced by one that began before it was written, and none is mixed with another run's.  Such
--- a folder goes as the other does, when a later run of the scenario writes.
local fs = require("core.fs")
local random = require("engine.random")

local M = {}

local MARK = "~run-"
local began_ns = require("engine.run.clock").LOADED_NS -- this module is loaded late
local held = {} ---@type table<string, { suffix: string, locks?: engine.run.MachineLocks }>
local chosen = {} ---@type table<string, string> by the path of a scenario's folder

--- Decides it once for a project; the kernel gives the lock back at the end of this program.
local function claim(project_dir)
  local locks = require("engine.run.machine_locks").new()
  local name = "artifacts of " .. (fs.realpath(project_dir) or project_dir)
  local ok, is_first = pcall(function()
    return not locks or locks:take({ { lock = name, all = true } })
  end)
  if not ok or is_first then -- where locks cannot be had, as if alone
    return { suffix = "", locks = locks }
  end
  locks:close()
  return { suffix = MARK .. random.hex(4) }
end

--- What the name of this run's folder ends with.
---@param project_dir string
---@param folder string of the scenario, seen from there
---@return string # "" or "~run-1a2b3c4d"
function M.suffix(project_dir, folder)
  local path = project_dir .. "/" .. folder
  if not chosen[path] then
    held[project_dir] = held[project_dir] or claim(project_dir)
    local stat = fs.lstat(path)
    local is_new = stat and stat.mtime_ns >= began_ns -- of a run that has ended meanwhile
    chosen[path] = is_new and MARK .. random.hex(4) or held[project_dir].suffix
  end
  return chosen[path]
end

--- Removes what runs beside earlier ones have left of a scenario; not what such a run has written
--- since this program began.
---@param root core.fs.Root the project
---@param folder string of the scenario, seen from there, without a suffix
function M.remove_others(root, folder)
  local above, name = folder:match("^(.*)/([^/]*)$")
  for _, entry in ipairs(root:scandir(above) or {}) do
    local own, id = entry.name:sub(1, #name + #MARK), entry.name:sub(#name + #MARK + 1)
    if own == name .. MARK and id:find("^%x+$") then
      local path = above .. "/" .. entry.name
      local stat = root:lstat(path)
      if stat and stat.mtime_ns < began_ns then
        root:remove_tree(path)
      end
    end
  end
end

return M
