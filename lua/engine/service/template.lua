--- Data that a service starts from, made once for this machine and user, as that of a database.
---
--- Made by a command in a room of its own, in a directory of the user's cache: under a passing
--- name, renamed when it is whole, behind a lock, so that several clnrm make it once, and one that
--- is killed leaves nothing that is taken for whole.  Rooms show it through an overlay: what they
--- write is their own.  Where there is no cache it is made in the service's own room; where there
--- can be no overlay it is copied.
---@class engine.service.template
local clock = require("core.clock")
local error_new = require("core.error").new
local fs = require("core.fs")
local hash = require("core.hash")
local lock = require("core.lock")
local mask = require("engine.service.mask")
local task = require("clnrm.task")
local version = require("core.version")

local M = {}

M.MAKE_MS = 120000
M.LOCK_MS = 180000 -- for another clnrm that makes it
M.UPPER = { size = 512 << 20, inodes = 100000 } -- what a room may change of it
M.overlay = true -- false: copied always

local PAUSE_MS = 20
local PRIVATE = 448 -- 0700

local made = {} ---@type table<string, string> id → its data
local failed = {} ---@type table<string, core.Error> id → why it could not be made

local function fail(code, message, cause)
  return nil, error_new({ code = code, op = "service.template", message = message, cause = cause })
end

local function own_uid()
  local stat = fs.stat("/proc/self")
  return stat and stat.uid
end

--- Finds the directory of all templates, which nobody else can write to.
---@return string? dir
---@return core.Error? err
function M.directory()
  local base, home = os.getenv("XDG_CACHE_HOME"), os.getenv("HOME")
  if not base or base:sub(1, 1) ~= "/" then
    if not home or home:sub(1, 1) ~= "/" or not fs.exists(home) then
      return fail("ENOENT", "neither XDG_CACHE_HOME nor HOME names a directory")
    end
    base = home .. "/.cache"
  end
  local dir = base .. "/clnrm/templates"
  local ok, err = fs.mkdir_p(dir, { mode = PRIVATE })
  local stat = ok and fs.lstat(dir)
  if not ok then
    return nil, err
  elseif not stat or stat.type ~= "directory" or stat.uid ~= own_uid() or stat.mode & 18 ~= 0 then
    return fail("EPERM", dir .. " is not a directory that only this user can write to")
  end
  return fs.realpath(dir) -- a room follows no link
end

local function env_text(template)
  local parts = {}
  for i, pair in ipairs(template.env or {}) do
    parts[i] = pair[1] .. "=" .. pair[2]
  end
  return table.concat(parts, "\0")
end

