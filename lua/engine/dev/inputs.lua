--- What is watched for a developer loop, and which saves are none: what clnrm and its tests write.
local contents = require("engine.watch.contents")
local fs = require("core.fs")
local ignored = require("engine.watch.ignored")
local own = require("engine.dev.own")
local place = require("engine.snapshot.place")
local reach = require("engine.dev.reach")
local survey = require("engine.dev.survey")
local temporary = require("engine.watch.temporary")
local touch = require("engine.plan.touch")

---@class engine.dev.inputs
local M = {}

local TREE_MAX = 10000 -- files of snapshots that are looked at

---@class engine.dev.Inputs
---@field private ignored? engine.watch.Ignored by the settings
---@field private skipped table<string, true> links that are ignored
---@field private outputs table<string, true> files of reports
---@field private own_dirs string[]
---@field private contents engine.watch.Contents
---@field private own engine.dev.Own
---@field survey engine.dev.Survey
---@field private reach engine.dev.Reach
---@field private told table<string, table<string, true>> see engine.watch.temporary.collect
local Inputs = {}
Inputs.__index = Inputs

--- Whether the settings ignore a path, by its own name or by all that it has by links.
local function is_ignored(self, path)
  local by = self.ignored
  if not by or ignored.test(by, path) then
    return by ~= nil
  end
  local names = self.reach:names(path)
  for _, name in ipairs(names) do
    if not ignored.test(by, name) then
      return false
    end
  end
  return names[1] ~= nil
end

--- Whether a path can matter at all: what is named does, whatever it looks like.
---@param path string absolute
---@return boolean
function Inputs:is_input(path)
  if self.outputs[path] or is_ignored(self, path) then
    return false
  end
  for _, dir in ipairs(self.own_dirs) do
    if touch.is_below(path, dir) then
      return false
    end
  end
  return self.reach:accepts(path, function()
    return temporary.may_be_named(path) and temporary.is_in(self.told, path:match("[^/]*$"))
  end)
end

local function absolute(path, cwd)
  return path:sub(1, 1) == "/" and path or cwd .. "/" .. path
end

local function real(path)
  return fs.realpath(path) or path
end

--- Notes a file that is written by a report: saving it is no save.
---@param file string
function Inputs:add_output(file)
  local path = absolute(file, fs.getcwd() or "")
  local folder, name = place.split(path)
  self.outputs[path], self.outputs[real(folder) .. "/" .. name] = true, true
end

--- Notes what a file holds now.
---@param path string
function Inputs:note(path)
  self.contents:note(real(path))
end

--- Notes what files hold that were read since a moment, and not written.
---@param paths string[]
---@param since_ns integer core.clock.wall() before they were read
function Inputs:note_read(paths, since_ns)
  for _, path in ipairs(paths) do
    self.contents:note_unchanged(real(path), since_ns)
  end
end

--- Forgets what a file holds: that it comes back is a save.
---@param path string
function Inputs:forget(path)
  self.contents:forget(path)
end

--- Takes the text of tests: files that look like an editor's own count when it names them.
---@param text string
function Inputs:note_text(text)
  temporary.collect(self.told, text)
end

