--- The engine's events, as one stream that goes on after a break.
---
--- A stream that broke is opened again from a little before the last event, and what was told
--- already is left out, so no event is lost or told twice as long as the engine still has it.
--- Docker keeps its last 256 events, and none over a restart: so each break is told by an event of
--- our own, after which whoever relies on a state has to ask for it.
---@class engine.docker.events
local clock = require("core.clock")
local docker_error = require("engine.docker.error")
local task = require("core.task")

local M = {}

M.GIVE_UP_MS = 20000 -- a restart of the engine takes some 10 s

M.LOST = "EVENTS_LOST" -- the code of a stream that is over: what happens is not known any more

--- What a break is told by: `Type` and `Action` of the event.
M.OWN, M.REOPENED = "clnrm", "reopened"

local NS = 1000000000
local OVERLAP_NS = NS // 4 -- events of the same moment may come in another order
local SEEN_MAX = 4096
local STEADY_NS = 5 * NS -- a stream that lasted so long was one, although it told nothing
local BACKOFF_MS = { 20, 50, 100, 200, 400 } -- then the last one again

---@class engine.docker.EventOptions
---@field since? integer       ns since 1970 by the engine's clock; default: the second of opening
---@field filters? table<string, string[]>
---@field give_up_ms? integer  after a break (GIVE_UP_MS)
---@field is_idle? boolean    nobody waits for what it tells (its silence says nothing)

---@class engine.docker.Events  a to-be-closed value
---@field is_away? boolean     it broke, and no new one is there yet
---@field private client engine.docker.Client
local Events = {}
Events.__index = Events

local MONTHS = {
  Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10,
  Nov = 11, Dec = 12,
}

--- Reads the header Date: "Sat, 28 Nov 2026 22:59:04 GMT".
local function read_date(text)
  local day, month, year, time = (text or ""):match("^%a+, (%d%d) (%a+) (%d+) (%d%d:%d%d:%d%d)")
  if not day or not MONTHS[month] then
    return nil
  end
  return (clock.parse(("%s-%02d-%sT%sZ"):format(year, MONTHS[month], day, time)))
end

--- What time the engine has, to the second: an event that comes while the stream is opened shall
--- not be lost, and its clock may be another than ours.
local function engine_time(client)
  local call <close>, status, headers = client:ask("GET", "/_ping")
  if not call then
    return nil, status
  end
  return read_date(headers.date) or clock.wall() // NS * NS
end

local function open(self)
  local lines, err = self.client:lines("GET", "/events", {
    query = {
      since = ("%d.%09d"):format(self.since // NS, self.since % NS),
      filters = next(self.filters) and self.filters or nil,
    },
    op = "GET /events",
    is_idle = self.is_idle,
  })
  self.lines, self.opened_ns = lines, clock.now()
  return lines, err
end

--- Opens the stream.
---@async
---@param client engine.docker.Client
---@param opts? engine.docker.EventOptions
---@return engine.docker.Events? events
---@return core.Error? err
---@nodiscard
function M.open(client, opts)
  opts = opts or {}
  local since = opts.since
  if not since then
    local now, why = engine_time(client)
    if not now then
      return nil, why
    end
    since = now
  end
  local self = setmetatable({
    client = client,
    since = since,
    first = since, -- nothing before it is asked for
    filters = opts.filters or {},
    is_idle = opts.is_idle,
    give_up_ms = opts.give_up_ms or M.GIVE_UP_MS,
    seen = {}, -- line -> its time
    count = 0,
    newest = since,
  }, Events)
  local lines, err = open(self)
  return lines and self, err
end

--- Forgets what lies before the overlap.
local function forget(self)
  local count = 0
  for line, time in pairs(self.seen) do
    if time < self.newest - OVERLAP_NS then
      self.seen[line] = nil
    else
      count = count + 1
    end
  end
  self.count = count
end

local function is_new(self, event, line)
  if self.seen[line] then
    return false
  end
  local time = math.type(event.timeNano) == "integer" and event.timeNano
    or math.type(event.time) == "integer" and event.time * NS or self.newest
  self.newest = math.max(self.newest, time)
  self.seen[line] = time
  self.count = self.count + 1
  if self.count > SEEN_MAX then
    forget(self)
  end
  return true
end

--- Opens again; waits for an engine that is away.  Streams that break as soon as they are open are
--- none.
local function reopen(self, err)
  self.is_away = true
  self.lines:close()
  self.since = math.max(self.first, self.newest - OVERLAP_NS)
  if clock.now() - self.opened_ns > STEADY_NS then
    self.attempt, self.broke_ns = nil, nil
  end
  self.broke_ns = self.broke_ns or clock.now()
  local due = self.broke_ns + self.give_up_ms * (NS // 1000)
  local attempt = self.attempt or 0
  while true do
    attempt = attempt + 1
    local slept, cancelled = task.sleep(BACKOFF_MS[math.min(attempt, #BACKOFF_MS)])
    if not slept then
      return nil, cancelled
    end
    local lines, why
    if attempt == 1 or clock.now() < due then
      lines, why = open(self)
    end
    if lines then
      self.attempt = attempt -- a stream that breaks again at once is not opened again at once
      self.is_away = nil
      return true
    elseif why and why.code == "ECANCELED" or clock.now() >= due then
      self.lines = nil
      return nil, why and why.code == "ECANCELED" and why or err or why
        or docker_error.new("ECLOSED", "the stream of events ends at once", nil, "GET /events")
    end
  end
end

--- Takes the next event; `{ Type = "clnrm", Action = "reopened" }` after a break.
---@async
---@return table? event
---@return core.Error? err the engine did not come back in time; then the stream is over
function Events:next()
  if not self.lines then
    return nil, docker_error.new("ECLOSED", "the stream of events is over", nil, "GET /events")
  end
  while true do
    local event, err, line = self.lines:next()
    if event and is_new(self, event, line) then
      self.attempt, self.broke_ns = nil, nil
      return event
    elseif not event then
      if err and err.code == "ECANCELED" then
        return nil, err
      end
      local ok
      ok, err = reopen(self, err)
      if not ok then
        self:close()
        return nil, err
      end
      return { Type = M.OWN, Action = M.REOPENED }
    end
  end
end

--- Ends the stream.  Also `__close`.
---@async
function Events:close()
  if self.lines then
    self.lines:close()
    self.lines = nil
  end
end
Events.__close = Events.close

return M
