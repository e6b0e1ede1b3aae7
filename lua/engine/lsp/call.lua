--- The call that a place of a tag is in: `name(argument=…, ¦`.  Pure.
local M = {}

---@class engine.lsp.Call
---@field name? string      nil: no call
---@field space? string     of a macro: what stands before `::`
---@field is_filter? boolean
---@field argument? string  whose value is to come; "": its name is; nil: neither
---@field text? string      of a text that is open at the place: what stands in it
---@field given table<string, boolean> arguments that are there
---@field texts table<string, string> those of them that are texts

local OPENS, CLOSES = { ["("] = true, ["["] = true, ["{"] = true }, "[)%]}]"

--- Finds the bracket and the text that are open at the end.
---@return integer? bracket its place
---@return integer? quote
local function open_at(before)
  local brackets, quote = {}, nil
  for at, char in before:gmatch("()([\"'`()%[%]{}])") do
    if quote then
      quote = char ~= before:sub(quote, quote) and quote or nil
    elseif OPENS[char] then
      brackets[#brackets + 1] = at
    elseif char:find(CLOSES) then
      brackets[#brackets] = nil
    else
      quote = at
    end
  end
  return brackets[#brackets], quote
end

--- Reads the arguments of a call, as far as they go.
local function read(call, inner)
  for name, _, text in inner:gmatch("([%a_][%w_]*)%s*=%s*([\"'`])([^\"'`]*)%2") do
    call.texts[name] = text
  end
  local flat = inner:gsub("([\"'`])[^\"'`]*%1", "''"):gsub("%b()", "()"):gsub("%b[]", "[]")
  for name in flat:gmatch("([%a_][%w_]*)%s*=%f[^=]") do
    call.given[name] = true
  end
  call.argument = flat:match("^%s*$") and "" or flat:match(",%s*$") and ""
    or flat:match("([%a_][%w_]*)%s*=%s*$")
end

--- Finds the call that the end of a text is in.
---@param before string what stands in the tag, without the word that is being written
---@return engine.lsp.Call
---@nodiscard
function M.at(before)
  local call = { given = {}, texts = {} }
  local bracket, quote = open_at(before)
  call.text = quote and before:sub(quote + 1)
  if not bracket or before:sub(bracket, bracket) ~= "(" or (quote or bracket) < bracket then
    return call
  end
  local head = before:sub(1, bracket - 1)
  local behind, name = head:match("^(.-)([%a_][%w_]*)%s*$")
  if not name or behind:find("%f[%w]macro%s+$") or behind:find("%f[%w]is%s+$")
    or behind:find("%f[%w]is%s+not%s+$") then
    return call -- a macro that is made, or a test: its arguments have no names
  end
  call.name, call.space = name, behind:match("([%a_][%w_]*)::%s*$")
  call.is_filter = behind:find("|%s*$") ~= nil
  read(call, before:sub(bracket + 1, quote and quote - 1))
  return call
end

--- Goes over the arguments of a line such as `name, default=""`.
---@param line string
---@return fun(): string?, string? next name, default ("": it has none)
function M.arguments(line)
  local flat, texts = {}, {}
  line = line:gsub('"[^"]*"', function(text) -- a comma in it parts nothing
    texts[#texts + 1] = text
    return "\0"
  end)
  local count = 0
  for part in line:gmatch("[^,]+") do
    local name, default = part:match("^%s*([%a_][%w_]*)%s*=?%s*(.-)%s*$")
    if name then
      default = default:gsub("%z", function()
        count = count + 1
        return texts[count]
      end)
      flat[#flat + 1] = { name, default }
    end
  end
  local at = 0
  return function()
    at = at + 1
    if flat[at] then
      return flat[at][1], flat[at][2]
    end
  end
end

return M
