--- Volumes of rooms that are there at the same time: where a service of one could put a link into
--- what a service of another is shown.
---
--- An engine follows such a link (docs/decisions.md), the sandbox does not: so a room of an engine
--- is not there beside one, of either backend, in which somebody can write to a folder above.
---
--- Tests of files are not begun beside each other then (engine.run.beside).  What remains are rooms
--- that Lua tests open: who comes second waits for one that ends with its test.  For one that stays
--- nobody waits, nor for one whose test waits for him: that is refused at once.
---@class engine.backend.volumes
local clock = require("core.clock")
local error_new = require("core.error").new
local overlaps = require("engine.model.volume_overlaps")
local task = require("core.task")

local M = {}

local HELP = "make that one read-only (`:ro`), or show a folder that does not lie in it"

M.WAIT_MS = 600000 -- for another room to be gone: as long as a room may take to be made

local NS_PER_MS = 1e6

--- Whose a room is.
---@class engine.backend.volumes.Owner
---@field test engine.model.Scenario # of one that the tests of a file share: `is_file`
---@field name string without secrets

---@class engine.backend.volumes.Entry
---@field owner? engine.backend.volumes.Owner
---@field services engine.model.Service[] what is there, with their volumes
---@field follows_links boolean where its volumes lie
---@field is_kept? boolean it outlives the run
---@field room? table what it is the entry of

--- Of rooms whose services are there: what these show.
---@type table<table, engine.backend.volumes.Entry>
local rooms = {}

--- Who waits for whom.
---@type table<engine.backend.volumes.Entry, engine.backend.volumes.Entry>
local waits = {}

--- Of rooms of the run that are gone, each set of folders once: what stays until the end of a run
--- is refused beside them as well, or it would hang on the order of the tests whether it is.
---@type table<string, engine.backend.volumes.Entry>
local gone = {}

--- Of rooms that files of the run share, whether they are there by now or not: for the same reason.
---@type engine.backend.volumes.Entry[]
local expected = {}

local tell ---@type fun(text: string)?

--- Takes the settings of a run.
---@param opts { tell?: fun(text: string) } who is told of waits
function M.settle(opts)
  tell, gone = opts.tell, {}
end

--- Takes what the rooms show that files of a run share, beside which Lua tests open theirs.
---@param list engine.backend.volumes.Entry[]
function M.expect(list)
  expected = list
end

local function refuse(message, code)
  return error_new({ code = code or "EPOLICY", op = "room.volumes", message = message,
    detail = { help = HELP } })
end

local function name_of(entry)
  return entry.owner and entry.owner.name or "another room"
end

local function below_text(spec, volume, other, of_other, where)
  local what = spec.is_project and "the project " .. volume.source
    or ("the volume %s of the service '%s'"):format(volume.source, spec.name)
  return ("%s lies in %s, which the service '%s'%s can write to: it could put a link there, and an "
    .. "engine follows links"):format(what, of_other.source, other.name, where or "")
end

--- Refuses volumes in whose place other services of the same room could put a link.
---@param services engine.model.Service[] of a room of an engine
---@return core.Error? err EPOLICY
---@nodiscard
function M.refused(services)
  for _, spec in ipairs(services) do
    for _, volume in ipairs(spec.volumes or {}) do
      local other, of_other = overlaps.writer_of(services, volume.source, spec)
      if other then
        return refuse(below_text(spec, volume, other, of_other))
      end
    end
  end
end

--- Says what lies in a volume of another room.
local function between(one, other)
  if not one.follows_links then
    return nil
  end
  local where = (" of '%s'%s"):format(name_of(other),
    rooms[other.room] == other and ", which is there still," or "")
  for _, spec in ipairs(one.services) do
    for _, volume in ipairs(spec.volumes or {}) do
      local writer, of_writer = overlaps.writer_of(other.services, volume.source)
      if writer then
        return below_text(spec, volume, writer, of_writer, where)
      end
    end
  end
end

--- Whether a room is there longer than one test: for a file, or the run.
local function is_lasting(entry)
  return entry.is_kept or entry.owner ~= nil and entry.owner.test.is_file == true
end

local function is_of_fixture(entry)
  return is_lasting(entry) and entry.owner ~= nil and entry.owner.test.fn ~= nil
