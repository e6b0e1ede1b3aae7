--- The three files of a TLS connection to an engine: whose certificates are believed, and ours.
---@class engine.docker.tls
local docker_error = require("engine.docker.error")
local fs = require("core.fs")

local M = {}

M.SIZE_MAX = 1 << 20

local GROUP_AND_OTHERS = 63 -- 0077
local OTHERS_WRITE = 2 -- 0002

---@class engine.docker.TlsFiles
---@field ca? string   nil: those that the system believes
---@field cert? string
---@field key? string

local function refuse(code, path, why, help)
  return docker_error.new(code, ("%s %s"):format(path, why), help)
end

local function own_uid()
  local stat = fs.stat("/proc/self")
  return stat and stat.uid
end

--- Looks at one of the files, links followed: orchestrators mount certificates as links.
local function look(path, name)
  local stat, err = fs.stat(path)
  if not stat then
    if err.code == "ENOENT" or err.code == "ENOTDIR" then
      return nil
    end
    return nil, refuse(err.code, path, "cannot be looked at: " .. err.message)
  elseif stat.type ~= "file" or stat.size > M.SIZE_MAX then
    return nil, refuse("ENGINE_SETTINGS", path, stat.type == "file" and "is larger than 1 MiB"
      or ("is no file but a %s"):format(stat.type))
  elseif stat.mode & OTHERS_WRITE ~= 0 then
    return nil, refuse("ENGINE_INSECURE", path, "can be changed by everybody", "chmod o-w " .. path)
  elseif name == "key" and stat.mode & GROUP_AND_OTHERS ~= 0 then
    return nil, refuse("ENGINE_INSECURE", path,
      ("is a private key and can be used by others (mode %03o)"):format(stat.mode & 511),
      "chmod 600 " .. path)
  elseif name == "key" and stat.uid ~= 0 and stat.uid ~= own_uid() then
    return nil, refuse("ENGINE_INSECURE", path,
      ("is a private key of another user (%d)"):format(stat.uid),
      "make it your own, or use another folder of certificates")
  end
  return path
end

--- Finds the files in a folder; which are there is up to it, but no half of a pair.
---@param dir string
---@return engine.docker.TlsFiles? files nil, without an error: none of them is there
---@return core.Error? err
---@nodiscard
function M.files(dir)
  local files = {}
  for _, name in ipairs({ "ca", "cert", "key" }) do
    local path, err = look(("%s/%s.pem"):format(dir, name), name)
    if err then
      return nil, err
    end
    files[name] = path
  end
  if (files.cert == nil) ~= (files.key == nil) then
    local missing = files.cert and "key" or "cert"
    return nil, refuse("ENGINE_SETTINGS", ("%s/%s.pem"):format(dir, missing),
      "is not there, and the other half of the pair is")
  end
  return next(files) and files or nil
end

return M
