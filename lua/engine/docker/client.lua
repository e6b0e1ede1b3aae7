--- Speaks the Engine API with one engine, Docker's or Podman's.
---
--- The version of the API is agreed on when a client connects.  Every call has a deadline, a limit
--- of what is read, and an error that says which call it was.  What makes or changes something is
--- sent once; reading and removing is tried again when the engine is away for a moment
--- (engine.docker.error.may_retry).
---@class engine.docker.client
local answer = require("engine.docker.answer")
local clock = require("core.clock")
local docker_error = require("engine.docker.error")
local endpoint_of = require("engine.docker.endpoint")
local feed_of = require("engine.docker.feed")
local http = require("core.http")
local pulse_of = require("engine.docker.pulse")
local request = require("engine.docker.request")
local task = require("core.task")
local version_of = require("engine.docker.version")

local M = {}

M.PING_MS = 10000 -- for the first answer, where nobody says how long
local PING_MAX = 64 << 10
local BACKOFF_MS = { 50, 150, 400 } -- between attempts
local NS_PER_MS = 1000000

--- What could not be connected to was left behind, or goes away.
local GONE = { ECONNREFUSED = true, ENOENT = true, ECONNRESET = true }

---@class engine.docker.Client  a to-be-closed value
---@field endpoint engine.docker.Endpoint
---@field engine "docker"|"podman"  what answers, whatever was looked for
---@field prefix string            of targets: "/v1.41"
---@field version string           of the API: "1.41"
---@field server string            "Docker/20.10.24 (linux)", as it names itself; or ""
---@field pulse engine.docker.Pulse whether the engine answers at all
---@field http core.http.Client    of the pulse, and ours
---@field private mask? engine.secrets.Mask
local Client = {}
Client.__index = Client

---@class engine.docker.CallOptions
---@field query? table<string, string|number|boolean|table> lists repeat, tables are JSON
---@field body? table|string a table becomes JSON
---@field feed? engine.docker.Source gives the body piece by piece
---@field type? string       of a body that is a text or a feed; default application/json
---@field headers? string[]  each "Name: value"
---@field timeout_ms? integer of the whole call, attempts included; 0: none; default by the call
---@field idle_ms? integer   without a byte either way; default: none
---@field is_idle? boolean   of `lines`: nobody waits for what comes
---@field ok? integer[]      statuses that are no error; default 200 to 299, and 304
---@field max? integer       bytes of an answer that is read whole (16 MiB)
---@field answer? "json"|"text"|"any" what it must be; default: json of what tells something
---@field op? string         for errors; default "METHOD /path"

local function is_ok(status, ok)
  if not ok then
    return status >= 200 and status < 300 or status == 304
  end
  for _, one in ipairs(ok) do
    if one == status then
      return true
    end
  end
  return false
end

local function now_ms()
  return clock.now() // NS_PER_MS
end

--- Explains why there was no answer, or no whole one.
---@param client engine.docker.Client
---@param err core.Error of core.http
---@param op string
---@param limit_ms? integer that was given to it
local function lost(client, err, op, limit_ms)
  if err.code == "ECANCELED" then
    return err
  elseif not (err.detail and err.detail.is_sent) and err.code ~= "ELIMIT" then
    return endpoint_of.explain(client.endpoint, err)
  end
  return answer.broken(err, op, client.engine, limit_ms)
end

--- The same, when the engine has been looked at once more: nobody is to take a test, or one call,
--- for the reason when it is the engine that is gone.
local function unanswered(client, err, op, limit_ms)
  if err.code == "ETIMEDOUT" then
    client.pulse:late()
  end
  local is_late = err.code == "ETIMEDOUT" and not client.pulse:is_asking() -- its time was short
  if not is_late and err.code ~= "ECANCELED" and err.code ~= "ELIMIT" then
    local is_there, gone = client.pulse:look()
    if not is_there and docker_error.gone(gone) then
      return gone
    end
  end
  return lost(client, err, op, limit_ms)
end

--- Does something that waits for the engine, which may be given up meanwhile.
local function within(client, fn, ...)
  local ticket <close>, err = client.pulse:enter()
  if not ticket then
    return nil, err
  end
  local result, second, third, fourth = fn(client, ...)
  if result == nil and ticket.lost then
    return nil, ticket.lost
  end
  return result, second, third, fourth
end

