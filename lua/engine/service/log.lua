--- The last lines of a process's two outputs, in the order in which they came.
---
--- Read as the process writes, and cut to a bound: the whole of each output is with the process.
--- Lines of different outputs that were written within the same moment may change places: there are
--- two pipes.
---@class engine.service.log
local M = {}

M.LINES_MAX = 1000
M.BYTES_MAX = 256 << 10 -- of all lines
M.LINE_MAX = 8 << 10 -- of one; the rest of it is left out
M.READ_SIZE = 1 << 20

---@class engine.service.Log
---@field private list { text: string }[]
---@field private first integer
---@field private last integer
---@field private bytes integer
---@field private rest table<string, string> the beginning of a line that has not ended
local Log = {}
Log.__index = Log

--- Makes an empty log.
---@param mask? fun(line: string): string
---@return engine.service.Log
function M.new(mask)
  local rest = { stdout = "", stderr = "" }
  return setmetatable({
    list = {},
    first = 1,
    last = 0,
    bytes = 0,
    rest = rest,
    mask = mask or function(line)
      return line
    end,
  }, Log)
end

local function shown(log, line)
  line = log.mask(line)
  return #line > M.LINE_MAX and line:sub(1, M.LINE_MAX) .. "..." or line
end

local function push(log, line)
  line = shown(log, line)
  log.last = log.last + 1
  log.list[log.last] = line
  log.bytes = log.bytes + #line
  while log.bytes > M.BYTES_MAX or log.last - log.first >= M.LINES_MAX do
    log.bytes = log.bytes - #log.list[log.first]
    log.list[log.first] = nil
    log.first = log.first + 1
  end
end

--- Adds what came of one output.
---@param stream "stdout"|"stderr"
---@param text string
function Log:add(stream, text)
  local from = 1
  if #text > M.BYTES_MAX then -- what stands before its last part would be dropped again
    from = text:find("\n", #text - M.BYTES_MAX, true)
    self.rest[stream] = ""
    from = from and from + 1 or #text - M.LINE_MAX
  end
  local rest = self.rest[stream]
  for line, after in text:gmatch("([^\n]*)\n()", from) do
    push(self, (rest .. line):gsub("\r$", ""))
    rest, from = "", after
  end
  if #rest <= M.LINE_MAX then
    rest = rest .. text:sub(from, from + M.LINE_MAX)
  end
  self.rest[stream] = rest
end

--- Returns the last lines, those that have not ended included.
---@param count? integer default: all that are kept
---@return string[]
---@nodiscard
function Log:lines(count)
  local lines = {}
  for i = self.first, self.last do
    lines[#lines + 1] = self.list[i]
  end
  for _, stream in ipairs({ "stdout", "stderr" }) do
    if self.rest[stream] ~= "" then
      lines[#lines + 1] = shown(self, self.rest[stream])
    end
  end
  return table.move(lines, math.max(1, #lines - (count or #lines) + 1), #lines, 1, {})
end

--- Finds where an output can be read again, behind bytes that are not kept.
---@param process core.room.Process
---@param stream "stdout"|"stderr"
---@param out_max integer
---@return integer offset
function M.behind_gap(process, stream, out_max)
  local text, left_out = process[stream](process, 1)
  return (text and #text + left_out or 0) - (out_max - out_max // 2)
end

--- Reads one output of a process to its end.
---@async
---@param process core.room.Process
---@param stream "stdout"|"stderr"
---@param out_max integer bytes of it that the process keeps
---@param each fun(text: string, gap: integer) gap: bytes before it that could not be read
---@return true? ok
---@return core.Error? err cancelled; the room was lost
function M.follow(process, stream, out_max, each)
  local offset, gap = 0, 0
  while true do
    local text, err = process:read(stream, offset, M.READ_SIZE)
    if text == "" then
      return true
    elseif text then
      offset = offset + #text
      each(text, gap)
      gap = 0
    elseif err.code == "ENODATA" then
      local behind = math.max(offset + 1, M.behind_gap(process, stream, out_max))
      gap, offset = gap + behind - offset, behind
    else
      return nil, err
    end
  end
end

return M
