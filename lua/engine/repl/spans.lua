--- What the lines of a session did, and when: rooms, commands, services and checks, each below the
--- line in which it began.  Kept of the last lines; a session may go on for days.
---@class engine.repl.spans
local clock = require("engine.run.clock")

local M = {}

local LINES_MAX = 500
local SPANS_MAX = 1000 -- of one line: loops

---@class engine.repl.Span
---@field kind "line"|"room"|"command"|"service"|"check"
---@field name string
---@field from_ms number of engine.run.clock
---@field ms? number nil: it goes on
---@field verdict? string
---@field how? string how it ended, or was

---@class engine.repl.spans.Line: engine.repl.Span
---@field n integer 0: of a file
---@field spans engine.repl.Span[] in the order of their beginnings
---@field left_out integer that are not kept

---@class engine.repl.Spans
---@field list engine.repl.spans.Line[]
---@field private rooms integer that were opened
---@field private open table<any, engine.repl.Span> what goes on, by what it is
local Spans = {}
Spans.__index = Spans

--- Makes a recorder.
---@return engine.repl.Spans
---@nodiscard
function M.new()
  return setmetatable({ list = {}, open = {}, rooms = 0 }, Spans)
end

--- Takes that a line begins.
---@param n integer 0: it is a file
---@param text string of the line, or the name of the file
function Spans:begin_line(n, text)
  if #self.list >= LINES_MAX then
    table.remove(self.list, 1)
  end
  self.list[#self.list + 1] = { kind = "line", n = n, name = text:match("^%s*([^\n]*)"),
    from_ms = clock.ms(), spans = {}, left_out = 0 }
end

--- Takes that the line has ended.
---@param outcome engine.repl.Outcome
function Spans:end_line(outcome)
  local line = self.list[#self.list]
  line.ms = outcome.ms
  line.verdict = outcome.failure and (outcome.failure.severity or "error") or "pass"
  line.how = outcome.interrupted and "interrupted" or outcome.failure and outcome.failure.code
end

local function add(self, span)
  local line = self.list[#self.list]
  if not line then
    return span -- what was begun before the first line
  elseif #line.spans >= SPANS_MAX then
    line.left_out = line.left_out + 1
  else
    line.spans[#line.spans + 1] = span
  end
  return span
end

local function finish(self, key, verdict, how)
  local span = self.open[key]
  if span then
    self.open[key] = nil
    span.ms, span.verdict, span.how = clock.ms() - span.from_ms, verdict, how or span.how
  end
end

local on = {}

function on.room_opened(self, e)
  self.rooms = self.rooms + 1
  self.open[e.room] = add(self, { kind = "room", name = "room " .. self.rooms,
    from_ms = clock.ms() - (e.open_ms or 0), how = ("made in %.1f ms"):format(e.open_ms or 0) })
end

function on.room_closed(self, e)
  finish(self, e.room)
end

function on.command_begin(self, e)
  self.open[e.command] = add(self, { kind = "command", name = e.name,
    from_ms = clock.ms() })
end

function on.command_end(self, e)
  finish(self, e.command, e.ok and "pass" or "fail", e.how)
end

local function service_key(e)
  return ("%s of %p"):format(e.service, e.room)
end

function on.service_begin(self, e)
  self.open[service_key(e)] = add(self, { kind = "service", name = "service " .. e.service,
    from_ms = clock.ms() })
end

function on.service_ready(self, e)
  local span = self.open[service_key(e)]
  if span then
    span.how = ("ready after %.1f ms"):format(e.ms or 0)
  end
end

function on.service_failed(self, e)
  finish(self, service_key(e), "fail", e.failure and e.failure.code)
end

function on.service_end(self, e)
  finish(self, service_key(e))
end

function on.check(self, e)
  add(self, { kind = "check", name = ("check %s"):format(e.matcher or "assert"),
    from_ms = clock.ms(), ms = 0, verdict = e.ok and "pass" or "fail", how = e.code or "holds" })
end

--- Takes what a program does: events as those of a run, and of a command its begin and its end.
---@param e table
function Spans:on_event(e)
  local handler = on[e.event]
  if handler then
    handler(self, e)
  end
end

--- Finds the line with a number; without one the last that did something, or the last.
---@param n? integer
---@return engine.repl.spans.Line?
---@nodiscard
function Spans:line(n)
  for i = #self.list, 1, -1 do
    local line = self.list[i]
    if n and line.n == n or not n and line.spans[1] then
      return line
    end
  end
  return not n and self.list[#self.list] or nil
end

return M
