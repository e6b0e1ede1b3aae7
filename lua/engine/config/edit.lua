--- Sets one key in a text of TOML, and leaves every other byte as it is: comments, order, blanks.
---
--- Where a key goes is tried, most natural place first; what stands is the first text that reads as
--- the old one with that key changed, so that no place can be wrong unnoticed.
---@class engine.config.edit
local toml = require("core.toml")

local M = {}

---@class engine.config.edit.Text
---@field text string
---@field eol string
---@field positions core.toml.Positions
---@field literal string

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\t"] = "\\t", ["\n"] = "\\n",
  ["\f"] = "\\f", ["\r"] = "\\r" }

--- Writes a text as TOML's basic string.
---@param text string
---@return string literal
---@nodiscard
function M.quote(text)
  return '"' .. text:gsub('[%c"\\\127]', function(c)
    return ESCAPES[c] or ("\\u%04X"):format(c:byte())
  end) .. '"'
end

local function word(key)
  return key:find("^[%w_-]+$") and key or M.quote(key)
end

--- Joins the parts of a path from `first` on: `a."b c".d`.
local function dotted(path, first)
  local words = {}
  for i = first, #path do
    words[#words + 1] = word(path[i])
  end
  return table.concat(words, ".")
end

local function is_table(value)
  return type(value) == "table" and toml.type(value) == "table"
end

--- Puts `piece` in the place of the bytes from `offset` (from 0) to before `stop`.
local function spliced(text, offset, stop, piece)
  return text:sub(1, offset) .. piece .. text:sub(stop + 1)
end

--- Adds a line behind the one in which the byte `offset` is.
local function behind_line(at, offset, line)
  local newline = at.text:find("\n", offset + 1, true)
  if not newline then
    return at.text .. at.eol .. line .. at.eol
  end
  return spliced(at.text, newline, newline, line .. at.eol)
end

--- Finds the last key of a table that has a value of its own, no header.
local function last_value(at, t)
  local last, stop
  for _, name in ipairs(at.positions:keys(t)) do
    local from, to = at.positions:value(t, name)
    local is_own = not is_table(t[name]) or at.text:sub(from + 1, from + 1) == "{"
    local is_list = type(t[name]) == "table" and not is_table(t[name])
      and at.text:sub(from + 1, from + 2) == "[["
      and is_table(t[name][1]) -- [[NAME]], or a list of lists: that one is passed over too
    if is_own and not is_list and (not stop or to > stop) then
      last, stop = name, to
    end
  end
  return last, stop
end

--- Sets the rest of a path in an inline table.
local function in_braces(at, t, rest)
  local _, stop = at.positions:table(t)
  local before = at.text:sub(1, stop - 1):match("^(.-)[ \t]*$")
  local is_empty = before:sub(-1) == "{"
  return before .. (is_empty and " " or ", ") .. rest .. " }" .. at.text:sub(stop + 1)
end

--- Sets the rest of a path behind what the table has already; nil: there is no such place.
local function in_table(at, t, rest)
  local offset, stop = at.positions:table(t)
  local first = at.text:sub(offset + 1, offset + 1)
  if first == "{" and stop > offset then
    return in_braces(at, t, rest)
  end
  local last, past = last_value(at, t)
  if last then
    local from = at.positions:key(t, last)
    local line_start = #(at.text:sub(1, from):match("^.*\n") or "")
    return behind_line(at, past - 1, at.text:sub(line_start + 1, from) .. rest)
  elseif first == "[" then
    return behind_line(at, stop - 1, rest)
  end
end

--- Lists the tables on the way to a key, the root first.
local function way(root, path)
  local list = { root }
  for i = 1, #path - 1 do
    local t = list[i][path[i]]
    if not is_table(t) then
      break
    end
    list[i + 1] = t
  end
  return list
end

--- Adds a table of its own at the end.
local function at_end(at, path)
  local header = {}
  table.move(path, 1, #path - 1, 1, header)
  local text = at.text
  local gap = text == "" and "" or text:sub(-1) == "\n" and at.eol or at.eol .. at.eol
  return ("%s%s[%s]%s%s = %s%s"):format(text, gap, dotted(header, 1), at.eol, word(path[#path]),
    at.literal, at.eol)
end

--- Gives the texts that could be meant, the most natural one first.
local function candidates(at, root, path)
  local tables, list = way(root, path), {}
  local deepest = tables[#tables]
  if #tables == #path and deepest[path[#path]] ~= nil then
    local offset, stop = at.positions:value(deepest, path[#path])
    return { spliced(at.text, offset, stop, at.literal) }
  end
  for i = #tables, 2, -1 do
    list[#list + 1] = in_table(at, tables[i], dotted(path, i) .. " = " .. at.literal)
  end
  list[#list + 1] = at_end(at, path)
  return list
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b and math.type(a) == math.type(b)
  end
  for key, value in next, a do
    if not same(value, b[key]) then
      return false
    end
  end
  for key in next, b do
    if a[key] == nil then
      return false
    end
  end
  return true
end

--- Sets a path in decoded tables.
local function put(root, path, value)
  local t = root
  for i = 1, #path - 1 do
    if t[path[i]] == nil then
      t[path[i]] = {}
    end
    t = t[path[i]]
    if type(t) ~= "table" then
      return false
    end
  end
  t[path[#path]] = value
  return true
end

--- Sets a key.
---@param text string of a file that is TOML
---@param path string[] tables and the key, as {"cli", "jobs"}
---@param literal string the value as TOML writes it
---@return string? text nil: there is no place for it that leaves the rest as it is
---@nodiscard
function M.set(text, path, literal)
  local root, positions = toml.decode(text, { positions = true })
  local value = toml.decode("v = " .. literal)
  assert(root and value, "the text and the value must be TOML")
  local at = {
    text = text, positions = positions, literal = literal,
    eol = text:find("\r\n", 1, true) and "\r\n" or "\n",
  }
  local list = candidates(at, root, path)
  positions:close()
  if not put(root, path, value.v) then
    return nil
  end
  for _, candidate in ipairs(list) do
    local read = toml.decode(candidate)
    if read and same(read, root) then
      return candidate
    end
  end
end

return M
