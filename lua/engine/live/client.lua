--- Asks runs of this user that go on: which services their rooms have, what those print, and their
--- restart (engine.live answers).
---@class engine.live.client
local answer = require("engine.live.answer")
local core = require("core.task")
local error_new = require("core.error").new
local fs = require("core.fs")
local json = require("core.json")
local name_of = require("engine.kept.name")
local place = require("engine.live.place")
local talk = require("core.talk")

local M = {}

local ANSWER_MS = 3000 -- for a run to say which rooms it has: it may be busy
local LOGS_MS = 30000 -- for each line of what is there already

---@class engine.live.Way how a room is asked
---@field path string
---@field key integer

local function gone(path)
  return error_new({ code = "ECLOSED", op = "live.client",
    message = "its run has ended, or says nothing", detail = { path = path } })
end

--- Asks a run, and hands each line of its answer on, until `each` says that it was enough.
---@async
---@param path string
---@param ask table
---@param wait_ms? integer for each line; nil: as long as it takes
---@param each fun(message: table): boolean?
---@return true? ok
---@return core.Error? err
local function call(path, ask, wait_ms, each)
  local connection <close>, err = talk.connect(path)
  if not connection then
    if err.code == "ECONNREFUSED" then -- its run was killed
      fs.remove(path)
    end
    return nil, err
  end
  ask.version = answer.VERSION
  connection:write(assert(json.encode(ask)))
  while true do
    local line
    if wait_ms then
      line = core.timeout(wait_ms, connection.read, connection)
    else
      line = connection:read()
    end
    local message = line and json.decode(line)
    if type(message) ~= "table" then
      return nil, gone(path)
    elseif message.done then
      local told = message.error
      return not told or nil, told and error_new({ code = tostring(told.code), op = "live.client",
        message = tostring(told.message), detail = { help = told.help } }) or nil
    end
    if each(message) then
      return true
    end
  end
end

--- Whether a description of a room is one.
local function is_room(room)
  return type(room) == "table" and math.type(room.key) == "integer"
    and type(room.scenario) == "string" and math.type(room.number) == "integer"
    and type(room.backend) == "string" and type(room.services) == "table"
end

---@class engine.live.Found
---@field run string
---@field way engine.live.Way
---@field scenario string
---@field names string[]
---@field backend string
---@field room? string
---@field endpoint? engine.docker.Endpoint
---@field rows engine.kept.Status[]

local function found(run, path, room)
  local rows = {}
  for i, one in ipairs(room.services) do
    local lives = one.state == "ready" or one.state == "starting" or one.state == "stopping"
    rows[i] = { service = one.service, state = one.state, pid = one.pid,
      container = one.container, ports = one.ports,
      uptime_s = lives and math.max(0, os.time() - one.began_s) or nil,
      restarts = one.starts - 1 }
  end
  return { run = run, way = { path = path, key = room.key }, scenario = room.scenario,
    names = name_of.of(room.scenario, room.number), backend = room.backend, room = room.room,
    endpoint = room.endpoint, rows = rows }
end

--- Lists the rooms with services of all runs that answer.
---@async
---@return engine.live.Found[]
---@nodiscard
function M.list()
  local list, tasks = {}, {}
  for i, one in ipairs(place.list()) do
    tasks[i] = core.spawn(function()
      call(one.path, { ask = "rooms" }, ANSWER_MS, function(message)
        if is_room(message.room) then
          list[#list + 1] = found(one.run, one.path, message.room)
        end
      end)
    end)
  end
  for _, one in ipairs(tasks) do
    one:join()
  end
  table.sort(list, function(a, b)
    if a.run ~= b.run then
      return a.run < b.run
    end
    return a.way.key < b.way.key
  end)
  return list
end

--- Gives what services print.
---@async
---@param way engine.live.Way
---@param opts { service?: string, follows?: boolean }
---@param each fun(service: string, line: string): boolean? true: it was enough
---@param missed fun(service: string, count: integer): boolean? so many lines were left out before
---the next
---@return true? ok
---@return core.Error? err EINVAL: there is no such service; ENOENT: the room is over; ECLOSED
function M.logs(way, opts, each, missed)
  return call(way.path, { ask = "logs", key = way.key, service = opts.service,
    follows = opts.follows }, not opts.follows and LOGS_MS or nil, function(message)
    if type(message.line) == "string" then
      return each(tostring(message.service), message.line)
    elseif math.type(message.missed) == "integer" then
      return missed(tostring(message.service), message.missed)
    end
  end)
end

--- Restarts a service, and waits until it is ready.
---@async
---@param way engine.live.Way
---@param name string
---@return true? ok
---@return core.Error? err
function M.restart(way, name)
  return call(way.path, { ask = "restart", key = way.key, service = name }, nil, function() end)
end

return M
