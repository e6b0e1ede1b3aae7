--- Credentials that a build needs: of the registries that the Dockerfile's FROM lines name.
---@class engine.docker.build_auth
local auth = require("engine.docker.auth")
local hash = require("core.hash")
local json = require("core.json")
local reference = require("engine.image.reference")

local M = {}

--- Puts the values of ARG into a name; nil when one is not known.
local function filled(name, args)
  local is_whole = true
  local function value(key)
    is_whole = is_whole and args[key] ~= nil
    return args[key]
  end
  name = name:gsub("%${([%w_]+)}", value):gsub("%$([%a_][%w_]*)", value)
  return is_whole and not name:find("$", 1, true) and name or nil
end

--- Lists the images that a Dockerfile begins its stages with; those of other stages are none.
---@param text string
---@param args table<string, string> of ARG, over its defaults
---@return engine.image.Name[]
---@nodiscard
function M.bases(text, args)
  local known, stages, list = {}, { scratch = true }, {}
  for line in (text:gsub("\\[ \t]*\r?\n", " ") .. "\n"):gmatch("(.-)\r?\n") do
    local word, rest = line:match("^%s*(%a+)%s+(.-)%s*$")
    word = word and word:upper()
    if word == "ARG" then
      local name, default = rest:match('^([%w_]+)="?([^"]*)"?$')
      if name then
        known[name] = default
      end
    elseif word == "FROM" then
      local name, stage = rest:gsub("^%-%-%S+%s+", ""):match("^(%S+)%s*(.*)$")
      name = name and filled(name, setmetatable(args, { __index = known }))
      local parts = name and not stages[name:lower()] and reference.read(name)
      list[#list + 1] = parts or nil
      stage = stage and stage:match("^[aA][sS]%s+(%S+)$")
      if stage then
        stages[stage:lower()] = true
      end
    end
  end
  return list
end

--- Makes the header X-Registry-Config.
---@async
---@param text string of the Dockerfile
---@param args table<string, string>
---@param opts engine.docker.auth.Options
---@return string? header nil, without an error: no registry has credentials
---@return core.Error? err
function M.header(text, args, opts)
  local copy, by_key = {}, {}
  for name, value in pairs(args) do
    copy[name] = value
  end
  for _, parts in ipairs(M.bases(text, copy)) do
    local key = auth.key(parts)
    if by_key[key] == nil then
      local found, err = auth.find(parts, opts)
      if err then
        return nil, err
      end
      by_key[key] = found or false
    end
  end
  for key, found in pairs(by_key) do
    by_key[key] = found or nil
  end
  if not next(by_key) then
    return nil
  end
  local value = assert(hash.base64(assert(json.encode(by_key, { invalid = "replace" }))))
  value = value:gsub("+", "-"):gsub("/", "_")
  opts.masks:add_value(value)
  return "X-Registry-Config: " .. value
end

return M
