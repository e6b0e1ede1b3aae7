--- Follows dotted paths into values, as the `attribute` of filters means them.
local value = require("engine.template.value")

---@class engine.template.path
local M = {}

--- Splits a path: at dots and brackets that no quotes are around; empty parts are none.
---@param path string `a.b.0`, `a["b.c"]`
---@return string[]
function M.split(path)
  local keys, at = {}, 1
  while at <= #path do
    local quoted, stop = path:match("^\"([^\"]*)\"()", at)
    if not quoted then
      quoted, stop = path:match("^'([^']*)'()", at)
    end
    local plain, plain_stop = path:match("^([^.%[%]\"']+)()", at)
    local key = quoted or plain
    if key and key ~= "" then
      keys[#keys + 1] = key:gsub("~1", "/"):gsub("~0", "~")
    end
    at = stop or plain_stop or at + 1
  end
  return keys
end

--- Follows a path; nil where there is nothing.
---@param v any
---@param path string the empty one is the value itself
---@return any
function M.at(v, path)
  for _, key in ipairs(M.split(path)) do
    local kind = value.kind(v)
    if kind == "object" then
      v = v[key]
    elseif kind == "array" and #key < 16 and (key == "0" or key:find("^[1-9]%d*$")) then
      v = v[tonumber(key) + 1]
    else
      return nil
    end
  end
  return v
end

return M
