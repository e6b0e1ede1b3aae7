--- Labels of what clnrm makes in an engine, and whether who made it still runs.
---
--- An engine may serve several machines, and containers on them: a number of a process means
--- nothing without its machine, its boot and its pid namespace.  Where one of them is not ours, or
--- is not known, the answer is "cannot be told", and nobody removes what is of somebody else.
---@class engine.docker.labels
local fs = require("core.fs")
local hash = require("core.hash")
local proc = require("core.proc")

local M = {}

--- The filter that lists all that clnrm made has this label alone.
M.RUN = "clnrm.run"

--- Names one thing: a container whose creation was never answered is found by it.
M.THING = "clnrm.thing"

local NAMED = "clnrm-" -- and behind it the value of that label: the name of a container

--- What a thing is in its run: of which room, and the container of which service.  Not of which
--- scenario: a room that is made ahead does not know that yet.
M.ROOM, M.SERVICE = "clnrm.room", "clnrm.service"

--- Labels that say nothing are "", and not left out: an image that somebody made of a container of
--- clnrm's would say it in their place.
M.NONE = ""

--- Where the journal of its run lies: what it says is kept is kept for all who read it, whatever
--- their own state directory is.
M.JOURNAL = "clnrm.journal"

--- In place of the label of its service, the container of a relay has this one.
M.RELAY = "clnrm.relay"

--- Which variables of a container hold secrets: their names, with what no name has between them.
M.SECRET_ENV = "clnrm.secret-env"

