--- How the project is shown in containers: mounted from this machine, or, where the engine does not
--- see this machine's files, from a copy.
---
--- The copy is a volume of the run, filled through a container that never runs, once for all rooms;
--- rooms mount it read-only, so that the engine keeps it so.
---@class engine.backend.container.project
local body = require("engine.backend.container.body")
local build = require("engine.docker.build")
local core = require("core.task")
local error_new = require("core.error").new
local files = require("engine.backend.container.files")
local given = require("engine.backend.given")
local json = require("core.json")
local once = require("engine.once")
local things = require("engine.docker.things")

local M = {}

M.PATH = given.PROJECT
M.SIZE_MAX = 1 << 30
local IDLE_MS = 60000

local OF_PROJECT = { ELIMIT = true, EIMAGE = true } -- what it is made of, not the engine

--- Says that the project is not where it was, where it could not be read.
---@param dir string
---@param err core.Error of a copy of it
---@return core.Error? moved EPOLICY
---@nodiscard
function M.moved(dir, err)
  local is_read = err.op == build.OP and err.code ~= "ELIMIT"
  return is_read and given.look(dir, M.PATH) or nil
end

local function fail(dir, err)
  return nil, M.moved(dir, err) or error_new({
    code = OF_PROJECT[err.code] and "EPROJECT" or "EAGENT",
    op = "container.project",
    message = ("%s cannot be copied to the engine, which does not see this machine's files: %s")
      :format(dir, err.message),
    cause = err,
    detail = { help = 'leave it out: [room] project = "none"' },
  })
end

--- Lets a source write so much and no more.
---@param source engine.docker.Source
---@param most integer bytes
---@return engine.docker.Source
---@nodiscard
function M.limited(source, most)
  return function(write)
    local size = 0
    return source(function(text)
      size = size + #text
      if size > most then
        return nil, error_new({ code = "ELIMIT", op = "container.project",
          message = ("it has more than %d MiB"):format(most >> 20) })
      end
      return write(text)
    end)
  end
end

--- Looks whether the last thing of a copy is there: of an archive that was cut nothing is.
---@async
---@param client engine.docker.Client
---@param holder engine.docker.Thing a container
---@param last engine.docker.TarEntry
---@return true? ok
---@return core.Error? err
function M.check(client, holder, last)
  local told, err = files.look(client, holder.id, M.PATH .. "/" .. last.name)
  if not told then
    return nil, err
  end
  if last.type == "file" and told.size ~= last.size then
    return nil, error_new({ code = "EIO", op = "container.project",
      message = ("%s was sent, and is not there as it was sent"):format(last.name) })
  end
  return true
end

--- The mount of a volume with the project in it.
---@param volume engine.docker.Thing
---@param is_read_only boolean
---@return table
---@nodiscard
function M.mount_of(volume, is_read_only)
  return {
    Type = "volume", Source = volume.id, Target = M.PATH, ReadOnly = is_read_only,
    VolumeOptions = { NoCopy = true },
  }
end

--- Fills a volume.
local function fill(session, dir, volume, image)
  local source, list = build.folder(dir)
  if not source then
    return nil, list
  end
  local holder, err = things.make(session, "container", {
    Image = image,
    Entrypoint = json.array({ body.AGENT }), -- never started
    HostConfig = { NetworkMode = "none", Mounts = json.array({ M.mount_of(volume, false) }) },
  })
  if not holder then
    return nil, err
  end
  local ok
  ok, err = session.client:call("PUT", ("/containers/%s/archive"):format(holder.id), {
    query = { path = M.PATH }, feed = M.limited(source, M.SIZE_MAX), type = "application/x-tar",
    answer = "text", timeout_ms = 0, idle_ms = IDLE_MS,
  })
  if ok and #list > 0 then
    ok, err = M.check(session.client, holder, list[#list])
  end
  core.shield(things.unmake, session, holder)
  return ok and true or nil, err
end

local function copy(session, dir, image)
  local volume, err = things.make(session, "volume", { Driver = "local" })
  local ok
  if volume then
    ok, err = fill(session, dir, volume, image)
  end
  if ok then
    return volume
  elseif volume then
    core.shield(things.unmake, session, volume)
  end
  if err.code == "ECANCELED" then
    return nil, err
  end
  return fail(dir, err)
end

--- Copies a project; that it cannot be copied, whatever the engine does, is kept like a copy.
local function copy_or_refusal(session, dir, image)
  local volume, err = copy(session, dir, image)
  if volume or err.code == "EPROJECT" then
    return { volume = volume, err = err }
  end
  return nil, err
end

--- Makes the mount that shows a project, read-only.
---@async
---@param session engine.backend.container.Session
---@param dir string
---@param image string id of one that the engine has
---@return table? mount
---@return core.Error? err EPROJECT; EPOLICY: it is not where it was; EAGENT: of the engine
function M.mount(session, dir, image)
  if session.sees_files then
    return body.bind(dir, M.PATH, true)
  end
  session.projects = session.projects or {}
  local one, err = once.keep(session.projects, dir, copy_or_refusal, session, dir, image)
  if not one or not one.volume then
    return nil, err or one.err
  end
  return M.mount_of(one.volume, true)
end

--- Refuses volumes of a service that an engine elsewhere cannot show.
---@param session engine.backend.container.Session
---@param spec engine.model.Service
---@return true? ok
---@return core.Error? err EMACHINE
---@nodiscard
function M.check_volumes(session, spec)
  local first = spec.volumes and spec.volumes[1]
  if session.sees_files or not first then
    return true
  end
  return nil, error_new({
    code = "EMACHINE",
    op = "container.volumes",
    message = ("the volume %s of the service '%s' cannot be had: the engine at %s does not see "
      .. "the files of this machine"):format(first.target, spec.name, session.client.endpoint.name),
    detail = { help = "give it `files`, which are copied, or use an engine of this machine" },
  })
end

--- Removes the copies of a run.
---@async
---@param session engine.backend.container.Session
function M.remove(session)
  for dir, one in pairs(session.projects or {}) do
    session.projects[dir] = nil
    if one.volume then
      core.shield(things.unmake, session, one.volume)
    end
  end
end

return M
