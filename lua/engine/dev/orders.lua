--- What views may ask of the developer loop: keys of a screen, buttons of a page.
---
--- Each order changes the state by an event, so that all views show it, and wakes the loop; none
--- waits. What is asked for beside a save is run together with what that touches.
local clock = require("core.clock")
local plan = require("engine.plan")
local saves = require("engine.dev.saves")
local verdict = require("engine.verdict")

---@class engine.dev.orders
local M = {}

---@alias engine.dev.Asked "all"|"failed"|"again"|"files"|"tests"

---@class engine.dev.Narrowed which tests are run from now on; each field narrows further
---@field file? string  a part of the path of their file, as it is shown
---@field name? string  a part of their name
---@field tag? string   one of their tags
---@field pins? string[] ids

--- Whether a test is one that a narrowing leaves.
---@param narrowed? engine.dev.Narrowed
---@param test { id: string, file: string, name: string, tags: string[] }
---@return boolean
---@nodiscard
function M.leaves(narrowed, test)
  if not narrowed then
    return true
  end
  local has_tag, is_pinned = not narrowed.tag, not narrowed.pins
  for _, tag in ipairs(has_tag and {} or test.tags) do
    has_tag = has_tag or tag == narrowed.tag
  end
  for _, id in ipairs(narrowed.pins or {}) do
    is_pinned = is_pinned or id == test.id
  end
  return has_tag and is_pinned
    and (not narrowed.file or test.file:find(narrowed.file, 1, true) ~= nil)
    and (not narrowed.name or test.name:lower():find(narrowed.name:lower(), 1, true) ~= nil)
end

--- Whether a test is run in the present mode: with broken_only those that are not good, or not
--- known yet, as long as there are some.
local function is_due(state, id)
  if not state.is_broken_only then
    return true
  end
  local test = state.tests[id]
  return next(state:bad()) == nil or not test or not test.verdict
    or not verdict.is_good(test.verdict)
end

local function wake(self)
  self.news:set()
end

--- Lists the files, and the tests of them, that an order is about; nil for tests: all.
local function asked_about(self, what, list)
  local paths, ids = {}, nil
  if what == "all" then
    for path in pairs(self.entries) do
      paths[path] = true
    end
  elseif what == "files" then
    for _, path in ipairs(list) do
      paths[path] = self.entries[path] and true or nil
    end
  else
    ids = {}
    local from = what == "failed" and self.state:bad() or what == "again" and self.last_ids or {}
    for _, id in ipairs(what == "tests" and list or {}) do
      from[id] = true
    end
    for path, file in pairs(self.state.files) do
      paths[path] = what ~= "tests" and file.broken and self.entries[path] and true or nil
      for _, id in ipairs(file.tests) do
        if from[id] and self.entries[path] then
          paths[path], ids[id] = true, true
        end
      end
    end
  end
  return paths, ids
end

--- Asks for tests to be run: all, those that stand as not good, those of the last cycle, files by
--- their paths, tests by their ids. What runs is ended first, as by a save.
---@param self engine.dev.Loop
---@param what engine.dev.Asked
---@param list? string[] paths or ids
---@return integer files that this is about; 0: there is nothing to run, and nothing is changed
function M.rerun(self, what, list)
  local paths, ids = asked_about(self, what, list)
  local count = 0
  for _ in pairs(paths) do
    count = count + 1
  end
  if count == 0 then
    return 0
  end
  local now = clock.now()
  if self.pending and self.pending.is_stopped then
    saves.let_go(self)
  end
  local pending = self.pending or { changed = {}, list = {}, began_ns = now, told_ns = now }
  pending.asked, pending.is_stopped = { what = what, paths = paths, ids = ids }, nil
  self.pending, self.order_new = pending, true
  self.state:apply({ event = "asked", what = what, files = count })
  wake(self)
  return count
end

--- Ends what runs, and nothing else is run: what was saved meanwhile waits for the next save or
--- order. What had no verdict yet keeps the one that it had.
---@param self engine.dev.Loop
---@return boolean is_stopped false: nothing runs
function M.stop(self)
  if not self.cycle then
    return false
  end
  local pending = self.pending
  self.pending = pending and (pending.is_all or pending.list[1]) and pending or nil
  if self.pending then
    pending.asked, pending.is_stopped = nil, true
  end
  self.cycle:stop("stop")
  wake(self)
  return true
end

--- Ends the loop; what runs is ended first. The exit code is that of what stands.
---@param self engine.dev.Loop
function M.quit(self)
  self.ended = self.ended or "quit"
  if self.cycle then
    self.cycle:stop("stop")
  end
  wake(self)
end

--- Holds back what saves touch, or runs all that was held back. Orders are run meanwhile.
---@param self engine.dev.Loop
---@param is_paused boolean
function M.pause(self, is_paused)
  if self.state.is_paused and not is_paused then
    saves.let_go(self)
  end
  self.state:apply({ event = "paused", is_paused = is_paused })
  wake(self)
end

--- Lists what was saved and held back, and never run.
---@param self engine.dev.Loop
---@return string[] paths
---@nodiscard
function M.held_back(self)
  return self.state.is_paused and self.pending and self.pending.list or {}
end

--- Narrows which tests saves and orders run from now on.
---@param self engine.dev.Loop
---@param narrowed? engine.dev.Narrowed nil: all of the command line
function M.narrow(self, narrowed)
  self.state:apply({ event = "narrowed", narrowed = narrowed })
end

--- Runs only what stands as not good until all is good, then everything once.
---@param self engine.dev.Loop
---@param is_on boolean
function M.broken_only(self, is_on)
  self.state:apply({ event = "broken_only", is_broken_only = is_on })
end

--- Makes what says of each scenario whether a cycle runs it; nil: all of its files.
---@param self engine.dev.Loop
---@param cause? engine.dev.Cause
---@param list engine.dev.Affected[]
---@return (fun(scenario: engine.model.Scenario): boolean)? picks
---@nodiscard
function M.picker(self, cause, list)
  local asked, state = cause and cause.asked, self.state
  if not (asked and asked.ids) and not state.narrowed and not state.is_broken_only then
    return nil
  end
  local only_asked = {}
  for _, one in ipairs(list) do
    only_asked[one.path] = one.kind == "asked" or nil
  end
  return function(scenario)
    local suite = scenario.suite
    if asked and asked.ids and only_asked[suite.path] and not asked.ids[scenario.id]
      and not state.files[suite.path].broken then
      return false
    end
    return is_due(state, scenario.id) and M.leaves(state.narrowed, {
      id = scenario.id, file = scenario.file, name = scenario.name,
      tags = plan.tags_of(scenario),
    })
  end
end

--- Takes what a cycle has run: for "again", and for the end of broken_only.
---@param self engine.dev.Loop
---@param cycle engine.dev.Cycle
---@param was_bad boolean something stood as not good when it began
function M.ran(self, cycle, was_bad)
  if cycle.plan and #cycle.plan.scenarios > 0 then
    self.last_ids = {}
    for _, scenario in ipairs(cycle.plan.scenarios) do
      self.last_ids[scenario.id] = true
    end
  end
  if self.state.is_broken_only and was_bad and not self.pending and not self.ended
    and next(self.state:bad()) == nil and self.state:counts().error == 0 then
    M.rerun(self, "all")
  end
end

return M
