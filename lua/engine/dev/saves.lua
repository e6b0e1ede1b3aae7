--- What was saved since the loop looked last: gathered into the cause of its next cycle.
local clock = require("core.clock")
local fs = require("core.fs")
local inputs = require("engine.dev.inputs")
local outputs = require("engine.dev.outputs")

---@class engine.dev.saves
local M = {}

local DETECT_MAX_MS = 1000 -- of what was told later than that, it is not known what was told
local MADE_MAX = 20 -- files that are told of a folder
local LATE_NS = 20 * 1000000 -- what a run has written may be told after its end

--- Says how long the event of a save was on its way, by the time of the inode: that of a file which
--- was moved here is when it was moved, not when it was written.
local function detect_ms(change)
  local newest = 0
  for _, path in ipairs(change.written) do
    local stat = fs.stat(path)
    newest = math.max(newest, stat and stat.ctime_ns or 0)
  end
  local began_wall = clock.wall() - (clock.now() - change.began_ns)
  local ms = (began_wall - newest) / 1000000
  return ms <= DETECT_MAX_MS and math.max(ms, 0) or nil
end

--- Adds a change to what the next cycle is for.
local function add_pending(self, change, filtered)
  local changed, list = filtered.changed, filtered.list
  local pending, is_new = self.pending, not self.pending
  if not pending then
    pending = { changed = {}, list = {} }
    self.pending = pending
  end
  if is_new or pending.is_stopped and not change.waits then -- what was stopped goes on by this one
    pending.began_ns = change.let_go_ns or change.began_ns
    pending.detect_ms = not change.let_go_ns and detect_ms(change) or nil
  end
  pending.is_all, pending.told_ns = pending.is_all or change.is_all, change.told_ns
  pending.by_person = pending.by_person or filtered.by_person
  pending.is_stopped = change.waits and (is_new or pending.is_stopped) or nil
  for _, path in ipairs(list) do
    if not pending.changed[path] then
      pending.changed[path] = true
      pending.list[#pending.list + 1] = path
    end
  end
  table.sort(pending.list)
  for path in pairs(changed) do
    pending.changed[path] = true
  end
end

--- Has what tests may have written looked at again when they have run.
local function hold(self, change, held)
  if held.written[1] or held.removed[1] then
    held.began_ns, held.told_ns = change.began_ns, change.told_ns
    self.held[#self.held + 1] = held
  end
end

--- Takes up what was held, when the run has ended.
---@param self engine.dev.Loop
---@param waits boolean somebody has stopped the run: nothing is run of it before the next save
function M.release(self, waits)
  for _, change in ipairs(self.held) do
    change.waits, change.let_go_ns = waits, clock.now()
    self.queue[#self.queue + 1] = change
  end
  self.held = {}
end

--- Has what somebody has held back count from now: nobody waited for a verdict before.
---@param self engine.dev.Loop
function M.let_go(self)
  local pending = self.pending
  if pending then
    pending.began_ns, pending.detect_ms = clock.now(), nil
  end
end

--- Takes up what was held while the run goes on: as if it had ended, but for what is a person's by
--- `quiet` of the loop.
function M.settle(self)
  M.absorb(self)
  self.is_overdue = true
  M.release(self, false)
  M.absorb(self)
  self.is_overdue = false
end

--- Splits off what a run may have written itself: it is noted when the run has ended.
local function hold_pending(self, change)
  local held, rest = { written = {}, removed = {} }, { written = {}, removed = {} }
  for _, kind in ipairs({ "written", "removed" }) do
    for _, path in ipairs(change[kind]) do
      table.insert((inputs.is_pending(path) and held or rest)[kind], path)
    end
  end
  hold(self, change, held)
  rest.began_ns, rest.told_ns, rest.is_all = change.began_ns, change.told_ns, change.is_all
  rest.is_late, rest.modes = change.is_late, change.modes
  return rest
end

--- Whether what has changed may be of a run: its files tell. What was removed is told late, when
--- another run may have begun: it is of the run before then.
local function is_of_run(self, change)
  local began = change.began_ns
  if not self.run_began_ns then
    return false
  elseif began < self.run_began_ns then
    return self.before_ns ~= nil and began >= self.before_ns
      and began <= self.before_ended_ns + LATE_NS
  end
  return true
end

--- Whether a file that is told of after a run was written then, or later. What is told late, as on
--- a busy machine, is of the run by the time of its inode, which nobody can set.
local function is_after(self, change, path)
  local stat = fs.stat(path)
  if change.began_ns <= self.run_ended_ns + LATE_NS then
    return stat ~= nil and stat.mtime_ns > self.run_ended_wall_ns + LATE_NS
  end
  local ended_ns = self.run_ended_wall_ns
  return not stat or stat.ctime_ns > ended_ns + LATE_NS
    or stat.ctime_ns < ended_ns - (self.run_ended_ns - self.run_began_ns) - LATE_NS
end

--- Takes that a run begins.
---@param self engine.dev.Loop
---@param cause? engine.dev.Cause nil: the first one
function M.note_run(self, cause)
  if not cause or cause.by_person or cause.asked then
    self.begun = self.number
  end
  self.inputs:begin_run(self.cx.project.dir)
end

--- Says in which run a change began; nil: in none.
---@return engine.dev.During?
local function run_of(self, change)
  if not is_of_run(self, change) then
    return nil
  end
  local cycle, kind = self.cycle, outputs.of_run(self)
  return {
    cycle = self.number, begun = self.begun,
    is_running = cycle ~= nil and not self.is_overdue,
    is_cut = cycle and cycle.stop_asked ~= nil or not cycle and self.was_cut == true,
    writes = function(path)
      if not cycle and is_after(self, change, path) then
        return nil -- it may be told together with what the run has written
      end
      return kind(path)
    end,
    is_stray = function(path)
      return outputs.is_stray(self, path)
    end,
    is_save = self.is_overdue and function(key, of_kind)
      return self.quiet:is_save(key, of_kind, change.began_ns)
    end or nil,
  }
end

--- Tells what is ignored. A person may have saved it for all that, so that it is run once more,
--- when nothing overtakes it.
local function tell_looping(self, change, filtered)
  local now = clock.now()
  for path, files in pairs(filtered.looping) do
    table.sort(files)
    local made = files[1] and table.move(files, 1, math.min(#files, MADE_MAX), 1, {})
    local event = { event = "looping", path = path, made = made, count = made and #files }
    self.state:apply(event, change)
  end
  if filtered.again[1] then
    self.queue[#self.queue + 1] = {
      written = filtered.again, removed = {}, is_late = true, began_ns = now, told_ns = now,
    }
  end
end

--- Takes what was saved; returns whether there is anything new.
---@param self engine.dev.Loop
---@return boolean is_new
function M.absorb(self)
  local is_new = false
  while self.queue[1] do
    local change = table.remove(self.queue, 1)
    if self.cycle and not self.is_overdue then
      change = hold_pending(self, change)
    end
    local filtered = self.inputs:filter(change, run_of(self, change))
    hold(self, change, filtered.held)
    tell_looping(self, change, filtered)
    if filtered.changed then
      add_pending(self, change, filtered)
      is_new = true
    end
  end
  return is_new
end

return M
