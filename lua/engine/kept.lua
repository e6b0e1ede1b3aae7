--- Rooms that outlive their run (`clnrm run --keep`): noted on disk before they are given up.
---
--- A note names the room's first process by number and start time, and the boot it belongs to, so
--- that a later process is never taken for it.  The room's own agent ends it when its time is over;
--- notes of rooms that are gone are removed by whoever reads them.
local error_new = require("core.error").new
local fs = require("core.fs")
local json = require("core.json")
local proc = require("core.proc")
local task = require("core.task")

local M = {}

--- How long a room is kept.
M.SECONDS = 3600

local TERM, KILL = 15, 9
local END_TRIES, END_PAUSE_MS = 100, 20
local NOTE_MAX = 64 << 10

---@class engine.kept.Note
---@field pid integer        of the room's first process
---@field start_time integer
---@field boot string
---@field run string
---@field scenario string
---@field until_s integer    wall clock, seconds
---@field path? string       of the note itself; not stored

--- Finds the directory of the notes: of the session when there is one, else of the user.
---@return string? dir
---@return core.Error? err
function M.directory()
  for _, place in ipairs({
    { "XDG_RUNTIME_DIR", "", true }, { "XDG_STATE_HOME", "" }, { "HOME", "/.local/state", true },
  }) do
    local base, must_exist = os.getenv(place[1]), place[3]
    -- a state directory is made when it is first needed: by a record of the run, say
    if base and base:sub(1, 1) == "/" and (not must_exist or fs.exists(base)) then
      return base .. place[2] .. "/clnrm/rooms"
    end
  end
  return nil, error_new({
    code = "ENOENT",
    op = "kept.directory",
    message = "neither XDG_RUNTIME_DIR, XDG_STATE_HOME nor HOME names a directory",
  })
end

--- Makes sure that a room could be noted.
---@return string? dir
---@return core.Error? err
function M.prepare()
  local dir, err = M.directory()
  if not dir then
    return nil, err
  end
  local ok
  ok, err = fs.mkdir_p(dir, { mode = tonumber("700", 8) })
  if not ok then
    return nil, err
  end
  local probe = ("%s/.probe-%d"):format(dir, math.random(1 << 40))
  ok, err = fs.write_atomic(probe, "")
  if not ok then
    return nil, err
  end
  fs.remove(probe)
  return dir
end

local function boot_id()
  local file = io.open("/proc/sys/kernel/random/boot_id")
  local id = file and file:read("l") or "unknown"
  if file then
    file:close()
  end
  return id
end

--- Notes a room that is about to be given up.
---@param pid integer
---@param run string
---@param scenario string
---@return engine.kept.Note? note
---@return core.Error? err
function M.note(pid, run, scenario)
  local dir, err = M.directory()
  local started
  if dir then
    started, err = proc.start_time(pid)
  end
  if not dir or not started then
    return nil, err
  end
  local note = {
    pid = pid,
    start_time = started,
    boot = boot_id(),
    run = run,
    scenario = scenario,
    until_s = os.time() + M.SECONDS,
  }
  local path = ("%s/%d-%d.json"):format(dir, pid, started)
  local ok
  ok, err = fs.write_atomic(path, json.encode(note, { invalid = "replace" }) .. "\n",
    { mode = tonumber("600", 8) })
  if not ok then
    return nil, err
  end
  note.path = path
  return note
end

--- Takes a note back.
---@param note engine.kept.Note
function M.forget(note)
  fs.remove(note.path)
end

local function read_note(path)
  local text = fs.read(path, { max = NOTE_MAX })
  local note = text and json.decode(text)
  local ok = type(note) == "table" and math.type(note.pid) == "integer" and note.pid > 1
    and math.type(note.start_time) == "integer"
  if ok then
    note.path = path
    return note
  end
end

local function is_alive(note)
  return note.boot == boot_id() and proc.signal_pid(note.pid, note.start_time, 0) == true
end

--- Lists the rooms that are there, oldest first.
---@return engine.kept.Note[] notes
function M.list()
  local notes, dir = {}, M.directory()
  for _, entry in ipairs(dir and fs.scandir(dir) or {}) do
    local path = dir .. "/" .. entry.name
    if entry.name:match("%.json$") then
      local note = read_note(path)
      if note and is_alive(note) then
        notes[#notes + 1] = note
      else
        fs.remove(path)
      end
    end
  end
  table.sort(notes, function(a, b)
    return a.start_time < b.start_time
  end)
  return notes
end

--- Ends a kept room and waits until it is gone.
---@async
---@param note engine.kept.Note
---@return true? ok
---@return core.Error? err
function M.end_room(note)
  for try = 1, END_TRIES do
    if not is_alive(note) then
      M.forget(note)
      return true
    end
    local number = try > END_TRIES // 2 and KILL or TERM
    local ok, err = proc.signal_pid(note.pid, note.start_time, number)
    if not ok and err.code ~= "ESRCH" then
      return nil, err
    end
    task.sleep(END_PAUSE_MS)
  end
  return nil, error_new({
    code = "ETIMEDOUT",
    op = "kept.end_room",
    message = ("process %d does not end"):format(note.pid),
  })
end

--- The command by which its owner enters a kept room.
---@param note engine.kept.Note
---@return string
function M.enter_command(note)
  return ("nsenter -t %d -U -m -n -p -i -u --preserve-credentials env -C /room sh"):format(note.pid)
end

return M
