--- Whether an engine answers at all.  Where somebody waits for it long, it is asked aside, by a
--- ping; once that is not answered either, all who wait are told so at once.
---
--- A call has a deadline that suits it, for a busy engine is slow; but one that stands still would
--- be waited for that long by each call anew.  So: nothing heard for QUIET_MS, a ping, no answer to
--- it for PING_MS: the engine is given up, and so are all calls that wait.  From then on a call is
--- refused until a ping is answered, of which one at most is under way.  One that cannot be
--- connected to any more is given up after a few attempts.
---
--- An engine may answer pings and nothing else.  So after a call that was not answered in its time
--- later ones have SHORT_MS at most, until one is.
---@class engine.docker.pulse
local docker_error = require("engine.docker.error")
local endpoint_of = require("engine.docker.endpoint")
local task = require("core.task")

local M = {}

M.QUIET_MS = 5000 -- without a word, before the engine is asked whether it is there
M.PING_MS = 20000 -- for its answer to that
M.HURRY = { QUIET_MS = 1000, PING_MS = 4000 } -- instead, when who waits wants to leave
M.AGAIN_MS = 2000 -- that a caller waits for a ping of an engine that was given up
M.SHORT_MS = 10000 -- of a call, after one that was not answered in its time
M.GONE_MS = { 50, 150, 400 } -- between attempts to connect to one that has just been lost

local SLICE_MS = 500
local PEOPLE = { docker = "Docker", podman = "Podman" }
local NO_CONNECTION = {
  ECONNREFUSED = true, ECONNRESET = true, ENOENT = true, EPIPE = true, EPROTO = true,
}

---@class engine.docker.Pulse
---@field private client engine.docker.Client
---@field private waiting table<engine.docker.pulse.Ticket, true>
---@field private count integer of those
---@field private streams table<table, true> that end with the engine
---@field private lost? core.Error it does not answer
---@field private is_slow boolean a call was not answered in its time, and none since
---@field private silent_ms integer
---@field private pinged_ms integer
---@field private is_hurried? boolean
local Pulse = {}
Pulse.__index = Pulse

---@class engine.docker.pulse.Ticket of one who waits; a to-be-closed value
---@field lost? core.Error the engine was given up meanwhile
---@field private scope core.task.Scope
local Ticket = {}
Ticket.__index = Ticket

--- Makes the pulse of a client's engine.
---@param client engine.docker.Client
---@return engine.docker.Pulse
---@nodiscard
function M.new(client)
  return setmetatable({
    client = client, waiting = {}, count = 0, streams = {}, is_slow = false, silent_ms = 0,
    pinged_ms = 0,
  }, Pulse)
end

--- Says what was seen, and what to do.
local function describe(self, err)
  local client = self.client
  local people = PEOPLE[client.engine] or client.engine
  local text, help
  if err.code == "ETIMEDOUT" then
    local after_s = (self.silent_ms + self.pinged_ms + 500) // 1000
    text = ("it stood still for %d s (%s)"):format(math.max(1, after_s), client.endpoint.name)
    help = ("does `%s info` hang, too? restart the engine"):format(client.engine)
  else
    local told = endpoint_of.explain(client.endpoint, err)
    text = told.message:gsub("^%a+ does not run[^:]*: ", "")
    text = text:gsub("^%a+ (cannot be reached: )", "it %1")
    help = told.detail and told.detail.help
  end
  help = ("%s; what this run has left there is removed by the next one, or by `clnrm reap`, once "
    .. "it answers"):format(help or "look whether it runs")
  local lost = docker_error.new(docker_error.GONE,
    ("%s does not answer any more: %s"):format(people, text), help, "engine")
  lost.cause = err
  return lost
end

local BREAKS_OFF = { ECONNRESET = true, EPIPE = true }

--- Finds out that an engine took the connection and never said a word: it stands still, or was
--- about to end.
---@param endpoint engine.docker.Endpoint
---@param err core.Error of connecting
---@param limit_ms integer that it had
---@return core.Error? gone nil: it is not there, or answered what none does
---@nodiscard
function M.silent(endpoint, err, limit_ms)
  local is_late = err.code == "ETIMEDOUT"
  if not (err.detail and err.detail.is_sent) or not is_late and not BREAKS_OFF[err.code] then
    return nil
  end
  local text = is_late and ("it took the connection, and said nothing for %g s"):format(
    limit_ms / 1000) or "it took the connection, and ended it without a word"
  local gone = docker_error.new(docker_error.GONE,
    ("%s does not answer: %s (%s)"):format(PEOPLE[endpoint.engine], text, endpoint.name),
    ("does `%s info` hang, or fail, too? restart the engine"):format(endpoint.engine), "engine")
  gone.cause = err
  return gone
end

--- Tells all who wait.
local function give_up(self, err)
  if self.lost then
    return
  end
  self.lost = describe(self, err)
  for ticket in pairs(self.waiting) do
    ticket.lost = self.lost
    ticket.scope:cancel()
  end
  for stream in pairs(self.streams) do
    self.streams[stream], self.count = nil, self.count - 1
    stream:close()
  end
end

--- Something came from the engine.
function Pulse:heard()
  self.silent_ms, self.lost = 0, nil
end

