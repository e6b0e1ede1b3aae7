--- The directory of run records: where it is, what is in it, what is taken out again.
---
--- A record is a file SEQUENCE-ID.ndjson that its writer holds locked while it lives (flock): it is
--- made under a hidden name, locked, given its header, and only then named, so that each file that
--- can be seen has a header and a living owner, or none.  Files of other names are not ours.
local clock = require("core.clock")
local error_new = require("core.error").new
local fs = require("core.fs")
local lock = require("core.lock")
local random = require("engine.random")

local M = {}

M.RUNS_MAX = 100
M.BYTES_MAX = 1 << 30
M.AGE_MAX_S = 30 * 24 * 3600

local DIR_MODE = tonumber("700", 8)
local OTHERS = tonumber("077", 8)
local HIDDEN_AGE_NS = 60 * 1000000000 -- a hidden file without an owner is left alone so long
local NS = 1000000000
local LIVE_TRIES = 3
local ABSENT = { ENOENT = true, ENOTDIR = true }

---@class engine.runs.File
---@field path string
---@field id string
---@field sequence integer
---@field bytes integer
---@field mtime_ns integer

local function refuse(code, message)
  return nil, error_new({ code = code, op = "runs.directory", message = message })
end

local function is_directory(path)
  local stat = fs.stat(path)
  return stat and stat.type == "directory"
end

--- Names the directory of the records, whether it is there or not.
---@param env? fun(name: string): string?
---@return string? dir
---@return core.Error? err
function M.directory(env)
  env = env or os.getenv
  local base = env("XDG_STATE_HOME")
  if base and base:sub(1, 1) == "/" then
    return base .. "/clnrm/runs"
  end
  local home = env("HOME")
  if not home or home == "" then
    return refuse("ENOENT", "neither XDG_STATE_HOME nor HOME is set")
  elseif home:sub(1, 1) ~= "/" or not is_directory(home) then
    return refuse("ENOENT", ("HOME (%s) is no directory"):format(home))
  end
  return home .. "/.local/state/clnrm/runs"
end

--- Makes one of our folders: no link, ours, and only this user can enter it.
local function own_folder(dir)
  local ok, err = fs.mkdir_p(dir, { mode = DIR_MODE })
  local stat = ok and fs.lstat(dir)
  local own = fs.stat("/proc/self")
  if not ok then
    return nil, err
  elseif not stat or stat.type ~= "directory" then
    return refuse("ENOTDIR", ("%s is not a directory%s"):format(dir,
      stat and stat.type == "link" and ", but a link, which is not followed" or ""))
  elseif own and stat.uid ~= own.uid then
    return refuse("EPERM", dir .. " belongs to another user")
  elseif stat.mode & OTHERS ~= 0 then
    return fs.chmod(dir, DIR_MODE)
  end
  return true
end

--- Makes the directory, and `clnrm` above it, which is ours as well; above that is the user's.
---@return string? dir
---@return core.Error? err
function M.prepare()
  local dir, err = M.directory()
  if not dir then
    return nil, err
  end
  local ok
  ok, err = own_folder((dir:match("^(.*)/")))
  if ok then
    ok, err = own_folder(dir)
  end
  return ok and dir or nil, err
end

--- Returns what the name of a record says; nil: it is none.
local function parse_name(entry)
  local sequence, id = entry.name:match("^(%d+)%-(%x+)%.ndjson$")
  if sequence and entry.type == "file" then
    return math.tointeger(tonumber(sequence)) or 0, id
  end
end

