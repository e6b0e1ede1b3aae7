--- Shortcuts of the filters that templates use most: nil leaves what is not plain to the filter.
local M = {}

local find, gsub, lower, upper = string.find, string.gsub, string.lower, string.upper

local SIZE_MAX = 4096 -- of texts that are dealt with here

--- Gives the shortcut of a filter; of one that was replaced there is none.
---@param name string
---@param filters table<string, function> that a template is given
---@return (fun(v: any, args: table): string?)|false
---@nodiscard
function M.of(name, filters)
  local fast = M.filters[name]
  return fast and filters[name] == require("engine.template.filters.text")[name] and fast or false
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
