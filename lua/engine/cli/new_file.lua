--- Makes files that a user did not write: nothing is overwritten, what --force replaces is kept.
local fs = require("core.fs")

local M = {}

--- Finds a name for the old file: what an earlier --force has kept stays too.
local function free_name(path)
  local name, n = path .. ".orig", 1
  while fs.lstat(name) do
    n = n + 1
    name = ("%s.orig%d"):format(path, n)
  end
  return name
end

--- Writes a file and makes the folders above it; an old one gets another name.
---@param path string
---@param text string
---@param is_dry? boolean nothing is done
---@return string? kept the name of the old file
---@return core.Error? err
function M.replace(path, text, is_dry)
  local kept = fs.lstat(path) and free_name(path) or nil
  local dir = path:match("^(.*)/")
  if is_dry then
    return kept
  end
  local ok, err = true, nil
  if kept then
    ok, err = fs.rename(path, kept)
  elseif dir and dir ~= "" then
    ok, err = fs.mkdir_p(dir)
  end
  if ok then
    ok, err = fs.write_atomic(path, text)
  end
  return kept, not ok and err or nil
end

return M
