--- What tests write while they run: when that is a save, when it waits for the end of the run, and
--- when it is ignored.
---
--- Nobody can tell a person's save from what a test writes, so that none is lost untold: the first
--- ones end the run as any save does; those that come in each run wait for its end, and are run
--- then; and what is written in each of some runs that came to their end is told as ignored.
---@class engine.dev.own
local M = {}

local CUTS_MAX = { output = 2, source = 10 } -- runs in a row that a file may end early
local COMPLETE_MAX = 2 -- runs in a row that came to their end, after which it may begin another

---@alias engine.dev.own.Verdict
---| "save"     it is one
---| "held"     to be looked at again when the run has ended
---| "looping"  it is ignored, and to be told
---| "ignored"  and it was told of this run

---@class engine.dev.During the run in which something was written
---@field cycle integer its number
---@field is_running boolean it goes on
---@field is_cut boolean it was ended early, or is about to be
---@field writes fun(path: string): ("output"|"source")? what a file is that a test of it can have
---       written; source: what people write as well, of which tests are made

---@class engine.dev.own.One
---@field cuts integer runs that it ended early
---@field complete integer runs that came to their end
---@field cycle integer the last of all these
---@field ended integer the last that came to its end

---@class engine.dev.Own
---@field private of table<string, engine.dev.own.One> by path; of runs in a row
local Own = {}
Own.__index = Own

--- Makes one that knows of no run.
---@return engine.dev.Own
---@nodiscard
function M.new()
  return setmetatable({ of = {} }, Own)
end

local function of_row(self, path, cycle)
  local one = self.of[path]
  if not one or one.cycle < cycle - 1 then
    one = { cuts = 0, complete = 0, cycle = 0, ended = 0 }
    self.of[path] = one
  end
  return one
end

--- Says what it is that a file was written, or removed.
---@param path string
---@param during? engine.dev.During nil: no run
---@return engine.dev.own.Verdict
---@return boolean is_first it is ignored for the first time in a row
function Own:weigh(path, during)
  local kind = during and during.writes(path)
  if not during or not kind then
    self.of[path] = nil
    return "save", false
  elseif during.is_cut then
    return "save", false -- who runs the rest tells nothing of a row
  end
  local one, cycle = of_row(self, path, during.cycle), during.cycle
  if during.is_running then
    one.cuts, one.cycle = one.cuts + (one.cycle ~= cycle and 1 or 0), cycle
    local ends = one.cuts <= CUTS_MAX[kind] and one.complete <= COMPLETE_MAX
    return ends and "save" or "held", false
  end
  local is_new = one.ended ~= cycle
  one.complete = one.complete + (is_new and 1 or 0)
  one.cycle, one.ended = cycle, cycle
  if one.complete <= COMPLETE_MAX then
    return "save", false
  end
  return is_new and "looping" or "ignored", one.complete == COMPLETE_MAX + 1
end

return M
