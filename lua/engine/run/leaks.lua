--- What outlives a test: processes of its steps, ports that these listened on, and files that it
--- left in volumes of the host.  A leak is a mark, never a verdict.
---
--- A volume is listed before the first service that writes to it starts, and when the test is over;
--- what is new then, and still there when the room is closed, was left.  A listing is bounded; a
--- volume that is larger, that cannot be read, or that another test has at the same time is not
--- judged, and that is told.
---@class engine.run.leaks
local fs = require("core.fs")

local M = {}

M.ENTRIES_MAX = 2000 -- files and folders of one volume
M.TOLD_MAX = 20 -- leaks of one test

---@class engine.run.Leak
---@field kind "process"|"port"|"file"
---@field name string     of a process; the number of a port; the path of a file
---@field process? string who listened on the port
---@field step? string

---@class engine.run.WatchedVolume
---@field source string
---@field shown string
---@field before? table<string, true>
---@field why? string why it is not judged
---@field new? string[] what was not there before
---@field stats? table<string, core.fs.Stat> of it
---@field turn integer of the volume, when the test began to use it

local function add(course, leak)
  local list = course.leaks or {}
  course.leaks = list
  if #list < M.TOLD_MAX then
    list[#list + 1] = leak
  else
    course.leaks_more = (course.leaks_more or 0) + 1
  end
end

--- Makes the leaks of a step; they are those of its scenario too.
---@param course engine.run.Course
---@param step engine.model.Step
---@param observed engine.run.Observed
---@return engine.run.Leak[]?
function M.of_step(course, step, observed)
  if not observed.leaked or observed.timed_out then
    return nil -- at a deadline everything is killed, and nothing had its time to end
  end
  local list = {}
  local function both(kind, name, process)
    list[#list + 1] = { kind = kind, name = name, process = process }
    add(course, { kind = kind, name = name, process = process, step = step.name })
  end
  for _, name in ipairs(observed.leaked) do
    both("process", name)
  end
  for _, left in ipairs(observed.leaked_ports or {}) do
    both("port", tostring(left.port), left.process)
  end
  return list
end

--- Lists what is below a folder; nil and why not.  Follows no link: a test may have put one there.
local function listing(root)
  local paths, count, folders = {}, 0, { root }
  while #folders > 0 do
    local folder = table.remove(folders)
    local entries, err = fs.scandir(folder, { max = M.ENTRIES_MAX, nolinks = true })
    if not entries and err.code == "ENOTDIR" and folder == root then
      return nil, "it is a file"
    elseif not entries and err.code ~= "ENOENT" then
      return nil, err.code == "ELIMIT" and ("more than %d entries"):format(M.ENTRIES_MAX)
        or err.message
    end
    for _, entry in ipairs(entries or {}) do
      count = count + 1
      if count > M.ENTRIES_MAX then
        return nil, ("more than %d entries"):format(M.ENTRIES_MAX)
      end
      local path = folder .. "/" .. entry.name
      paths[path] = true
      if entry.type == "directory" then
        folders[#folders + 1] = path
      end
    end
  end
  return paths
end

local function shown(path, base)
  local prefix = base and base .. "/"
  return prefix and path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or path
end

--- Begins to watch one volume.
local function watch_one(run, cx, source)
  run.volumes = run.volumes or {}
  local state = run.volumes[source] or { users = 0, turn = 0 }
  run.volumes[source] = state
  state.users, state.turn = state.users + 1, state.turn + 1
  local before, why = listing(source)
  if state.users > 1 then
    before, why = nil, "another test has it at the same time"
  end
  cx.volumes[#cx.volumes + 1] = {
    source = source,
    shown = shown(source, cx.scenario.suite.project_dir),
    before = before,
    why = why,
    turn = state.turn,
  }
end

--- Lists the writable volumes of a service that is about to start.
---@param run engine.run.Run
---@param cx engine.run.Context
---@param spec engine.model.Service
function M.watch(run, cx, spec)
  for _, volume in ipairs(spec.volumes) do
    if not volume.read_only and volume.source then
      cx.volumes, cx.has_volume = cx.volumes or {}, cx.has_volume or {}
      if not cx.has_volume[volume.source] then
        cx.has_volume[volume.source] = true
        watch_one(run, cx, volume.source)
      end
    end
  end
end

--- Names what is new, of a new folder only the folder itself.
local function new_paths(before, after)
  local list = {}
  for path in pairs(after) do
    local parent = path:match("^(.*)/")
    if not before[path] and (before[parent] or not after[parent]) then
      list[#list + 1] = path
    end
  end
  table.sort(list)
  return list
end

--- Whether what was seen is still there; once the next test has the volume, the very same file.
local function is_still(path, seen, is_alone)
  local now = fs.lstat(path)
  if not now or not seen or is_alone then
    return now ~= nil
  end
  return now.ino == seen.ino and (now.type == "directory" or now.mtime_ns == seen.mtime_ns)
end

local function look_at(run, volume)
  local state, why, after = run.volumes[volume.source], volume.why, nil
  state.users = state.users - 1
  if not why and state.turn ~= volume.turn then
    why = "another test had it at the same time"
  elseif not why then
    after, why = listing(volume.source)
  end
  volume.why, volume.new = why, not why and new_paths(volume.before, after) or nil
  volume.before, volume.stats = nil, {}
  for _, path in ipairs(volume.new or {}) do
    volume.stats[path] = fs.lstat(path)
  end
end

--- Lists the volumes again: the test is over, though its services are still there.
---@param run engine.run.Run
---@param cx engine.run.Context
function M.over(run, cx)
  for _, volume in ipairs(cx.volumes) do
    look_at(run, volume)
  end
end

--- Tells what is left: what services remove when they stop was not.
---@param run engine.run.Run
---@param cx engine.run.Context whose room is closed
function M.settle(run, cx)
  local course, base = cx.course, cx.scenario.suite.project_dir
  for _, volume in ipairs(cx.volumes) do
    if volume.why then
      course.unwatched = course.unwatched or {}
      table.insert(course.unwatched, ("volume %s: %s"):format(volume.shown, volume.why))
    end
    local is_alone = run.volumes[volume.source].turn == volume.turn
    for _, path in ipairs(volume.new or {}) do
      if is_still(path, volume.stats[path], is_alone) then
        add(course, { kind = "file", name = shown(path, base) })
      end
    end
  end
  cx.volumes = nil
end

return M
