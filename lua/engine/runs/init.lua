--- Records of runs: each `clnrm run` leaves its events in a file of its own, for `runs`, `replay`,
--- `run --failed` and `slow`.
---
--- docs/records.md says what is in them.  Nothing here decides a verdict: a record that cannot be
--- written, or read, costs what it would have told, and nothing else.
---@class engine.runs
local reader = require("engine.runs.reader")
local results = require("engine.runs.results")
local store = require("engine.runs.store")

local M = {}

local RUNS_FOR_DURATIONS = 10
local RUNS_FOR_FAILED = 20
local RUNS_FOR_RISK = 20

--- Opens the record of a run.
---@param about engine.runs.About
---@return engine.runs.Recorder? recorder with `id`, `on_event` and `finish`
---@return core.Error? err
function M.recorder(about)
  return require("engine.runs.recorder").open(about)
end

--- Lists the records, the newest first.
---@return engine.runs.Info[] list
---@return engine.runs.Unreadable[] unreadable files that should be records, and are none
---@return core.Error? err they are there, and cannot be listed
function M.list()
  local dir = store.directory()
  local list, unreadable = {}, {}
  local files, err, _ = {}, nil, nil
  if dir then
    files, _, err = store.files(dir)
  end
  for _, file in ipairs(files) do
    local info = reader.info(file)
    if info then
      list[#list + 1] = info
    else
      unreadable[#unreadable + 1] = reader.unreadable(file)
    end
  end
  table.sort(list, function(a, b)
    if a.sequence ~= b.sequence then
      return a.sequence > b.sequence
    elseif a.began_ns ~= b.began_ns then
      return a.began_ns > b.began_ns
    end
    return a.id > b.id
  end)
  return list, unreadable, err
end

--- Finds a record by the beginning of its id, or by its place: `latest`, `latest~1`.
---@param wanted string
---@param list? engine.runs.Info[] as `list` returned it
---@return engine.runs.Info? info
---@return string? why
---@nodiscard
function M.find(wanted, list)
  list = list or M.list()
  local back = wanted == "latest" and 0 or wanted:match("^latest~(%d+)$")
  if back then
    local info = list[(math.tointeger(tonumber(back)) or #list) + 1]
    return info, not info and ("there is no run '%s': %d recorded"):format(wanted, #list) or nil
  elseif not wanted:match("^%x+$") then
    return nil, ("'%s' is no run: the beginning of an id, latest or latest~N"):format(wanted)
  end
  local found = {}
  for _, info in ipairs(list) do
    if info.id:sub(1, #wanted) == wanted:lower() then
      found[#found + 1] = info
    end
  end
  if #found > 1 then
    return nil, ("'%s' begins the ids of %d runs: %s and %s"):format(wanted, #found, found[1].id,
      found[2].id)
  end
  return found[1], not found[1] and ("there is no run '%s'"):format(wanted) or nil
end

--- Reads the verdicts of a record.
---@param info engine.runs.Info
---@return table<string, engine.runs.Result> by identity: `file as seen from the project › name`
---@nodiscard
function M.results(info)
  return results.of(info)
end

--- Goes through the events of a record, and the texts (`source`) that their places point into.
---@param info engine.runs.Info
---@return fun(): table?
function M.events(info)
  return reader.events(info.file)
end

--- Lists the records of a project, the newest first.
local function of_project(project_dir, max)
  local list = {}
  local all, unreadable, err = M.list()
  for _, info in ipairs(all) do
    if info.project == project_dir and info.state ~= "running" then
      list[#list + 1] = info
      if #list == max then
        break
      end
    end
  end
  return list, unreadable, err
end

--- Lists the last runs of a project that have ended, the newest first. Reads no more than it must.
local function last_of(project_dir, max)
  local dir, list = store.directory(), {}
  local files, err, _ = {}, nil, nil
  if dir then
    files, _, err = store.files(dir)
  end
  table.sort(files, function(a, b)
    return a.sequence > b.sequence
  end)
  for _, file in ipairs(files) do
    local info = reader.info(file, project_dir)
    if info and info.state ~= "running" then
      list[#list + 1] = info
      if #list == max then
        break
      end
    end
  end
  return list, err
end

--- Whether a run has told of all tests that there were.
local function is_whole(info)
  return info.whole and info.state == "complete" and (info.not_run or 0) == 0
end

---@class engine.runs.Failed what is not good by what was last known of it
---@field run engine.runs.Info the last run
---@field ids table<string, boolean> by identity, as in `results`
---@field outstanding integer how many these are
---@field files table<string, integer> that had an error: how many runs ago
---@field cut? integer how many runs ago one of everything was stopped, or killed, before its end
---@field killed? boolean some of `ids` had begun when clnrm was killed
---@field seen table<string, integer> by identity, and by file: how many runs ago it was last run
---@field unread engine.runs.Unreadable[] what may be records of runs among these
local Failed = {}
Failed.__index = Failed

--- Whether a test is not good, or was not run since its file had an error.
---@param id string
---@param file string as seen from the project
---@return boolean
function Failed:has(id, file)
  local ago = self.files[file]
  return self.ids[id] == true or ago ~= nil and (self.seen[id] or ago) >= ago
end

--- Whether a test of a file is not good, or the file had an error: of files whose tests are not
--- known.
---@param file string as seen from the project
---@return boolean
function Failed:has_some(file)
  local prefix = file .. " › "
  for id in pairs(self.ids) do
    if id:sub(1, #prefix) == prefix then
      return true
    end
  end
  return self.files[file] ~= nil
end

--- Whether a test was not run in a run of everything that was stopped or killed, nor since.
---@param id string
---@return boolean
function Failed:is_unreached(id)
  return self.cut ~= nil and (self.seen[id] or math.huge) > self.cut
end

--- Lists the files that had an error and of which nothing was run since.
---@return string[]
function Failed:untouched_files()
  local list = {}
  for file, ago in pairs(self.files) do
    if (self.seen[file] or ago) >= ago then
      list[#list + 1] = file
    end
  end
  table.sort(list)
  return list
end

--- Adds what a run tells, unless a later one has told it.
local function add_failed(self, info, ago)
  if info.whole and not is_whole(info) then
    self.cut = self.cut or ago
  end
  for file in pairs(results.broken_files(info)) do
    self.files[file] = self.files[file] or ago
  end
  for id, file in pairs(info.state == "complete" and {} or results.unended(info)) do
    if self.seen[id] == nil then
      self.seen[id], self.ids[id], self.outstanding = ago, true, self.outstanding + 1
      self.killed = true
    end
    self.seen[file] = self.seen[file] or ago
  end
  for id, result in pairs(M.results(info)) do
    if self.seen[id] == nil then
      self.seen[id] = ago
      if result.is_bad then
        self.ids[id], self.outstanding = true, self.outstanding + 1
      end
    end
    self.seen[result.file] = self.seen[result.file] or ago
  end
end

--- Lists what may be records of the project's runs since one of them.
local function unread_since(unreadable, project_dir, sequence)
  local list = {}
  for _, file in ipairs(unreadable) do
    local may_be_own = not file.project or file.project == project_dir
    if file.sequence > sequence and may_be_own then
      list[#list + 1] = file
    end
  end
  return list
end

--- Finds what is not good by what was last known of it: of the last run, and of those before it
--- back to one that ran everything.  A rerun of some leaves the others standing.
---@param project_dir string
---@return engine.runs.Failed? # nil: no run of the project can be read
---@return core.Error? err the records cannot be listed
function M.last_failed(project_dir)
  local runs, unreadable, err = of_project(project_dir, RUNS_FOR_FAILED)
  if not runs[1] then
    return nil, err
  end
  local failed = setmetatable({ run = runs[1], ids = {}, outstanding = 0, files = {}, seen = {} },
    Failed)
  local first
  for ago, info in ipairs(runs) do
    add_failed(failed, info, ago)
    first = info.sequence
    if is_whole(info) then
      break
    end
  end
  failed.unread = unread_since(unreadable, project_dir, first)
  return failed
end

local function median(list)
  table.sort(list)
  local middle = (#list + 1) // 2
  return #list % 2 == 1 and list[middle] or (list[middle] + list[middle + 1]) / 2
end

--- Tells how long the scenarios of a project take: the median of the last runs of each.
---@param project_dir string
---@return table<string, number> ms by identity, as in `results`
---@return integer runs that were read
---@return core.Error? err the records cannot be listed
---@nodiscard
function M.durations(project_dir)
  local by_id = {}
  local runs, err = last_of(project_dir, RUNS_FOR_DURATIONS)
  for _, info in ipairs(runs) do
    for id, result in pairs(M.results(info)) do
      if result.verdict ~= "skip" then
        by_id[id] = by_id[id] or {}
        table.insert(by_id[id], result.duration_ms)
      end
    end
  end
  local out = {}
  for id, list in pairs(by_id) do
    out[id] = median(list)
  end
  return out, #runs, err
end

--- Tells how long the steps of a project's tests take: the median of the last runs of each.
---@param project_dir string
---@return table<string, table<string, number>> ms by identity, then by the name of the step
---@nodiscard
function M.step_durations(project_dir)
  local steps, lists = require("engine.runs.steps"), {}
  for _, info in ipairs((last_of(project_dir, RUNS_FOR_DURATIONS))) do
    for id, times in pairs(steps.of(info)) do
      lists[id] = lists[id] or {}
      for name, ms in pairs(times) do
        lists[id][name] = lists[id][name] or {}
        table.insert(lists[id][name], ms)
      end
    end
  end
  for _, by_name in pairs(lists) do
    for name, list in pairs(by_name) do
      by_name[name] = median(list)
    end
  end
  return lists
end

--- Tells what the last runs of a project have seen of each test.
---@param project_dir string
---@return table<string, engine.runs.History> by identity, as in `results`
---@return integer runs that were read
---@return core.Error? err the records cannot be listed
---@nodiscard
function M.histories(project_dir)
  local runs, err = last_of(project_dir, RUNS_FOR_RISK)
  return require("engine.runs.history").of(runs), #runs, err
end

M.prune = store.prune
M.remove = store.remove

return M
