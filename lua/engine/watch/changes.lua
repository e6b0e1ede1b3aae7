--- From single events of files to what one save changed: waits until the writers are done.
---
--- A lone save waits MIN_MS, and so do some that a person makes one after the other.  Saves that
--- come fast are waited for: STORM_MS at least, and four times as long as they are apart, up to
--- MAX_MS; so a storm of them is one change.  Those that come as slowly as a person's, without an
--- end, are told after MAX_MS, what is faster after LONGEST_MS.  A file that is written to and
--- still open is not looked at before it is closed, or was left alone for OPEN_MS.
local clock = require("core.clock")
local task = require("core.task")
local temporary = require("engine.watch.temporary")

local M = {}

M.MIN_MS = 5
M.MAX_MS = 500
M.STORM_MS = 30
M.PERSON_MS = 100 -- nobody saves faster than that
M.PERSON_SAVES = 3 -- one after the other, within MAX_MS each
M.OPEN_MS = 500
M.REMOVED_MS = 100 -- what was removed may be put back: editors write anew what they moved away
M.LONGEST_MS = 2000 -- from the first event, and a wait that is wanted; then all there is is told

local NS_PER_MS = 1000000

---@class engine.watch.Options
---@field is_input? fun(path: string): boolean which files matter; default those that are not an
---       editor's own
---@field on_link? fun(path: string) is told of links that were there when their folder was added
---@field is_noise? fun(path: string): boolean files that matter to nobody now: nothing waits until
---       they are left alone, and they wait for no more than MAX_MS themselves
---@field debounce_ms? integer|fun(): integer? waits so long after each event, whatever their rate;
---       a function is asked each time: the settings may be read again

---@class engine.watch.Change
---@field written string[] sorted paths
---@field removed string[] sorted paths: of files, and of folders with all that was in them
---@field modes string[] sorted paths of files whose mode, times or owner alone were changed
---@field is_all boolean events were lost: everything may have changed
---@field began_ns integer core.clock.now() of the first event

---@class engine.watch.Changes
---@field private watch core.watch.Watch
---@field private opts engine.watch.Options
---@field private pending table<string, "written"|"modified"|"removed"|"mode">
---@field private noise table<string, "written"|"modified"> the same of noise
---@field private noise_ns? integer of the first event of that
---@field private gap_ms number between saves of a series, a slow one weighs for some more
---@field private saves integer of a series: each within MAX_MS of the one before
---@field private saved_ns? integer of the last save
---@field private first_ns? integer of the first event that mattered and is not told yet
---@field private last_ns? integer of the last one
---@field private open_ns? integer of the last one that left a file open
---@field private is_all boolean
local Changes = {}
Changes.__index = Changes

--- Makes the reader of a watch.
---@param watch core.watch.Watch
---@param opts? engine.watch.Options
---@return engine.watch.Changes
---@nodiscard
function M.new(watch, opts)
  return setmetatable({
    watch = watch, opts = opts or {}, pending = {}, noise = {}, gap_ms = 0, saves = 0,
    is_all = false,
  }, Changes)
end

--- How long somebody wants each event to be waited after; nil: by their rate.
local function debounce_ms(self)
  local ms = self.opts.debounce_ms
  if type(ms) == "function" then
    return ms()
  end
  return ms
end

--- How long to wait after the last event.
local function delay_ms(self)
  if self.saves <= 1 or self.gap_ms > M.PERSON_MS and self.saves <= M.PERSON_SAVES then
    return M.MIN_MS
  end
  return math.min(M.MAX_MS, math.max(M.STORM_MS, 4 * self.gap_ms))
end

local function only_removed(pending)
  for _, kind in pairs(pending) do
    if kind ~= "removed" then
      return false
    end
  end
  return true
end

--- When what is pending can be told; nil while nothing is.
local function due_ns(self)
  if not self.first_ns then
    return self.noise_ns and self.noise_ns + M.MAX_MS * NS_PER_MS
  end
  local wanted_ms = debounce_ms(self)
  local due = self.last_ns + (wanted_ms or delay_ms(self)) * NS_PER_MS
  if self.open_ns then
    due = math.max(due, self.open_ns + M.OPEN_MS * NS_PER_MS)
  elseif not self.is_all and only_removed(self.pending) then
    due = math.max(due, self.last_ns + M.REMOVED_MS * NS_PER_MS)
  end
  local is_slow = self.gap_ms > M.PERSON_MS and not self.open_ns and not wanted_ms
  local most_ms = is_slow and M.MAX_MS or M.LONGEST_MS + (wanted_ms or 0)
  return math.min(due, self.first_ns + most_ms * NS_PER_MS)
