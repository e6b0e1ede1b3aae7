--- Which files of tests a save touches, and why: found anew, gone, or touched by a change.
local clock = require("core.clock")
local discover = require("engine.discover")
local fs = require("core.fs")
local reader = require("engine.dev.reader")
local touch = require("engine.plan.touch")

---@class engine.dev.affected
local M = {}

local NS_PER_MS = 1000000

--- Reasons that only the loop has.
local WORDS = {
  new = "a new test file",
  lost = "events were lost: everything may have changed",
  again = "its run was cut short",
  refused = "its run was refused",
  asked = "asked for",
}

---@class engine.dev.Everywhere what touches every test
---@field files table<string, true> settings
---@field watched string[] files and folders of [watch] paths in the settings

---@class engine.dev.Entry a file of tests
---@field path string
---@field file string
---@field found engine.discover.File
---@field suites? engine.model.Suite[] as they were read last
---@field is_broken? boolean it cannot be read now
---@field text? string as it was read last

--- Says a reason in words.
---@param why { kind: string, name?: string }
---@return string
---@nodiscard
function M.say(why)
  return WORDS[why.kind] or touch.say(why)
end

--- Whether a change can add test files or take some away.
local function moves_files(cause, entries)
  if cause.is_all then
    return true
  end
  for _, path in ipairs(cause.list) do
    local name, stat = path:match("[^/]*$"), fs.stat(path)
    local is_test = discover.is_test_name(name)
    local may_be_folder = stat and stat.type == "directory"
    if name == ".gitignore" or name == ".clnrmignore" or may_be_folder
      or is_test and not entries[path] or not stat then
      return true
    end
  end
  return false
end

--- Why a change can mend a file that cannot be read: what it names, or used when it could be read.
local function why_broken(entry, cause)
  local path = entry.path
  local why = touch.why({
    path = path, project_dir = discover.project(path), text = entry.text,
    room = { project = "none" },
  }, cause.changed)
  for _, suite in ipairs(why and {} or entry.suites or {}) do
    local known = touch.why(suite, touch.heeded(suite, cause.changed))
    why = known and known.kind ~= "seen" and known or why
  end
  for _, changed in ipairs(why and {} or cause.list) do
    local module = changed:match("([^/]*)%.lua$")
    if module and (entry.text or ""):find(module, 1, true) then
      return { kind = "named", path = changed }
    end
  end
  return why
end

--- Says why a change touches a file of tests.
---@param entry engine.dev.Entry
---@param cause engine.dev.Cause
---@param everywhere engine.dev.Everywhere
---@return { kind: string, path?: string, name?: string }? why nil: it does not
---@nodiscard
function M.why(entry, cause, everywhere)
  if cause.is_all then
    return { kind = "lost" }
  end
  for path in pairs(cause.changed) do
    if everywhere.files[path] then
      return { kind = "project", path = path }
    end
    for _, watched in ipairs(everywhere.watched) do
      if touch.is_below(path, watched) or touch.is_below(watched, path) then
        return { kind = "watched", path = path }
      end
    end
  end
  if not entry.suites or entry.is_broken then
    return why_broken(entry, cause)
  end
  for _, suite in ipairs(entry.suites) do
    local why = touch.why(suite, touch.heeded(suite, cause.changed))
    if why then
      return why
    end
  end
end

--- Finds test files that came or went.
---@param self engine.dev.Loop
---@param cause engine.dev.Cause
---@return table<string, true> new paths
function M.rediscover(self, cause)
  if not moves_files(cause, self.entries) then
    return {}
  end
  local new = {}
  local found = reader.find(self)
  local there = {}
  for _, one in ipairs(found) do
    there[one.path] = true
    if not self.entries[one.path] then
      self.entries[one.path] = { path = one.path, file = one.file, found = one }
      new[one.path] = true
    end
  end
  for path, entry in pairs(self.entries) do
    if not there[path] then
      self.entries[path] = nil
      self.inputs:forget(path)
      self.state:apply({ event = "file_gone", path = path, file = entry.file })
    end
  end
  return new
end

--- Why a file is run that no save touches. An order of single tests leaves out the others of their
--- file: when its run was cut short, or refused, all of it is run.
local function why_beside(self, path, asked)
  local carried, is_asked = self.carried[path], asked and asked.paths[path]
  if carried and not (is_asked and not asked.ids) then
    return { kind = carried }
  end
  return is_asked and { kind = "asked" } or nil
end

--- Lists what a cause touches, in the order of paths.
---@param self engine.dev.Loop
---@param cause engine.dev.Cause
---@param new table<string, true> paths that came with it
---@return engine.dev.Affected[]
---@nodiscard
function M.list(self, cause, new)
  local list = {}
  for path, entry in pairs(self.entries) do
    local why = new[path] and { kind = "new", path = path }
      or M.why(entry, cause, self.everywhere)
      or why_beside(self, path, cause.asked)
    if why then
      list[#list + 1] = { path = path, file = entry.file, kind = why.kind, by = why.path,
        text = M.say(why) }
    end
  end
  table.sort(list, function(a, b)
    return a.path < b.path
  end)
  return list
end

local NOT_SAVED = { asked = true, again = true, refused = true }

--- Whether a save has touched some of these files, or may have.
local function is_saved(list)
  for _, one in ipairs(list) do
    if not NOT_SAVED[one.kind] then
      return true
    end
  end
  return false
end

--- Says what a cycle is for.
---@param cause? engine.dev.Cause nil: the first
---@param list engine.dev.Affected[]
---@return engine.dev.BegunBy
---@nodiscard
function M.begun_by(cause, list)
  if not cause then
    return "begin"
  elseif is_saved(list) then
    return cause.list[1] and "save" or "lost"
  end
  return cause.asked and "order" or "again"
end

--- Says what ends the run that goes on, for the sake of what waits; nil: nothing of it does.
---@param self engine.dev.Loop
---@param pending engine.dev.Cause
---@return "save"|"order"?
---@nodiscard
function M.stops(self, pending)
  local list = M.list(self, pending, {})
  if list[1] then
    return not self.state.is_paused and is_saved(list) and "save" or "order"
  end
end

--- Whether a save of a file touches some of these tests.
---@param self engine.dev.Loop
---@param path string
---@param of string[] paths of files of tests
---@return boolean
---@nodiscard
function M.touches(self, path, of)
  local cause = { changed = { [path] = true }, list = { path } }
  for _, test in ipairs(of) do
    local entry = self.entries[test]
    if entry and M.why(entry, cause, self.everywhere) then
      return true
    end
  end
  return false
end

--- Says how long a cause has yet to wait for the next save, by `[watch]` debounce_ms of the tests
--- that it touches.
---@param self engine.dev.Loop
---@param cause engine.dev.Cause
---@return integer ms 0: it is due
---@nodiscard
function M.wait_ms(self, cause)
  local longest = 0
  for _, entry in pairs(self.entries) do
    for _, suite in ipairs(entry.suites or {}) do
      local ms = suite.watch and suite.watch.debounce_ms or 0
      if ms > longest and M.why(entry, cause, self.everywhere) then
        longest = ms
      end
    end
  end
  local waited = longest > 0 and (clock.now() - cause.told_ns) // NS_PER_MS or 0
  return math.max(0, longest - waited)
end

return M
