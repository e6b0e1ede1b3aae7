--- Containers and networks of a run: noted, made, and removed until the engine says they are gone.
---
--- What is made has labels that say whose it is, and one that names it alone; the name of a
--- container is made of that one, for labels alone could be those of its image.
---@class engine.docker.things
local docker_error = require("engine.docker.error")
local holders = require("engine.docker.holders")
local inherited = require("engine.docker.inherited")
local labels_of = require("engine.docker.labels")
local random = require("engine.random")
local request = require("engine.docker.request")
local task = require("core.task")

local M = {}

M.UNHEARD_MS = 5000 -- for something that was asked for in vain to be there after all
-- For something that was removed to be gone, or to become free: a busy engine takes long to end a
-- container, and what still holds a network or a volume then will hold it on.
M.GONE_MS = { container = 60000, network = 10000, volume = 10000 }
M.FAILED_MS = { 100, 400, 1500 } -- before a removal that failed (500) is tried again
local PAUSE_MS, PAUSE_MAX_MS = 10, 200

---@class engine.docker.Thing
---@field kind "container"|"network"|"volume"
---@field id string    of a volume its name
---@field thing string value of its label
---@field name? string of a container or a network
---@field warnings? string[] what the engine said as it made it

local LIST = {
  container = { path = "/containers/json", query = { all = true }, id = "Id" },
  network = { path = "/networks", query = {}, id = "Id" },
  volume = { path = "/volumes", query = {}, id = "Name", list = "Volumes" },
}
local PATH = { container = "/containers/", network = "/networks/", volume = "/volumes/" }

--- Lists what has a label, and has it not from its image.
---@async
---@param client engine.docker.Client
---@param kind "container"|"network"|"volume"
---@param label string "name" or "name=value"
---@return { id: string, labels: table<string, string>, created?: any }[]? list
---@return core.Error? err
---@nodiscard
function M.list(client, kind, label)
  local how = LIST[kind]
  local query = { filters = { label = { label } } }
  for name, value in pairs(how.query) do
    query[name] = value
  end
  local body, err = client:call("GET", how.path, { query = query })
  if not body then
    return nil, err
  end
  local list = {}
  local found = how.list and body[how.list] or not how.list and body
  for _, one in ipairs(type(found) == "table" and found or {}) do
    local is_own = kind ~= "container" or not inherited.is(client, one)
    list[#list + 1] = is_own and type(one[how.id]) == "string" and { id = one[how.id],
      labels = labels_of.said(one.Labels), created = one.Created or one.CreatedAt } or nil
  end
  return list
end

--- Whether an error says that something is not there.
---@param err core.Error
---@return boolean
---@nodiscard
function M.is_missing(err)
  return err.detail ~= nil and err.detail.status == 404
end

--- Whether an error says that something cannot go yet: 409, a network that still has endpoints
--- (403), and Podman's 500 about a container that ends at this moment.
local function is_conflict(err)
  local status = err.detail and err.detail.status
  return status == 409 or status == 403
    or status == 500 and err.message:find("container state improper", 1, true) ~= nil
end

--- Removes something and waits until it is gone: 204, 404, and a removal under way are alike.  A
--- removal that failed (500) is tried again a few times: done twice it is no other than done once.
---@async
---@param client engine.docker.Client
---@param kind "container"|"network"|"volume"
---@param id string
---@param limit_ms? integer
---@return true? ok
---@return core.Error? err it may still be there
function M.remove(client, kind, id, limit_ms)
  local path, left = PATH[kind] .. request.segment(id), limit_ms or M.GONE_MS[kind]
  local query = kind == "container" and { force = true, v = true } or nil
  local pause, failed = PAUSE_MS, 0
  while true do
    local again_ms = nil
    local ok, err = client:call("DELETE", path, { query = query })
    if not ok and M.is_missing(err) then
      return true
    elseif ok then
      local there
      there, err = client:call("GET", path .. (kind == "container" and "/json" or ""))
      if not there and M.is_missing(err) then
        return true
      end
    elseif not is_conflict(err) then
      failed = failed + 1
      again_ms = err.detail and err.detail.status == 500 and M.FAILED_MS[failed]
      if not again_ms then
        return nil, err
      end
    end
    if left <= 0 then
      return nil, err or docker_error.new("ETIMEDOUT", ("the %s %s does not go away"):format(kind,
        id:sub(1, 12)))
    end
    if not task.sleep(again_ms or pause) then
      return nil, docker_error.new("ECANCELED", "the removal was given up")
    end
    left, pause = left - (again_ms or pause), math.min(PAUSE_MAX_MS, pause * 2)
  end