--- Sends a request once.  Returns the call when the status is one of those that are wanted.
local function ask_once(client, spec, opts)
  local call, err = client.http:ask(spec)
  if not call then
    return nil, err
  end
  local feed = opts.feed and feed_of.start(call, opts.feed)
  local status, headers = call:head()
  if status and is_ok(status, opts.ok) then
    return call, status, headers, feed
  end
  local body = status and answer.read(call, docker_error.BODY_MAX + 1, true) or ""
  call:close()
  if feed then
    feed:close()
  end
  if feed and feed.error then
    return nil, feed.error, 0 -- whatever was answered: not to be explained, nor tried again
  elseif not status then
    return nil, headers
  end
  return nil, docker_error.of_answer(status, body, { op = opts.op, mask = client.mask }), status
end

--- Waits before the next attempt; false when there is none, or no time for it.
local function may_go_on(method, err, status, attempt, due)
  local was_sent = err.detail and err.detail.is_sent
  if not docker_error.may_retry(method, status, err.code, was_sent or false) then
    return false
  end
  local wait = BACKOFF_MS[attempt]
  if not wait or due and now_ms() + wait >= due then
    return false
  end
  return task.sleep(wait) == true
end

--- Sends a request, more than once where that may be done.
---@async
---@return core.http.Call? call
---@return integer|core.Error status
---@return table<string, string>? headers
---@return engine.docker.Feed? feed
local function ask(client, method, path, opts)
  opts.op = opts.op or ("%s %s"):format(method, path)
  local limit = client.pulse:limit(opts.timeout_ms or request.timeout_ms(method, path))
  local due = limit > 0 and now_ms() + limit or nil
  local spec = request.make(method, client.prefix, path, opts)
  local attempt = 0
  while true do
    attempt = attempt + 1
    spec.timeout_ms = due and math.max(1, due - now_ms()) or 0
    local call, status, headers, feed = ask_once(client, spec, opts)
    if call then
      client.pulse:answered()
      return call, status, headers, feed
    end
    local err = status ---@cast err core.Error
    status = headers
    if opts.once or not may_go_on(method, err, status, attempt, due) then
      local explain = opts.once and lost or unanswered
      return nil, status and err or explain(client, err, opts.op, limit)
    end
  end
end

--- Sends a request and returns its call with the body unread, when its status is one of `ok`.
---@async
---@param method string
---@param path string       "/containers/json": no version, no query, escaped (`request.segment`)
---@param opts? engine.docker.CallOptions without `feed`
---@return core.http.Call? call   to be closed
---@return integer|core.Error status
---@return table<string, string>? headers
function Client:ask(method, path, opts)
  assert(not (opts and opts.feed), "a feed goes with call and lines")
  return within(self, ask, method, path, opts and request.copy(opts) or {})
end

local function call_whole(self, method, path, opts)
  local call, status, headers, feed = ask(self, method, path, opts)
  if not call then
    return nil, status
  end
  local body, err = answer.read(call, opts.max or answer.MAX)
  call:close()
  if feed then
    feed:close()
  end
  if feed and feed.error then
    return nil, feed.error
  elseif not body then
    return nil, unanswered(self, err, opts.op, opts.timeout_ms or request.timeout_ms(method, path))
  end
  body, err = answer.decode(body, headers, status, opts.answer or request.answer(method, path),
    opts.op)
  if body == nil then
    return nil, err
  end
  return body, status
end

--- Makes a call and returns its answer.
---@async
---@param method string
---@param path string       "/containers/json": no version, no query, escaped (`request.segment`)
---@param opts? engine.docker.CallOptions
---@return any body         decoded; true where there is none (204, 304)
---@return integer|core.Error status
function Client:call(method, path, opts)
  return within(self, call_whole, method, path, opts and request.copy(opts) or {})
end

--- Makes a call whose answer comes line by line: see engine.docker.lines.
---@async
---@param method string
---@param path string
---@param opts? engine.docker.CallOptions
---@return engine.docker.Lines? lines to be closed
---@return core.Error? err
function Client:lines(method, path, opts)
  opts = opts and request.copy(opts) or {}
  local call, status, _, feed = within(self, ask, method, path, opts)
  if not call then
    return nil, status --[[@as core.Error]]
  end
  return require("engine.docker.lines").new(call, {
    op = opts.op, mask = self.mask, engine = self.engine, feed = feed,
    pulse = not opts.is_idle and self.pulse or nil,
  })
end

--- Opens the stream of events: see engine.docker.events.
---@async
---@param opts? engine.docker.EventOptions
---@return engine.docker.Events? events to be closed
---@return core.Error? err
function Client:events(opts)
  return require("engine.docker.events").open(self, opts)
end

