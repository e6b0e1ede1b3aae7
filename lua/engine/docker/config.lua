--- The docker CLI's settings: config.json in its folder.
---
--- The file is the user's, yet it is read as one that anybody may have written: of limited size and
--- depth, and only what has the right type is taken over.  Credentials of another type are told to
--- who asks for some; nobody else is held up by them.
---@class engine.docker.config
local docker_error = require("engine.docker.error")
local fs = require("core.fs")
local json = require("core.json")

local M = {}

M.SIZE_MAX = 4 << 20
M.DEPTH_MAX = 32

---@alias engine.docker.Getenv fun(name: string): string?

---@class engine.docker.Config
---@field path? string             nil: there is no folder for it
---@field current_context? string
---@field misfit? core.Error       what keeps credentials from being read
---@field auths table<string, table>
---@field creds_store? string
---@field cred_helpers table<string, string>

--- Looks a variable up; one that is empty is not there, as for the docker CLI.
---@param getenv? engine.docker.Getenv default os.getenv
---@return engine.docker.Getenv
---@nodiscard
function M.environment(getenv)
  getenv = getenv or os.getenv
  return function(name)
    local value = getenv(name)
    return value ~= "" and value or nil
  end
end

--- Finds the folder of the docker CLI.
---@param env engine.docker.Getenv
---@return string? dir nil: neither DOCKER_CONFIG nor HOME is set
---@nodiscard
function M.directory(env)
  local dir, home = env("DOCKER_CONFIG"), env("HOME")
  dir = dir or home and home .. "/.docker"
  return dir and (dir:gsub("(.)/+$", "%1"))
end

--- Reads a file of JSON that must hold an object.
---@param path string
---@return table? object nil, without an error: there is none
---@return core.Error? err
---@nodiscard
function M.object(path)
  local bytes, err = fs.read(path, { max = M.SIZE_MAX })
  if not bytes then
    if err.code == "ENOENT" or err.code == "ENOTDIR" then
      return nil
    end
    local why = err.code == "ELIMIT" and ("it is larger than %d MiB"):format(M.SIZE_MAX >> 20)
      or err.message
    return nil, docker_error.new("ENGINE_SETTINGS", ("%s cannot be read: %s"):format(path, why),
      "mend the file, or name another folder by DOCKER_CONFIG")
  end
  local object
  object, err = json.decode(bytes, { depth = M.DEPTH_MAX })
  if type(object) ~= "table" or json.is_array(object) then
    local why = err and "is no JSON: " .. err.message or "holds no object of JSON"
    return nil, docker_error.new("ENGINE_SETTINGS", ("%s %s"):format(path, why),
      "mend the file, or name another folder by DOCKER_CONFIG")
  end
  return object
end

local OBJECT, TEXT = "an object", "a text"
local TYPES = { { "auths", OBJECT }, { "credHelpers", OBJECT }, { "credsStore", TEXT } }

local function kind_of(value)
  if type(value) == "table" then
    return json.is_array(value) and "an array" or OBJECT
  end
  return type(value) == "string" and TEXT or "a " .. type(value)
end

--- Says which setting of credentials is not of its type.
---@return core.Error?
local function misfit(object, path)
  for _, one in ipairs(TYPES) do
    local value, kind = object[one[1]], one[2]
    if value ~= nil and value ~= json.null and kind_of(value) ~= kind then
      return docker_error.new("ENGINE_SETTINGS", ("%s: `%s` is %s, and must be %s"):format(path,
        one[1], kind_of(value), kind), "mend the file, or name another folder by DOCKER_CONFIG")
    end
  end
end

--- Copies the entries of a table whose values have a type.
local function entries(value, kind)
  local out = {}
  if type(value) == "table" and not json.is_array(value) then
    for name, entry in pairs(value) do
      if type(entry) == kind then
        out[name] = entry
      end
    end
  end
  return out
end

local function word(value)
  return type(value) == "string" and value ~= "" and value or nil
end

--- Reads config.json; all is empty where there is none.
---@param env engine.docker.Getenv
---@return engine.docker.Config? config
---@return core.Error? err
---@nodiscard
function M.read(env)
  local dir = M.directory(env)
  local path = dir and dir .. "/config.json"
  local object = {}
  if path then
    local read, err = M.object(path)
    if err then
      return nil, err
    end
    object = read or object
  end
  return {
    path = path,
    current_context = word(object.currentContext),
    misfit = misfit(object, path),
    auths = entries(object.auths, "table"),
    creds_store = word(object.credsStore),
    cred_helpers = entries(object.credHelpers, "string"),
  }
end

return M
