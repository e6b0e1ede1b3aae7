--- Files that a service is given before it starts: put into its container, and read back.
---
--- An engine answers 200 to an archive that it has not taken (a cut tar, a path under a tmpfs), so
--- only what comes back the same is there.
---@class engine.backend.container.files
local error_new = require("core.error").new
local given = require("engine.backend.given")
local hash = require("core.hash")
local json = require("core.json")
local refusal = require("engine.backend.container.refusal")
local is_below = require("engine.model.host_path").is_below
local tar = require("engine.backend.container.tar")

local M = {}

local HEADERS = 64 << 10 -- of a tar with one file
local ROOT = { uid = 0, gid = 0 }

local function fail(path, why, code)
  return nil, error_new({
    code = code or "EPOLICY",
    op = "container.files",
    message = ("%s cannot be placed: %s"):format(path, why),
  })
end

--- Finds the volume of an image, which has no name, that a path is in.
local function volume_of(made, path)
  for _, mount in ipairs(made and type(made.Mounts) == "table" and made.Mounts or {}) do
    if mount.Type == "volume" and is_below(path, tostring(mount.Destination)) then
      return mount.Destination
    end
  end
end

--- Why a file cannot be placed before the start, or nil.
local function why_not(member, spec, path)
  -- it writes beside the volume, and one that is not empty does not get what the image has there
  local volume = member.session.client.engine == "podman" and volume_of(member.made, path)
  if volume and volume ~= "/project" then
    return ("%s is a volume of the image, which Podman fills at the start"):format(volume)
  end
  for _, one in ipairs(spec.tmpfs or {}) do
    if is_below(path, one.path) then
      return ("%s is a tmpfs, which is made at the start"):format(one.path)
    end
  end
  for _, one in ipairs(spec.volumes or {}) do
    if is_below(path, one.target) then
      return one.read_only and one.target .. " is a volume that cannot be written to"
        or one.target .. " is a volume: a file in it would be left in the project"
    end
  end
  return is_below(path, "/project") and "the project is there" or nil
end

local function archive(member, method, query, body)
  return member.session.client:call(method, ("/containers/%s/archive"):format(member.thing.id),
    { query = query, body = body, type = body and "application/x-tar" or nil, answer = "text",
      max = given.FILE_MAX + HEADERS })
end

local function check(member, file)
  local text, err = archive(member, "GET", { path = file.path })
  if not text then
    return nil, err
  end
  local content, mode = tar.first(text)
  if content ~= file.content then
    return fail(file.path, "it was sent, and is not there as it was sent", "EIO")
  elseif mode ~= file.mode then
    return fail(file.path, ("its mode is %04o, and not %04o"):format(mode or 0, file.mode), "EIO")
  end
  return true
end

--- Looks at a path of a container that does not run.
---@async
---@param client engine.docker.Client
---@param id string of the container
---@param path string
---@return { size: integer, mode: integer }? stat as Go has its modes
---@return core.Error? err `detail.status` 404: nothing is there
---@nodiscard
function M.look(client, id, path)
  local call, err, headers = client:ask("HEAD", ("/containers/%s/archive"):format(id),
    { query = { path = path } })
  if not call then
    return nil, err
  end
  call:close()
  local text = hash.unbase64(headers["x-docker-container-path-stat"] or "")
  local told = text and json.decode(text)
  if type(told) ~= "table" or not math.tointeger(told.size) then
    return fail(path, "the engine does not tell what is there", "EIO")
  end
  return told
end

--- Writes one file, root's, into a container that does not run, and looks whether it is there.
---@async
---@param member engine.backend.container.Member
---@param file engine.backend.container.tar.File
---@return true? ok
---@return core.Error? err
function M.write(member, file)
  local ok, err = archive(member, "PUT", { path = "/" }, tar.write({ file }, ROOT))
  local stat
  if ok then
    stat, err = M.look(member.session.client, member.thing.id, file.path)
  end
  if not stat then
    return nil, err
  elseif stat.size ~= #file.content or stat.mode ~= file.mode then
    return fail(file.path, "it was sent, and is not there as it was sent", "EIO")
  end
  return true
end

--- Says which files an engine did not take; one in the place of a folder, or below a file of the
--- image, is the file's own fault.
local function not_taken(list, err)
  if err.code == "ECANCELED" or err.code == "EPOLICY" then
    return err
  end
  local is_of_file = err.message:find("not a directory", 1, true)
    or err.message:find("is a directory", 1, true)
  return refusal.read(error_new({ code = is_of_file and "EPOLICY" or err.code,
    op = "container.files", cause = err, detail = err.detail,
    message = ("%s%s cannot be placed: %s"):format(list[1].path, list[2] and " and others" or "",
      err.message) }))
end

--- Places the files of a service in its container, which does not run.
---@async
---@param member engine.backend.container.Member
---@param spec engine.model.Service
---@return true? ok
---@return core.Error? err EPOLICY: one cannot be there; EAGENT: the engine failed
function M.place(member, spec)
  local list = {}
  for i, file in ipairs(spec.files or {}) do
    local why = why_not(member, spec, file.path)
    if why then
      return fail(file.path, why)
    end
    local content, err = given.content(file)
    if not content then
      return nil, err
    end
    list[i] = { path = file.path, content = content, mode = file.mode }
  end
  if not list[1] then
    return true
  end
  local owner, err = member:find_user(spec.user or spec.root.config.user) -- who is to read them
  local ok
  if owner then
    ok, err = archive(member, "PUT", { path = "/" }, tar.write(list, owner))
  end
  for _, file in ipairs(ok and list or {}) do
    if ok then
      ok, err = check(member, file)
    end
  end
  return ok and true or nil, not ok and not_taken(list, err) or nil
end

return M