--- A call was answered, and no ping.
function Pulse:answered()
  self.is_slow = false
  self:heard()
end

--- A call was not answered in its time.
function Pulse:late()
  self.is_slow = true
end

--- How long a call may take.
---@param limit_ms integer 0: for ever
---@return integer ms
---@nodiscard
function Pulse:limit(limit_ms)
  return self.is_slow and limit_ms > 0 and math.min(limit_ms, M.SHORT_MS) or limit_ms
end

--- A limit, as it is now.
local function limit(self, name)
  return self.is_hurried and math.min(M[name], M.HURRY[name]) or M[name]
end

--- Waits in slices, each of which counts as long as it was meant to be: a clnrm that was stopped
--- for a minute finds the answer in its socket.
---@return boolean is_over false: cancelled
local function pass_ping(self)
  self.pinged_ms = 0
  while self.pinged_ms < limit(self, "PING_MS") do
    local slice = math.min(SLICE_MS, limit(self, "PING_MS") - self.pinged_ms)
    if not task.sleep(slice) then
      return false
    end
    self.pinged_ms = self.pinged_ms + slice
  end
  return true
end

--- Asks once.
---@return true? ok
---@return core.Error? err
local function ping(self)
  local is_late = false
  local scope <close> = task.scope()
  local timer = task.spawn(function()
    is_late = pass_ping(self)
    if is_late then
      scope:cancel()
    end
  end)
  local call, err = self.client.http:ask({ target = "/_ping" })
  timer:cancel()
  if call then
    call:close()
    return true
  elseif is_late then
    err = docker_error.new("ETIMEDOUT", "no answer to a ping", nil, "GET /_ping")
  end
  return nil, err
end

--- Asks until it is known whether the engine is there.
local function find_out(self)
  local ok, err = ping(self)
  for _, pause in ipairs(self.lost and {} or M.GONE_MS) do
    if ok or not NO_CONNECTION[err.code] or not task.sleep(pause) then
      break
    end
    ok, err = ping(self)
  end
  if ok then
    self:heard()
  elseif err.code ~= "ECANCELED" then
    give_up(self, err)
  end
end

--- Has the engine asked, unless it is being asked already.
---@return core.task.Event over
local function ask(self)
  local over = self.asking
  if not over then
    over = task.event()
    self.asking = over
    self.asker = task.spawn(function()
      find_out(self)
      self.asking, self.asker = nil, nil
      over:set()
    end)
  end
  return over
end

--- Whether it is being asked, for nothing came for long.
---@return boolean
---@nodiscard
function Pulse:is_asking()
  return self.asking ~= nil
end

--- Asks whether the engine is there.
---@async
---@return true? ok
---@return core.Error? err it is not; ECANCELED
function Pulse:look()
  local over = ask(self)
  local ok, err = over:wait()
  if not ok then
    return nil, err
  end
  return not self.lost or nil, self.lost
end

--- Counts the time without a word, while somebody waits for one.
local function watch(self)
  self.silent_ms = 0
  while self.count > 0 and not self.lost do
    local slice = math.min(SLICE_MS, limit(self, "QUIET_MS"))
    if not task.sleep(slice) then
      return
    end
    self.silent_ms = self.silent_ms + slice
    if self.silent_ms >= limit(self, "QUIET_MS") and self.count > 0 then
      ask(self):wait()
    end
  end
end

local function begin_watch(self)
  self.watcher = self.watcher or task.spawn(function()
    watch(self)
    self.watcher = nil
  end)
end

local function leave(self, one)
  if self.waiting[one] or self.streams[one] then
    self.waiting[one], self.streams[one] = nil, nil
    self.count = self.count - 1
  end
end

--- Begins to wait for the engine.
---@async only where it was given up
---@return engine.docker.pulse.Ticket? ticket to be closed
---@return core.Error? err it was given up, and does not answer yet
function Pulse:enter()
  if self.lost then
    local is_new = not self.asking
    local over = ask(self)
    if is_new then
      local _, err = task.timeout(M.AGAIN_MS, over.wait, over)
      if err and err.code == "ECANCELED" then
        return nil, err
      end
    end
    if self.lost then
      return nil, self.lost
    end
  end
  local ticket = setmetatable({ pulse = self, scope = task.scope() }, Ticket)
  self.waiting[ticket] = true
  self.count = self.count + 1
  begin_watch(self)
  return ticket
end

--- Ends the wait.  Also `__close`.
function Ticket:close()
  leave(self.pulse, self)
  self.scope:close()
end
Ticket.__close = Ticket.close

--- Has a stream closed when the engine is given up: who reads it would wait for ever.
---@param stream { close: fun(self) }
function Pulse:carry(stream)
  self.streams[stream] = true
  self.count = self.count + 1
  begin_watch(self)
end

--- Forgets a stream that is over.
---@param stream { close: fun(self) }
function Pulse:carries_no_more(stream)
  leave(self, stream)
end

--- Waits less from now on: somebody has asked the run to end.
function Pulse:hurry()
  self.is_hurried = true
end

--- Asks no more.
function Pulse:close()
  for _, name in ipairs({ "watcher", "asker" }) do
    if self[name] then
      self[name]:cancel()
    end
  end
end

return M