end

--- The last moment that a file which is still open was written to.
local function find_open(self, now)
  for _, kind in pairs(self.pending) do
    if kind == "modified" then
      return now
    end
  end
end

--- Counts a save, or more of them in one moment, into the series.
local function count_saves(self, count, now)
  local gap = self.saved_ns and (now - self.saved_ns) / NS_PER_MS or M.MAX_MS
  if gap >= M.MAX_MS then
    self.saves, self.gap_ms = count, 0
  else
    self.saves = self.saves + count
    self.gap_ms = math.max(gap, 0.7 * self.gap_ms)
  end
  self.saved_ns = now
end

--- Takes an event of a file that is written to, if it is noise.
local function take_noise(self, event, now)
  local is_noise = (event.kind == "written" or event.kind == "modified")
    and not self.pending[event.path] and self.opts.is_noise and self.opts.is_noise(event.path)
  if is_noise then
    self.noise[event.path], self.noise_ns = event.kind, self.noise_ns or now
  end
  return is_noise
end

local function take(self, events, now)
  local is_news, saved = false, 0
  for _, event in ipairs(events) do
    local path = event.path
    if event.kind == "overflow" then
      self.is_all, is_news = true, true
    elseif event.kind == "link" then
      if self.opts.on_link then
        self.opts.on_link(path)
      end
    elseif self.opts.is_input and self.opts.is_input(path)
      or not self.opts.is_input and not temporary.is_temporary(path) then
      if take_noise(self, event, now) then
        goto continue
      end
      saved = saved + (event.kind == "written" and 1 or 0)
      -- a mode says nothing of what is written: the writer may not be done
      self.pending[path] = event.kind == "mode" and self.pending[path] or event.kind
      is_news = true
    end
    ::continue::
  end
  if saved > 0 then
    count_saves(self, saved, now)
  end
  if is_news then
    self.first_ns, self.last_ns = self.first_ns or now, now
    self.open_ns = find_open(self, now)
  end
end

local function give(self)
  local change = { written = {}, removed = {}, modes = {}, is_all = self.is_all,
    began_ns = self.first_ns or self.noise_ns }
  for path, kind in pairs(self.noise) do
    self.pending[path] = self.pending[path] or kind
  end
  for path, kind in pairs(self.pending) do
    local list = kind == "removed" and change.removed or kind == "mode" and change.modes
      or change.written
    list[#list + 1] = path
  end
  table.sort(change.written)
  table.sort(change.removed)
  table.sort(change.modes)
  self.pending, self.is_all, self.first_ns, self.open_ns = {}, false, nil, nil
  self.noise, self.noise_ns = {}, nil
  return change
end

--- Takes what has happened and was not read yet: a timer fires before that is looked at, and of a
--- process that stood still for a while more is over than its time.
---@async
---@return boolean has_more
---@return core.Error? err
local function take_unread(self)
  local ok, err = task.sleep(0) -- the loop reads meanwhile
  if not ok then
    return false, err
  end
  local events
  events, err = task.timeout(0, self.watch.next, self.watch)
  if events then
    take(self, events, clock.now())
    return true
  end
  return false, err.code ~= "ETIMEDOUT" and err or nil
end

--- Waits for a change.
---@async
---@return engine.watch.Change? change
---@return core.Error? err ECANCELED: the watch was closed
function Changes:next()
  while true do
    local due, now = due_ns(self), clock.now()
    local events, err
    if due and due <= now then
      local has_more, failed = take_unread(self)
      if failed then
        return nil, failed
      elseif not has_more or due_ns(self) <= now then
        return give(self)
      end
    elseif due then
      events, err = task.timeout((due - now) // NS_PER_MS + 1, self.watch.next, self.watch)
    else
      events, err = self.watch:next()
    end
    if events then
      take(self, events, clock.now())
    elseif err and err.code ~= "ETIMEDOUT" then
      return nil, err
    end
  end
end

return M
