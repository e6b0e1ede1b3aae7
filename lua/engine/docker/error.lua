--- Errors about the engine: those of its API in each form that it gives them, and ours about it.
---
--- The API answers with JSON ({"message": …}, Podman's has a `cause` too), a very old client gets
--- plain text, and a broken proxy answers with whatever it likes.  A 500 says nothing about whether
--- it will work later: Docker 20.10 gives one for a malformed body.  Pure.
---@class engine.docker.error
local error_new = require("core.error").new
local json = require("core.json")
local text = require("core.text")

local M = {}

M.BODY_MAX = 64 << 10 -- bytes of an answer that are looked at
M.MESSAGE_MAX = 600 -- columns of what is told

local DEPTH_MAX = 16

local CODES = {
  [400] = "ENGINE_BAD_REQUEST", [401] = "ENGINE_UNAUTHORIZED", [403] = "ENGINE_FORBIDDEN",
  [404] = "ENGINE_NOT_FOUND", [409] = "ENGINE_CONFLICT", [429] = "ENGINE_RATE_LIMIT",
  [502] = "ENGINE_UNAVAILABLE", [503] = "ENGINE_UNAVAILABLE", [504] = "ENGINE_UNAVAILABLE",
}

--- What the engine says when a registry refuses, whatever the status: registries are asked by the
--- engine, and during a pull the status is 200.  Words in small letters, the first that is found.
local BY_WORDS = {
  { "toomanyrequests", "ENGINE_RATE_LIMIT" },
  { "no basic auth credentials", "ENGINE_UNAUTHORIZED" },
  { "authentication required", "ENGINE_UNAUTHORIZED" },
  { "401 unauthorized", "ENGINE_UNAUTHORIZED" }, -- POST /auth, with status 500
  { "incorrect username or password", "ENGINE_UNAUTHORIZED" },
  { "pull access denied", "ENGINE_UNAUTHORIZED" },
  { "manifest unknown", "ENGINE_NOT_FOUND" },
  { "no space left on device", "ENGINE_NO_SPACE" },
}

--- What can be done, by words of the message in small letters; the first that is found.
local REMEDIES = {
  { "toomanyrequests", "`docker login` raises the limit; a mirror, or docker load, has none" },
  { "no basic auth credentials", "log in to the registry: docker login REGISTRY" },
  { "authentication required", "log in to the registry: docker login REGISTRY" },
  { "401 unauthorized", "log in again: docker login REGISTRY" },
  { "incorrect username or password", "log in again: docker login REGISTRY" },
  { "pull access denied", "the image is spelt differently, or needs `docker login REGISTRY`" },
  { "client version", "leave DOCKER_API_VERSION unset: the version is agreed on with the engine" },
  { "no such image", "docker pull NAME, or docker load -i FILE" },
  { "manifest unknown", "the registry has no such tag or digest: look at its spelling" },
  { "port is already allocated", "another container or program has this port of the machine" },
  { "no space left on device", "`docker system df` shows what fills the engine's disk" },
  { "no matching manifest", "the image is not built for the engine's platform" },
  { "exec format error", "the image is built for another platform than the engine's" },
}

--- What Podman says, with status 500, of what goes while it is asked about it: as of what is not
--- there, which it tells with 404.
local GONE_MEANWHILE = {
  ["no such container"] = true, ["no such volume"] = true, ["network not found"] = true,
}

local function first_of(list, words)
  for _, entry in ipairs(list) do
    if words:find(entry[1], 1, true) then
      return entry[2]
    end
  end
end

--- Makes an error.
---@param code string
---@param message string
---@param help? string
---@param op? string default "docker"
---@return core.Error
---@nodiscard
function M.new(code, message, help, op)
  return error_new({
    code = code,
    op = op or "docker",
    message = message,
    detail = help and { help = help } or nil,
  })
end

--- Reads the two texts that an object of the API may have.
local function texts_of(object)
  local function word(value)
    return type(value) == "string" and value:find("%S") and value or nil
  end
  if type(object) ~= "table" or json.is_array(object) then
    return nil
  end
  local detail = object.errorDetail
  local message = type(detail) == "table" and word(detail.message) or word(object.message)
    or word(object.error)
  local cause = word(object.cause)
  if message and cause and not message:find(cause, 1, true) then
    message = message .. ": " .. cause
  end
  return message or cause, cause
end

--- Makes one safe line of a text: masked while it is whole, then escaped, then cut.
local function line_of(s, mask)
  s = mask and mask:text(s) or s
  s = s:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  return text.cut(text.escape(s, { line = true }), M.MESSAGE_MAX)
end

---@class engine.docker.error.Options
---@field op? string               what was tried: "containers.create"
---@field mask? engine.secrets.Mask

--- A registry's own words, where they begin a message: "denied", "denied: requested access …".
local BY_FIRST_WORD = {
  denied = { "ENGINE_FORBIDDEN", "ask for access, or log in as another: docker login REGISTRY" },
  unauthorized = { "ENGINE_UNAUTHORIZED", "log in to the registry: docker login REGISTRY" },
}

local function make(code, status, message, cause, opts)
  local words = message:lower()
  local said = BY_FIRST_WORD[words:match("^%a+%f[:\0]")] or {}
  return error_new({
    code = first_of(BY_WORDS, words) or said[1] or code,
    op = opts.op or "docker",
    message = message,
    detail = {
      status = status,
      help = first_of(REMEDIES, words) or said[2],
      reason = cause,
    },
  })
end

--- Makes an error of an answer whose status says that the call failed.
---@param status integer HTTP status; 500 counts as 404 where Podman means that
---@param body? string of the answer, or its first bytes
---@param opts? engine.docker.error.Options
---@return core.Error err `detail` has `status`, `help` where a remedy is known, Podman's `reason`
---@nodiscard
function M.of_answer(status, body, opts)
  opts, body = opts or {}, body or ""
  local message, cause
  if #body > M.BODY_MAX then
    message = body:sub(1, M.BODY_MAX) .. "…" -- the mask knows by it that a secret may be cut here
  else
    message, cause = texts_of((json.decode(body, { depth = DEPTH_MAX })))
    message = message or body
  end
  status = status == 500 and GONE_MEANWHILE[cause] and 404 or status
  local code = CODES[status] or status >= 500 and "ENGINE_SERVER" or "ENGINE_API"
  message = line_of(message, opts.mask)
  if message == "" then
    message = ("the engine answered %d and says nothing more"):format(status)
  end
  return make(code, status, message, cause and line_of(cause, opts.mask), opts)
end

--- Makes an error of a line of progress (pull, push, build, load), which come with status 200.
---@param object any a line, decoded
---@param opts? engine.docker.error.Options
---@return core.Error? err nil: the line tells of no error
---@nodiscard
function M.of_progress(object, opts)
  if type(object) ~= "table" or object.error == nil and object.errorDetail == nil then
    return nil
  end
  opts = opts or {}
  local message = texts_of(object) or "the engine tells of an error without words"
  return make("ENGINE_API", nil, line_of(message, opts.mask), nil, opts)
end

M.GONE = "ENGINE_GONE" -- the engine does not answer any more: see engine.docker.pulse

--- Finds in an error, or in what caused it, that the engine does not answer any more.
---@param err? core.Error
---@return core.Error? gone with `detail.help`
---@nodiscard
function M.gone(err)
  while type(err) == "table" do
    if err.code == M.GONE then
      return err
    end
    err = err.cause
  end
end

local IDEMPOTENT = { GET = true, HEAD = true, DELETE = true }
local PASSING = { [502] = true, [503] = true, [504] = true }
local NOT_CONNECTED = { -- what connect(2) may say of an engine that is about to come back
  ECONNREFUSED = true, ECONNRESET = true, ENOENT = true, ETIMEDOUT = true, EAGAIN = true,
}

--- Says whether a call may be made once more.  Never one that makes or changes something: whether
--- it was done is not known.
---@param method string
---@param status? integer of the answer; nil: there was none
---@param code? string why there was none
---@param was_connected? boolean there was a connection: the engine may have begun
---@return boolean
---@nodiscard
function M.may_retry(method, status, code, was_connected)
  if not IDEMPOTENT[method] then
    return false
  elseif status then
    return PASSING[status] == true
  end
  return not was_connected and NOT_CONNECTED[code] == true
end

return M
