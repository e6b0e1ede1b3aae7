--- Files that a service is given before it starts: put into its container, and read back.
---
--- An engine answers 200 to an archive that it has not taken (a cut tar, a path under a tmpfs), so
--- only what comes back the same is there.
---@class engine.backend.container.files
local error_new = require("core.error").new
local fs = require("core.fs")
local tar = require("engine.backend.container.tar")

local M = {}

M.FILE_MAX = 16 << 20
local HEADERS = 64 << 10 -- of a tar with one file

local function fail(path, why, code)
  return nil, error_new({
    code = code or "EINVAL",
    op = "container.files",
    message = ("%s cannot be placed: %s"):format(path, why),
  })
end

local function is_below(path, dir)
  return path == dir or path:sub(1, #dir + 1) == dir .. "/"
end

--- Why a file cannot be placed before the start, or nil.
local function why_not(spec, path)
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
  return is_below(path, "/project") and "the project is read-only" or nil
end

local function content_of(file)
  if file.content then
    return file.content
  end
  return fs.read(file.from, { max = M.FILE_MAX, nolinks = true }) -- it was real when it was named
end

local function archive(member, method, query, body)
  return member.session.client:call(method, ("/containers/%s/archive"):format(member.thing.id),
    { query = query, body = body, type = body and "application/x-tar" or nil, answer = "text",
      max = M.FILE_MAX + HEADERS })
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

--- Places the files of a service in its container, which does not run.
---@async
---@param member engine.backend.container.Member
---@param spec engine.model.Service
---@return true? ok
---@return core.Error? err
function M.place(member, spec)
  local list = {}
  for i, file in ipairs(spec.files or {}) do
    local why = why_not(spec, file.path)
    if why then
      return fail(file.path, why)
    end
    local content, err = content_of(file)
    if not content then
      return nil, err
    end
    list[i] = { path = file.path, content = content, mode = file.mode }
  end
  if not list[1] then
    return true
  end
  local ok, err = archive(member, "PUT", { path = "/" }, tar.write(list))
  for _, file in ipairs(ok and list or {}) do
    if ok then
      ok, err = check(member, file)
    end
  end
  return ok and true or nil, err
end

return M
