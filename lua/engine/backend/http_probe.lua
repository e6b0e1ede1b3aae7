--- Asks a server in a room for one page: ready or not.
---
--- The least of HTTP/1.0 over the room's own loopback: nothing has to be installed in the room, and
--- nothing of the host is asked.
---@class engine.backend.http_probe
local error_new = require("core.error").new

local M = {}

M.ANSWER_MAX = 1 << 20 -- bytes of an answer that are looked at
M.SHOWN_MAX = 200 -- bytes of a body in a message

local function fail(code, message)
  return nil, error_new({ code = code, op = "room.probe", message = message })
end

--- Splits "http://HOST:PORT/PATH"; every name is the room's loopback.
---@param url string
---@return { host: string, port: integer, path: string }?
function M.parse(url)
  local authority, path = url:match("^http://([^/?#]+)([^#]*)")
  if not authority or path:find("[%c ]") then
    return nil
  end
  local host, port = authority:match("^([%w._-]+):(%d+)$")
  host = host or authority:match("^[%w._-]+$")
  port = math.tointeger(tonumber(port or "80"))
  if not host or not port or port < 1 or port > 65535 then
    return nil
  end
  if path:sub(1, 1) ~= "/" then
    path = "/" .. path
  end
  return { host = host, port = port, path = path }
end

--- Whether an answer is there as a whole: as long as it says itself it is.
local function is_whole(answer)
  local head, start = answer:match("^(.-\r?\n)\r?\n()")
  local length = head and tonumber(head:lower():match("\ncontent%-length:[ \t]*(%d+)[ \t]*\r?\n"))
  return length ~= nil and #answer - start + 1 >= length
end

--- Reads to the end of the answer: what it says its length is, else the end of the connection.
local function read_answer(stream)
  local answer = ""
  repeat
    local text, err = stream:read()
    if not text then
      return nil, err
    end
    answer = answer .. text
  until text == "" or #answer >= M.ANSWER_MAX or is_whole(answer)
  return answer
end

--- The beginning of a body, for a message.
local function said(body)
  if body == "" then
    return "; the body is empty"
  end
  local text = body:sub(1, M.SHOWN_MAX):gsub("%s+", " ")
  return ("; the body is '%s%s'"):format(text, #body > M.SHOWN_MAX and "..." or "")
end

--- Asks once.
---@async
---@param room core.room.Room
---@param what { http: string, status?: integer, body?: string }
---@param where? { net?: core.room.Net, owner?: core.room.Process }
---@return true? ready
---@return core.Error? err why not
function M.probe(room, what, where)
  local url = M.parse(what.http)
  if not url then
    return fail("EURL", ("'%s' is not a URL that can be asked for"):format(what.http))
  end
  local ok, err, answer
  if where and where.owner then
    ok, err = room:probe(url.port, where)
    if not ok then
      return nil, err
    end
  end
  local stream <close>, why = room:dial(url.port, { net = where and where.net })
  if not stream then
    return nil, why
  end
  ok, err = stream:write(("GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n"):format(
    url.path, url.host))
  if not ok then
    return nil, err
  end
  answer, err = read_answer(stream)
  if not answer then
    return nil, err
  end
  local status = math.tointeger(tonumber(answer:match("^HTTP/1%.[01] (%d%d%d)[ \r\n]") or ""))
  local wanted = what.status or 200
  if not status then
    return fail("EHTTP", what.http .. " did not answer in HTTP")
  end
  local body = answer:match("\r?\n\r?\n(.*)$") or ""
  if status ~= wanted then
    return fail("EHTTP", ("%s answered %d, not %d%s"):format(what.http, status, wanted, said(body)))
  elseif what.body and not body:find(what.body, 1, true) then
    return fail("EHTTP", ("%s answered without '%s'%s"):format(what.http, what.body, said(body)))
  end
  return true
end

return M
