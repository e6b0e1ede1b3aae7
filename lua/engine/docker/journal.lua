--- The journal of a run in an engine: a line before something is made there, one when it is gone.
---
--- A file for each run, in the state directory, that its clnrm holds locked (flock) while it
--- lives: one whose lock is free was left by a clnrm that ended before all was gone.  Lines are not
--- brought to the disk: they outlive SIGKILL in the page cache, and after a loss of power the
--- labels of what is there say that it is of another boot.
---@class engine.docker.journal
local clock = require("core.clock")
local docker_error = require("engine.docker.error")
local fs = require("core.fs")
local json = require("core.json")
local lock = require("core.lock")
local random = require("engine.random")

local M = {}

M.SCHEMA = "clnrm.engine-journal/1"
M.BYTES_MAX = 16 << 20 -- of one: some 80,000 things
M.FILES_MAX = 1000 -- that are looked at
M.AGE_MAX_S = 30 * 24 * 3600 -- then one whose engine is never there any more is given up

local DIR_MODE = tonumber("700", 8)
local FILE_MODE = tonumber("600", 8)
local OTHERS = tonumber("077", 8)
local NAME_MAX = 4096
local DEPTH_MAX = 8
local NS = 1000000000
local HIDDEN_AGE_NS = 60 * NS

---@alias engine.docker.Kind "container"|"network"|"volume"|"directory"

---@class engine.docker.journal.Head its first line
---@field run string
---@field owner engine.docker.Owner
---@field endpoint engine.docker.Endpoint

---@class engine.docker.journal.Entry something that is there, or may be
---@field kind engine.docker.Kind
---@field name string
---@field until_s? integer kept until then: wall clock, seconds
---@field id? string of a container that is kept: it is the run's whatever its name becomes

---@class engine.docker.Journal
---@field path string
---@field private lock core.lock.Lock
---@field private open table<string, true>
---@field private bytes integer
---@field private is_torn boolean the last line may be there in part
local Journal = {}
Journal.__index = Journal

local function refuse(code, message, help)
  return nil, docker_error.new(code, message, help, "docker.journal")
end

--- Names the directory of the journals, whether it is there or not.
---@return string? dir
---@return core.Error? err
---@nodiscard
function M.directory()
  local dir, err = require("engine.runs.store").directory()
  return dir and (dir:gsub("/runs$", "/engines")), err
end

--- Makes the directory; only this user can enter it.
local function prepare()
  local dir, err = M.directory()
  if not dir then
    return nil, err
  end
  local ok
  ok, err = fs.mkdir_p(dir, { mode = DIR_MODE })
  local stat, own = ok and fs.lstat(dir), fs.stat("/proc/self")
  if not ok then
    return nil, err
  elseif not stat or stat.type ~= "directory" then
    return refuse("ENOTDIR", dir .. " is not a directory")
  elseif own and stat.uid ~= own.uid then
    return refuse("EPERM", dir .. " belongs to another user")
  elseif stat.mode & OTHERS ~= 0 then
    ok, err = fs.chmod(dir, DIR_MODE)
  end
  return ok and dir or nil, err
end

local function encode(line)
  return assert(json.encode(line, { invalid = "replace" })) .. "\n"
end

local function key_of(kind, name)
  return kind .. "\0" .. name
end

--- What a journal says of an endpoint: all that it takes to connect, nothing that is secret.
local function endpoint_of(endpoint)
  local copy = {}
  for key, value in pairs(endpoint) do
    copy[key] = key ~= "fallback" and value or nil
  end
  return copy
end

--- Makes the head of a journal.
---@param run string
---@param owner engine.docker.Owner
---@param endpoint engine.docker.Endpoint
---@return engine.docker.journal.Head
---@nodiscard
function M.head(run, owner, endpoint)
  return { schema = M.SCHEMA, run = run, owner = owner, endpoint = endpoint_of(endpoint) }
end

--- Names a new journal, in a directory that is there: its watcher is to know it before it is made.
---@return string? path
---@return core.Error? err
---@nodiscard
function M.new_path()
  local dir, err = prepare()
  return dir and ("%s/%s.jsonl"):format(dir, random.hex(8)), err
