--- HTTP/1.1 to a server in a room, through the room's own loopback: nothing has to be installed in
--- it, nothing listens on the host, and no other host can be meant.
---
--- One request for each connection.  What an answer says of its own length is checked: a part of a
--- body is an error, never a body.
local asserts = require("engine.script.asserts")
local clock = require("engine.run.clock")
local core = require("core.task")
local error_new = require("core.error").new
local options = require("engine.script.options")
local place = require("engine.script.place")
local probe = require("engine.backend.http_probe")

---@class engine.script.http
local M = {}

M.ANSWER_MAX = 16 << 20 -- bytes

local TIMEOUT_MS = 10000

local REQUEST = {
  url = "text",
  method = function(value)
    return type(value) == "string" and value:match("^%u+$") ~= nil, value,
      'a method such as "GET" or "POST"'
  end,
  headers = function(value)
    if type(value) ~= "table" then
      return false
    end
    for name, text in pairs(value) do
      if type(name) ~= "string" or not name:match("^[%w!#$%%&'*+.^_`|~-]+$")
        or type(text) ~= "string" or text:find("[\r\n%z]") then
        return false, nil, "a table from names to texts without line ends"
      end
    end
    return true, value
  end,
  body = "bytes",
  timeout = options.DURATION,
}

local function fail(code, message)
  return nil, error_new({ code = code, op = "http.request", message = message })
end

--- Finds where a host of a URL is: a service in a network of its own, or the room's loopback.
local function where_of(room, host)
  if host == "localhost" or host:match("^127%.") then
    return nil
  end
  local set = room.services and room.services.set
  for _, name in ipairs(set and set.names or {}) do
    local runtime = set:get(name)
    local is_alias = name == host
    for _, alias in ipairs(runtime.spec.aliases or {}) do
      is_alias = is_alias or alias == host
    end
    if is_alias then
      return require("engine.service.runtime").where(runtime)
    end
  end
  place.misuse(("http: '%s' is neither localhost nor a service of the room"):format(host))
end

local function make_request(read, url)
  local lines = {
    ("%s %s HTTP/1.1"):format(read.method or "GET", url.path),
    ("Host: %s:%d"):format(url.host, url.port),
    "Connection: close",
  }
  local given = {}
  for name, text in pairs(read.headers or {}) do
    given[name:lower()] = true
    lines[#lines + 1] = ("%s: %s"):format(name, text)
  end
  if given.host then
    table.remove(lines, 2)
  end
  if read.body then
    lines[#lines + 1] = "Content-Length: " .. #read.body
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (read.body or "")
end

--- Reads up to the end of the connection.
local function read_all(stream)
  local parts, size = {}, 0
  while true do
    local bytes, err = stream:read()
    if not bytes then
      return nil, err
    elseif bytes == "" then
      return table.concat(parts)
    end
    size = size + #bytes
    parts[#parts + 1] = bytes
    if size > M.ANSWER_MAX then
      return fail("ELIMIT", ("an answer of more than %d bytes"):format(M.ANSWER_MAX))
    end
  end
end

--- Joins the chunks of a body.
local function join_chunks(text)
  local parts, at = {}, 1
  while true do
    local size, behind = text:match("^(%x+)[^\r\n]*\r?\n()", at)
    size = size and tonumber(size, 16)
    if not size then
      return fail("EPROTO", "the answer is cut: a chunk is missing")
    elseif size == 0 then
      return table.concat(parts)
    elseif behind + size - 1 > #text then
      return fail("EPROTO", "the answer is cut: a chunk is shorter than it says")
    end
    parts[#parts + 1] = text:sub(behind, behind + size - 1)
    at = text:match("^\r?\n()", behind + size)
    if not at then
      return fail("EPROTO", "the answer is no HTTP: a chunk without an end")
    end
  end
end

local function parse_headers(text)
  local headers = {}
  for name, value in text:gmatch("([^:\r\n]+):[ \t]*([^\r\n]*)") do
    name = name:lower()
    value = value:gsub("[ \t]+$", "")
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return headers
end

local function body_of(method, status, headers, rest)
  local length = tonumber(headers["content-length"])
  if method == "HEAD" or status == 204 or status == 304 then
    return ""
  elseif (headers["transfer-encoding"] or ""):lower():find("chunked", 1, true) then
    return join_chunks(rest)
  elseif length and #rest < length then
    return fail("EPROTO", ("the answer is cut: %d of %d bytes came"):format(#rest, length))
  end
  return length and rest:sub(1, length) or rest
end

--- Reads an answer.
---@param text string
---@param method string
---@return { status: integer, headers: table<string, string>, body: string }? answer
---@return core.Error? err
function M.parse(text, method)
  local status, at
  repeat
    local code, lines = text:match("^HTTP/1%.[01] (%d%d%d)[^\r\n]*\r?\n()", at)
    local head, behind = "", lines and text:match("^\r?\n()", lines)
    if lines and not behind then
      head, behind = text:match("^(.-\r?\n)\r?\n()", lines)
    end
    if not behind then
      local what = text == "" and "the server said nothing" or "the answer is no HTTP"
      return fail("EPROTO", what)
    end
    status, at = math.tointeger(code), behind
    local headers = parse_headers(head)
    if status >= 200 then
      local body, err = body_of(method, status, headers, text:sub(behind))
      if not body then
        return nil, err
      end
      return { status = status, headers = headers, body = body }
    end
  until false
end

local function talk(room, url, where, read)
  local stream <close>, err = room:dial(url.port, where)
  if not stream then
    return nil, err
  end
  local ok
  ok, err = stream:write(make_request(read, url))
  if not ok then
    return nil, err
  end
  local text
  text, err = read_all(stream)
  if not text then
    return nil, err
  end
  return M.parse(text, read.method or "GET")
end

--- Asks a server of a room.
---@async
---@param room engine.script.Room
---@param given any
---@return clnrm.Response? response
---@return core.Error? err ECONNREFUSED, ETIMEDOUT, EPROTO, ELIMIT
function M.request(room, given)
  local read = options.read(given, REQUEST, "clnrm.http")
  local url = read.url and probe.parse(read.url)
  if not url then
    place.misuse("clnrm.http: url must be as http://NAME:PORT/PATH")
  end
  local backend_room, context = room:use("clnrm.http")
  local where, began = where_of(room, url.host), clock.ms()
  local answer, err = core.timeout(read.timeout or TIMEOUT_MS, talk, backend_room, url, where, read)
  local took = clock.ms() - began
  context:note_command(("%s %s  (%s, %d ms)"):format(read.method or "GET", read.url,
    answer and answer.status or tostring(err and err.message), math.floor(took + 0.5)))
  if not answer then
    return context:result(nil, err)
  end
  answer.ok = answer.status >= 200 and answer.status < 300
  answer.duration_ms = took
  return asserts.mark(answer, "clnrm.Response")
end

return M
