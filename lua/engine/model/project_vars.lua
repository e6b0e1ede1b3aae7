--- Reads [vars] of the project file: values for the tags of all its test files.
local fs = require("core.fs")
local toml = require("core.toml")

local M = {}

local FILE_MAX = 1 << 20

local function of_text(text)
  local root = text:find("vars", 1, true) and toml.decode(text)
  return root and toml.type(root.vars) == "table" and root.vars or nil
end

local function read(dir, texts)
  for _, name in ipairs({ "clnrm.toml", "cleanroom.toml" }) do
    local path = (dir == "/" and "" or dir) .. "/" .. name
    local text = texts and texts(path) or fs.read(path, { max = FILE_MAX })
    if text or fs.lstat(path) then -- one that cannot be read is none of another name
      return text or ""
    end
  end
  return ""
end

--- Reads the text that they are in: of each project once.
---@param dir string the project's folder
---@param given? string the text of the project file that the command line names; "" for none
---@param known { texts?: table<string, string> } of projects that were read before
---@return string
---@nodiscard
function M.text(dir, given, known)
  if given then
    return given
  end
  known.texts = known.texts or {}
  known.texts[dir] = known.texts[dir] or read(dir)
  return known.texts[dir]
end

--- Reads them; what is wrong with the project file is told by who reads it as a whole.
---@param dir? string the project's folder
---@param texts? fun(path: string): string? texts that stand for those on disk
---@param given? string the text of the project file that the command line names; "" for none
---@param known? { vars: table<string, table|false>, texts?: table<string, string> } those of
---       projects that were read before
---@return table<string, any>? vars not to be changed
function M.of(dir, texts, given, known)
  if given then
    return of_text(given)
  end
  if not dir or texts or not known then
    return dir and of_text(read(dir, texts))
  elseif known.vars[dir] == nil then
    known.vars[dir] = of_text(M.text(dir, nil, known)) or false
  end
  return known.vars[dir] or nil
end

return M
