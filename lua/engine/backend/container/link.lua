--- The way to the agent of one container: a folder of this machine that both see, with the key that
--- each side knows the other by.
---
--- The folder is the container's user's alone (0700); the agent removes the key when it has read
--- it, takes one connection, and removes its socket.
---@class engine.backend.container.link
local error_new = require("core.error").new
local fs = require("core.fs")
local rooms = require("core.room")

local M = {}

local FOLDER_MODE = tonumber("700", 8)
local KEY_MODE = tonumber("400", 8)
local KEY_BYTES = 32

---@class engine.backend.container.Link
---@field dir string
---@field program string
---@field private key? string
local Link = {}
Link.__index = Link

local count = 0

local function random_key()
  local file = assert(io.open("/dev/urandom", "rb"))
  local bytes = file:read(KEY_BYTES)
  file:close()
  return (bytes:gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end))
end

--- Makes a folder for one container.
---@param dir string of all links
---@param program string the agent's file
---@return engine.backend.container.Link? link
---@return core.Error? err
---@nodiscard
function M.new(dir, program)
  count = count + 1
  local self = setmetatable({ dir = ("%s/%d"):format(dir, count), program = program }, Link)
  local ok, err = fs.mkdir_p(self.dir, { mode = FOLDER_MODE })
  if not ok then
    return nil, err
  end
  return self
end

--- Who this process is on the machine.
local function own_uid()
  local stat = fs.stat("/proc/self")
  return stat and stat.uid
end

local function cannot_give(uid, cause)
  return nil, error_new({
    code = "EAGENT",
    op = "container.link",
    message = ("the container runs as user %d, who cannot be given a socket of this machine: %s")
      :format(uid, cause),
    detail = { help = "run clnrm as root, use a rootless engine, or an image whose user is yours" },
  })
end

--- Writes a new key, for whoever starts next, and gives the folder to the user of the agent.
---@param uid integer as this machine numbers it
---@param gid integer
---@return true? ok
---@return core.Error? err
function Link:arm(uid, gid)
  self.key = random_key()
  local path = self.dir .. "/k"
  fs.remove(self.dir .. "/s")
  fs.remove(path)
  local ok, err = fs.write_atomic(path, self.key, { mode = KEY_MODE, sync = false })
  if not ok then
    return nil, err
  elseif own_uid() == uid then
    return true
  end
  ok, err = fs.chown(path, uid, gid)
  if ok then
    ok, err = fs.chown(self.dir, uid, gid)
  end
  if not ok then
    return cannot_give(uid, err.message)
  end
  return true
end

--- Joins the agent that listens there, or will.
---@async
---@param timeout_ms integer
---@param pid? integer which process must listen there
---@return core.room.Room? core
---@return core.Error? err
function Link:join(timeout_ms, pid)
  local key = self.key
  self.key = nil
  return rooms.attach({ path = self.dir .. "/s", key = key, timeout_ms = timeout_ms, pid = pid })
end

--- Removes the folder.
function Link:remove()
  fs.remove_tree(self.dir)
end

return M
