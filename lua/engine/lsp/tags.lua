--- The tags of a template at a place: what is written in them, whole or not.  Pure.
local scan = require("engine.template.scan")

---@class engine.lsp.tags
local M = {}

local REACH = 4096 -- bytes before the place in which the tag must begin

---@class engine.lsp.TagAt
---@field kind "{"|"%"
---@field first integer offset of its first brace
---@field before string what stands in it before the place
---@field text string   all that stands in it, as far as it goes on one line or is closed

--- Finds the tag that a place is in.
---@param text string
---@param offset integer
---@return engine.lsp.TagAt?
---@nodiscard
function M.at(text, offset)
  local from = math.max(1, offset - REACH + 1)
  local before = text:sub(from, offset)
  local first
  for at in before:gmatch("(){[{%%#]") do
    local last = scan.tag_end(text, from + at - 1)
    if not last or last > offset then
      first = from + at - 1
      break
    end
  end
  local kind = first and text:sub(first + 1, first + 1)
  if not first or kind == "#" or offset < first + 1 then
    return nil
  end
  local last = scan.tag_end(text, first)
  local stop = last and last - 2 or (text:find("\n", offset + 1, true) or #text + 1) - 1
  return {
    kind = kind, first = first - 1, before = text:sub(first + 2, offset),
    text = text:sub(first + 2, stop),
  }
end

---@class engine.lsp.Load a template that another one names
---@field word "include"|"import"|"extends"
---@field name string
---@field first integer offset, quotes left out
---@field stop integer
---@field alias? string of an import

--- Lists the templates that a text names.
---@param text string
---@return engine.lsp.Load[]
---@nodiscard
function M.loads(text)
  local list = {}
  for at, word, inner in text:gmatch("(){%%%-?%s*(%a+)%s+([^\n]-)%%}") do
    if word == "include" or word == "import" or word == "extends" then
      local base = text:find(inner, at, true)
      for from, _, name, to in inner:gmatch("()([\"'`])([^\"'`]*)%2()") do
        list[#list + 1] = {
          word = word, name = name, first = base + from - 1, stop = base + to - 3,
          alias = inner:match("%sas%s+([%a_][%w_]*)"),
        }
      end
    end
  end
  return list
end

--- Finds a macro.
---@param text string
---@param name string
---@return integer? first offset of its name
---@return integer? stop
---@return string? head the macro as it is called: name and arguments
---@nodiscard
function M.macro(text, name)
  for at, found, stop, arguments in
    text:gmatch("{%%%-?%s*macro%s+()([%a_][%w_]*)()%s*(%b())") do
    if found == name then
      return at - 1, stop - 1, found .. arguments
    end
  end
end

--- Lists the macros of a text, as they are called.
---@param text string
---@return { name: string, head: string }[]
---@nodiscard
function M.macros(text)
  local list = {}
  for name, arguments in text:gmatch("{%%%-?%s*macro%s+([%a_][%w_]*)%s*(%b())") do
    list[#list + 1] = { name = name, head = name .. arguments }
  end
  return list
end

--- Finds the name around a place in a tag: letters, digits, `_`, and `::` before it.
---@param text string
---@param offset integer
---@return string? name
---@return integer? first
---@return integer? stop
---@return string? space before `::`
---@nodiscard
function M.word(text, offset)
  local first = offset
  while first > 0 and text:find("^[%w_]", first) do
    first = first - 1
  end
  local name, stop = text:match("^([%a_][%w_]*)()", first + 1)
  if name then
    return name, first, stop - 1, text:sub(1, first):match("([%a_][%w_]*)::$")
  end
end

return M
