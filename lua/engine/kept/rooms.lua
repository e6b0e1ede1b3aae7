--- The rooms that a developer can look into: those that are kept, and those of runs that go on.
---
--- Kept ones are known by their notes (engine.kept).  Of a run that goes on its record says which
--- rooms it has; those of an engine are found there by labels, and can be entered beside their run.
---@class engine.kept.rooms
local journal_of = require("engine.docker.journal")
local kept = require("engine.kept")
local labels = require("engine.docker.labels")
local name_of = require("engine.kept.name")
local runs = require("engine.runs")
local things = require("engine.docker.things")

local M = {}

---@class engine.kept.Room
---@field state "kept"|"running"
---@field run string
---@field scenario string      its id; of a run without a record its room's label
---@field names string[]       on a command line, the shortest first
---@field backend "sandbox"|"docker"|"podman"
---@field room? string         label of its things in an engine
---@field endpoint? engine.docker.Endpoint
---@field note? engine.kept.Note
---@field live? engine.live.Way how its run is asked, when that answers
---@field rows? engine.kept.Status[] how its services are, as its run says
---@field events? engine.kept.Seen[] services of a run that goes on, as its record tells them

---@class engine.kept.Seen
---@field name string
---@field kind string
---@field state string
---@field starts integer
---@field began_ms? number     since the run began
---@field log? string[]        last lines, once it has ended

local function add_kept(list)
  for _, note in ipairs(kept.list()) do
    list[#list + 1] = {
      state = "kept",
      run = note.run,
      scenario = note.scenario,
      names = kept.names(note),
      backend = note.backend,
      room = note.room,
      endpoint = note.endpoint,
      note = note,
    }
  end
end

local on_event = {}

function on_event.room_begin(e, by_id)
  by_id[e.id] = { scenario = e.id, room = e.room, events = {}, by_name = {} }
end

function on_event.room_end(e, by_id)
  by_id[e.id] = nil
end
on_event.scenario_end = on_event.room_end

local function service_of(e, by_id)
  local room = by_id[e.id]
  local seen = room and room.by_name[e.service]
  if room and not seen then
    seen = { name = e.service, kind = e.kind or "daemon", starts = 0 }
    room.by_name[e.service] = seen
    room.events[#room.events + 1] = seen
  end
  return seen
end

function on_event.service_begin(e, by_id)
  local seen = service_of(e, by_id)
  if seen then
    seen.state, seen.starts, seen.began_ms = "starting", seen.starts + 1, e.at_ms
  end
end

function on_event.service_ready(e, by_id)
  local seen = service_of(e, by_id)
  if seen then
    seen.state = seen.kind == "daemon" and "ready" or "completed"
  end
end

function on_event.service_failed(e, by_id)
  local seen = service_of(e, by_id)
  if seen then
    seen.state = "failed"
  end
end

function on_event.service_end(e, by_id)
  local seen = service_of(e, by_id)
  if seen then
    seen.state = e.asked and "stopped" or seen.state == "completed" and seen.state or "ended"
    seen.log = type(e.log) == "table" and e.log.lines or nil
  end
end

--- Reads which rooms a run has now.
local function read_record(info)
  local by_id = {}
  for e in runs.events(info) do
    local handler = on_event[e.event]
    if handler and type(e.id) == "string" then
      handler(e, by_id)
    end
  end
  return by_id
end

--- Finds the rooms that a run that goes on has in an engine, by their labels: less those that it
--- has kept already.
local function add_of_engine(list, head, by_room)
  local client <close> = require("engine.docker.client").connect(head.endpoint)
  local found = client and things.list(client, "container", labels.RUN .. "=" .. head.run) or {}
  local seen = {}
  for _, room in ipairs(list) do
    if room.state == "kept" and room.room then
      seen[room.room] = true
    end
  end
  for _, one in ipairs(found) do
    local room = one.labels[labels.ROOM]
    if room and not seen[room] then
      seen[room] = true
      local told = by_room[room] or { scenario = room }
      list[#list + 1] = {
        state = "running",
        run = head.run,
        scenario = told.scenario,
        names = name_of.of(told.scenario),
        backend = head.endpoint.engine,
        room = room,
        endpoint = head.endpoint,
        events = told.events,
      }
    end
  end
end

local function add_running(list)
  local by_room, in_sandbox = {}, {}
  for _, info in ipairs(runs.list()) do
    if info.state == "running" then
      for _, told in pairs(read_record(info)) do
        if told.room then
          by_room[told.room] = told
        else
          in_sandbox[#in_sandbox + 1] = {
            state = "running",
            run = info.id,
            scenario = told.scenario,
            names = name_of.of(told.scenario),
            backend = "sandbox",
            events = told.events,
            began_s = info.began_s,
          }
        end
      end
    end
  end
  for _, head in ipairs(journal_of.living()) do
    add_of_engine(list, head, by_room)
  end
  table.sort(in_sandbox, function(a, b)
    return a.run .. a.scenario < b.run .. b.scenario
  end)
  table.move(in_sandbox, 1, #in_sandbox, #list + 1, list)
end

local function is_same(room, found)
  if room.state ~= "running" or room.live then
    return false
  elseif found.room or room.room then
    return room.room == found.room
  end
  return room.run == found.run and room.scenario == found.scenario
end

--- Adds what runs that go on say themselves: how their services are, and how they are asked.
local function add_live(list)
  for _, found in ipairs(require("engine.live.client").list()) do
    local known
    for _, room in ipairs(list) do
      known = known or is_same(room, found) and room or nil
    end
    if not known then
      known = { state = "running", run = found.run, scenario = found.scenario, names = found.names,
        backend = found.backend, room = found.room, endpoint = found.endpoint }
      list[#list + 1] = known
    end
    known.live, known.rows = found.way, found.rows
  end
end

--- Lists the rooms that are there: the kept ones, then those of runs that go on.
---@async
---@return engine.kept.Room[]
---@nodiscard
function M.list()
  local list = {}
  add_kept(list)
  add_running(list)
  add_live(list)
  return list
end

local NS = 1000000000

--- The run that began last, of those that have rooms.
local function latest_of(all)
  local began, latest, latest_ns = {}, nil, nil
  for _, info in ipairs(runs.list()) do
    began[info.id] = info.began_ns
  end
  for _, room in ipairs(all) do
    local of_note = room.note and room.note.at_s * NS
    local ns = began[room.run] or of_note or math.maxinteger -- it goes on, and has no record yet
    if not latest or ns >= latest_ns then
      latest, latest_ns = room.run, ns
    end
  end
  return latest
end

--- Finds the rooms that a word means: RUN, or RUN:SCENARIO, each the beginning of one.
---@async
---@param wanted string
---@return engine.kept.Room[] found
---@return engine.kept.Room[] all
---@nodiscard
function M.find(wanted)
  local run, scenario = wanted:match("^([^:]*):(.*)$")
  run = (run or wanted):lower()
  local all, of_run = M.list(), {}
  if run == "latest" then
    run = latest_of(all) or run
  end
  for _, room in ipairs(all) do
    of_run[#of_run + 1] = room.run:sub(1, #run) == run and room or nil
  end
  return scenario and name_of.find(scenario, of_run) or of_run, all
end

return M
