--- Kept rooms of an engine: what is noted as kept, how it is found, entered and removed again.
---
--- Nothing is found by a name: the note has the ids of containers, and the things of a room have a
--- label of their own.
---@class engine.kept.containers
local command = require("engine.backend.sandbox_command")
local error_new = require("core.error").new
local labels = require("engine.docker.labels")
local request = require("engine.docker.request")
local things = require("engine.docker.things")

local M = {}

--- Lists the members of a room: its own container first, the relays last.
local function members_of(room)
  local list = { room.main }
  table.move(room.members, 1, #room.members, #list + 1, list)
  local relays = room.relays or {}
  return table.move(relays, 1, #relays, #list + 1, list)
end

--- Says what a room is found by.
---@param room engine.backend.container.Room
---@return table # the part of a note that is the engine's
---@nodiscard
function M.identity(room)
  local first = members_of(room)[1]
  local endpoint = {}
  for key, value in pairs(room.session.client.endpoint) do
    endpoint[key] = key ~= "fallback" and value or nil
  end
  return {
    backend = room.session.engine,
    room = room.id,
    endpoint = endpoint,
    container = first and first.thing.id,
    has_policy = room.policy ~= nil or nil,
    cwd = room.main and room.main.cwd or nil,
    env = room.main and command.list({ room.main.env }) or nil,
  }
end

--- Notes all that a room is in the journal of its run, as to be left alone.
local function note_all(room, seconds)
  local guard, session = room.session.guard, room.session
  local ok, err = guard:keep("directory", session.dir, seconds)
  for _, member in ipairs(members_of(room)) do
    if ok then
      ok, err = guard:keep("container", member.thing.thing, seconds, member.thing.id)
    end
  end
  for _, network in pairs(room.networks) do
    if ok then
      ok, err = guard:keep("network", network.thing.thing, seconds)
    end
  end
  if ok and room.copy then
    ok, err = guard:keep("volume", room.copy.volume.thing, seconds)
  end
  for _, copy in pairs(session.projects or {}) do
    if ok and copy.volume then
      ok, err = guard:keep("volume", copy.volume.thing, seconds)
    end
  end
  return ok, err
end

--- Gives a container up: an agent beside a first process of others ends, and nobody waits for the
--- end of the container any more.
local function leave(member)
  member:unwatch()
  if member.process then
    member.process:leave()
  end
  if member.joiner then
    member.joiner:cancel()
  end
  if member.joining and member.core then
    member.core:close()
    member.core = nil
  end
end

--- Gives a room up: the watcher of the run ends it, or `clnrm reap`; its own container ends before
--- that by its agent.
---@async
---@param room engine.backend.container.Room
---@param seconds integer
---@return true? ok
---@return core.Error? err then nothing was given up
function M.keep(room, seconds)
  if not members_of(room)[1] then
    return nil, error_new({ code = "ENOENT", op = "room.keep",
      message = "the room has no container: none of its services was started" })
  end
  local ok, err = note_all(room, seconds)
  for _, member in ipairs({ room.main, table.unpack(room.relays or {}) }) do
    if ok then -- a first process that is ours ends with us, unless it is told to stay
      ok, err = member.core:keep(seconds)
    end
  end
  if not ok then
    return nil, err
  end
  room.session.is_kept = true
  for _, member in ipairs(room.relays or {}) do
    member.joining = nil -- its agent stays
  end
  for _, member in ipairs(members_of(room)) do
    leave(member)
  end
  return true
end

--- The command by which a kept room is entered without clnrm.
---@param note engine.kept.Note
---@return string
---@nodiscard
function M.enter_command(note)
  local endpoint = note.endpoint
  local address = endpoint.socket and "unix://" .. endpoint.socket or endpoint.base
  local client = note.backend == "podman" and "podman --url" or "docker -H"
  return ("%s %s exec -it%s %s sh"):format(client, address, note.cwd and " -w " .. note.cwd or "",
    note.container:sub(1, 12))
end

--- Lists the ids of containers that a note has: theirs whatever their names have become.
local function noted(note)
  local ids = { note.container }
  for _, service in ipairs(note.services or {}) do
    ids[#ids + 1] = service.container
  end
  return ids
end

--- Lists the containers of a room: those that have its label, and those that its note has.
---@async
---@param client engine.docker.Client
---@param room engine.kept.Room
---@return { id: string, labels: table<string, string> }[]? list
---@return core.Error? err
---@nodiscard
function M.list(client, room)
  local list, err = things.list(client, "container", labels.ROOM .. "=" .. room.room)
  local seen = {}
  for _, one in ipairs(list or {}) do
    seen[one.id] = true
  end
  for _, id in ipairs(list and room.note and noted(room.note) or {}) do
    local told, why = nil, nil
    if not seen[id] then
      seen[id] = true
      told, why = client:call("GET", ("/containers/%s/json"):format(request.segment(id)))
    end
    if told then
      list[#list + 1] = { id = id, labels = labels.said((told.Config or {}).Labels) }
    elseif why and not things.is_missing(why) then
      return nil, why
    end
  end
  return list, err
end

--- Removes a kept room.
---@async
---@param note engine.kept.Note
---@return true? ok
---@return core.Error? err
function M.remove(note)
  local client <close>, err = require("engine.docker.client").connect(note.endpoint)
  if not client then
    return nil, err
  end
  local ok = true
  for _, id in ipairs(noted(note)) do
    ok, err = things.remove(client, "container", id)
    if not ok then
      return nil, err
    end
  end
  for _, kind in ipairs({ "container", "network", "volume" }) do
    local list, why = things.list(client, kind, labels.ROOM .. "=" .. note.room)
    if not list then
      return nil, why
    end
    for _, one in ipairs(list) do
      ok, err = things.remove(client, kind, one.id)
      if not ok then
        return nil, err
      end
    end
  end
  return ok
end

return M
