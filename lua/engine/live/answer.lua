--- What one is answered who asks a run that goes on (engine.live): one line of JSON from him, and
--- several back; the last one says that it was all.
---@class engine.live.answer
local content = require("engine.kept.content")
local core = require("core.task")
local error_new = require("core.error").new
local json = require("core.json")
local live = require("engine.live")

local M = {}

M.VERSION = 1
M.ASK_MS = 5000 -- for one who has come to have asked
M.SEND_MS = 10000 -- for one who has asked to take the answer
M.UNSENT_MAX = 1 << 20 -- bytes that wait before the next service begins

local NAME_MAX = 200 -- bytes of what was asked for that are told back

local function say(connection, message)
  local line = assert(json.encode(message, { invalid = "replace" }))
  local ok, err = connection:write(line)
  if not ok and err.code == "ELIMIT" then
    ok = core.timeout(M.SEND_MS, connection.flush, connection) and connection:write(line)
  end
  return ok
end

local function refusal(code, message, help)
  return error_new({ code = code, op = "live", message = message, detail = { help = help } })
end

--- Says what a scenario is called outside, without secrets.
local function name_of(self, services)
  return self.run.secrets:id(services.cx.scenario.id)
end

--- Describes the services of a room as `clnrm services` shows them.
local function describe(self, one)
  local services, rows = one.services, json.array()
  local scenario, room = services.cx.scenario, services.set.room
  for _, seen in ipairs(content.services(room, { services }, self.run.secrets:mask(scenario.id))) do
    rows[#rows + 1] = { service = seen.name, state = seen.state, pid = seen.pid,
      container = seen.container, began_s = seen.began_s, starts = seen.starts,
      ports = seen.ports }
  end
  local engine = room.session and room:identity() or nil
  return { key = one.key, scenario = name_of(self, services), number = one.number,
    room = engine and engine.room, endpoint = engine and engine.endpoint,
    backend = engine and engine.backend or "sandbox", services = rows }
end

local asks = {}

--- Which rooms there are.
function asks.rooms(self, connection)
  local keys = {}
  for key in pairs(self.rooms) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    local one = self.rooms[key]
    if one and not say(connection, { room = describe(self, one) }) then
      return
    end
  end
end

--- What each field is, when it is there.
local FIELDS = {
  key = { is = function(value)
    return math.type(value) == "integer"
  end, text = "an integer" },
  service = { is = function(value)
    return type(value) == "string"
  end, text = "a text" },
  follows = { is = function(value)
    return type(value) == "boolean"
  end, text = "true or false" },
}

--- Looks at the fields of a request: any program of the user can send one.
---@return core.Error? err
local function check(ask)
  for _, name in ipairs({ "key", "service", "follows" }) do
    local value, field = ask[name], FIELDS[name]
    if value == json.null then
      ask[name] = nil
    elseif value ~= nil and not field.is(value) then
      return refusal("EINVAL", ("'%s' of the request is not %s"):format(name, field.text))
    end
  end
  if ask.ask == "restart" and not ask.service then
    return refusal("EINVAL", "the request has no service")
  end
end

local function find(self, ask)
  local one = self.rooms[ask.key or 0]
  if not one then
    return nil, refusal("ENOENT", "the room is over")
  end
  local set = one.services.set
  if ask.service ~= nil and not set.specs[ask.service] then
    local names = table.move(set.names, 1, #set.names, 1, {})
    table.sort(names)
    local wanted = ask.service:sub(1, NAME_MAX)
    return nil, refusal("EINVAL", ("the room has no service '%s'"):format(wanted),
      names[1] and "it has: " .. table.concat(names, ", ") or "it has none")
  end
  return one
end

--- Waits until one who follows is gone, or what he follows is.
local function await_end(self, connection, follower)
  local reader = self.crew:spawn(function()
    while connection:read() do
      core.yield() -- he has nothing to say any more
    end
    follower.over:set()
  end)
  local _ <close> = setmetatable({}, { __close = function()
    reader:cancel()
  end })
  follower.over:wait()
end

--- What services print.
function asks.logs(self, connection, ask)
  local one, err = find(self, ask)
  if not one then
    return err
  end
  local services = one.services
  local follower = require("engine.live.follow").new(connection, function(line)
    local mask = self.run.secrets:mask(services.cx.scenario.id) -- a test gets to know more of them
    return mask and mask:text(line) or line
  end)
  local _ <close> = setmetatable({}, { __close = function()
    one.followers[follower] = nil
    follower:finish()
  end })
  one.followers[follower] = true
  for _, name in ipairs(services.set.names) do
    if ask.service == nil or ask.service == name then
      if connection:unsent() > M.UNSENT_MAX then
        core.timeout(M.SEND_MS, connection.flush, connection)
      end
      follower:add(services.set:get(name))
    end
  end
  if ask.follows then
    await_end(self, connection, follower)
  end
end

--- Restarts a service.
function asks.restart(self, _, ask)
  local one, err = find(self, ask)
  if not one then
    return err
  end
  local ok
  ok, err = require("engine.live.restart").run(self.run, one.services, ask.service)
  if not ok then
    return err
  end
end

--- Says that the run itself has a fault: the one who asks is told, for the run goes on.
local function fault(self, ask, raised)
  local one = self.rooms[math.type(ask.key) == "integer" and ask.key or 0]
  local mask = self.run.secrets:mask(one and one.services.cx.scenario.id or "")
  local text = tostring(raised)
  return refusal("EFAILED", "the run has a fault of its own in answering: "
    .. (mask and mask:text(text) or text), "the run goes on; please report it")
end

--- Does what is asked; a fault in that is one of this conversation alone.
local function serve(self, connection, ask, fn)
  local err = check(ask)
  if err then
    return err
  end
  local ok, told = xpcall(fn, debug.traceback, self, connection, ask)
  return not ok and fault(self, ask, told) or told
end

--- Answers one who has come.
---@async
---@param self engine.live.Desk
---@param connection core.talk.Connection is closed
function M.to(self, connection)
  local _ <close> = connection
  local line = core.timeout(M.ASK_MS, connection.read, connection)
  local ask = line and json.decode(line)
  local fn = type(ask) == "table" and type(ask.ask) == "string" and asks[ask.ask] or nil
  local err
  if not line then
    return
  elseif not fn or ask.version ~= M.VERSION then
    err = refusal("EPROTO", "the run is one of another clnrm")
  else
    err = serve(self, connection, ask, fn)
  end
  local told = err and { code = err.code, message = err.message,
    help = err.detail and err.detail.help }
  say(connection, { done = true, error = told or nil })
  core.timeout(self.is_closing and live.LEAVE_MS or M.SEND_MS, connection.flush, connection)
end

return M
