--- Which files a breakpoint may be in: known by the end of their path.
local fs = require("core.fs")
local temporary = require("engine.watch.temporary")

---@class engine.pdb.files
local M = {}

local ENTRIES_MAX = 50000 -- that are looked at; what a project with more has is not known

--- Whether a file below a folder has a path that ends so; links to folders are not followed.
local function is_below(folder, ending, skipped, left)
  for _, entry in ipairs(fs.scandir(folder) or {}) do
    local path = folder .. "/" .. entry.name
    left[1] = left[1] - 1
    if left[1] < 0 then
      return true
    elseif entry.type == "directory" then
      if not skipped[entry.name] and is_below(path, ending, skipped, left) then
        return true
      end
    elseif path:sub(-#ending) == ending then
      return true
    end
  end
  return false
end

--- Whether there may be such a file: as it is typed, or by the end of its path, among those that
--- are named to be run and below the project.
---@param file string
---@param project_dir string
---@param named string[] as they are typed, FILE or FILE:LINE
---@return boolean
---@nodiscard
function M.may_exist(file, project_dir, named)
  local ending = "/" .. file
  if fs.exists(file) then
    return true
  end
  for _, path in ipairs(named) do
    local whole = fs.realpath((path:gsub(":%d+$", "")))
    if whole and whole:sub(-#ending) == ending then
      return true
    end
  end
  local skipped = {}
  for _, name in ipairs(temporary.FOLDERS) do
    skipped[name] = name ~= ".clnrm" -- a project's own modules may lie there
  end
  return is_below(project_dir, ending, skipped, { ENTRIES_MAX })
end

return M
