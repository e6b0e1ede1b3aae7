--- Patterns of paths that no save of is one: lines as .gitignore has them, of `[watch]` ignore.
local ignore = require("engine.discover.ignore")

---@class engine.watch.ignored
local M = {}

---@class engine.watch.Ignored
---@field dir string from which whole paths start
---@field rules engine.discover.Rule[]

--- Compiles patterns.
---@param patterns string[]
---@param dir string absolute, from which those with a slash start
---@return engine.watch.Ignored? ignored
---@return integer? bad the index of the first that is no pattern
---@nodiscard
function M.compile(patterns, dir)
  local rules = {}
  for i, pattern in ipairs(patterns) do
    rules[i] = ignore.rule(pattern, 0)
    if not rules[i] then
      return nil, i
    end
  end
  return { dir = dir == "/" and "" or dir, rules = rules }
end

--- Whether a path, or a folder that it lies in, is ignored.
---@param ignored engine.watch.Ignored
---@param path string absolute
---@return boolean # false for one that is not below the folder
---@nodiscard
function M.test(ignored, path)
  local prefix = ignored.dir .. "/"
  if path:sub(1, #prefix) ~= prefix then
    return false
  end
  local at = #prefix + 1
  while true do
    local slash = path:find("/", at, true)
    local name = path:sub(at, (slash or 0) - 1)
    if ignore.test(ignored.rules, path:sub(#prefix + 1, at - 1), name, slash ~= nil) then
      return true
    elseif not slash then
      return false
    end
    at = slash + 1
  end
end

return M
