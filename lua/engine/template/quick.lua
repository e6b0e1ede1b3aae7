--- Shortcuts of the filters that templates use most: nil leaves what is not plain to the filter.
local M = {}

local concat, find, gsub, lower, upper = table.concat, string.find, string.gsub, string.lower,
  string.upper
local replace = require("core.text").replace

local FROM = { join = "array", slugify = "web" }
local SIZE_MAX = 4096 -- of texts that are dealt with here

--- Gives the shortcut of a filter; of one that was replaced there is none.
---@param name string
---@param filters table<string, function> that a template is given
---@return (fun(v: any, args: table): string?)|false
---@nodiscard
function M.of(name, filters)
  local fast = M.filters[name]
  local own = fast and require("engine.template.filters." .. (FROM[name] or "text"))
  return own and filters[name] == own[name] and fast or false
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

local function title_word(first, rest)
  return upper(first) .. lower(rest)
end

function M.filters.title(v)
  if type(v) == "string" and #v <= SIZE_MAX and not find(v, "['\x80-\xff]") then
    return (gsub(v, "([%w_])([%w_]*)", title_word))
  end
end

function M.filters.slugify(v)
  if type(v) == "string" and #v <= SIZE_MAX and not find(v, "[^a-z0-9]") then
    return v
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

local known = setmetatable({}, { __mode = "k" }) -- arguments of `replace`: whether they are plain

local function are_plain(args)
  local from, to = args.from, args.to
  local is_so = type(from) == "string" and type(to) == "string" and from ~= "" and #to <= #from
  known[args] = is_so
  return is_so
end

function M.filters.replace(v, args)
  local is_plain = known[args]
  if is_plain == nil then
    is_plain = are_plain(args)
  end
  if is_plain and type(v) == "string" and #v <= SIZE_MAX then
    return replace(v, args.from, args.to)
  end
end

return M
