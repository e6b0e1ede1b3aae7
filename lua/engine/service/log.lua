--- The last lines of a process's two outputs, in the order in which they came.
---
--- What the process writes is kept as it comes, cut to a bound; lines are made of it only when they
--- are asked for, so that a service may print a gigabyte.  The whole of each output is with the
--- process.  Lines of different outputs that were written within the same moment may change places:
--- there are two pipes.
---@class engine.service.log
local M = {}

M.LINES_MAX = 1000
M.BYTES_MAX = 256 << 10 -- of all that is kept
M.LINE_MAX = 8 << 10 -- of one; the rest of it is left out
M.READ_SIZE = 1 << 20
M.JOIN_MAX = 4 << 10 -- smaller pieces are joined
M.PIECE_MAX = 16 << 10 -- greater ones are cut: so much goes at once, when there is too much

---@class engine.service.Log
---@field private list { stream: string, text: string }[]
---@field private first integer
---@field private last integer
---@field private bytes integer
---@field private is_cut table<string, boolean> the first piece of it begins within a line
---@field private listeners? table<fun(stream: string, text: string), true>
local Log = {}
Log.__index = Log

--- Makes an empty log.
---@param mask? fun(line: string): string
---@return engine.service.Log
function M.new(mask)
  return setmetatable({
    list = {},
    first = 1,
    last = 0,
    bytes = 0,
    is_cut = { stdout = false, stderr = false },
    mask = mask or function(line)
      return line
    end,
  }, Log)
end

local function drop_first(log)
  local piece = log.list[log.first]
  log.list[log.first] = nil
  log.first, log.bytes = log.first + 1, log.bytes - #piece.text
  log.is_cut[piece.stream] = piece.text:byte(-1) ~= 10
end

local function add(log, stream, text)
  local before = log.list[log.last]
  if before and before.stream == stream and #before.text < M.JOIN_MAX then
    before.text = before.text .. text
  else
    log.last = log.last + 1
    log.list[log.last] = { stream = stream, text = text }
  end
  log.bytes = log.bytes + #text
end

--- Adds what came of one output.
---@param stream "stdout"|"stderr"
---@param text string
function Log:add(stream, text)
  if text == "" then
    return
  end
  if self.listeners then
    for each in pairs(self.listeners) do
      each(stream, text)
    end
  end
  local is_cut = #text > M.BYTES_MAX and text:byte(-M.BYTES_MAX - 1) ~= 10
  if #text > M.BYTES_MAX then
    text = text:sub(-M.BYTES_MAX) -- and all that was there goes
  end
  for at = 1, #text, M.PIECE_MAX do
    add(self, stream, text:sub(at, at + M.PIECE_MAX - 1))
  end
  while self.bytes > M.BYTES_MAX do
    drop_first(self)
  end
  self.is_cut[stream] = is_cut or self.is_cut[stream]
end

--- Splits what is kept; a line whose beginning is gone is left out: a secret in it could be cut.
---@return string[] lines that have ended
---@return table<string, string> rest by output: the line that has not
---@return table<string, boolean> is_cut by output: its beginning is gone
local function split(log)
  local lines, rest = {}, { stdout = "", stderr = "" }
  local is_cut = { stdout = log.is_cut.stdout, stderr = log.is_cut.stderr }
  for i = log.first, log.last do
    local stream, text, from = log.list[i].stream, log.list[i].text, 1
    local at = text:find("\n", 1, true)
    if is_cut[stream] and at then
      is_cut[stream], from, at = false, at + 1, text:find("\n", at + 1, true)
    end
    while at do
      local line = rest[stream] .. text:sub(from, at - 1)
      rest[stream] = ""
      lines[#lines + 1] = line:byte(-1) == 13 and line:sub(1, -2) or line
      from, at = at + 1, text:find("\n", at + 1, true)
    end
    if not is_cut[stream] then
      rest[stream] = rest[stream] .. text:sub(from)
    end
  end
  return lines, rest, is_cut
end

local function last(self, lines, count, mask)
  local shown = {}
  for i = math.max(1, #lines - (count or M.LINES_MAX) + 1), #lines do
    local line = self.mask(lines[i])
    line = mask and mask(line) or line
    shown[#shown + 1] = #line > M.LINE_MAX and line:sub(1, M.LINE_MAX) .. "..." or line
  end
  return shown
end

--- Returns the last lines, those that have not ended included.
---@param count? integer default: as many as are kept
---@return string[] # masked
---@nodiscard
function Log:lines(count)
  local lines, rest = split(self)
  for _, stream in ipairs({ "stdout", "stderr" }) do
    lines[#lines + 1] = rest[stream] ~= "" and rest[stream] or nil
  end
  return last(self, lines, count)
end

--- Calls a function with all that comes from now on, as it comes: it must not wait.
---@param each fun(stream: "stdout"|"stderr", text: string) not masked
---@param mask? fun(line: string): string beside the log's own
---@return string[] lines the last that have ended; masked
---@return table<string, string?> rest by output: how the line begins that has not ended, not
---masked; nil: that is not known
function Log:listen(each, mask)
  self.listeners = self.listeners or {}
  self.listeners[each] = true
  local lines, rest, is_cut = split(self)
  for stream, cut in pairs(is_cut) do
    rest[stream] = not cut and rest[stream] or nil
  end
  return last(self, lines, nil, mask), rest
end

--- Calls it no more.
---@param each fun(stream: string, text: string)
function Log:unlisten(each)
  self.listeners[each] = nil
  self.listeners = next(self.listeners) and self.listeners or nil
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