--- Opens a stream both ways: attach, and the start of an exec.  The engine answers 101, or 200 as
--- old proxies make of it.
---@async
---@param method string
---@param path string
---@param opts? engine.docker.CallOptions `timeout_ms` is for the answer's head
---@return core.http.Call? stream to be closed
---@return integer|core.Error status
---@return table<string, string>? headers
function Client:stream(method, path, opts)
  opts = opts and request.copy(opts) or {}
  opts.upgrade, opts.ok = true, opts.ok or { 101, 200 }
  local limit = self.pulse:limit(opts.timeout_ms or request.timeout_ms(method, path))
  opts.timeout_ms, opts.op = 0, opts.op or ("%s %s"):format(method, path)
  return within(self, function()
    if limit == 0 then
      return ask(self, method, path, opts)
    end
    local call, status, headers = task.timeout(limit, ask, self, method, path, opts)
    if not call and status.code == "ETIMEDOUT" then
      return nil, unanswered(self, status, opts.op, limit)
    end
    return call, status, headers
  end)
end

--- Gives the connections back; calls that are under way go on.  Also `__close`.
function Client:close()
  self.pulse:close()
  self.http:close()
end
Client.__close = Client.close

local BROKEN_OFF = { ECONNRESET = true, EPIPE = true }

--- Explains why the first question was not answered: of ssh that it has ended, what stands at the
--- other end of a wrong path that it is no engine.
local function not_reached(endpoint, err)
  if endpoint.kind == "ssh" and BROKEN_OFF[err.code] then
    return endpoint_of.explain(endpoint, err.cause or err)
  elseif err.detail and err.detail.status == 404 then
    return docker_error.new("ENGINE_VERSION", ("what answers at %s is no engine: %s"):format(
      endpoint.name, err.message), "look at what listens there, and at the path behind its port")
  end
  return err
end

--- Connects to one endpoint.
local function connect_to(endpoint, opts)
  local made, err = http.client({
    base = endpoint.base,
    socket = endpoint.socket,
    command = endpoint.command,
    ca = endpoint.ca,
    cert = endpoint.cert,
    key = endpoint.key,
  })
  if not made then
    return nil, err
  end
  local client = setmetatable({
    http = made,
    endpoint = endpoint,
    engine = endpoint.engine,
    mask = opts.mask,
    prefix = "",
    server = "",
  }, Client)
  client.pulse = pulse_of.new(client)
  -- Connecting is tried once: an engine that does not run is told at once.
  local call, status, headers = ask(client, "GET", "/_ping", {
    timeout_ms = opts.timeout_ms or M.PING_MS,
    once = true,
  })
  if not call then
    client:close()
    return nil, not_reached(endpoint, status)
  end
  local body
  body, err = answer.read(call, PING_MAX)
  call:close()
  if not body then
    client:close()
    return nil, lost(client, err, "GET /_ping")
  end
  client.server = headers.server or ""
  if headers["libpod-api-version"] or client.server:match("^Libpod/") then
    client.engine = "podman"
  elseif client.server:match("^Docker/") then
    client.engine = "docker"
  end
  client.version, err = version_of.agree(headers["api-version"], endpoint.api_version)
  if not client.version then
    client:close()
    return nil, err
  end
  client.prefix = "/v" .. client.version
  return client
end

---@class engine.docker.ConnectOptions: engine.docker.endpoint.Options
---@field mask? engine.secrets.Mask of errors
---@field timeout_ms? integer of the engine's first answer (10 s)

--- Connects to an engine, and agrees on the version of its API.
---@async
---@param where? engine.docker.Endpoint|engine.docker.ConnectOptions an endpoint that was found, or
---  how to find it
---@param opts? engine.docker.ConnectOptions with an endpoint
---@return engine.docker.Client? client
---@return core.Error? err ENGINE_SETTINGS, ENGINE_INSECURE, ENGINE_VERSION; of connecting: ENOENT,
---  ENOTSOCK, EACCES, ECONNREFUSED, ETIMEDOUT, ETLS, EPROTO
---@return engine.docker.Endpoint? endpoint that the error is of
function M.connect(where, opts)
  local endpoint, err = where, nil
  if not (where and where.base) then
    opts = where or opts or {} --[[@as engine.docker.ConnectOptions]]
    endpoint, err = endpoint_of.find({
      engine = opts.engine, allow = opts.allow, getenv = opts.getenv,
    })
  end
  local first, asked = nil, endpoint
  while endpoint do
    local client
    client, err = connect_to(endpoint, opts or {})
    if client then
      return client
    end
    first = first or err
    endpoint = GONE[err.code] and endpoint.fallback or nil
  end
  return nil, first or err, asked
end

return M
