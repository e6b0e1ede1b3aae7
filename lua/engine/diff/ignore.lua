--- Leaves out fields that the user does not want to be compared: `--ignore stdout,attr:db.*`.
---@class engine.diff.ignore
local suggest = require("engine.suggest")
local text = require("core.text")

local M = {}

---@class engine.diff.Ignored
---@field glob core.text.Glob
---@field is_attribute boolean only attributes of spans
---@field word string    as it was given
---@field is_used? boolean a field has such a name

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
    out[#out + 1] = { glob = glob, is_attribute = pattern ~= nil, word = word }
  end
  return out
end

local function is_ignored(field, list)
  local found = false
  for _, one in ipairs(list) do
    if (field.is_attribute or not one.is_attribute) and one.glob:test(field.name) then
      one.is_used, found = true, true
    end
  end
  return found
end

--- Takes fields out of a tree that is not sealed.
---@param node engine.diff.Node
---@param list engine.diff.Ignored[]
---@param names table<string, boolean> gets the names of all fields: true, of what was taken out
function M.apply(node, list, names)
  local kept = {}
  for _, field in ipairs(node.fields) do
    if is_ignored(field, list) then
      names[field.name] = true
    else
      names[field.name] = names[field.name] or false
      kept[#kept + 1] = field
    end
  end
  node.fields = kept
  for _, child in ipairs(node.children) do
    M.apply(child, list, names)
  end
end

--- Says which words leave nothing out: no field of either side has such a name.
---@param list engine.diff.Ignored[]
---@param names table<string, boolean> of all fields
---@return string[] texts
---@nodiscard
function M.needless(list, names)
  local known, texts = {}, {}
  for name in pairs(names) do
    known[#known + 1] = name
  end
  table.sort(known)
  for _, one in ipairs(list) do
    local near = not one.is_used and suggest.nearest((one.word:gsub("^attr:", "")), known)
    if not one.is_used then
      texts[#texts + 1] = ("--ignore %s leaves nothing out: no field has such a name%s"):format(
        one.word, near and ("; did you mean %s?"):format(near) or "")
    end
  end
  return texts
end

return M