end

--- Where a journal is until it has its head.
local function hidden_of(path)
  return (path:gsub("/(%x+)%.jsonl$", "/.new-%1"))
end

--- Removes a journal, or what there is of it so far.
---@param path string
function M.forget(path)
  fs.remove(hidden_of(path))
  fs.remove(path)
end

--- Makes the journal of a run of this process.
---@param head engine.docker.journal.Head
---@param path string of `new_path`
---@return engine.docker.Journal? journal
---@return core.Error? err then nothing may be made in the engine
---@nodiscard
function M.create(head, path)
  local hidden = hidden_of(path)
  local held, err = lock.try(hidden)
  if not held then
    return nil, err
  end
  local text, ok = encode(head)
  ok, err = fs.append(hidden, text, { mode = FILE_MODE })
  if ok then -- each that can be seen has a head, and a living owner or none
    ok, err = fs.rename(hidden, path)
  end
  if not ok then
    fs.remove(hidden)
    held:close()
    return nil, err
  end
  return setmetatable({
    path = path, lock = held, open = {}, bytes = #text, is_torn = false,
  }, Journal)
end

local function write(self, line)
  local text = (self.is_torn and "\n" or "") .. encode(line)
  if self.bytes + #text > M.BYTES_MAX then
    return refuse("ELIMIT", ("%s has %d MiB already"):format(self.path, M.BYTES_MAX >> 20))
  end
  local ok, err = fs.append(self.path, text, { mode = FILE_MODE })
  self.is_torn = not ok
  self.bytes = self.bytes + #text
  return ok, err
end