end

--- Removes what may have been made although nobody heard of it.  An engine that was not waited for
--- may still be about to make it: nothing in the list says no more than that, and what does not
--- come in time stays noted, for the watcher.  Docker lists a container before it knows it by its
--- id: a removal that finds none then has removed nothing, so what was listed is gone when it is
--- listed no more.
---@param has_answered boolean it said that it failed, and makes nothing any more
local function remove_unheard(client, guard, kind, thing, has_answered)
  local left, pause, was_listed = M.UNHEARD_MS, PAUSE_MAX_MS, false
  while true do
    local list = M.list(client, kind, labels_of.THING .. "=" .. thing)
    for _, one in ipairs(list or {}) do
      was_listed, pause = true, PAUSE_MS
      if not M.remove(client, kind, one.id) then
        return
      end
    end
    if list and not list[1] and (was_listed or has_answered) then
      return guard:gone(kind, thing)
    elseif not list or left <= 0 or not task.sleep(pause) then
      return
    end
    left = left - pause
  end
end

local function table_with(fields, name, value)
  local copy = { [name] = value }
  for key, one in pairs(fields or {}) do
    copy[key] = one
  end
  return copy
end

---@class engine.docker.things.Maker
---@field client engine.docker.Client
---@field guard engine.docker.Guard notes what is made
---@field labels table<string, string>

--- Makes something.
---@async
---@param maker engine.docker.things.Maker
---@param kind "container"|"network"|"volume"
---@param body table with labels of its own, or none
---@param query? table<string, string>
---@param timeout_ms? integer of the call
---@return engine.docker.Thing? thing
---@return core.Error? err
---@nodiscard
function M.make(maker, kind, body, query, timeout_ms)
  local client, guard, thing = maker.client, maker.guard, random.hex(12)
  local labels = body.Labels or {}
  labels[labels_of.THING] = thing
  for name, value in pairs(maker.labels) do
    labels[name] = value
  end
  body.Labels = labels
  local name = body.Name
  if kind == "container" then
    name, query = labels_of.name_of(thing), table_with(query, "name", labels_of.name_of(thing))
  end
  local ok, err = guard:note(kind, thing)
  if not ok then
    return nil, err
  end
  local made
  made, err = client:call("POST", PATH[kind] .. "create", {
    body = body, query = query, timeout_ms = timeout_ms,
  })
  if not made then
    local was_refused = err.detail and err.detail.status and err.detail.status < 500
    if was_refused then
      guard:gone(kind, thing)
    else
      local has_answered = err.detail ~= nil and err.detail.status ~= nil
      task.shield(task.timeout, 2 * M.UNHEARD_MS, remove_unheard, client, guard, kind, thing,
        has_answered)
    end
    return nil, err
  end
  local id = kind == "volume" and made.Name or made.Id
  if type(id) ~= "string" or not id:match("^[%w_.-]+$") then
    return nil, docker_error.new("ENGINE_ANSWER", "the engine made something and tells no id")
  end
  return { kind = kind, id = id, thing = thing, name = name, warnings = made.Warnings }
end

--- Removes what `make` made.
---@async
---@param maker engine.docker.things.Maker
---@param thing engine.docker.Thing
---@param limit_ms? integer for it to become free
---@return true? ok
---@return core.Error? err ELEFT: it may still be there, and stays noted
function M.unmake(maker, thing, limit_ms)
  local ok, err = M.remove(maker.client, thing.kind, thing.id, limit_ms)
  if not ok then
    return nil, holders.left(maker.client, thing, err)
  end
  maker.guard:gone(thing.kind, thing.thing)
  return true
end

return M
