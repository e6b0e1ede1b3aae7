--- Which files are an editor's own while it saves, and no input of any test.
---
--- Pure.  The names are those that the editors' documents and sources give: vim (:help swap-file,
--- backup), emacs (lock and auto-save files), GLib, Qt, JetBrains, Kate, Sublime, sed, NFS, FUSE.
---@class engine.watch.temporary
local M = {}

-- Lua patterns of a file's name.
local NAMES = {
  "~$", -- a backup
  "^4913$", -- vim tries whether it may write
  "^%..*%.sw[a-z]$", "%.sw[a-p]$", "^[._].*%.un~$",
  "^#.*#$", "^%.#",
  "___jb_tmp___$", "___jb_old___$",
  "^%.goutputstream%-",
  "^%..*%.kate%-swp$",
  "%.tmp$", "%.bak$", "%.orig$", "%.rej$",
  "^sed%w%w%w%w%w%w$",
  "^%.subl.*%.tmp$",
  "^%.~lock%..*#$",
  "^%.nfs", "^%.fuse_hidden",
  "^%.DS_Store$", "^Thumbs%.db$",
  "%.snap%.new$", -- our own: what a run leaves for a review
  "^%.clnrm%-%x+$", -- and a file that is being written
}

--- Folders that are never entered: what is in them is nobody's test.
M.FOLDERS = { ".git", ".hg", ".svn", ".jj", ".clnrm", "node_modules", "__pycache__" }

--- Whether a file is one that an editor takes away again.
---@param path string
---@return boolean
---@nodiscard
function M.is_temporary(path)
  local name = path:match("[^/]*$")
  for _, pattern in ipairs(NAMES) do
    if name:find(pattern) then
      return true
    end
  end
  return false
end

return M
