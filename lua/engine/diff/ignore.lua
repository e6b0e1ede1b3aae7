--- Leaves out fields that the user does not want to be compared: `--ignore stdout,attr:db.*`.
---@class engine.diff.ignore
local text = require("core.text")

local M = {}

---@class engine.diff.Ignored
---@field glob core.text.Glob
---@field is_attribute boolean only attributes of spans

--- Reads globs of names of fields; behind `attr:` they are of attributes of spans alone.
---@param words string[]
---@return engine.diff.Ignored[]?
---@return string? why
---@nodiscard
function M.compile(words)
  local out = {}
  for _, word in ipairs(words) do
    local pattern = word:match("^attr:(.*)$")
    local glob, err = text.glob(pattern or word)
    if not glob then
      return nil, ("'%s' is no glob: %s"):format(word, err.message)
    end
    out[#out + 1] = { glob = glob, is_attribute = pattern ~= nil }
  end
  return out
end

local function is_ignored(field, list)
  for _, one in ipairs(list) do
    if (field.is_attribute or not one.is_attribute) and one.glob:test(field.name) then
      return true
    end
  end
  return false
end

--- Takes fields out of a tree that is not sealed.
---@param node engine.diff.Node
---@param list engine.diff.Ignored[]
---@param names table<string, boolean> gets the names of what was taken out
function M.apply(node, list, names)
  local kept = {}
  for _, field in ipairs(node.fields) do
    if is_ignored(field, list) then
      names[field.name] = true
    else
      kept[#kept + 1] = field
    end
  end
  node.fields = kept
  for _, child in ipairs(node.children) do
    M.apply(child, list, names)
  end
end

return M
