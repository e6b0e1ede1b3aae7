--- How Lua values are shown in the messages of Lua tests: bounded, in one order, on one line.
---
--- What is left out is said ("… 12 more").  Never an address: two runs print the same.  Pure, but
--- for the `__tostring` of a value.
---@class engine.expect.inspect
local float = require("engine.float")
local show = require("engine.expect.show")
local text = require("core.text")

local M = {}

local DEPTH_MAX = 4
local ITEMS_MAX = 12 -- of one table
local NODES_MAX = 60 -- of all tables of a value
local COLUMNS_MAX = 160
local SORTED_MAX = 5000 -- keys of a table that are put in order; of more, as they come

local RANK = { boolean = 1, number = 2, string = 3 }

local function key_order(a, b)
  local ra, rb = RANK[type(a)] or 4, RANK[type(b)] or 4
  if ra ~= rb then
    return ra < rb
  elseif ra == 2 or ra == 3 then
    return a < b
  end
  return ra == 1 and not a and b
end

--- Lists the keys of a table: 1 to n, then other numbers, then texts, each in order.
---@param value table
---@return any[] keys
---@nodiscard
function M.keys(value)
  local keys, others, length = {}, {}, rawlen(value)
  for i = 1, length do
    keys[#keys + 1] = rawget(value, i) ~= nil and i or nil
  end
  for key in next, value do
    if not (math.type(key) == "integer" and key >= 1 and key <= length) then
      others[#others + 1] = key
    end
  end
  if #others <= SORTED_MAX then
    table.sort(others, key_order)
  end
  return table.move(others, 1, #others, #keys + 1, keys)
end

--- Counts the entries of a table, whatever their keys.
---@param value table
---@return integer
---@nodiscard
function M.count(value)
  local n = 0
  for _ in next, value do
    n = n + 1
  end
  return n
end

--- Says whether a table is a list: keys 1 to n and no others.
---@param value table
---@return boolean
---@nodiscard
function M.is_list(value)
  return M.count(value) == rawlen(value)
end

--- Writes a key as it stands in a table constructor.
local function key_text(key, cx)
  if type(key) == "string" and key:match("^[%a_][%w_]*$") then
    return key
  end
  return "[" .. cx.write(key, cx) .. "]"
end

local function table_text(value, cx)
  if cx.open[value] then
    return "{…the same table…}"
  elseif cx.depth >= DEPTH_MAX then
    return next(value) == nil and "{}" or ("{…%d…}"):format(M.count(value))
  end
  cx.open[value], cx.depth = true, cx.depth + 1
  local parts, keys = {}, M.keys(value)
  for i, key in ipairs(keys) do
    if i > ITEMS_MAX or cx.nodes >= NODES_MAX then
      parts[i] = ("… %d more"):format(#keys - i + 1)
      break
    end
    cx.nodes = cx.nodes + 1
    local is_item = math.type(key) == "integer" and key == i -- not behind a hole
    local item = cx.write(rawget(value, key), cx)
    parts[i] = is_item and item or key_text(key, cx) .. " = " .. item
  end
  cx.open[value], cx.depth = nil, cx.depth - 1
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

--- Asks the `__tostring` of a value; an error of its own is no reason to show nothing.
local function own_text(value)
  local meta = debug.getmetatable(value)
  if type(meta) ~= "table" or rawget(meta, "__tostring") == nil then
    return nil
  end
  local ok, said = pcall(tostring, value)
  return ok and (text.escape(said:sub(1, 400), { line = true })) or nil
end

local function write(value, cx)
  local kind = type(value)
  if kind == "string" then
    return show.value(value)
  elseif math.type(value) == "float" then
    return float.text(value)
  elseif kind == "table" then
    return own_text(value) or table_text(value, cx)
  elseif kind == "userdata" then
    local meta = debug.getmetatable(value)
    return own_text(value) or type(meta) == "table" and tostring(rawget(meta, "__name")) or kind
  elseif kind == "function" or kind == "thread" then
    return kind
  end
  return tostring(value)
end

--- Writes a value on one line.
---@param value any
---@param columns? integer most; default 160
---@return string
---@nodiscard
function M.line(value, columns)
  local shown = write(value, { open = {}, depth = 0, nodes = 0, write = write })
  return (text.cut(shown, columns or COLUMNS_MAX))
end

local ARTICLE = {
  ["nil"] = "nil", boolean = "a boolean", string = "a text", table = "a table",
  ["function"] = "a function", userdata = "a userdata", thread = "a coroutine", number = "a number",
}

--- Names the type of a value: "a text", "a number", "nil".
---@param value any
---@return string
---@nodiscard
function M.type(value)
  return ARTICLE[type(value)]
end

return M