--- Lists the records that are there, the oldest first.  Their order is that of their numbers: it
--- does not turn when the clock is set.
---@param dir string
---@return engine.runs.File[] files
---@return string[] hidden paths of files that are on their way, or were left there
---@return core.Error? err the directory is there and cannot be read
function M.files(dir)
  local files, hidden = {}, {}
  local entries, err = fs.scandir(dir, { stat = true })
  if entries or ABSENT[err.code] then
    err = nil
  end
  for _, entry in ipairs(entries or {}) do
    local sequence, id = parse_name(entry)
    local path = dir .. "/" .. entry.name
    if sequence then
      files[#files + 1] = {
        path = path,
        id = id,
        sequence = sequence,
        bytes = entry.size,
        mtime_ns = entry.mtime_ns,
      }
    elseif entry.type == "file" and entry.name:match("^%.new%-%x+$") then
      hidden[#hidden + 1] = path
    end
  end
  table.sort(files, function(a, b)
    if a.sequence ~= b.sequence then
      return a.sequence < b.sequence
    end
    return a.id < b.id
  end)
  return files, hidden, err
end

--- Makes a record: a file of its own, locked, with its header.
---@param header fun(id: string): string its first line, with a newline
---@return { id: string, path: string, lock: core.lock.Lock }? made
---@return core.Error? err
function M.create(header)
  local dir, err = M.prepare()
  if not dir then
    return nil, err
  end
  local taken, last = {}, 0
  for _, entry in ipairs(fs.scandir(dir) or {}) do
    local sequence, id = parse_name(entry)
    if sequence then
      taken[id], last = true, math.max(last, sequence)
    end
  end
  local id
  repeat
    id = random.hex(4)
  until not taken[id]
  local hidden = dir .. "/.new-" .. id
  local held, why = lock.try(hidden)
  if not held then
    return nil, why
  end
  local path = ("%s/%08d-%s.ndjson"):format(dir, last + 1, id)
  local ok
  ok, err = fs.append(hidden, header(id))
  if ok then
    ok, err = fs.rename(hidden, path)
  end
  if not ok then
    fs.remove(hidden)
    held:close()
    return nil, err
  end
  return { id = id, path = path, lock = held }
end

--- Whether the writer of a record lives.
---@param path string
---@return boolean
function M.is_live(path)
  for _ = 1, LIVE_TRIES do -- another who asks at this moment holds it as well
    local held <close> = lock.try(path)
    if held then
      local stat = fs.lstat(path)
      if stat and stat.size == 0 then
        fs.remove(path) -- it was removed before we asked, and the lock has made it anew
      end
      return false
    end
  end
  return true
end

--- Removes a record whose writer is gone.
---@param path string
---@return boolean is_removed
---@return core.Error? err EAGAIN: its run goes on
function M.remove(path)
  local held <close>, err = lock.try(path)
  if not held then
    return false, err
  end
  local ok
  ok, err = fs.remove(path)
  return ok == true, err
end

local function remove_hidden(paths)
  for _, path in ipairs(paths) do
    local stat = fs.lstat(path)
    if stat and clock.wall() - stat.mtime_ns > HIDDEN_AGE_NS then
      M.remove(path)
    end
  end
end

---@class engine.runs.Limits
---@field runs? integer
---@field bytes? integer
---@field age_s? integer

--- Finds the records beyond the limits, the oldest first.
---@param files engine.runs.File[] oldest first
---@param limits engine.runs.Limits
---@return engine.runs.File[]
---@nodiscard
function M.beyond(files, limits)
  local count, bytes, list = #files, 0, {}
  for _, file in ipairs(files) do
    bytes = bytes + file.bytes
  end
  local oldest = clock.wall() - (limits.age_s or M.AGE_MAX_S) * NS
  for _, file in ipairs(files) do
    if count > (limits.runs or M.RUNS_MAX) or bytes > (limits.bytes or M.BYTES_MAX)
      or file.mtime_ns < oldest then
      list[#list + 1] = file
      count, bytes = count - 1, bytes - file.bytes
    end
  end
  return list
end

--- Removes the records beyond the limits; those whose run goes on stay.  One process at a time:
--- another that comes meanwhile leaves it to the first.
---@param limits? engine.runs.Limits
---@return engine.runs.File[] removed
---@return core.Error? err
function M.prune(limits)
  local dir, err = M.directory()
  if not dir then
    return {}, err
  end
  local stat
  stat, err = fs.stat(dir)
  if not stat or stat.type ~= "directory" then
    return {}, err and not ABSENT[err.code] and err or nil
  end
  local held <close>, why = lock.try(dir .. "/.prune")
  if not held then
    return {}, why
  end
  local files, hidden
  files, hidden, err = M.files(dir)
  if err then
    return {}, err
  end
  remove_hidden(hidden)
  local removed = {}
  for _, file in ipairs(M.beyond(files, limits or {})) do
    if M.remove(file.path) then
      removed[#removed + 1] = file
    end
  end
  return removed
end

return M
