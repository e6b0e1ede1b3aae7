--- Which parts of the page change with which event, told to each page that is open.
---
--- A reader gets the names of parts, never what is in them, and no more than one list at a time:
--- while it does not take what it was told, its names are gathered, each once, and past a limit
--- they become one that means all of them. So a slow reader costs nothing, and has missed nothing.
local core = require("core.task")
local detail = require("engine.dev.ui.detail")
local tests = require("engine.dev.ui.tests")

---@class engine.dev.ui.changes
local M = {}

M.NAMES_MAX = 100
M.ALL = "*"

---@class engine.dev.ui.Reader
---@field private names table<string, true>
---@field private count integer
---@field private news core.task.Event
local Reader = {}
Reader.__index = Reader

---@class engine.dev.ui.Changes
---@field private readers table<engine.dev.ui.Reader, true>
---@field private paths table<string, string> of files, by the id of their tests
---@field count integer of readers
---@field version integer another one after each event
---@field tests integer that were ever read
local Changes = {}
Changes.__index = Changes

local function note(reader, name)
  if reader.names[M.ALL] or reader.names[name] then
    return
  elseif reader.count >= M.NAMES_MAX or name == M.ALL then
    reader.names, reader.count = { [M.ALL] = true }, 1
  else
    reader.names[name], reader.count = true, reader.count + 1
  end
  reader.news:set()
end

--- Waits for names, and takes them.
---@async
---@return string[]? names sorted; nil: the wait was ended
function Reader:take()
  if not self.news:wait() then
    return nil
  end
  local names = {}
  for name in pairs(self.names) do
    names[#names + 1] = name
  end
  table.sort(names)
  self.names, self.count = {}, 0
  self.news:clear()
  return names
end

local HEAD = { reload_begin = true, reload_end = true, reload_failed = true, settings_read = true,
  scenario_end = true, watching = true, file_gone = true, paused = true, narrowed = true,
  broken_only = true, refusal_over = true, over = true, run_end = true }
local TIMINGS = { reload_begin = true, reload_end = true, rooms_ready = true }
local ROWS = { scenario_begin = true, step_begin = true, scenario_end = true }
local LIST = { file_gone = true, run_end = true, watching = true }

--- Takes an event that the state has applied.
---@param state engine.dev.State
---@param event table
function Changes:on_event(state, event)
  local name, id = event.event, event.id
  self.version = self.version + 1
  local list = LIST[name]
  if name == "file_read" then
    list = self.known[event.path] == nil
    self.known[event.path] = true
    for _, test in ipairs(event.tests or {}) do
      self.tests = self.tests + (self.paths[test.id] and 0 or 1)
      self.paths[test.id] = event.path
    end
    for reader in pairs(self.readers) do
      note(reader, tests.part_of(event.path))
      note(reader, "header")
    end
  elseif name == "file_gone" then
    self.known[event.path] = nil
  end
  if self.count == 0 then
    return
  end
  local path = ROWS[name] and id and state.tests[id] and self.paths[id]
  local of_file, of_test = path and tests.part_of(path), id and detail.part_of(id)
  for reader in pairs(self.readers) do
    if HEAD[name] then
      note(reader, "header")
    end
    if TIMINGS[name] then
      note(reader, "timings")
    end
    if list then
      note(reader, "tests")
    elseif of_file then
      note(reader, of_file)
    end
    if of_test then
      note(reader, of_test)
    end
  end
end

--- Lets another page be told.
---@param version? string that it shows; told of all of it at first when that is another one by now
---@return engine.dev.ui.Reader
function Changes:open(version)
  local reader = setmetatable({ names = {}, count = 0, news = core.event() }, Reader)
  if version ~= tostring(self.version) then
    note(reader, M.ALL)
  end
  self.readers[reader], self.count = true, self.count + 1
  return reader
end

---@param reader engine.dev.ui.Reader
function Changes:close(reader)
  if self.readers[reader] then
    self.readers[reader], self.count = nil, self.count - 1
  end
end

--- Makes one without readers.
---@return engine.dev.ui.Changes
---@nodiscard
function M.new()
  return setmetatable({ readers = {}, paths = {}, known = {}, count = 0, version = 0,
    tests = 0 }, Changes)
end

return M
