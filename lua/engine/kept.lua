--- Rooms that outlive their run (`clnrm run --keep`): noted on disk before they are given up.
---
--- A note of the sandbox names the room's first process by number and start time, and its boot, so
--- that a later process is never taken for it; the room's own agent ends it when its time is over.
--- A note of an engine names the label of the room's things there; the watcher of the run ends them
--- (engine.docker.watcher).  Notes of rooms that are gone, or over, are removed by whoever reads
--- them.
local content = require("engine.kept.content")
local directory = require("engine.kept.directory")
local error_new = require("core.error").new
local fs = require("core.fs")
local json = require("core.json")
local name_of = require("engine.kept.name")
local process = require("engine.kept.process")
local proc = require("core.proc")
local random = require("engine.random")
local task = require("core.task")

local M = {}

--- How long a room is kept.
M.SECONDS = 3600

local TERM, KILL = 15, 9
local END_TRIES, END_PAUSE_MS = 100, 20
local OWNER_ONLY = tonumber("600", 8)
local NOTE_MAX = 4 << 20
local LOGS_MAX = 64 << 20
local KEY_BYTES = 32

---@class engine.kept.Note
---@field backend "sandbox"|"docker"|"podman"
---@field pid? integer        of the first process, in the sandbox
---@field start_time? integer its own
---@field boot string
---@field room? string        in an engine: the label of its things
---@field endpoint? engine.docker.Endpoint
---@field container? string   id of the one to be entered first
---@field cwd? string         where commands begin in that
---@field env? string[]       of commands in the room, without secrets
---@field left_out integer    variables that are secrets
---@field limits? table<string, integer> rlimits of commands, in the sandbox
---@field services engine.kept.Service[] those that were started
---@field enters? string      the service whose container is entered: there are several, and none of
--- the room's own
---@field is_masked? boolean  the run had secrets
---@field key? string         that the agent of the sandbox's room knows later hosts by
---@field run string
---@field scenario string     its id, without secrets
---@field number integer      which room of the scenario, in this run
---@field at_s integer        when it was given up: wall clock, seconds
---@field until_s integer     when it ends
---@field path? string        of the note itself; not stored

--- Finds the directory of the notes: of the session when there is one, else of the user.
---@return string? dir
---@return core.Error? err
function M.directory()
  return directory.find("rooms")
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
  local probe = ("%s/.probe-%s"):format(dir, random.hex(5))
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

--- Names a file that belongs to a note.
local function beside(path, ext)
  return (path:gsub("json$", ext))
end

--- How often a room of a scenario was kept in this run, to tell them apart.
local counts = {}

local function next_number(run, scenario)
  local key = run .. "\0" .. scenario
  counts[key] = (counts[key] or 0) + 1
  return counts[key]
end

--- Chooses the container to be entered first where the room has none of its own: of a service that
--- is up, if there is one.
local function choose_container(note)
  local first, count, is_of_service = nil, 0, false
  for _, service in ipairs(note.services) do
    if service.container then
      count = count + 1
      is_of_service = is_of_service or service.container == note.container
      if not first or service.state == "ready" and first.state ~= "ready" then
        first = service
      end
    end
  end
  if is_of_service then
    note.container = first.container
    note.enters = count > 1 and first.name or nil
  end
end

--- Says what a room is to be found by, and what is in it.
local function described(room, about)
  local note = room:identity()
  note.run, note.scenario = about.run, about.scenario
  note.env, note.left_out = content.without_secrets(note.env, about.mask)
  note.services = content.services(room, about.services or {}, about.mask)
  choose_container(note)
  note.is_masked = about.mask ~= nil or nil
  if note.pid then
    local started, err = proc.start_time(note.pid)
    if not started then
      return nil, err
    end
    note.start_time = started
    for _, service in ipairs(note.services) do
      service.start_time = service.pid and process.start_time(note.pid, service.pid)
    end
  end
  return note
end

--- Notes a room that is about to be given up.
---@param room engine.backend.Room
---@param about { run: string, scenario: string, mask?: engine.run.Mask,
--- services?: engine.run.Services[] } scenario: its id, without secrets
---@return engine.kept.Note? note
---@return core.Error? err
function M.note(room, about)
  local dir, err = M.directory()
  local note
  if dir then
    note, err = described(room, about)
  end
  if not dir or not note then
    return nil, err
  end
  note.boot = boot_id()
  note.number = next_number(note.run, note.scenario)
  note.at_s = os.time()
  note.until_s = note.at_s + M.SECONDS
  note.key = note.pid and random.hex(KEY_BYTES) or nil
  local base = note.room or ("%d-%d"):format(note.pid, note.start_time)
  local path = ("%s/%s.json"):format(dir, base)
  local ok
  ok, err = fs.write_atomic(path, json.encode(note, { invalid = "replace" }) .. "\n",
    { mode = OWNER_ONLY, nofollow = true })
  if ok and note.services[1] then
    ok, err = fs.write_atomic(beside(path, "logs"), content.logs(about.services, about.mask),
      { mode = OWNER_ONLY, nofollow = true })
  end
  note.path = path
  if not ok then
    M.forget(note)
    return nil, err
  end
  return note