--- Makes the value of that label.
---@param env string[] "NAME=VALUE"
---@param mask fun(text: string): string
---@return string value M.NONE: none does
---@nodiscard
function M.secret_env(env, mask)
  local names = {}
  for _, entry in ipairs(env) do
    names[#names + 1] = mask(entry) ~= entry and entry:match("^[^=]+") or nil
  end
  return table.concat(names, "=")
end

--- Reads it.
---@param value? string
---@return table<string, true> names
---@nodiscard
function M.secret_names(value)
  local names = {}
  for name in (type(value) == "string" and value or ""):gmatch("[^=]+") do
    names[name] = true
  end
  return names
end

--- Whether what the engine logs of a service may be shown as it is: its run has no secrets.
M.LOG, M.LOG_PLAIN, M.LOG_MASKED = "clnrm.log", "plain", "masked"

--- In which boot of its machine a thing was made.
M.BOOT = "clnrm.boot"

local PREFIX = "clnrm."
local NAMES = { -- of a label, without the prefix → of an owner's field
  machine = "machine", boot = "boot", ["pid-space"] = "pid_space", uid = "uid", pid = "pid",
  ["start-time"] = "start_time",
}
local VALUE_MAX = 256
local PID_MAX = 0x7fffffff
local UUID_SIZE = 36

---@class engine.docker.Owner
---@field machine? string  digest of the machine's id and host name; nil: it has no id
---@field boot? string
---@field pid_space? string its namespace, as the kernel names it
---@field uid? integer
---@field pid integer
---@field start_time integer in clock ticks since boot

local function first_line(path)
  local file = io.open(path) -- of /proc: their size is 0
  local line = file and file:read("l")
  if file then
    file:close()
  end
  return line ~= "" and line or nil
end

--- Names the machine.  Its id alone is not enough: cloned machines and containers of one image
--- share it, and it shall not be told to an engine elsewhere (machine-id(5)).
local function machine()
  local id = first_line("/etc/machine-id") or first_line("/var/lib/dbus/machine-id")
  local host = first_line("/proc/sys/kernel/hostname")
  local digest = id and host and hash.sha256("clnrm\0" .. id .. "\0" .. host)
  return digest and digest:sub(1, 32) or nil
end

local STARTED = 20 -- field 22 of /proc/PID/stat, less the two up to the name

--- Reads who a process is.  core.proc does not ask about 1, which a clnrm in a container is.
---@param who string "self", or a number
---@return integer? pid
---@return integer? start_time
local function process(who)
  local text = first_line("/proc/" .. who .. "/stat") or ""
  local pid, rest = text:match("^(%d+) %(.*%) (.*)$")
  local at = 0
  for field in (rest or ""):gmatch("%S+") do
    at = at + 1
    if at == STARTED then
      return math.tointeger(tonumber(pid)), math.tointeger(tonumber(field))
    end
  end
end

--- Tells who this process is.
---@return engine.docker.Owner? owner
---@return core.Error? err
---@nodiscard
function M.owner()
  local space, stat = fs.readlink("/proc/self/ns/pid"), fs.stat("/proc/self")
  local pid, start_time = process("self")
  if not pid or not start_time then
    return nil, require("engine.docker.error").new("ENOENT", "/proc does not tell this process")
  end
  return {
    machine = machine(),
    boot = first_line("/proc/sys/kernel/random/boot_id"),
    pid_space = space and space:match("^pid:%[(%d+)%]$"),
    uid = stat and stat.uid,
    pid = pid,
    start_time = start_time,
  }
end

--- Makes the labels of a thing.
---@param run string its id
---@param owner engine.docker.Owner
---@return table<string, string>
---@nodiscard
function M.of(run, owner)
  local labels = { [M.RUN] = run, [PREFIX .. "version"] = require("core.version").number() }
  for name, field in pairs(NAMES) do
    local value = owner[field]
    labels[PREFIX .. name] = value and tostring(value)
  end
  return labels
end

local function number(labels, name)
  local value = labels[PREFIX .. name]
  return type(value) == "string" and value:match("^%d+$") and math.tointeger(tonumber(value)) or nil
end

local function word(labels, name)
  local value = labels[PREFIX .. name]
  return type(value) == "string" and value ~= "" and #value <= VALUE_MAX and value or nil
end

--- Whether the labels are of a thing that clnrm made.  Of a container its name is to be asked as
--- well: an image that somebody made of one (`docker commit`) has its labels, and so has each
--- container of that image.
---@param labels any as the engine tells them
---@return boolean
---@nodiscard
function M.is_ours(labels)
  return type(labels) == "table" and type(labels[M.RUN]) == "string" and labels[M.RUN] ~= ""
end

--- Names a container.
---@param thing string value of its label
---@return string
---@nodiscard
function M.name_of(thing)
  return NAMED .. thing
end

--- Takes the labels that say something.
---@param labels any as the engine tells them
---@return table<string, string>
---@nodiscard
function M.said(labels)
  local said = {}
  for name, value in pairs(type(labels) == "table" and labels or {}) do
    said[name] = value ~= M.NONE and value or nil
  end
  return said
end

--- Whether a container has its labels from its image, or is somebody's by the name that he gave
--- it: what its labels name is another one.
---@param labels table as the engine tells them
---@param names any its names, as the engine tells them: with or without a "/" in front; one that is
---half gone has none
---@return boolean
---@nodiscard
function M.is_inherited(labels, names)
  local thing, is_other = labels[M.THING], false
  if type(thing) ~= "string" then
    return false -- each that clnrm makes has one
  end
  for _, name in ipairs(type(names) == "table" and names or { names }) do
    if type(name) == "string" and name:gsub("^/", "") == M.name_of(thing) then
      return false
    end
    is_other = true
  end
  return is_other
end

--- Whether a thing is of one run of one owner.  A label that is not there says nothing: an owner
--- without a machine's id gives none; one that says something else speaks against it.
---@param labels any as the engine tells them
---@param run string
---@param owner engine.docker.Owner
---@return boolean
---@nodiscard
function M.is_by(labels, run, owner)
  if not M.is_ours(labels) or labels[M.RUN] ~= run then
    return false
  end
  for name, field in pairs(NAMES) do
    local value = labels[PREFIX .. name]
    if value ~= nil and value ~= tostring(owner[field]) then
      return false
    end
  end
  return true
end

--- Whether another user made a thing, as far as its labels say.
---@param labels table<string, string>
---@param self engine.docker.Owner who asks
---@return boolean
---@nodiscard
function M.is_of_other_user(labels, self)
  local uid = number(labels, "uid")
  return uid ~= nil and uid ~= self.uid
end

local function is_running(labels, self)
  local pid, start_time = number(labels, "pid"), number(labels, "start-time")
  local uid = number(labels, "uid")
  if not pid or not start_time or not uid or pid < 1 or pid > PID_MAX then
    return nil, "its labels name no process"
  elseif word(labels, "pid-space") ~= self.pid_space or not self.pid_space then
    return nil, "it was made in another pid namespace"
  elseif uid ~= self.uid and self.uid ~= 0 then
    return nil, "another user made it" -- whose processes may be hidden
  end
  if pid == 1 then
    local _, started = process("1") -- it lives as long as its namespace
    if not started then
      return nil, "process 1 is hidden"
    end
    return started == start_time
  end
  local ok, err = proc.signal_pid(pid, start_time, 0)
  if ok or err.code == "EPERM" then
    return true
  elseif err.code == "ESRCH" then
    return false
  end
  return nil, err.message
end

--- Says whether the process that made a thing still runs.
---@param labels table<string, string> as the engine tells them
---@param self? engine.docker.Owner who asks; default this process
---@return boolean? alive nil: that cannot be told from here, and the thing is to be left alone
---@return string? why it cannot
---@nodiscard
function M.is_owner_alive(labels, self)
  if not M.is_ours(labels) then
    return nil, "clnrm did not make it"
  end
  local err
  if not self then
    self, err = M.owner()
    if not self then
      return nil, err.message
    end
  end
  local boot = word(labels, "boot")
  if not boot or not boot:match("^[%x-]+$") or #boot ~= UUID_SIZE or not self.boot then
    return nil, "its labels name no boot"
  elseif not self.machine or word(labels, "machine") ~= self.machine then
    return nil, "another machine made it"
  elseif boot ~= self.boot then
    return false
  end
  return is_running(labels, self)
end

return M