--- Names a template: by all that decides what is in it.
---@param template engine.model.Service.Template
---@return string
---@nodiscard
function M.id(template)
  local parts = {
    version.number(), tostring(own_uid()), template.key, template.into, template.stdin or "",
    env_text(template), table.concat(template.argv, "\0"),
  }
  return hash.xxh128(string.pack(("s"):rep(#parts), table.unpack(parts)))
end

local function last_lines(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return table.concat(lines, "; ", math.max(1, #lines - 4))
end

--- Runs the command of a template.
---@async
---@param room engine.backend.Room
---@param spec engine.model.Service
---@param where? engine.backend.Where
---@return true? ok
---@return core.Error? err
function M.run(room, spec, where)
  local template = spec.template
  local result, err = room:exec({
    service = { env = template.env or {}, cwd = "/tmp", view = where and where.view },
    argv = template.argv,
    label = ("service %q"):format(spec.name),
    stdin = template.stdin,
    timeout_ms = M.MAKE_MS,
    out_max = 1 << 20,
  })
  if not result then
    return nil, err
  end
  local text = last_lines((result:stderr(4096) or ""))
  if text == "" then
    text = last_lines((result:stdout(4096) or ""))
  end
  result:close()
  if result.exit_code == 0 then
    return true
  end
  local how = result.timed_out and ("had not ended after %d s"):format(M.MAKE_MS // 1000)
    or result.signal and ("was killed by signal %d"):format(result.signal)
    or ("ended with exit code %d"):format(result.exit_code)
  return fail("ETEMPLATE", mask.new(spec.secrets)(("the command that makes its data %s%s"):format(
    how, text ~= "" and ": " .. text or "")))
end

--- Makes the data in a directory of the host.
local function make_in(dir, spec, backend)
  local into = spec.template.into
  local dirs = {}
  for at in into:gmatch("()/") do
    if at > 1 then
      dirs[#dirs + 1] = into:sub(1, at - 1)
    end
  end
  local room <close>, err = backend.open({
    name = "template of " .. spec.name,
    room = { project = "none" },
    dirs = dirs,
    shelf = { { kind = "rw", source = dir, target = "/data" } },
  })
  if not room then
    return nil, err
  end
  local view
  view, err = room:view({ { kind = "rw", source = "@data", target = into } })
  if not view then
    return nil, err
  end
  return M.run(room, spec, { view = view })
end

local function remove_leftovers(dir, id)
  for _, entry in ipairs(fs.scandir(dir) or {}) do
    if entry.name:sub(1, #id + 5) == id .. ".tmp-" then
      fs.remove_tree(dir .. "/" .. entry.name)
    end
  end
end

local function is_there(path)
  local stat = fs.lstat(path)
  return stat ~= nil and stat.type == "directory"
end

local function make(dir, id, spec, backend)
  remove_leftovers(dir, id) -- of a clnrm that was killed: whoever makes it holds the lock
  local passing = ("%s/%s.tmp-%d"):format(dir, id, clock.now())
  local ok, err = fs.mkdir_p(passing, { mode = PRIVATE })
  if ok then
    ok, err = make_in(passing, spec, backend)
  end
  if ok then
    ok, err = fs.rename(passing, dir .. "/" .. id)
  end
  if not ok then
    fs.remove_tree(passing)
  end
  return ok, err
end

local function take_lock(path)
  local waited = 0
  while true do
    local held, err = lock.try(path)
    if held or err.code ~= "EAGAIN" then
      return held, err
    elseif waited > M.LOCK_MS then
      return fail("ETIMEDOUT", "another clnrm has been making the same data for too long")
    end
    local ok
    ok, err = task.sleep(PAUSE_MS)
    if not ok then
      return nil, err
    end
    waited = waited + PAUSE_MS
  end
end

local function find_or_make(spec, id, backend)
  local dir, err = M.directory()
  if not dir then
    return nil, err
  end
  local path = dir .. "/" .. id
  if is_there(path) then
    return path
  end
  local held <close>, lock_err = take_lock(path .. ".lock")
  if not held then
    return nil, lock_err
  elseif is_there(path) then -- by another, while it was waited for
    return path
  end
  local ok
  ok, err = make(dir, id, spec, backend)
  return ok and path or nil, err
end

--- Finds the data of a service on the host; makes it when it is not there.
---@async
---@param spec engine.model.Service
---@param backend? engine.backend
---@return string? path nil: it is made in the service's own room (or `trouble` says why it cannot)
---@return core.Error? err
function M.ensure(spec, backend)
  local id = M.id(spec.template)
  if made[id] and is_there(made[id]) then
    return made[id]
  end
  local path, err = find_or_make(spec, id, backend or require("engine.backend.sandbox"))
  made[id] = path
  failed[id] = not path and err.code == "ETEMPLATE" and err or nil
  return path, err
end

--- Says why the data of a service cannot be made.
---@param spec engine.model.Service
---@return core.Error?
---@nodiscard
function M.trouble(spec)
  return failed[M.id(spec.template)]
end

--- Whether a room shows the data that `ensure` found.
---@param spec engine.model.Service
---@return boolean
---@nodiscard
function M.is_shown(spec)
  return made[M.id(spec.template)] ~= nil
end

--- The operation by which a view shows the data at its place.
---@param spec engine.model.Service
---@param source string where the room shows it
---@return core.room.Op? # nil: it has to be copied or made
---@nodiscard
function M.op(spec, source)
  if M.overlay and M.is_shown(spec) then
    return {
      kind = "copy",
      source = source,
      target = spec.template.into,
      size = M.UPPER.size,
      inodes = M.UPPER.inodes,
    }
  end
end

--- Puts the data into its place in a room whose view does not show it: copied, or made there.
---@async
---@param rt engine.service.Runtime
---@param source string where the room shows it
---@return true? ok
---@return core.Error? err
function M.fill(rt, source)
  local into, is_shown = rt.spec.template.into, M.is_shown(rt.spec)
  local result, err = rt.room:exec({
    service = rt,
    argv = is_shown and { "cp", "-a", "--no-target-directory", source, into }
      or { "mkdir", "-p", "-m", "700", into },
    cwd = "/tmp",
    timeout_ms = M.MAKE_MS,
  })
  if not result then
    return nil, err
  end
  local text = last_lines((result:stderr(4096) or ""))
  result:close()
  if result.exit_code ~= 0 then
    return fail("EIO", "its data could not be put in its place: " .. text)
  end
  return is_shown or M.run(rt.room, rt.spec, { view = rt.view })
end

return M
