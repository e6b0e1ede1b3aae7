--- Credentials for a registry, from where `docker login` left them.
---
--- A helper (docker-credential-NAME) where the settings name one, else `auths` of config.json.
--- What is secret of them goes to the run's masks before it goes anywhere else, and a helper's
--- words are told only when they cannot be an answer.
---@class engine.docker.auth
local config = require("engine.docker.config")
local docker_error = require("engine.docker.error")
local hash = require("core.hash")
local json = require("core.json")
local proc = require("core.proc")
local reference = require("engine.image.reference")
local task = require("core.task")
local text = require("core.text")
local trim = require("engine.trim")

local M = {}

M.HELPER_MS = 30000 -- a helper may have to ask its owner
M.OUT_MAX = 64 << 10

local HUB_KEY = "https://index.docker.io/v1/"
local TOKEN_USER = "<token>" -- the user that says: the secret is an identity token
local SHOWN_MAX = 160

---@class engine.docker.Credentials  of the API's AuthConfig
---@field username? string
---@field password? string
---@field identitytoken? string
---@field registrytoken? string
---@field serveraddress string

---@class engine.docker.auth.Options
---@field getenv? engine.docker.Getenv default os.getenv
---@field masks engine.run.Secrets     gets each secret value: `add_value`
---@field env? string[]                of a helper: "NAME=value"; default clnrm's own
---@field deadline_ms? integer         of a helper, default HELPER_MS

--- The key of `auths` for the registry of a reference.
---@param name engine.image.Name
---@return string
---@nodiscard
function M.key(name)
  return name.registry == reference.HUB and HUB_KEY or name.registry
end

--- The host of a key: old settings have "https://host/v1/".
local function host_of(key)
  return (key:gsub("^https?://", ""):gsub("/.*$", ""))
end

local function word(value)
  return type(value) == "string" and value ~= "" and value or nil
end

local function failure(message, help)
  return nil, docker_error.new("ENGINE_CREDENTIALS", message, help, "docker.auth")
end

--- Finds the entry of a registry: its own key first, then, in a fixed order, one of the same host.
local function entry_of(auths, key)
  if auths[key] or key == HUB_KEY then
    return auths[key]
  end
  local names = {}
  for name in pairs(auths) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if host_of(name) == key then
      return auths[name]
    end
  end
end

local function from_file(settings, key, masks)
  local entry = entry_of(settings.auths, key)
  if not entry then
    return nil
  end
  local found = {
    username = word(entry.username),
    password = word(entry.password),
    identitytoken = word(entry.identitytoken),
    registrytoken = word(entry.registrytoken),
    serveraddress = key,
  }
  local auth = word(entry.auth)
  if auth then
    masks:add_value(auth)
    local pair = hash.unbase64(auth)
    local user, password = (pair or ""):match("^([^:]*):(.*)$")
    if not user or user == "" then
      return failure(("%s: `auth` of %s is no base64 of USER:PASSWORD"):format(settings.path,
        text.escape(key, { line = true })), "docker login " .. host_of(key))
    end
    found.username, found.password = user, (password:gsub("%z+$", ""))
  end
  return found
end

--- What may be told of a helper's output: a sentence, never what could be its answer or a secret.
local function told_of(output)
  local line = (output or ""):match("[^\r\n]+") or ""
  if not line:find("%S %S") or line:find('[{}"]') or line:lower():find("secret", 1, true) then
    return ""
  end
  return ": " .. text.cut(text.escape(line, { line = true }), SHOWN_MAX)
end

local NOT_FOUND = { -- docker-credential-helpers, credentials/error.go
  ["credentials not found in native keychain"] = true,
}

--- Runs `docker-credential-NAME get`.
local function ask(helper, key, opts)
  local deadline_ms = opts.deadline_ms or M.HELPER_MS
  local program = "docker-credential-" .. helper
  local process <close>, err = proc.spawn({
    argv = { program, "get" },
    stdin = key,
    env = opts.env,
    out_max = M.OUT_MAX,
  })
  if not process then
    return failure(("%s cannot be started: %s"):format(program, err.message),
      "install it, or take credsStore and credHelpers out of config.json and log in again")
  end
  local result
  result, err = task.timeout(deadline_ms, process.wait, process)
  if not result then
    local why = err.code == "ETIMEDOUT" and ("did not answer in %d ms"):format(deadline_ms)
      or "was given up: " .. err.message
    return failure(("%s %s"):format(program, why),
      ("try it: echo %s | %s get"):format(key, program))
  end
  local out, cut = process:stdout(M.OUT_MAX)
  if not out or cut ~= 0 then
    return failure(("%s says more than %d bytes"):format(program, M.OUT_MAX))
  end
  return out, nil, result
end

local function from_helper(helper, key, opts)
  if not helper:match("^%w[%w._-]*$") then
    return failure(("'%s' is no name of a credential helper"):format(
      text.cut(text.escape(helper, { line = true }), 40)), "look at credsStore and credHelpers")
  end
  local out, err, result = ask(helper, key, opts)
  if not out then
    return nil, err
  end
  local program = "docker-credential-" .. helper
  local answer = json.decode(out, { depth = 4 })
  local secret = type(answer) == "table" and word(answer.Secret)
  if secret then
    opts.masks:add_value(secret)
  end
  if result.kind ~= "exited" or result.code ~= 0 then
    if NOT_FOUND[trim.both(out)] then
      return nil
    end
    local how = result.kind == "exited" and ("ended with %d"):format(result.code)
      or ("was ended by signal %d"):format(result.signal)
    return failure(("%s %s for %s%s"):format(program, how, key, told_of(out)),
      "docker login " .. host_of(key))
  elseif not secret then
    return failure(("%s gives no secret for %s"):format(program, key),
      "docker login " .. host_of(key))
  end
  local user = word(answer.Username)
  if user == TOKEN_USER then
    return { identitytoken = secret, serveraddress = key }
  end
  return { username = user, password = secret, serveraddress = key }
end

--- Finds the credentials for the registry of a reference.
---@async
---@param name engine.image.Name
---@param opts engine.docker.auth.Options
---@return engine.docker.Credentials? credentials nil, without an error: there are none
---@return core.Error? err ENGINE_CREDENTIALS, ENGINE_SETTINGS; never holds a secret
---@nodiscard
function M.find(name, opts)
  local settings, err = config.read(config.environment(opts.getenv))
  if not settings or settings.misfit then
    return nil, err or settings.misfit
  end
  local key = M.key(name)
  local helper = settings.cred_helpers[key] or settings.creds_store
  local found
  if word(helper) then
    found, err = from_helper(helper, key, opts)
  else
    found, err = from_file(settings, key, opts.masks)
  end
  for _, field in ipairs({ "password", "identitytoken", "registrytoken" }) do
    if found and found[field] then
      opts.masks:add_value(found[field])
    end
  end
  return found, err
end

--- Writes the header X-Registry-Auth, which each pull and push needs, also without credentials.
---@param credentials? engine.docker.Credentials
---@param masks? engine.run.Secrets gets the header: who has it has the credentials
---@return string value base64url of a JSON object
---@nodiscard
function M.header(credentials, masks)
  local object = assert(json.encode(credentials or {}, { invalid = "replace" }))
  local value = assert(hash.base64(object)):gsub("+", "-"):gsub("/", "_")
  if credentials and masks then
    masks:add_value(value)
  end
  return value
end

return M
