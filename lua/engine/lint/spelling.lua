--- Where a key is written: every place of it, for dotted keys and headers name it again and again.
local source = require("engine.diag.source")
local toml = require("core.toml")

---@class engine.lint.spelling
local M = {}

local DEPTH_MAX = 64

--- Splits a dotted key that ends at byte `stop` into the places of its parts.
---@return engine.lint.Place[]? parts nil: something else stands before it on the line
local function parts_up_to(text, stop)
  local parts, at = {}, text:match("^[ \t]*()", source.line_begin(text, stop) + 1)
  at = text:match("^%[%[?[ \t]*()", at) or at
  while at <= stop do
    local last = text:match("^[%w_-]+()", at) or text:match('^"[^"\n]*"()', at)
      or text:match("^'[^'\n]*'()", at)
    if not last then
      return nil
    end
    parts[#parts + 1] = { offset = at - 1, stop = last - 1 }
    at = text:match("^[ \t]*%.[ \t]*()", last)
    if not at then
      break
    end
  end
  local final = parts[#parts]
  return final and final.stop >= stop and parts or nil
end

--- Splits the path of a header that begins at byte `offset`.
local function header_parts(text, offset)
  local line_end = text:find("\n", offset + 1, true) or #text + 1
  local close = text:match("^%[%[?[^\n]-()[ \t]*%]", offset + 1)
  return close and close <= line_end and parts_up_to(text, close - 1) or nil
end

--- A table or an array; a date is a table of Lua, too.
local function is_table(value)
  local kind = toml.type(value)
  return kind == "table" or kind == "array"
end

local function is_inline(cx, t, k)
  if not is_table(t[k]) then
    return false
  end
  local offset = cx.positions:value(t, k)
  local first = cx.text:sub(offset + 1, offset + 1)
  local _, key_stop = cx.positions:key(t, k)
  return first == "{" or first == "[" and key_stop <= offset -- the key of a header stands in it
end

local function add(places, place)
  if place and not places.seen[place.offset] then
    places.seen[place.offset] = true
    places[#places + 1] = place
  end
end

--- Adds what names the key in the lines of a table below it.
local function add_below(cx, places, t, depth)
  if depth > DEPTH_MAX then
    return
  end
  if is_table(t[1]) then -- [[items]]
    for _, item in ipairs(t) do
      local offset = cx.positions:table(item)
      local parts = header_parts(cx.text, offset)
      add(places, parts and parts[#parts - depth + 1])
      add_below(cx, places, item, depth)
    end
    return
  end
  local offset = cx.positions:table(t)
  if cx.text:sub(offset + 1, offset + 1) == "[" then
    local parts = header_parts(cx.text, offset)
    add(places, parts and parts[#parts - depth + 1])
  end
  for _, name in ipairs(cx.positions:keys(t)) do
    local _, stop = cx.positions:key(t, name)
    local parts = parts_up_to(cx.text, stop)
    add(places, parts and parts[#parts - depth])
    if is_table(t[name]) and not is_inline(cx, t, name) then
      add_below(cx, places, t[name], depth + 1)
    end
  end
end

--- Lists the places at which key `k` of table `t` is written.
---@param cx engine.lint.Context
---@param t table
---@param k string
---@return engine.lint.Place[]
function M.places(cx, t, k)
  local offset, stop = cx.positions:key(t, k)
  local places = { seen = {} }
  add(places, { offset = offset, stop = stop })
  if is_table(t[k]) and not is_inline(cx, t, k) then
    add_below(cx, places, t[k], 1)
  end
  return places
end

--- Makes the edits that write another key at each of its places.
---@param cx engine.lint.Context
---@param t table
---@param k string
---@param name string bare, or dotted
---@return engine.lint.Edit[]
function M.rename(cx, t, k, name)
  local edits = {}
  for i, place in ipairs(M.places(cx, t, k)) do
    edits[i] = cx:replace(place, name)
  end
  return edits
end

M.is_inline = is_inline
M.header_parts = header_parts

return M
