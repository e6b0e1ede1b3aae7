--- What services print, for one who follows it: each line when it has ended, without secrets.
---
--- Nothing here waits: a line that finds no place on its way is left out and counted, and so is
--- what comes faster than is looked at.  The run goes on as if nobody was there.
---@class engine.live.follow
local clock = require("core.clock")
local core = require("core.task")
local json = require("core.json")
local lines_of = require("engine.live.lines")
local log = require("engine.service.log")
local poll = require("engine.service.poll")

local M = {}

local TURN_MS, COST_NS = 100, 5000000 -- how long is worked for one who follows: so much in a turn
local FREE = 16 << 10 -- bytes in a turn that are looked at in any case
local PIECE = 4 << 10 -- bytes between two looks at the clock
local UNSENT_MAX = 1 << 20 -- bytes that wait for him: more is not even looked at

---@class engine.live.Follower
---@field over core.task.Event he is gone, or the services are
---@field private talk core.talk.Connection
---@field private mask fun(line: string): string
---@field private missed table<string, integer>
---@field private heard { log: engine.service.Log, each: function, ends: fun() }[]
local Follower = {}
Follower.__index = Follower

--- Makes one.
---@param talk core.talk.Connection
---@param mask fun(line: string): string
---@return engine.live.Follower
---@nodiscard
function M.new(talk, mask)
  return setmetatable({ talk = talk, mask = mask, over = core.event(), missed = {}, heard = {},
    turn = 0, left = 0, free = 0 }, Follower)
end

local function may_look(self)
  local now = poll.now()
  if now - self.turn >= TURN_MS then
    self.turn, self.left, self.free = now, COST_NS, FREE
  end
  return (self.left > 0 or self.free > 0) and self.talk:unsent() <= UNSENT_MAX
end

--- Takes a piece, as far as there is time for it.
---@return integer missed lines
local function take(self, lines, piece)
  if not may_look(self) then
    return lines:drop(piece)
  end
  local began = clock.cpu()
  local missed = lines:feed(piece)
  self.left, self.free = self.left - (clock.cpu() - began), self.free - #piece
  return missed
end

local function write(self, message)
  return self.talk:write(assert(json.encode(message, { invalid = "replace" })))
end

local function tell_missed(self, name)
  local count = self.missed[name]
  if count and write(self, { service = name, missed = count }) then
    self.missed[name] = nil
  end
end

local function miss(self, name, count)
  self.missed[name] = (self.missed[name] or 0) + count
end

local function say(self, name, line)
  tell_missed(self, name)
  if not write(self, { service = name, line = line }) then
    miss(self, name, 1)
  end
end

--- Begins with a service: what it has printed, then what it prints.
---@param rt engine.service.Runtime
function Follower:add(rt)
  local name, outputs = rt.name, {}
  local function each(stream, text)
    for at = 1, #text, PIECE do
      local missed = take(self, outputs[stream], text:sub(at, at + PIECE - 1))
      if missed > 0 then
        miss(self, name, missed)
      end
    end
  end
  local lines, rest = rt.log:listen(each, self.mask)
  for _, stream in ipairs({ "stdout", "stderr" }) do
    outputs[stream] = lines_of.new(function(line)
      line = self.mask(rt.mask(line))
      say(self, name, #line > log.LINE_MAX and line:sub(1, log.LINE_MAX) .. "..." or line)
    end, rest[stream])
  end
  for _, line in ipairs(lines) do
    say(self, name, line)
  end
  self.heard[#self.heard + 1] = { log = rt.log, each = each, name = name, ends = function()
    outputs.stdout:finish()
    outputs.stderr:finish()
  end }
end

--- Ends it: says what has no end behind it, and what was missed.
function Follower:finish()
  for _, one in ipairs(self.heard) do
    one.log:unlisten(one.each)
    one.ends()
    tell_missed(self, one.name)
  end
  self.heard = {}
end

return M