--- Takes what a file names: that counts, whatever it looks like.
---@param suite engine.model.Suite
---@return string[] paths absolute, as they are named
function Inputs:name_suite(suite)
  local list = {}
  for _, one in ipairs(touch.uses(suite)) do
    if one.kind ~= "snapshot" then
      list[#list + 1] = one.path
      self.reach:name(one.path)
    end
  end
  return list
end

--- Watches the folders of a file's tests: its project, and what it names outside of that.
---@param watch core.watch.Watch
---@param suite engine.model.Suite
---@return core.Error? err of the first folder that cannot be watched
function Inputs:watch_suite(watch, suite)
  local first
  local function note(err)
    first = first or err
  end
  note(self.reach:add_folder(watch, suite.project_dir))
  note(self.reach:add_folder(watch, (place.split(suite.path))))
  note(self.reach:follow_way(suite.path))
  for _, path in ipairs(self:name_suite(suite)) do
    note(self.reach:add(watch, real(path)))
    note(self.reach:follow_way(path))
  end
  return first
end

--- Watches a file that is named, wherever it is, and the links on the way to it.
---@param watch core.watch.Watch
---@param path string
---@return string[] links that lead somewhere else when they are saved
---@return core.Error? err of the first folder that cannot be watched
function Inputs:watch_file(watch, path)
  local whole = absolute(path, fs.getcwd() or "")
  self.reach:name(whole)
  local err = self.reach:add_file(watch, real(whole))
  local other, links = self.reach:follow_way(whole)
  return links, err or other
end

--- Watches a folder, unless it is watched already.
---@param watch core.watch.Watch
---@param dir string absolute
---@return core.Error? err
function Inputs:watch_folder(watch, dir)
  return self.reach:add_folder(watch, dir)
end

--- Has somebody told, once, of each link behind which nothing is watched.
---@param tell fun(path: string, why: string)
function Inputs:on_unwatched(tell)
  self.reach.on_unwatched = tell
end

--- Watches what lies behind a link of the project, if that is not ignored.
---@param path string of the link
function Inputs:follow(path)
  self.skipped[path] = is_ignored(self, path) or nil
  if not self.skipped[path] then
    self.reach:follow(path)
  end
end

--- Takes what the settings say of all tests: what is ignored, and what is watched besides.
---@param watch? core.watch.Watch nil: nothing is watched
---@param project { dir: string }
---@param settings table<string, any> values by name
---@return string[] paths whose saves touch every test
---@return core.Error? err of the first folder that cannot be watched
---@return string? bad what of `watch.ignore` is no pattern
function Inputs:heed(watch, project, settings)
  local patterns = settings["watch.ignore"] or {}
  local compiled, bad = ignored.compile(patterns, real(project.dir))
  local paths, err = {}, nil
  self.ignored = compiled
  for link in pairs(watch and self.skipped or {}) do
    self:follow(link)
  end
  for i, path in ipairs(settings["watch.paths"] or {}) do
    paths[i] = real((absolute(path, project.dir):gsub("(.)/+$", "%1")))
    self.reach:name(paths[i])
    local failure = watch and self.reach:add(watch, paths[i])
    err = err or failure or nil
  end
  return paths, err, bad and patterns[bad]
end

--- Looks at the project once, for what no event tells.
---@async
---@param dir string
function Inputs:look_around(dir)
  local skipped = {}
  for _, name in ipairs(temporary.FOLDERS) do
    skipped[name] = true
  end
  self.survey:walk(dir, skipped)
end

local function note_tree(self, dir, left, accepts)
  for _, entry in ipairs(fs.scandir(dir) or {}) do
    local path = dir .. "/" .. entry.name
    if left[1] <= 0 then
      return
    elseif entry.type == "directory" then
      note_tree(self, path, left, accepts)
    elseif not accepts or accepts(path) then
      left[1] = left[1] - 1
      self.contents:note(path)
    end
  end
end

--- Whether a path is that of a pending snapshot, which runs write and remove. Those that are stored
--- only people write.
---@param path string
---@return boolean
---@nodiscard
function M.is_pending(path)
  return path:sub(-#place.PENDING) == place.PENDING
    and path:find("/" .. place.FOLDER .. "/", 1, true) ~= nil
end

--- Notes the snapshots of files: before a run all of them, so that one which is written from then
--- on is seen; after it those that it may have written itself.
---@param paths string[] of test files
---@param is_after_run boolean
function Inputs:note_snapshots(paths, is_after_run)
  local left = { TREE_MAX }
  for _, path in ipairs(paths) do
    local folder, name = place.split(path)
    note_tree(self, ("%s/%s/%s"):format(folder, place.FOLDER, place.part(name)), left,
      is_after_run and M.is_pending or nil)
  end
end

--- Takes that a run begins.
---@param home string the folder of the project
function Inputs:begin_run(home)
  self.own:begin(home)
end

--- Takes a path into what has changed, with the names that it has by links.
local function add_changed(self, changed, list, path)
  local names = self.reach:names(path)
  changed[path], list[#list + 1] = true, names[1] or path
  for _, name in ipairs(names) do
    changed[name] = true
  end
end

---@class engine.dev.Filtered
---@field changed? table<string, true> nil: nothing is left; a path has all its names by links
---@field list string[] the same, sorted, each by one name
---@field held { written: string[], removed: string[] } to be taken again when the run has ended
---@field looping table<string, string[]> what is ignored, since tests write it in each run: files,
---       and folders, with the files that were made there
---@field again string[] those of them that are so for the first time
---@field by_person? boolean somebody has saved some of it, as no test can have written it

--- Takes what was written or removed, if it is a save; nothing that is held or ignored counts as
--- known: each later save of it is one.
---@return boolean is_save
local function weigh(self, path, during, kind, into)
  local verdict, is_first, folder = self.own:weigh(path, during)
  if verdict ~= "save" then
    self.contents:forget(path)
  elseif not into.by_person then
    into.by_person = not during or not during.writes(path) or nil
  end
  if verdict == "held" then
    table.insert(into.held[kind], path)
  elseif verdict == "looping" then
    local name = folder or path
    local files = into.looping[name] or {}
    into.looping[name], files[#files + 1] = files, folder and path
    into.again[#into.again + 1] = is_first and path or nil
  end
  return verdict == "save"
end

--- Takes out of a change what is none: files that hold what they held, and files that tests wrote
--- again and again while they ran.
---@param change engine.watch.Change `is_late`: of files that were taken for an output
---@param during? engine.dev.During the run in which it began
---@return engine.dev.Filtered
function Inputs:filter(change, during)
  local changed, list, gone = {}, {}, {}
  local into = { list = list, held = { written = {}, removed = {} }, looping = {}, again = {} }
  for _, path in ipairs(change.removed) do
    if change.is_late or weigh(self, path, during, "removed", into) then
      gone[path] = true
      add_changed(self, changed, list, path)
      self.reach:unlink(path)
    end
  end
  if change.is_all then
    self.contents:forget_all() -- what became of it while nobody told is not known
    self.survey = survey.new()
  elseif list[1] then
    self.contents:forget_below(gone) -- it may come back as it was
  end
  for _, path in ipairs(change.modes or {}) do
    if self.contents:differs_in_mode(path, self.survey:was_executable(path)) then
      add_changed(self, changed, list, path)
    end
  end
  for _, path in ipairs(change.written) do
    local stat = fs.lstat(path)
    if stat and stat.type == "link" then
      self:follow(path)
    end
    if self.contents:differs(path)
      and (change.is_late or weigh(self, path, during, "written", into)) then
      add_changed(self, changed, list, path)
    end
  end
  table.sort(list)
  into.changed = (list[1] or change.is_all) and changed or nil
  into.by_person = into.by_person or change.is_all or (change.modes or {})[1] ~= nil or nil
  return into
end

--- Where clnrm itself keeps records, notes and caches, which may lie in the project.
local function own_dirs()
  local list = {}
  for _, place_of in ipairs({
    { "XDG_STATE_HOME", "" }, { "XDG_CACHE_HOME", "" }, { "XDG_RUNTIME_DIR", "" },
    { "HOME", "/.local/state" }, { "HOME", "/.cache" },
  }) do
    local base = os.getenv(place_of[1])
    if base and base:sub(1, 1) == "/" then
      list[#list + 1] = real(base) .. place_of[2] .. "/clnrm"
    end
  end
  return list
end

--- Makes what knows the inputs of a loop.
---@return engine.dev.Inputs
---@nodiscard
function M.new()
  local self = setmetatable({
    outputs = {}, contents = contents.new(), own = own.new(), told = {}, skipped = {},
    own_dirs = own_dirs(), survey = survey.new(), reach = reach.new(),
  }, Inputs)
  for _, fd in ipairs({ 1, 2 }) do -- a log beside the tests
    local path = fs.readlink("/proc/self/fd/" .. fd)
    self.outputs[path or ""] = true
  end
  return self
end

return M
