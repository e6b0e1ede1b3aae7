--- Shortcuts of the filters that templates use most: nil leaves what is not plain to the filter.
local M = {}

local find, gsub, lower, upper = string.find, string.gsub, string.lower, string.upper
local concat = table.concat

local SIZE_MAX = 4096 -- of texts that are dealt with here

--- Gives the shortcut of a filter; of one that was replaced there is none.
---@param name string
---@param filters table<string, function> that a template is given
---@return (fun(v: any, args: table): string?)|false
---@nodiscard
function M.of(name, filters)
  local fast = M.filters[name]
  local own = require("engine.template.filters." .. (name == "join" and "array" or "text"))
  return fast and filters[name] == own[name] and fast or false
end

---@type table<string, fun(v: any, args: table): string?>
M.filters = {}

function M.filters.lower(v)
  if type(v) == "string" and #v <= SIZE_MAX and not find(v, "[\x80-\xff]") then
    return lower(v)
  end
end

function M.filters.upper(v)
  if type(v) == "string" and #v <= SIZE_MAX and not find(v, "[\x80-\xff]") then
    return upper(v)
  end
end

local JOINED_MAX = 16 -- texts

--- Joins a few texts.
function M.filters.join(v, args)
  local separator = args.sep or ""
  if type(v) ~= "table" or v[1] == nil or #v > JOINED_MAX or type(separator) ~= "string" then
    return nil
  end
  for i = 1, #v do
    if type(v[i]) ~= "string" or #v[i] > SIZE_MAX then
      return nil
    end
  end
  return concat(v, separator)
end

local escaped = setmetatable({}, { __mode = "k" })

--- The two patterns of a `replace`, kept with its arguments.
local function patterns(args)
  local from, to = args.from, args.to
  if type(from) ~= "string" or type(to) ~= "string" or from == "" or #to > #from then
    return nil
  end
  local pair = { gsub(from, "%W", "%%%0"), (gsub(to, "%%", "%%%%")) }
  escaped[args] = pair
  return pair
end

function M.filters.replace(v, args)
  local pair = type(v) == "string" and #v <= SIZE_MAX and (escaped[args] or patterns(args))
  if pair then
    return (gsub(v, pair[1], pair[2]))
  end
end

return M
