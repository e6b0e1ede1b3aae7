--- What the engine answers: read within a limit, decoded strictly, and told when it is broken.
---@class engine.docker.answer
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local json = require("core.json")

local M = {}

M.MAX = 16 << 20 -- bytes of an answer, where the call says nothing else
M.DEPTH_MAX = 64

local PEOPLE = { docker = "Docker", podman = "Podman" }

--- Reads a body.
---@async
---@param call core.http.Call
---@param max integer bytes
---@param cuts? boolean take the first `max` bytes of one that has more
---@return string? body
---@return core.Error? err that of core.http; ELIMIT
---@nodiscard
function M.read(call, max, cuts)
  local parts, size = {}, 0
  while true do
    local bytes, err = call:read()
    if not bytes then
      return nil, err
    elseif bytes == "" then
      return table.concat(parts)
    end
    parts[#parts + 1] = bytes
    size = size + #bytes
    if size > max then
      if cuts then
        return table.concat(parts):sub(1, max)
      end
      return nil, error_new({
        code = "ELIMIT",
        op = "docker",
        message = ("it is longer than %d bytes"):format(max),
        detail = { is_sent = true },
      })
    end
  end
end

local SAY = {
  ECONNRESET = "the connection ended before the answer did",
  EPROTO = "the answer is no HTTP, or was cut",
  EPIPE = "the engine takes no more of the request",
}

--- Makes the error of an answer that did not come, or not whole.
---@param err core.Error of core.http, or of `read`
---@param op string "GET /info"
---@param engine "docker"|"podman"
---@param limit_ms? integer
---@return core.Error err with the code of `err`; `detail.is_sent`: it may have been carried out
---@nodiscard
function M.broken(err, op, engine, limit_ms)
  local why = SAY[err.code] and ("%s (%s)"):format(SAY[err.code], err.message) or err.message
  local help = ("look at its log: journalctl -u %s"):format(engine)
  if err.code == "ETIMEDOUT" then
    why = limit_ms and limit_ms > 0 and ("no answer within %g s"):format(limit_ms / 1000)
      or "nothing came for too long"
  elseif err.code == "ELIMIT" then
    help = nil
  end
  return error_new({
    code = err.code,
    op = op,
    message = ("%s: %s: %s"):format(PEOPLE[engine] or engine, op, why),
    detail = { help = help, is_sent = err.detail and err.detail.is_sent },
    cause = err,
  })
end

local function refuse(op, why)
  return nil, docker_error.new("ENGINE_ANSWER", ("%s: the engine's answer %s"):format(op, why),
    "what stands between clnrm and the engine may have changed it: a proxy, an old version", op)
end

--- Decodes a body.
---@param body string
---@param headers table<string, string>
---@param status integer
---@param kind "json"|"text"|"any"
---@param op string
---@return any value        true: there is none, and none was needed
---@return core.Error? err  ENGINE_ANSWER
---@nodiscard
function M.decode(body, headers, status, kind, op)
  if kind == "text" then
    return body
  elseif status == 204 or status == 304 then
    return true
  elseif not body:find("%S") then
    if kind == "json" then
      return refuse(op, "is empty")
    end
    return true
  elseif kind == "any" and not (headers["content-type"] or ""):find("json", 1, true) then
    return body
  end
  local value, err = json.decode(body, { depth = M.DEPTH_MAX })
  if err then
    return refuse(op, "is no JSON: " .. err.message)
  elseif kind == "json" and type(value) ~= "table" then
    return refuse(op, "is neither an object nor a list")
  end
  return value
end

return M
