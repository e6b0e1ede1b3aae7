--- What all rooms of one run have in common in an engine: the connection, labels, the guard, the
--- agent's program, a folder of this machine.
---@class engine.backend.container.session
local client_of = require("engine.docker.client")
local core = require("core.task")
local docker_error = require("engine.docker.error")
local fs = require("core.fs")
local labels = require("engine.docker.labels")
local reaper = require("engine.docker.reaper")
local rooms = require("core.room")

local M = {}

local FOLDER_MODE = tonumber("700", 8)

--- What to do where an engine is elsewhere.
M.LOCAL = "name an engine of this machine: DOCKER_HOST=unix:///var/run/docker.sock"

---@class engine.backend.container.Session: engine.docker.things.Maker
---@field engine "docker"|"podman"
---@field run string
---@field dir string      0700, of this run
---@field program string  the agent's file
local Session = {}
Session.__index = Session

--- Makes the folder of a run; noted before it is there.
local function make_folder(guard)
  local parent = os.getenv("TMPDIR")
  parent = parent and parent:sub(1, 1) == "/" and parent:gsub("(.)/+$", "%1") or "/tmp"
  local dir = ("%s/clnrm-engine-%x"):format(fs.realpath(parent) or parent, math.random(1 << 60))
  local ok, err = guard:note("directory", dir)
  if ok then
    ok, err = fs.mkdir_p(dir, { mode = FOLDER_MODE })
  end
  return ok and dir or nil, err
end

local function build(engine, client, run)
  if client.endpoint.kind ~= "unix" then
    return nil, docker_error.new("ENOTSUP", ("rooms of an engine are joined by a socket of this "
      .. "machine in this build, and %s is reached by %s"):format(client.endpoint.name,
      client.endpoint.kind), M.LOCAL)
  end
  local owner, err = labels.owner()
  if not owner then
    return nil, err
  end
  local guard
  guard, err = reaper.guard({ endpoint = client.endpoint, run_id = run, owner = owner })
  if not guard then
    return nil, err
  end
  local dir, program
  dir, err = make_folder(guard)
  if dir then
    program, err = rooms.agent_file(dir)
  end
  local self = setmetatable({
    engine = engine,
    run = run,
    client = client,
    labels = labels.of(run, owner),
    guard = guard,
    dir = dir,
    program = program,
  }, Session)
  if not program then
    self:close()
    return nil, err
  end
  return self
end

--- Opens the session of a run, once for all who ask.
---@async
---@param sessions table<string, table> by run: what was opened, or is about to be
---@param engine "docker"|"podman"
---@param client engine.docker.Client
---@param run string
---@return engine.backend.container.Session? session
---@return core.Error? err
function M.open(sessions, engine, client, run)
  local one = sessions[run]
  if not one then
    one = { ready = core.event() }
    sessions[run] = one
    one.session, one.err = core.shield(build, engine, client, run)
    one.ready:set()
  end
  local ok, err = one.ready:wait()
  if not ok then
    return nil, err
  end
  return one.session, one.err
end

--- Connects, once for all who ask.
---@async
---@param state { event?: core.task.Event, client?: engine.docker.Client, err?: core.Error }
---@param engine "docker"|"podman"
---@return engine.docker.Client? client
---@return core.Error? err
function M.connect(state, engine)
  if not state.event then
    state.event = core.event()
    state.client, state.err = core.shield(client_of.connect, { engine = engine })
    state.event:set()
  end
  local ok, err = state.event:wait()
  if not ok then
    return nil, err
  end
  return state.client, state.err
end

--- Gives the session back.  What could not be removed is the watcher's.
---@async
function Session:close()
  if self.dir and fs.remove_tree(self.dir) then
    self.guard:gone("directory", self.dir)
  end
  self.guard:close()
end

return M
