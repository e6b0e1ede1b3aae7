--- Which modules of the project a Lua file requires, as far as its text says: nothing is executed.
local fs = require("core.fs")

---@class engine.script.requires
local M = {}

local SIZE_MAX, FILES_MAX = 16 << 20, 1000

--- Finds the file of a module, as engine.script.require does.
local function find(name, dirs)
  local path = name:gsub("%.", "/")
  for _, dir in ipairs(dirs) do
    for _, candidate in ipairs({ path .. ".lua", path .. "/init.lua" }) do
      local full = (dir == "/" and "" or dir) .. "/" .. candidate
      local stat = fs.stat(full)
      if stat and stat.type == "file" then
        return fs.realpath(full) or full
      end
    end
  end
end

--- Lists the files of modules, and those that they require in turn.
---@param text string
---@param path string absolute
---@param project_dir string
---@return string[] paths sorted
---@nodiscard
function M.of(text, path, project_dir)
  local own = path:match("^(.*)/")
  local dirs = { own == "" and "/" or own, project_dir }
  local seen, list, todo = {}, {}, { text }
  while todo[1] and #list < FILES_MAX do
    for name in table.remove(todo):gmatch("require%s*%(?%s*[\"'%[]+([%w_%-.]+)") do
      local file = not name:find("^clnrm%f[.\0]") and find(name, dirs)
      if file and not seen[file] then
        seen[file], list[#list + 1] = true, file
        todo[#todo + 1] = fs.read(file, { max = SIZE_MAX })
      end
    end
  end
  table.sort(list)
  return list
end

return M