--- Notes that something is about to be made.
---@param kind engine.docker.Kind
---@param name string what it will be found by: its name, or the value of one of its labels
---@return true? ok
---@return core.Error? err then it must not be made
function Journal:note(kind, name)
  if #name > NAME_MAX then
    return refuse("ELIMIT", ("a name of a %s has %d bytes"):format(kind, #name))
  end
  local ok, err = write(self, { make = kind, name = name })
  if not ok then
    local out = docker_error.new(err.code,
      ("the %s is not made: it cannot be noted in %s: %s"):format(kind, self.path, err.message),
      "without the note it could be left behind for ever; XDG_STATE_HOME names another place",
      "docker.journal")
    out.cause = err
    return nil, out
  end
  self.open[key_of(kind, name)] = true
  return true
end

--- Notes that something is gone, or was not made.  Where that cannot be written, it is looked for
--- once more than needed.
---@param kind engine.docker.Kind
---@param name string as it was noted
function Journal:gone(kind, name)
  local key = key_of(kind, name)
  if self.open[key] then
    self.open[key] = nil
    write(self, { gone = kind, name = name })
  end
end

--- Notes that something is left alone until a time.
---@param kind engine.docker.Kind
---@param name string as it was noted
---@param until_s integer wall clock, seconds
---@param id? string of a container
---@return true? ok
---@return core.Error? err then it is not kept
function Journal:keep(kind, name, until_s, id)
  return write(self, { keep = kind, name = name, until_s = until_s, id = id })
end

--- Whether all that was noted is gone.
---@return boolean
---@nodiscard
function Journal:is_clear()
  return next(self.open) == nil
end

--- Gives the journal up.  It stays when something may be left.
function Journal:close()
  if self.lock then
    if self:is_clear() then
      fs.remove(self.path)
    end
    self.lock:close()
    self.lock = nil
  end
end

local function is_head(value)
  return type(value) == "table" and value.schema == M.SCHEMA and type(value.run) == "string"
    and value.run ~= "" and type(value.owner) == "table" and type(value.endpoint) == "table"
    and type(value.endpoint.base) == "string" and type(value.endpoint.engine) == "string"
end

--- Takes one line into what is open; returns false for one that says nothing.
local function take(open, value)
  local kind = type(value) == "table" and (value.make or value.gone or value.keep)
  if type(kind) ~= "string" or type(value.name) ~= "string" then
    return false
  end
  local key = key_of(kind, value.name)
  if value.make then
    open[key] = { kind = kind, name = value.name }
  elseif value.gone then
    open[key] = nil
  elseif open[key] then
    open[key].until_s = math.tointeger(value.until_s)
    open[key].id = type(value.id) == "string" and value.id or nil
  end
  return true
end

---@class engine.docker.journal.Text
---@field head engine.docker.journal.Head
---@field open engine.docker.journal.Entry[]
---@field is_damaged boolean a line of it cannot be read

--- Reads a journal.  A line that was cut, by a full disk say, is passed over.
---@param path string
---@return engine.docker.journal.Text? text
---@return core.Error? err
---@nodiscard
function M.read(path)
  local bytes, err = fs.read(path, { max = M.BYTES_MAX, nofollow = true })
  if not bytes then
    return nil, err
  end
  local head, open, is_damaged = nil, {}, false
  for line in bytes:gmatch("[^\n]+") do
    local value = json.decode(line, { depth = DEPTH_MAX })
    if not head then
      if not is_head(value) then
        break
      end
      head = value
    elseif not take(open, value) then
      is_damaged = true
    end
  end
  if not head then
    return refuse("ESYNTAX", path .. " is no journal of an engine")
  end
  local list = {}
  for _, entry in pairs(open) do
    list[#list + 1] = entry
  end
  table.sort(list, function(a, b)
    return key_of(a.kind, a.name) < key_of(b.kind, b.name)
  end)
  return { head = head, open = list, is_damaged = is_damaged }
end

---@class engine.docker.journal.Left one whose clnrm has ended, or cannot be read
---@field path string
---@field text? engine.docker.journal.Text nil: it cannot be read
---@field err? core.Error why
---@field age_s integer since its last line
---@field lock? core.lock.Lock held by who found it

--- Looks whether the owner of a journal has ended.
local function look(path)
  local held, err = lock.try(path)
  if not held then
    return err.code ~= "EAGAIN" and { path = path, err = err, age_s = 0 } or nil
  end
  local stat = fs.lstat(path)
  if not stat or stat.size == 0 then
    fs.remove(path) -- it was removed before we asked, and the lock has made it anew
    held:close()
    return nil
  end
  local text
  text, err = M.read(path)
  return {
    path = path, text = text, err = err, lock = held,
    age_s = math.max(0, (clock.wall() - stat.mtime_ns) // NS),
  }
end

--- Finds the journals whose clnrm has ended.  Each is to be given back by `settle`.
---@return engine.docker.journal.Left[]
---@nodiscard
function M.left()
  local list, dir = {}, M.directory()
  for _, entry in ipairs(dir and fs.scandir(dir) or {}) do
    local path = dir .. "/" .. entry.name
    if entry.name:match("^%x+%.jsonl$") and #list < M.FILES_MAX then
      list[#list + 1] = look(path)
    elseif entry.name:match("^%.new%-%x+$") then
      local stat, held = fs.lstat(path), nil
      if stat and clock.wall() - stat.mtime_ns > HIDDEN_AGE_NS then
        held = lock.try(path)
      end
      if held then
        fs.remove(path)
        held:close()
      end
    end
  end
  return list
end

--- Gives a journal back.
---@param left engine.docker.journal.Left
---@param is_done? boolean nothing of it is left: it is removed
function M.settle(left, is_done)
  if is_done then
    fs.remove(left.path)
  end
  if left.lock then
    left.lock:close()
    left.lock = nil
  end
end

--- Lists the heads of the journals whose clnrm lives.
---@return engine.docker.journal.Head[]
---@nodiscard
function M.living()
  local list, dir = {}, M.directory()
  for _, entry in ipairs(dir and fs.scandir(dir) or {}) do
    local path = dir .. "/" .. entry.name
    local is_one = entry.name:match("^%x+%.jsonl$") and #list < M.FILES_MAX
    local left = is_one and look(path)
    local text = is_one and not left and M.read(path)
    list[#list + 1] = text and text.head or nil
    if left then
      M.settle(left)
    end
  end
  return list
end

return M
