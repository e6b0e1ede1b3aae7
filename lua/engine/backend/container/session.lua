--- What all rooms of one run have in common in an engine: the connection, labels, the guard, the
--- agent's program, a folder of this machine.
---@class engine.backend.container.session
local client_of = require("engine.docker.client")
local docker_error = require("engine.docker.error")
local error_new = require("core.error").new
local fs = require("core.fs")
local intruders = require("engine.backend.container.intruders")
local labels = require("engine.docker.labels")
local once = require("engine.once")
local pulse_of = require("engine.docker.pulse")
local random = require("engine.random")
local reaper = require("engine.docker.reaper")
local rooms = require("core.room")
local rung = require("engine.backend.container.rung")

local M = {}

local FOLDER_MODE = tonumber("700", 8)

---@class engine.backend.container.Session: engine.docker.things.Maker
---@field engine "docker"|"podman"
---@field run string
---@field dir string      0700, of this run
---@field program string  the agent's file
---@field rung engine.backend.container.rung.Name how agents are reached
---@field rung_is_asked boolean and no other way is tried
---@field gives_no_sockets boolean to another user than this process has
---@field has_failed_to_give? boolean a socket to one
---@field sees_files boolean it has the files of this machine, as far as is known
---@field agent? string    content of its file, once it is asked for
---@field projects? table<string, table> copies of projects, by their folders
---@field engine_clock? { shift_ns: integer, at_ns: integer } of an engine elsewhere
---@field intruders? engine.backend.container.Intruders
---@field is_kept? boolean a room of it outlives the run, with the folder
local Session = {}
Session.__index = Session

--- Makes the folder of a run; noted before it is there.
local function make_folder(guard)
  local parent = os.getenv("TMPDIR")
  parent = parent and parent:sub(1, 1) == "/" and parent:gsub("(.)/+$", "%1") or "/tmp"
  local dir = ("%s/clnrm-engine-%s"):format(fs.realpath(parent) or parent, random.hex(8))
  local ok, err = guard:note("directory", dir)
  if ok then
    ok, err = fs.mkdir_p(dir, { mode = FOLDER_MODE })
  end
  return ok and dir or nil, err
end

local function build(engine, client, run, waits)
  local first, is_asked = rung.first(client.endpoint)
  if not first then
    return nil, is_asked
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
  local of_things = labels.of(run, owner)
  of_things[labels.JOURNAL] = guard:journal_path()
  local dir, program
  dir, err = make_folder(guard)
  if dir then
    program, err = rooms.agent_file(dir)
  end
  local self = setmetatable({
    engine = engine,
    run = run,
    client = client,
    labels = of_things,
    guard = guard,
    dir = dir,
    program = program,
    waits = waits,
    rung = first,
    rung_is_asked = is_asked,
    gives_no_sockets = (fs.stat("/proc/self") or {}).uid ~= 0,
    sees_files = client.endpoint.kind == "unix",
  }, Session)
  if not program then
    self:close()
    return nil, err
  end
  self.intruders = intruders.open(client, run)
  return self
end

--- Does something with a container that may take as long as it took before.
---@async
---@param kind "create"|"start"|"agent"
---@param image engine.backend.container.Image
---@param fn async fun(limit_ms: integer): any, core.Error?
---@return any result
---@return core.Error? err
function Session:timed(kind, image, fn)
  return self.waits:timed(kind, self.engine .. ", " .. image.text, fn)
end

--- Opens the session of a run, once for all who ask.
---@async
---@param sessions table<string, engine.backend.container.Session> by run
---@param engine "docker"|"podman"
---@param client engine.docker.Client
---@param run string
---@param waits engine.docker.Waits
---@return engine.backend.container.Session? session
---@return core.Error? err
function M.open(sessions, engine, client, run, waits)
  return once.keep(sessions, run, build, engine, client, run, waits)
end

local function connect(engine)
  local client, err, endpoint = client_of.connect({ engine = engine })
  err = endpoint and pulse_of.silent(endpoint, err, client_of.PING_MS) or err
  return { client = client, err = err }
end

--- Connects, once for all who ask.  That no engine answers holds for the whole run: each question
--- could take as long as the first.
---@async
---@param state table
---@param engine "docker"|"podman"
---@return engine.docker.Client? client
---@return core.Error? err
function M.connect(state, engine)
  local answer, err = once.keep(state, "answer", connect, engine)
  if not answer then
    return nil, err
  end
  return answer.client, answer.err
end

--- Makes labels that say what a thing is of.
---@param room string
---@param service? string
---@param relayed? string the service that it stands before
---@return table<string, string>
---@nodiscard
function M.labels_of(room, service, relayed)
  return { [labels.ROOM] = room, [labels.SERVICE] = service or labels.NONE,
    [labels.RELAY] = relayed or labels.NONE }
end

--- Looks whether an engine answers: what ended at its timeout may only have waited for it.
---@async
---@param client engine.docker.Client
---@return core.Error? gone EAGENT: it does not
function M.look(client)
  local ok, err = client.pulse:look()
  if ok or not docker_error.gone(err) then
    return nil
  end
  return error_new({ code = "EAGENT", op = "engine.look", message = err.message, cause = err })
end

--- Gives the session back.  What could not be removed is the watcher's.
---@async
function Session:close()
  if self.intruders then
    self.intruders:close()
  end
  if not self.is_kept then
    require("engine.backend.container.project").remove(self)
  end
  if self.dir and not self.is_kept and fs.remove_tree(self.dir) then
    self.guard:gone("directory", self.dir)
  end
  self.guard:close()
end

return M
