--- Redis, in memory only: each room starts with an empty one, and nothing is saved.
local M = {
  summary = "Redis: in memory only, empty at the start of each room.",
  package = "redis-server",
  image = "docker.io/library/redis:7",
  data = { "/data" },
  needs = { "redis-server" },
  ready = "its port is open and it says that it is ready to accept connections; with `--loglevel "
    .. "warning` or `--logfile` among `args` it says nothing, and needs another `wait`",
  steps = "`REDISCLI_AUTH` when there is a password: `redis-cli` just works",
}

M.options = {
  port = { type = "integer", default = 6379, min = 1024, max = 65535, doc = "where it listens" },
  password = { type = "text", secret = true, doc = "what clients must give; none unless set" },
  databases = { type = "integer", default = 16, min = 1, max = 65536, doc = "how many there are" },
}

local PRIVATE, READABLE = "0600", "0644"

--- Writes a value as redis.conf has it.
local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(char)
    return ("\\x%02x"):format(char:byte())
  end) .. '"'
end

local function server(o, dir, mode, ...)
  local spec = {
    -- hz: Redis looks for a stop signal that often a second; with its own 10 each stop takes 0.1 s
    command = {
      "redis-server", "--port", tostring(o.port), "--dir", dir, "--save", "", "--appendonly", "no",
      "--databases", tostring(o.databases), "--hz", "100", ...,
    },
    ports = { o.port },
    -- asking by redis-cli would take 4 ms more, half as long as the start itself
    wait = { { log = "Ready to accept connections" }, { port = o.port } },
  }
  if o.password then -- in a file, not in the arguments: those are seen by every process of the room
    local path = (mode == PRIVATE and dir or "/etc") .. "/redis.conf"
    table.insert(spec.command, 2, path)
    spec.files = {
      { path = path, content = ("requirepass %s\n"):format(quoted(o.password)), mode = mode },
    }
    spec.step_env = { REDISCLI_AUTH = o.password }
  end
  return spec
end

--- Returns the service over the programs of this machine.
---@param o table the options, and `dir`
---@return table spec
function M.spec(o)
  return server(o, o.dir, PRIVATE, "--bind", "127.0.0.1")
end

--- Returns the service over an image.
---@param o table the options
---@return table spec
function M.in_image(o)
  -- its server runs as a user of the image, who must be able to read the file
  return server(o, M.data[1], READABLE, "--protected-mode", "no")
end

return M
