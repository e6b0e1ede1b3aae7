--- Which files are an editor's own while it saves, and no input of any test.
---
--- Pure.  The names are those that the editors' documents and sources give: vim (:help swap-file,
--- backup), emacs (lock and auto-save files), GLib, Qt, JetBrains, Kate, Sublime, sed, NFS, FUSE.
---@class engine.watch.temporary
local M = {}

-- Lua patterns of a file's name: of such that people give as well.
local LIKELY = { "~$", "%.tmp$", "%.bak$", "%.orig$", "%.rej$" }
local ENDINGS = { "~", ".tmp", ".bak", ".orig", ".rej" } -- the same, as they stand in a text
local NAME_MAX = 255 -- bytes

-- And of such that nobody gives.
local NAMES = {
  "^4913$", -- vim tries whether it may write
  "^%..*%.sw[a-z]$", "%.sw[a-p]$", "^[._].*%.un~$",
  "^#.*#$", "^%.#",
  "___jb_tmp___$", "___jb_old___$",
  "^%.goutputstream%-",
  "^%..*%.kate%-swp$",
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

local function fits(path, patterns)
  local name = path:match("[^/]*$")
  for _, pattern in ipairs(patterns) do
    if name:find(pattern) then
      return true
    end
  end
  return false
end

--- Whether a file is one that an editor takes away again.
---@param path string
---@return boolean
---@nodiscard
function M.is_temporary(path)
  return fits(path, NAMES) or fits(path, LIKELY)
end

--- Whether a file that looks like one of an editor may be a test's, when that names it.
---@param path string
---@return boolean
---@nodiscard
function M.may_be_named(path)
  return fits(path, LIKELY) and not fits(path, NAMES)
end

local function last_word(text)
  return text:match("[%w_.~-]*$")
end

--- Adds what a text may name of such files to a set, in which `is_in` looks.
---@param set table<string, table<string, true>> by their last words; what stands before their ends
---@param text string
function M.collect(set, text)
  for _, ending in ipairs(ENDINGS) do
    local _, last = text:find(ending, 1, true)
    while last do
      local piece = text:sub(math.max(1, last - NAME_MAX + 1), last):match("[^\n/]*$")
      local word = last_word(piece)
      set[word] = set[word] or {}
      set[word][piece] = true
      _, last = text:find(ending, last + 1, true)
    end
  end
end

--- Whether a text that was collected has a name; no text is looked through for it.
---@param set table<string, table<string, true>>
---@param name string
---@return boolean
---@nodiscard
function M.is_in(set, name)
  for piece in pairs(set[last_word(name)] or {}) do
    if piece:sub(-#name) == name then
      return true
    end
  end
  return false
end

return M
