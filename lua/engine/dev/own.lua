--- What tests write while they run: when that is a save, when it waits for the end of the run, and
--- when it is ignored.
---
--- Nobody can tell a person's save from what a test writes, so that none is lost untold: the first
--- ones end the run as any save does; those that come in each run wait for its end, and are run
--- then; and what is written in each of some runs that came to their end is told as ignored. Files
--- that runs make count together, by their folder: each may have a name of its own.
local made = require("engine.dev.made")

---@class engine.dev.own
local M = {}

local CUTS_MAX = { output = 2, source = 10 } -- runs in a row that a file may end early
local ALL_CUTS_MAX = 10 -- the same where others lie between: who saves two files in turns, does so
local COMPLETE_MAX = 2 -- runs in a row that came to their end, after which it may begin another
local STRAYS_MAX = 2 -- of these in a row, that it was written in by something else than a test

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
---@field is_stray fun(path: string): boolean whether it was written last while none of those ran
---@field is_save? fun(key: string, kind: string): boolean of a run that goes on, weighed as if it
---       had ended: whether somebody has saved a file, given by the folder if it counts by one
---@field begun? integer the last run that somebody began for sure: what tests wrote may have begun
---       those after it; nil: this one

---@class engine.dev.own.One
---@field cuts integer runs that it ended early, one after the other
---@field all_cuts integer with others between
---@field complete integer runs that came to their end
---@field strays integer of these, the last ones in a row with a stray write
---@field strayed integer the last run with one
---@field cycle integer the last of all these
---@field ended integer the last that came to its end

---@class engine.dev.Own
---@field private of table<string, engine.dev.own.One> by path, or by the folder in which runs make
---       files; of runs in a row
---@field private made engine.dev.Made
local Own = {}
Own.__index = Own

--- Makes one that knows of no run.
---@return engine.dev.Own
---@nodiscard
function M.new()
  return setmetatable({ of = {}, made = made.new() }, Own)
end

--- Takes that a run begins: what is there is made by none of the next ones.
---@param home string the folder of the project
function Own:begin(home)
  self.made:begin(home)
end

--- Takes what is known of the runs in a row: of those one after the other, and of those that tests
--- may have begun, by what they wrote, though others lie between.
local function of_row(self, key, during)
  local one = self.of[key]
  if not one or one.cycle < math.min(during.cycle - 1, during.begun or during.cycle) then
    one = { cuts = 0, all_cuts = 0, complete = 0, cycle = 0, ended = 0, strays = 0, strayed = 0 }
    self.of[key] = one
  end
  return one
end

--- Counts that it was written in a run that goes on.
local function count_cut(one, cycle)
  if one.cycle ~= cycle then
    one.cuts = one.cycle == cycle - 1 and one.cuts + 1 or 1
    one.all_cuts, one.cycle = one.all_cuts + 1, cycle
  end
end

--- Counts whether something else than a test wrote it in a run that came to its end.
---@return boolean is_saved somebody did, so it seems, as it is not so in each run
local function strays(one, cycle, is_stray)
  if one.strayed ~= cycle then
    one.strays = is_stray and one.strays + 1 or 0
    one.strayed = is_stray and cycle or one.strayed
  end
  return is_stray and one.strays <= STRAYS_MAX
end

--- Says what it is that a file was written, or removed.
---@param path string
---@param during? engine.dev.During nil: no run
---@return engine.dev.own.Verdict
---@return boolean is_first it is ignored for the first time in a row
---@return string? folder it is ignored with all that runs make there
function Own:weigh(path, during)
  local kind = during and during.writes(path)
  if not during or not kind then
    self.of[path] = nil
    self.made:forget(path)
    return "save", false
  end
  local folder = self.made:note(path) -- of runs that are ended early, too
  if during.is_cut then
    return "save", false -- who runs the rest tells nothing of a row
  end
  local cycle = during.cycle
  local key = folder and ("%s/\0%s"):format(folder, kind) or path
  if during.is_save and during.is_save(folder or path, kind) then
    self.of[key] = nil
    self.made:forget(path)
    return "save", false
  end
  local one = of_row(self, key, during)
  if during.is_running then
    count_cut(one, cycle)
    local ends = one.cuts <= CUTS_MAX[kind] and one.all_cuts <= ALL_CUTS_MAX
    return ends and one.complete <= COMPLETE_MAX and "save" or "held", false
  end
  local is_new = one.ended ~= cycle
  one.complete = one.complete + (is_new and 1 or 0)
  one.cycle, one.ended = cycle, cycle
  local is_saved = strays(one, cycle, during.is_stray(path))
  if one.complete <= COMPLETE_MAX or is_saved then
    return "save", false
  end
  local is_told = is_new or folder ~= nil or during.is_save ~= nil -- it may never end
  return is_told and "looping" or "ignored", one.complete == COMPLETE_MAX + 1, folder
end

return M
