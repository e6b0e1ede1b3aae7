--- What was saved since the loop looked last: gathered into the cause of its next cycle.
local clock = require("core.clock")
local fs = require("core.fs")
local inputs = require("engine.dev.inputs")
local outputs = require("engine.dev.outputs")

---@class engine.dev.saves
local M = {}

local DETECT_MAX_MS = 1000 -- a file that is older was moved here, not written
local LATE_NS = 20 * 1000000 -- what a run has written may be told after its end

--- Says how long the event of a save was on its way, by the time that the file has.
local function detect_ms(change)
  local newest = 0
  for _, path in ipairs(change.written) do
    local stat = fs.stat(path)
    newest = math.max(newest, stat and stat.mtime_ns or 0)
  end
  local began_wall = clock.wall() - (clock.now() - change.began_ns)
  local ms = (began_wall - newest) / 1000000
  return ms <= DETECT_MAX_MS and math.max(ms, 0) or nil
end

--- Adds a change to what the next cycle is for.
local function add_pending(self, change, changed, list)
  local pending = self.pending
  if not pending then
    pending = { changed = {}, list = {}, began_ns = change.began_ns,
      detect_ms = detect_ms(change) }
    self.pending = pending
  end
  pending.is_all, pending.told_ns = pending.is_all or change.is_all, change.told_ns
  pending.is_stopped = nil
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

--- Splits off what a run may have written itself: it is noted when the run has ended.
local function hold_pending(self, change)
  local held, rest = { written = {}, removed = {} }, { written = {}, removed = {} }
  for _, kind in ipairs({ "written", "removed" }) do
    for _, path in ipairs(change[kind]) do
      table.insert((inputs.is_pending(path) and held or rest)[kind], path)
    end
  end
  if held.written[1] or held.removed[1] then
    held.began_ns, held.told_ns = change.began_ns, change.told_ns
    self.held[#self.held + 1] = held
  end
  rest.began_ns, rest.told_ns, rest.is_all = change.began_ns, change.told_ns, change.is_all
  rest.is_late, rest.modes = change.is_late, change.modes
  return rest
end

--- Says in which run a change began; nil: in none.
---@return engine.dev.During?
local function run_of(self, change)
  if not self.run_began_ns or change.began_ns < self.run_began_ns
    or not self.cycle and change.began_ns > self.run_ended_ns + LATE_NS then
    return nil
  end
  return { cycle = self.number, can_write = function(path)
    local stat = not self.cycle and fs.stat(path)
    if stat and stat.mtime_ns > self.run_ended_wall_ns + LATE_NS then
      return false -- saved after the run, and told together with what the run has written
    end
    return outputs.can_write(self, path)
  end }
end

--- Tells that files are taken for outputs from now on. A person may have saved them for all that,
--- so that they are run once more, when nothing overtakes it.
local function tell_looping(self, paths)
  local now = clock.now()
  for _, path in ipairs(paths) do
    self.state:apply({ event = "looping", path = path })
  end
  table.insert(self.cycle and self.held or self.queue, {
    written = paths, removed = {}, is_late = true, began_ns = now, told_ns = now,
  })
end

--- Takes what was saved; returns whether there is anything new.
---@param self engine.dev.Loop
---@return boolean is_new
function M.absorb(self)
  local is_new = false
  while self.queue[1] do
    local change = table.remove(self.queue, 1)
    if self.cycle then
      change = hold_pending(self, change)
    end
    local changed, list, looping = self.inputs:filter(change, run_of(self, change))
    if looping[1] then
      tell_looping(self, looping)
    end
    if changed then
      add_pending(self, change, changed, list)
      is_new = true
    end
  end
  return is_new
end

return M
