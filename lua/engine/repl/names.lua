--- What a name means: a value of the session, and what the table of the Lua API says of it.
---
--- Nothing is called to find out, but `__index` functions of a value's metatable.
---@class engine.repl.names
local api = require("engine.api")

local M = {}

--- Reads a field, also through `__index`; an error of it is no field.
function M.field(value, key)
  local kind = type(value)
  if kind ~= "table" and kind ~= "userdata" and kind ~= "string" then
    return nil
  end
  local ok, got = pcall(function()
    return value[key]
  end)
  return ok and got or nil
end

--- Follows a path such as "room.exec" or "clnrm.task".
---@param path string names with "." or ":" between them
---@param env table
---@return any value nil: there is none
---@return any owner the value before the last name
---@nodiscard
function M.value(path, env)
  local value, owner = env, nil
  for name in path:gmatch("[%w_]+") do
    owner, value = value, M.field(value, name)
    if value == nil then
      return nil, owner
    end
  end
  return value, owner
end

--- Names the type of the API that a value is of.
---@param value any
---@return engine.api.Type?
---@nodiscard
function M.type(value)
  local meta = debug.getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name") or nil
  for _, each in ipairs(api.types()) do
    if each.name == name or (each.kind == "module" and M.is_module(each, value)) then
      return each
    end
  end
end

--- Whether a value is the module that a type of the API describes.
function M.is_module(each, value)
  return type(value) == "table"
    and (package.loaded[each.name] == value or package.loaded["clnrm." .. each.name] == value)
end

--- Finds what the API says of a path.
---@param path string
---@param env table
---@return engine.api.Found[]
---@nodiscard
function M.documented(path, env)
  local value, owner = M.value(path, env)
  local last = path:match("([%w_]+)$")
  local kind = owner ~= nil and owner ~= env and M.type(owner)
  for _, entry in ipairs(kind and kind.entries or {}) do
    if entry.name == last then
      return { { type = kind, entry = entry } }
    end
  end
  kind = value ~= nil and M.type(value)
  if kind and type(value) ~= "string" then
    return { { type = kind } }
  end
  return api.find(path)
end

local function add(set, value)
  if type(value) ~= "table" then
    return
  end
  for key in next, value do
    if type(key) == "string" then
      set[key] = true
    end
  end
end

--- Lists the fields of a value: its own, those of its `__index`, and what the API says it has.
---@param value any
---@param only_calls? boolean methods
---@return string[] in order
---@nodiscard
function M.fields(value, only_calls)
  local set, seen, at = {}, {}, value
  while at ~= nil and not seen[at] do
    seen[at] = true
    add(set, at)
    local meta = debug.getmetatable(at)
    at = type(meta) == "table" and rawget(meta, "__index") or nil
    if type(at) ~= "table" then
      break
    end
  end
  local kind = M.type(value)
  for _, entry in ipairs(kind and kind.entries or {}) do
    set[entry.name] = true
  end
  local list = {}
  for name in next, set do
    local is_call = only_calls and type(M.field(value, name)) == "function"
    if name:match("^[%a_][%w_]*$") and (not only_calls or is_call) then
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return list
end

return M
