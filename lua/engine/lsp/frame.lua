--- The framing of the language server protocol: `Content-Length`, and a body of that length.
---
--- Pure: takes bytes however they were cut, gives whole bodies.  What it holds is bounded.
---@class engine.lsp.frame
local M = {}

M.HEADER_MAX = 4096
M.BODY_MAX = 32 << 20 -- a text of 4 MiB, each byte of it escaped
M.SKIP_MAX = 1 << 30  -- a longer one ends the stream

local BEGIN = 1000 -- bytes of a body that is skipped, by which one may tell what it was

---@class engine.lsp.Framer
---@field head string      of a header that is not whole yet
---@field parts string[]   of a body that is not whole yet
---@field missing? integer bytes of that body; nil: a header is read
---@field skipped? integer its length, when it is too long to be read
local Framer = {}
Framer.__index = Framer

---@class engine.lsp.Skipped a body that was too long
---@field size integer
---@field begin string its first bytes

--- Makes what reads one stream.
---@return engine.lsp.Framer
function M.new()
  return setmetatable({ head = "", parts = {} }, Framer)
end

local function quoted(line)
  local text = require("core.text")
  return "`" .. text.cut(text.escape(line:sub(1, 200), { line = true }), 40) .. "`"
end

--- Reads one header; returns the length of the body.
local function length_of(head)
  local length
  for line in head:gmatch("([^\r\n]+)\r?\n") do
    local name, value = line:match("^([%w-]+):%s*(.-)%s*$")
    name = name and name:lower()
    if not name then
      return nil, "a header was expected, not " .. quoted(line)
    elseif name == "content-length" then
      if length or not value:find("^%d+$") or #value > 12 then
        return nil, "Content-Length must be one number, not " .. quoted(value)
      end
      length = math.tointeger(tonumber(value))
    elseif name == "content-type" then
      local charset = value:lower():match("charset%s*=%s*\"?([%w-]+)")
      if charset and charset ~= "utf-8" and charset ~= "utf8" then
        return nil, "a message is UTF-8, not " .. quoted(charset)
      end
    end
  end
  if not length then
    return nil, "a header without Content-Length"
  elseif length > M.SKIP_MAX then
    return nil, ("a message of %d bytes: more than 1 GiB"):format(length)
  end
  return length
end

--- Says what is wrong with the begin of a header, as early as that is known.
local function head_problem(head)
  if not head:find("^[%w-]*$") and not head:find("^[%w-]+:") then
    return "a header was expected, not " .. quoted(head:match("^[^\r\n]*"))
  elseif #head > M.HEADER_MAX then
    return ("a header of more than %d bytes"):format(M.HEADER_MAX)
  end
end

--- Takes the header out of what was read; returns the rest, or nil when it is not whole.
local function take_header(self)
  local from, to = self.head:find("\r?\n\r?\n")
  local problem = head_problem(from and self.head:sub(1, from) or self.head)
  if problem then
    return nil, problem
  elseif not from then
    return nil
  end
  local length, why = length_of(self.head:sub(1, from) .. "\n")
  if not length then
    return nil, why
  end
  local rest = self.head:sub(to + 1)
  self.head, self.missing, self.parts = "", length, {}
  self.skipped = length > M.BODY_MAX and length or nil
  return rest
end

--- Takes bytes.
---@param bytes string
---@return (string|engine.lsp.Skipped)[]? bodies that are whole now; nil: the stream cannot be read
---   further
---@return string? why
function Framer:feed(bytes)
  local bodies = {}
  while true do
    if not self.missing then
      self.head = self.head .. bytes
      local rest, why = take_header(self)
      if why then
        return nil, why
      elseif not rest then
        return bodies
      end
      bytes = rest
    end
    local part = bytes:sub(1, self.missing)
    if not self.skipped or not self.parts[1] then
      self.parts[#self.parts + 1] = self.skipped and part:sub(1, BEGIN) or part
    end
    self.missing = self.missing - #part
    if self.missing > 0 then
      return bodies
    end
    local body = table.concat(self.parts)
    bodies[#bodies + 1] = self.skipped and { size = self.skipped, begin = body } or body
    bytes, self.missing, self.parts = bytes:sub(#part + 1), nil, {}
  end
end

--- Tells whether the stream may end here: between two messages.
---@return boolean
function Framer:is_between()
  return not self.missing and self.head == ""
end

--- Writes a message.
---@param body string
---@return string
---@nodiscard
function M.wrap(body)
  return ("Content-Length: %d\r\n\r\n%s"):format(#body, body)
end

return M
