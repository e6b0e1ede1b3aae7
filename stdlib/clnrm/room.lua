--- Rooms as tests see them: commands, files.
---
--- What a room does is the engine's; this is the object that a test holds.
local host = require("clnrm.host")

---@class clnrm.Result what became of a command
---@field exit_code? integer  nil when a signal ended it
---@field signal? integer
---@field ok boolean          it exited with 0
---@field stdout string
---@field stderr string
---@field timed_out boolean   it was killed at its deadline
---@field duration_ms number
---@field rusage { user_ms: number, system_ms: number, max_rss_kb: integer }
---@field cut { stdout: integer, stderr: integer } bytes of its outputs that were not kept

---@class clnrm.ExecOptions
---@field env? table<string, string|number|boolean>
---@field cwd? string      relative to /room
---@field user? string|integer whom it runs as, of the image; a sandbox room has one, "room"
---@field stdin? string
---@field timeout? number|string seconds, or "500ms"; default 30 s
---@field service? string  in whose place it runs: its environment, directory and files
---@field check? boolean   another end than exit 0 fails the test

---@class clnrm.StartOptions
---@field env? table<string, string|number|boolean>
---@field cwd? string
---@field user? string|integer
---@field stdin? string    all of its input; without it, `Process:write`
---@field timeout? number|string then it is killed
---@field service? string  in whose place it runs

---@class clnrm.WaitSpec one of port, http, log, cmd and file
---@field port? integer    somebody listens on it
---@field http? string     an address in the room answers
---@field status? integer  of http; default 200
---@field body? string     of http: what the answer holds
---@field log? string      a line of the service's outputs that matches
---@field times? integer   of log
---@field cmd? string[]|string a command exits with 0
---@field file? string     it is there
---@field service? string  in whose place, and while it runs
---@field timeout? number|string default 30 s

---@class clnrm.RoomSpec
---@field image? "host"
---@field project? "ro"|"copy"|"none" how the project is shown at /project
---@field env? table<string, string|number|boolean>
---@field inherit_env? string[] variables of clnrm's own environment
---@field user? string|integer in an image: "user" or "user:group", names or numbers
---@field services? table<string, table> started with the room; the keys of `[services.NAME]`
---@field files? table<string, string>|clnrm.FileSpec[]
---@field limits? table<string, integer> of the whole room, as `[limits]` of a test file
---@field policy? table<string, any> what is forbidden in it, as `policy` of a scenario

---@class clnrm.FileSpec
---@field path string
---@field content? string
---@field from? string  a file of the project
---@field mode? integer

---@class clnrm.Room
local Room = {}

local handles = setmetatable({}, { __mode = "k" })

local function handle_of(room, method)
  return handles[room]
    or host.current().misuse(("Room:%s: call it with a colon, room:%s(…)"):format(method, method))
end

--- Runs a command to its end: a list as it is, a text by `sh -c`.
---@async
---@param command string[]|string
---@param opts? clnrm.ExecOptions
---@return clnrm.Result? result
---@return core.Error? err it could not be started: COMMAND_NOT_FOUND, EACCES
function Room:exec(command, opts)
  return handle_of(self, "exec"):exec(command, opts)
end

--- Starts a command that runs beside the test.
---@async
---@param command string[]|string
---@param opts? clnrm.StartOptions
---@return clnrm.Process? process
---@return core.Error? err it could not be started
function Room:start(command, opts)
  return handle_of(self, "start"):start(command, opts)
end

--- Writes a file; missing directories are made.
---@async
---@param path string relative to /room
---@param content string
---@param opts? { mode?: integer }
---@return true? ok
---@return core.Error? err
function Room:put(path, content, opts)
  return handle_of(self, "put"):put(path, content, opts)
end

--- Reads a file.
---@async
---@param path string relative to /room
---@return string? content
---@return core.Error? err ENOENT, EFBIG (64 MiB at most)
function Room:get(path)
  return handle_of(self, "get"):get(path)
end

--- Says whether something is at a path; a link counts, wherever it points.
---@async
---@param path string relative to /room
---@return boolean? exists
---@return core.Error? err
function Room:exists(path)
  return handle_of(self, "exists"):exists(path)
end

--- Returns a service of the room.
---@param name string
---@return clnrm.Service
function Room:service(name)
  return handle_of(self, "service"):service(name)
end

--- Waits until something is so in the room; counts as a check, and fails the test at its timeout.
---@async
---@param spec clnrm.WaitSpec
---@return true
function Room:wait(spec)
  return handle_of(self, "wait"):wait(spec)
end

--- Ends the room and what runs in it; also at the end of its scope (`<close>`), and at the end of
--- the test.  A second call does nothing.
---@async
function Room:close()
  handle_of(self, "close"):close()
end

local meta = {
  __index = Room,
  __name = "clnrm.Room",
  __metatable = false,
  __newindex = function(_, key)
    host.current().misuse(("a room has no field '%s' to be set"):format(tostring(key)))
  end,
  __close = function(room)
    handles[room]:close()
  end,
  __tostring = function(room)
    return handles[room].room and "clnrm.Room" or "clnrm.Room (closed)"
  end,
}

local M = {}

--- Returns what stands behind a room, for the other modules of the API.
---@param room any
---@param what string the call, for the message
---@return table handle
function M.handle(room, what)
  return handles[room] or host.current().misuse(what .. ": the first argument must be a room")
end

--- Makes the object of a room.
---@param handle table
---@return clnrm.Room
function M.new(handle)
  local room = setmetatable({}, meta)
  handles[room] = handle
  return room
end

return M
