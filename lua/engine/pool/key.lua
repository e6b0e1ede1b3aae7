--- What two rooms must have in common to stand for each other: a text of all that makes a room.
---
--- Everything of the spec is in it but the name, which is given anew as a room is taken. Images are
--- in it by their ids: a tag may mean another image tomorrow. What a spec may not hold as plain
--- data (a function, an object) makes a room that nobody else can take.
---@class engine.pool.key
local hash = require("core.hash")

local M = {}

local DEPTH_MAX = 32

local write

local function write_table(value, out, depth)
  if depth > DEPTH_MAX or getmetatable(value) ~= nil then
    return false
  end
  local names = {}
  for name in pairs(value) do
    local kind = type(name)
    if kind ~= "string" and kind ~= "number" then
      return false
    end
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    if type(a) == type(b) then
      return a < b
    end
    return type(a) == "number"
  end)
  out[#out + 1] = "{"
  for _, name in ipairs(names) do
    if not (write(name, out, depth + 1) and write(value[name], out, depth + 1)) then
      return false
    end
  end
  out[#out + 1] = "}"
  return true
end

--- Adds a value, so that no two values have one text; false: it is no plain data.
function write(value, out, depth)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = ("s%d:%s"):format(#value, value)
  elseif kind == "number" or kind == "boolean" then
    out[#out + 1] = ("%s;"):format(tostring(value))
  elseif kind == "table" then
    return write_table(value, out, depth)
  else
    return false
  end
  return true
end

--- Names an image of this machine's store: where its files lie.
local function stored(image)
  return require("engine.image").root(image).dir
end

local function environment(names)
  local list = {}
  for i, name in ipairs(names or {}) do
    list[i] = { name, os.getenv(name) or false }
  end
  return list
end

--- What is told apart, or is nothing of how a room is made.
local APART = { name = true, room = true, secrets = true }

--- Names a kind of rooms.
---@param backend engine.backend
---@param spec engine.backend.OpenSpec
---@return string? key nil: such a room is its scenario's alone
---@nodiscard
function M.of(backend, spec)
  local room, image = spec.room or {}, nil
  if room.image then
    local id = (backend.image_id or stored)(room.image)
    if not id then
      return nil
    end
    image = { id, room.image.text }
  end
  local parts = { backend = backend.name, image = image, room = {}, spec = {},
    environment = environment(room.inherit_env) }
  for name, value in pairs(room) do
    parts.room[name] = name ~= "image" and value or nil
  end
  for name, value in pairs(spec) do
    parts.spec[name] = not APART[name] and value or nil
  end
  local out = {}
  return write(parts, out, 0) and hash.xxh128(table.concat(out)) or nil
end

return M