end

--- Finds a room that another one cannot be beside.
local function other_room(entry)
  local function find(list)
    for _, other in pairs(list) do
      local why = between(entry, other) or between(other, entry)
      if why then
        return why, other
      end
    end
  end
  local why, other = find(rooms)
  if not why and entry.owner and entry.owner.test.fn then
    why, other = find(expected)
  end
  if not why and is_of_fixture(entry) then
    why, other = find(gone)
  end
  return why, other
end

--- Whether a room is noted.
---@param room table
---@return boolean
---@nodiscard
function M.is_in(room)
  return rooms[room] ~= nil
end

--- Whether a room is there until another one's test is over: it would wait for itself.
local function is_same(one, other)
  local a, b = one.owner and one.owner.test, other.owner and other.owner.test
  return a ~= nil and b ~= nil
    and (a == b or a.suite == b.suite and (a.is_file or b.is_file) or false)
end

local function test_of(entry)
  return entry.owner and entry.owner.test
end

--- Whether a test waits for another one, maybe by way of others.
local function is_waiting(test, for_test, seen)
  if not test or seen[test] then
    return false
  end
  seen[test] = true
  for one, other in pairs(waits) do
    local next_test = test_of(one) == test and test_of(other)
    if next_test and (next_test == for_test or is_waiting(next_test, for_test, seen)) then
      return true
    end
  end
  return false
end

--- Says why another room is not waited for.
local function why_not_awaited(entry, other)
  if other.is_kept then
    return "is kept"
  elseif is_lasting(other) then
    return "stays"
  elseif is_of_fixture(entry) then -- for which a test with a room may wait
    return "is of the same run, in which this one stays"
  elseif is_waiting(test_of(other), test_of(entry), {}) then
    return "waits for this one"
  end
end

--- Waits until another room is gone.
---@return core.Error? err
local function await(entry, other, why, due)
  if is_same(entry, other) then
    return refuse(why)
  end
  local left, reason = due - clock.now() / NS_PER_MS, why_not_awaited(entry, other)
  if left <= 0 then
    reason = ("has been waited for for %d s"):format(M.WAIT_MS // 1000)
  end
  if reason then
    return refuse(("%s; '%s' %s"):format(why, name_of(other), reason), "EBESIDE")
  elseif tell and not entry.is_told then
    entry.is_told = true
    tell(("'%s' waits for '%s': %s"):format(name_of(entry), name_of(other), why))
  end
  waits[entry] = other
  local ok, err = task.timeout(math.ceil(left), other.gone.wait, other.gone)
  waits[entry] = nil
  return not ok and err.code == "ECANCELED" and err or nil
end

--- Notes what the services of a room show, before the first of them is made.  Waits until no room
--- of another test is there in which a service could put a link where one of its volumes lies, or
--- the other way round.
---@async
---@param room table by which it is known
---@param entry engine.backend.volumes.Entry becomes ours
---@return core.Error? err EPOLICY: the other one is of the same test; EBESIDE: it stays; ECANCELED
---@nodiscard
function M.enter(room, entry)
  entry.gone, entry.room = task.event(), room
  local due = clock.now() / NS_PER_MS + M.WAIT_MS
  while not rooms[room] do
    local why, other = other_room(entry)
    if not why then
      rooms[room] = entry
      return nil
    end
    local err = await(entry, other, why, due)
    if err then
      return err
    end
  end
end

--- Notes that a room stays, though its run ends.
---@param room table
function M.keep(room)
  local entry = rooms[room]
  if entry then
    entry.is_kept = true
    entry.gone:set() -- who waits learns of it
  end
end

--- Keeps in mind what a room has shown.
local function remember(entry)
  local parts = { entry.follows_links and "links" or "" }
  for _, spec in ipairs(entry.services) do
    for _, volume in ipairs(spec.volumes or {}) do
      parts[#parts + 1] = (volume.read_only and "-" or "+") .. (volume.source or "")
    end
  end
  gone[table.concat(parts, "\0")] = entry
end

--- Forgets a room, whose services are gone.
---@param room table
function M.leave(room)
  local entry = rooms[room]
  rooms[room] = nil
  if entry then
    entry.gone:set()
    remember(entry)
  end
end

return M
