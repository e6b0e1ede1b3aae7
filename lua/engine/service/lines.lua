--- Counts the lines of a stream that a pattern matches, as the stream comes in pieces.
---
--- A line counts once it has ended; one that has not, as a prompt, when the caller says that
--- nothing follows for now.  Pure.
---@class engine.service.lines
local regex = require("core.regex")

local M = {}

local LINE_MAX = 1 << 20 -- bytes; a longer line is looked at in parts

---@class engine.service.Lines
---@field count integer
---@field private rest string[] pieces of a line that has not ended
---@field private size integer
---@field private rest_counted boolean
local Lines = {}
Lines.__index = Lines

--- Whether a search in many lines at once finds each line that the pattern matches alone.
local function is_plain(pattern)
  local has_look = pattern:gsub("%(%?:", ""):find("(?", 1, true)
  return not has_look and not pattern:find("\\[AzZ]") and not pattern:find("[*+?}]%+")
end

--- Makes a counter.
---@param pattern string
---@return engine.service.Lines? lines
---@return core.Error? err EREGEX
function M.new(pattern)
  local one, err = regex.compile(pattern)
  if not one then
    return nil, err
  end
  local many = is_plain(pattern) and regex.compile(pattern, { multiline = true })
  return setmetatable({
    count = 0,
    one = one,
    many = many or nil,
    rest = {},
    size = 0,
    rest_counted = false,
  }, Lines)
end

local function count_line(lines, line)
  local found, err = lines.one:test(line)
  if found == nil and err then
    return nil, err
  end
  lines.count = lines.count + (found and 1 or 0)
  return true
end

local function count_each(lines, block)
  for line in block:gmatch("([^\n]*)\n") do
    local ok, err = count_line(lines, line)
    if not ok then
      return nil, err
    end
  end
  return true
end

--- Counts in whole lines: first a search over all of them, then each line that it points to.
local function count_block(lines, block)
  if block:find("\r\n", 1, true) then
    block = block:gsub("\r\n", "\n")
  end
  if not lines.many then
    return count_each(lines, block)
  end
  local at = 1
  while at <= #block do
    local first, err = lines.many:find(block, at)
    if not first then
      return not err or nil, err
    end
    local line_first = at
    local before = block:sub(at, first - 1):match("^.*\n()")
    if before then
      line_first = at + before - 1
    end
    local line_last = block:find("\n", first, true) or #block
    local ok
    ok, err = count_line(lines, block:sub(line_first, line_last - 1))
    if not ok then
      return nil, err
    end
    at = line_last + 1
  end
  return true
end

local function forget_rest(lines)
  lines.rest, lines.size, lines.rest_counted = {}, 0, false
end

--- Looks at what came.
---@param text string
---@return true? ok
---@return core.Error? err EBUDGET
function Lines:add(text)
  local last = text:match("^.*\n()")
  if not last and self.rest_counted then
    return true
  elseif not last then
    self.rest[#self.rest + 1] = text
    self.size = self.size + #text
    return self.size <= LINE_MAX or self:pause()
  end
  local block
  if self.rest_counted then
    block = text:sub(text:find("\n", 1, true) + 1, last - 1)
  else
    self.rest[#self.rest + 1] = text:sub(1, last - 1)
    block = table.concat(self.rest)
  end
  forget_rest(self)
  if last <= #text then
    self.rest[1], self.size = text:sub(last), #text - last + 1
  end
  return count_block(self, block)
end

--- Whether there is a line that has not ended and was not looked at.
---@return boolean
---@nodiscard
function Lines:has_rest()
  return self.size > 0 and not self.rest_counted
end

--- Looks at a line that has not ended: nothing follows for now.
---@return true? ok
---@return core.Error? err
function Lines:pause()
  if not self:has_rest() then
    return true
  end
  local before = self.count
  local ok, err = count_line(self, (table.concat(self.rest):gsub("\r$", "")))
  if self.count > before or self.size > LINE_MAX then
    forget_rest(self)
    self.rest_counted = self.count > before
  end
  return ok, err
end

--- Forgets the line that has not ended: bytes behind it were lost.
function Lines:lose()
  forget_rest(self)
end

return M
