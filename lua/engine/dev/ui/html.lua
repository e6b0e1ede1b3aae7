--- Writes HTML: what is not made here is text, and is escaped.
---
--- Elements are made by `el.NAME { attribute = value, child, … }`. A child is a text, which is
--- escaped, what another call made, a list of such, or nothing (nil, false). Pure.
local text = require("core.text")

---@class engine.dev.ui.html
local M = {}

---@class engine.dev.ui.Html what may stand in a page as it is; `tostring` gives it
local Html = {}
Html.__index = Html
Html.__tostring = function(self)
  return self[1]
end

local VOID = { br = true, input = true, link = true, meta = true }

--- Makes a text of unknown origin fit for the content of an element: a reader sees what a terminal
--- would act on, and characters that turn or hide others.
---@param s string
---@return string
---@nodiscard
function M.escape(s)
  if not s:find("[^%w %p]") and not s:find("[&<>\"']") then
    return s -- most texts
  end
  return (text.xml(text.escape(s)))
end

--- The same for the value of an attribute, quotes included.
---@param s string
---@return string
---@nodiscard
function M.quote(s)
  if not s:find("[^%w %p]") and not s:find("[&<>\"']") then
    return '"' .. s .. '"'
  end
  return '"' .. text.xml(text.escape(s, { line = true }), "attribute") .. '"'
end

local ENCODED = {}
for byte = 0, 255 do
  ENCODED[string.char(byte)] = ("%%%02X"):format(byte)
end

--- Writes a text for a query: only letters, digits and -._~ stay.
---@param s string
---@return string
---@nodiscard
function M.query(s)
  return (s:gsub("[^%w%-._~]", ENCODED))
end

local function add(out, child)
  local kind = type(child)
  if kind == "string" then
    out[#out + 1] = M.escape(child)
  elseif kind == "number" then
    out[#out + 1] = tostring(child)
  elseif kind == "table" and getmetatable(child) == Html then
    out[#out + 1] = child[1]
  elseif kind == "table" then
    for i = 1, child.n or #child do
      add(out, child[i])
    end
  elseif child then
    error("no child of an element: " .. kind, 2)
  end
end

local function write(name, fields)
  local out, names, last = { "<", name }, {}, 0
  for key in pairs(fields) do
    if type(key) == "string" then
      names[#names + 1] = key
    else
      last = math.max(last, key)
    end
  end
  table.sort(names)
  for _, key in ipairs(names) do
    local value = fields[key]
    if value == true then
      out[#out + 1] = " " .. key
    elseif value then
      out[#out + 1] = " " .. key .. "=" .. M.quote(tostring(value))
    end
  end
  out[#out + 1] = ">"
  for i = 1, last do
    add(out, fields[i])
  end
  if not VOID[name] then
    out[#out + 1] = "</" .. name .. ">"
  end
  return setmetatable({ table.concat(out) }, Html)
end

--- Makers of elements by their names.
---@type table<string, fun(fields: table): engine.dev.ui.Html>
M.el = setmetatable({}, {
  __index = function(self, name)
    local function make(fields)
      return write(name, fields)
    end
    rawset(self, name, make)
    return make
  end,
})

--- What a value of a pattern becomes, by the letter of its place.
local PLACES = {
  q = M.quote,
  t = M.escape,
  h = function(value) -- what was made here, or nothing
    assert(not value or getmetatable(value) == Html, "no HTML")
    return value and value[1] or ""
  end,
}

--- Prepares an element that is written many times: several times as fast as `el`. The markup is a
--- constant of the program; `%q` in it is the quoted value of an attribute, `%t` a text, both
--- escaped, and `%h` another element, or nil.
---@param markup string
---@return fun(...: any): engine.dev.ui.Html
---@nodiscard
function M.pattern(markup)
  local pieces, writers, at = {}, {}, 1
  for before, letter, after in markup:gmatch("()%%(%l)()") do
    pieces[#pieces + 1] = markup:sub(at, before - 1)
    writers[#writers + 1] = assert(PLACES[letter], letter)
    at = after
  end
  local last = markup:sub(at)
  return function(...)
    local out = {}
    for i = 1, #writers do
      out[2 * i - 1], out[2 * i] = pieces[i], writers[i]((select(i, ...)))
    end
    out[2 * #writers + 1] = last
    return setmetatable({ table.concat(out) }, Html)
  end
end

--- Joins elements and texts.
---@param children table
---@return engine.dev.ui.Html
---@nodiscard
function M.join(children)
  local out = {}
  add(out, children)
  return setmetatable({ table.concat(out) }, Html)
end

--- Makes a whole document.
---@param root engine.dev.ui.Html the element html
---@return string
---@nodiscard
function M.document(root)
  return "<!DOCTYPE html>\n" .. root[1] .. "\n"
end

return M