end

--- Notes that a service was started once more.
---@param note engine.kept.Note
---@param name string
---@param pid? integer in the room of the sandbox
function M.note_restart(note, name, pid)
  local copy = {}
  for key, value in pairs(note) do
    copy[key] = key ~= "path" and value or nil
  end
  for _, service in ipairs(copy.services) do
    if service.name == name then
      service.starts, service.pid = service.starts + 1, pid or service.pid
      service.began_s = os.time()
      service.start_time = pid and process.start_time(note.pid, pid)
    end
  end
  fs.write_atomic(note.path, json.encode(copy, { invalid = "replace" }) .. "\n",
    { mode = OWNER_ONLY, nofollow = true })
end

--- Names the file by which one at a time changes a kept room.
---@param note engine.kept.Note
---@return string
---@nodiscard
function M.lock_path(note)
  return beside(note.path, "lock")
end

--- Says where and how later hosts come into a room of the sandbox that is about to be given up.
---@param note engine.kept.Note
---@return { path: string, key: string }? # nil: of an engine, whose rooms need none
---@nodiscard
function M.door(note)
  return note.key and { path = beside(note.path, "s"), key = note.key } or nil
end

--- Reads what the services of a kept room had printed until it was given up.
---@param note engine.kept.Note
---@return table<string, string[]> lines by service, without secrets
---@nodiscard
function M.logs(note)
  local text, list = fs.read(beside(note.path, "logs"), { max = LOGS_MAX }) or "", {}
  for line in text:gmatch("[^\n]+") do
    local one = json.decode(line)
    if type(one) == "table" and type(one.service) == "string" and type(one.lines) == "table" then
      list[one.service] = one.lines
    end
  end
  return list
end

--- Takes a note back.
---@param note engine.kept.Note
function M.forget(note)
  fs.remove(note.path)
  for _, ext in ipairs({ "logs", "s", "lock" }) do
    fs.remove(beside(note.path, ext))
  end
end

local function is_whole(note)
  local has_text = type(note) == "table" and type(note.run) == "string"
    and type(note.scenario) == "string" and math.type(note.until_s) == "integer"
  if not has_text then
    return false
  elseif note.backend == "docker" or note.backend == "podman" then
    return type(note.room) == "string" and note.room:match("^%x+$") ~= nil
      and type(note.endpoint) == "table" and type(note.endpoint.base) == "string"
  end
  return math.type(note.pid) == "integer" and note.pid > 1
    and math.type(note.start_time) == "integer"
end

local function read_note(path)
  local text = fs.read(path, { max = NOTE_MAX })
  local note = text and json.decode(text)
  if is_whole(note) then
    note.path = path
    note.backend = note.backend or "sandbox"
    note.number, note.at_s = note.number or 1, note.at_s or note.until_s - M.SECONDS
    return note
  end
end

--- Whether a note's room may be there.  Only its engine knows it of one of an engine.
local function is_alive(note)
  if not note.pid then
    return os.time() < note.until_s
  end
  return note.boot == boot_id() and proc.signal_pid(note.pid, note.start_time, 0) == true
end

--- Reads a note once more.
---@param note engine.kept.Note
---@return engine.kept.Note? note nil: its room is gone
---@nodiscard
function M.reread(note)
  local now = read_note(note.path)
  return now and is_alive(now) and now or nil
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
        M.forget({ path = path })
      end
    end
  end
  table.sort(notes, function(a, b)
    if a.at_s ~= b.at_s then
      return a.at_s < b.at_s
    end
    return a.path < b.path
  end)
  return notes
end

--- Ends a kept room and waits until it is gone.
---@async
---@param note engine.kept.Note
---@return true? ok
---@return core.Error? err
function M.end_room(note)
  if not note.pid then
    local ok, err = require("engine.kept.containers").remove(note)
    if ok then
      M.forget(note)
    end
    return ok, err
  end
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

--- The names that a note's room has on a command line, the shortest first.
---@param note engine.kept.Note
---@return string[]
---@nodiscard
function M.names(note)
  return name_of.of(note.scenario, note.number)
end

--- The command of clnrm by which a kept room is entered.
---@param note engine.kept.Note
---@return string
---@nodiscard
function M.shell_command(note)
  return ("clnrm shell %s:%s%s"):format(note.run, M.names(note)[1],
    note.enters and " " .. note.enters or "")
end

--- The command by which its owner enters a kept room without clnrm.
---@param note engine.kept.Note
---@return string
function M.enter_command(note)
  if note.pid then
    return ("nsenter -t %d -U -m -n -p -i -u --preserve-credentials env -C /room sh"):format(
      note.pid)
  end
  return require("engine.kept.containers").enter_command(note)
end

return M
