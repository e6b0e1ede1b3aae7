--- Containers and networks of a run: noted, made, and removed until the engine says they are gone.
---
--- What is made has labels that say whose it is, and one that names it alone; nothing is removed
--- by a name that others could have as well.
---@class engine.docker.things
local docker_error = require("engine.docker.error")
local labels_of = require("engine.docker.labels")
local request = require("engine.docker.request")
local task = require("core.task")

local M = {}

M.GONE_MS = 10000 -- for something that was removed to be gone, or to become free
local PAUSE_MS, PAUSE_MAX_MS = 10, 200

---@class engine.docker.Thing
---@field kind "container"|"network"
---@field id string
---@field thing string value of its label
---@field warnings? string[] what the engine said as it made it

local LIST = {
  container = { path = "/containers/json", query = { all = true }, id = "Id" },
  network = { path = "/networks", query = {}, id = "Id" },
  volume = { path = "/volumes", query = {}, id = "Name", list = "Volumes" },
}
local PATH = { container = "/containers/", network = "/networks/", volume = "/volumes/" }

local function random_name()
  local file = assert(io.open("/dev/urandom", "rb"))
  local bytes = file:read(12)
  file:close()
  return (bytes:gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end))
end

--- Lists what has a label.
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
    local labels = type(one.Labels) == "table" and one.Labels or {}
    list[#list + 1] = type(one[how.id]) == "string"
      and { id = one[how.id], labels = labels, created = one.Created or one.CreatedAt } or nil
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

local function is_conflict(err)
  local status = err.detail and err.detail.status
  return status == 409 or status == 403 -- a network that still has endpoints: 403
end

--- Removes something and waits until it is gone: 204, 404, and a removal under way are alike.
---@async
---@param client engine.docker.Client
---@param kind "container"|"network"|"volume"
---@param id string
---@param limit_ms? integer
---@return true? ok
---@return core.Error? err it may still be there
function M.remove(client, kind, id, limit_ms)
  local path, left = PATH[kind] .. request.segment(id), limit_ms or M.GONE_MS
  local query = kind == "container" and { force = true, v = true } or nil
  local pause = PAUSE_MS
  while true do
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
      return nil, err
    end
    if left <= 0 then
      return nil, err or docker_error.new("ETIMEDOUT", ("the %s %s does not go away"):format(kind,
        id:sub(1, 12)))
    end
    if not task.sleep(pause) then
      return nil, docker_error.new("ECANCELED", "the removal was given up")
    end
    left, pause = left - pause, math.min(PAUSE_MAX_MS, pause * 2)
  end
end

--- Removes what may have been made although nobody heard of it.
local function remove_unheard(client, guard, kind, thing)
  local list = M.list(client, kind, labels_of.THING .. "=" .. thing)
  for _, one in ipairs(list or {}) do
    if not M.remove(client, kind, one.id) then
      return
    end
  end
  if list then
    guard:gone(kind, thing)
  end
end

---@class engine.docker.things.Maker
---@field client engine.docker.Client
---@field guard engine.docker.Guard notes what is made
---@field labels table<string, string>

--- Makes something.
---@async
---@param maker engine.docker.things.Maker
---@param kind "container"|"network"
---@param body table without its labels
---@param query? table<string, string>
---@return engine.docker.Thing? thing
---@return core.Error? err
---@nodiscard
function M.make(maker, kind, body, query)
  local client, guard, thing = maker.client, maker.guard, random_name()
  local labels = { [labels_of.THING] = thing }
  for name, value in pairs(maker.labels) do
    labels[name] = value
  end
  body.Labels = labels
  local ok, err = guard:note(kind, thing)
  if not ok then
    return nil, err
  end
  local made
  made, err = client:call("POST", PATH[kind] .. "create", { body = body, query = query })
  if not made then
    local was_refused = err.detail and err.detail.status and err.detail.status < 500
    if was_refused then
      guard:gone(kind, thing)
    else
      task.shield(task.timeout, M.GONE_MS, remove_unheard, client, guard, kind, thing)
    end
    return nil, err
  end
  if type(made.Id) ~= "string" or not made.Id:match("^%x+$") then
    return nil, docker_error.new("ENGINE_ANSWER", "the engine made something and tells no id")
  end
  return { kind = kind, id = made.Id, thing = thing, warnings = made.Warnings }
end

--- Removes what `make` made.
---@async
---@param maker engine.docker.things.Maker
---@param thing engine.docker.Thing
---@return true? ok
---@return core.Error? err
function M.unmake(maker, thing)
  local ok, err = M.remove(maker.client, thing.kind, thing.id)
  if ok then
    maker.guard:gone(thing.kind, thing.thing)
  end
  return ok, err
end

return M
