--- The sandbox backend: rooms on this machine, without daemon, root or image.
---
--- Policy only: what a room shows (engine.backend.sandbox_root), its environment, its limits.  The
--- mechanism is core.room.  Everything that is equal between rooms is made once.
---@class engine.backend.sandbox: engine.backend
local error_new = require("core.error").new
local fs = require("core.fs")
local hint = require("engine.backend.sandbox_hint")
local http = require("engine.backend.http_probe")
local rooms = require("core.room")
local root = require("engine.backend.sandbox_root")

local M = { name = "sandbox" }

local FILTER = 0 -- slot of the one filter of system calls

--- What every command may use at most; the kernel's rlimits.
M.LIMITS = {
  core = 0,
  data = 4 << 30,
  fsize = 1 << 30,
  memlock = 0,
  nofile = 1024,
  nproc = 1024,
}

--- Bytes of each output that are kept, half from its beginning and half from its end.
M.OUTPUT_MAX = 64 << 20

--- Arguments of a command, and variables of its environment, at most (core.room's own limit).
M.WORDS_MAX = 4096

--- Directories that no project is: showing one of them would show the host, or everybody's files.
--- The user's home is another, unless it holds a clnrm.toml.
M.NOT_A_PROJECT = {
  ["/"] = true,
  ["/boot"] = true,
  ["/dev"] = true,
  ["/etc"] = true,
  ["/home"] = true,
  ["/media"] = true,
  ["/mnt"] = true,
  ["/opt"] = true,
  ["/proc"] = true,
  ["/root"] = true,
  ["/run"] = true,
  ["/srv"] = true,
  ["/sys"] = true,
  ["/tmp"] = true,
  ["/usr"] = true,
  ["/var"] = true,
  ["/var/tmp"] = true,
}

---@class engine.backend.Isolation # what a room really is cut off from, each in a few words
---@field net string
---@field fs string
---@field pid string
---@field user string
---@field limits string
---@field clock string
---@field steps? { name: string, what: string }[] as the agent did them; from `probe` only

---@class engine.backend.OpenSpec
---@field name? string        of the scenario, for messages
---@field project_dir? string absolute; needed unless `room.project` is "none"
---@field room? { project?: "ro"|"copy"|"none", env?: string[][], inherit_env?: string[] }
---@field run_id? string

---@class engine.backend.Exec
---@field argv? string[]      the command; or
---@field shell? string       a text for `sh -c`
---@field name? string        for `logs`
---@field env? string[][]     { name, value }, over the room's own
---@field cwd? string         relative to /room
---@field stdin? string|true  its input, or true: `Process:write`
---@field timeout_ms? number  then its process group is killed
---@field out_max? integer    bytes kept of each output
---@field merge? boolean      stderr goes where stdout goes
---@field keep_group? boolean a service: what it leaves running lives on

---@class engine.backend.Result
---@field exit_code? integer
---@field signal? integer
---@field timed_out boolean
---@field duration_ms number
---@field rusage { user_ms: number, system_ms: number, max_rss_kb: integer }
---@field leaked? string[]    names of processes that outlived it and were killed
---@field stdout_bytes integer all that was written
---@field stderr_bytes integer
local Result = {}
Result.__index = Result

--- Returns what is kept of stdout, at most `max` bytes of it: head and tail.
---@param max? integer
---@return string? text
---@return integer|core.Error cut bytes that are not in `text`
function Result:stdout(max)
  return self.process:stdout(max)
end

--- The same for stderr.
---@param max? integer
---@return string? text
---@return integer|core.Error cut
function Result:stderr(max)
  return self.process:stderr(max)
end

--- Gives back what is kept of the outputs; they cannot be read afterwards.
function Result:close()
  self.process:close()
end

---@class engine.backend.Room
---@field isolation engine.backend.Isolation
local Room = {}
Room.__index = Room

-- Environment

--- Variables of every command, before the file's own.  Nothing of clnrm's own environment.
---@type string[][]
M.ENVIRONMENT = {
  { "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
  { "HOME", root.HOME },
  { "USER", root.USER },
  { "LOGNAME", root.USER },
  { "SHELL", "/bin/sh" },
  { "LANG", "C.UTF-8" },
  { "TZ", "UTC" },
  { "HOSTNAME", root.HOSTNAME },
  { "TMPDIR", "/tmp" },
}

--- Makes the list that a command gets: of two values for one name the later stands.
---@param ... string[][]
---@return string[]
local function make_environment(...)
  local place, list = {}, {}
  for _, pairs_of in ipairs({ ... }) do
    for _, pair in ipairs(pairs_of) do
      local at = place[pair[1]] or #list + 1
      place[pair[1]] = at
      list[at] = pair[1] .. "=" .. pair[2]
    end
  end
  return list
end

--- Finds the value of a variable in such a list.
local function value_of(list, name)
  for _, entry in ipairs(list) do
    if entry:sub(1, #name + 1) == name .. "=" then
      return entry:sub(#name + 2)
    end
  end
  return ""
end

local function inherited(names)
  local list = {}
  for _, name in ipairs(names or {}) do
    local value = os.getenv(name)
    if value then
      list[#list + 1] = { name, value }
    end
  end
  return list
end

-- Rooms

local function read_text(path)
  local file = io.open(path) -- /proc has no sizes to read by
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text
end

--- Whether something is mounted below a directory: an overlay would show an empty place there.
---@param dir string real path
---@param mountinfo string as /proc/self/mountinfo has it
---@return boolean
function M.has_mounts_below(dir, mountinfo)
  for point in mountinfo:gmatch("[^\n]*") do
    point = point:match("^%d+ %d+ %S+ %S+ (%S+)") or ""
    point = point:gsub("\\(%d%d%d)", function(octal)
      return string.char(tonumber(octal, 8))
    end)
    if point:sub(1, #dir + 1) == dir .. "/" then
      return true
    end
  end
  return false
end

local views = {} -- project directory → how a read-only project is shown: "ro" or "bind"

--- A read-only project is shown through an overlay, in which the sockets and FIFOs of the directory
--- are not the host's; by a plain bind where there are mounts below it or no overlay can be made.
local function view_of(project, dir)
  if project ~= "ro" then
    return project
  end
  if not views[dir] then
    local mountinfo = read_text("/proc/self/mountinfo") or ""
    views[dir] = M.has_mounts_below(fs.realpath(dir) or dir, mountinfo) and "bind" or "ro"
  end
  return views[dir]
end

local IMAGES_MAX = 64 -- one for each project directory; a run has few
local images, image_count = {}, 0 -- project and its directory → core.room.Image

local function image_of(project, project_dir)
  local key = project .. "\0" .. (project ~= "none" and project_dir or "")
  local image = images[key]
  if image then
    return image
  end
  local program, err = rooms.filter()
  if not program then
    return nil, err
  end
  image, err = rooms.image({
    hostname = root.HOSTNAME,
    uid = root.UID,
    gid = root.GID,
    root_size = root.ROOT.size,
    root_inodes = root.ROOT.inodes,
    ops = root.operations(project, project_dir),
    filters = { program },
  })
  if image_count == IMAGES_MAX then
    images, image_count = {}, 0
  end
  images[key] = image
  image_count = image_count + 1
  return image, err
end

local function limits_text()
  local names, parts = {}, {}
  for name in pairs(M.LIMITS) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = name .. "=" .. M.LIMITS[name]
  end
  local text = ("rlimits %s; tmpfs %d MiB; no cgroup"):format(
    table.concat(parts, " "), root.PLACES["/room"].size >> 20)
  if (read_text("/proc/self/status") or ""):match("\nUid:%s*%d+%s+0%s") then
    text = text .. "; nproc does not bind root" -- the kernel exempts the user that a room maps to
  end
  return text
end

local isolation ---@type engine.backend.Isolation? the same for all rooms

--- Tells what rooms are isolated by, without making one.
---@return engine.backend.Isolation
function M.isolation()
  isolation = isolation or {
    net = "own namespace, loopback only",
    fs = "own namespace, allow-list read-only",
    pid = "own namespace",
    user = ("own namespace, uid %d, no capabilities, seccomp"):format(root.UID),
    limits = limits_text(),
    clock = "host",
  }
  return isolation
end

--- Why no room can be made here, in a sentence with what to look at; nil when that cannot be told.
---@overridable
---@param read fun(path: string): string? a file as text
---@return string?
function M.explain_refusal(read)
  local function number(path)
    return tonumber(read(path) or "")
  end
  if number("/proc/sys/user/max_user_namespaces") == 0 then
    return "this machine allows no user namespaces: user.max_user_namespaces is 0 "
      .. "(sysctl user.max_user_namespaces)"
  elseif number("/proc/sys/kernel/unprivileged_userns_clone") == 0 then
    return "this machine lets only root make user namespaces: "
      .. "kernel.unprivileged_userns_clone is 0 (sysctl kernel.unprivileged_userns_clone)"
  elseif number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1 then
    return "AppArmor restricts user namespaces here: "
      .. "kernel.apparmor_restrict_unprivileged_userns is 1 "
      .. "(sysctl kernel.apparmor_restrict_unprivileged_userns)"
  elseif (read("/proc/self/status") or ""):match("\nSeccomp:%s*2") then
    return "clnrm runs under a seccomp filter, as in a default container: rooms need one that "
      .. "allows user namespaces and mounts"
  end
end

local function refusal(err)
  local why = err.code == "EROOM" and M.explain_refusal(read_text)
  if not why then
    err.detail = err.detail or { help = hint.remedy(err.message) }
    return err
  end
  return error_new({
    code = "EROOM",
    op = "sandbox.open",
    message = "no room can be made: " .. why,
    cause = err,
    detail = { help = hint.remedy(why) },
  })
end

local function is_no_project(dir)
  local home = os.getenv("HOME")
  local is_home = home and home ~= "" and fs.realpath(home) == dir
  local is_meant = fs.exists(dir .. "/clnrm.toml") or fs.exists(dir .. "/cleanroom.toml")
  return M.NOT_A_PROJECT[dir] or (is_home and not is_meant)
end

local function check_project(project, dir)
  if project == "none" then
    return true
  elseif project ~= "ro" and project ~= "copy" then
    error(("room.project is '%s'"):format(tostring(project)), 3)
  end
  local message
  if type(dir) ~= "string" or dir:sub(1, 1) ~= "/" then
    message = "the project directory must be an absolute path"
  elseif is_no_project(fs.realpath(dir) or dir) then
    message = ("%s cannot be a project, since a room would show all of it: put the tests into a "
      .. "directory of their own, or set [room] project = \"none\""):format(dir)
  end
  if message then
    return nil, error_new({ code = "EPROJECT", op = "sandbox.open", message = message })
  end
  return true
end

--- Opens the mechanism of a room.
---@async
local function open_core(project, dir)
  local view = view_of(project, dir)
  local image, err = image_of(view, dir)
  if not image then
    return nil, err
  end
  local core
  core, err = rooms.open(image)
  if core or err.code ~= "EROOM" or view ~= "ro" then
    return core, err, view
  end
  image = image_of("bind", dir) -- was it the overlay that this file system cannot have?
  core = image and rooms.open(image)
  if not core then
    return nil, err
  end
  views[dir] = "bind"
  return core, nil, "bind"
end

local by_bind ---@type engine.backend.Isolation?

local function isolation_by(view)
  if view ~= "bind" then
    return M.isolation()
  elseif not by_bind then
    by_bind = {}
    for key, value in pairs(M.isolation()) do
      by_bind[key] = value
    end
    by_bind.fs = by_bind.fs .. "; project by bind: sockets and FIFOs in it are the host's"
  end
  return by_bind
end

--- Makes a room.
---@async
---@param spec engine.backend.OpenSpec
---@return engine.backend.Room? room
---@return core.Error? err
function M.open(spec)
  local wanted = spec.room or {}
  local project = wanted.project or "ro"
  local ok, err = check_project(project, spec.project_dir)
  if not ok then
    return nil, err
  end
  local core, view
  core, err, view = open_core(project, spec.project_dir)
  if not core then
    return nil, refusal(err)
  end
  return setmetatable({
    name = spec.name,
    core = core,
    isolation = isolation_by(view),
    base = { M.ENVIRONMENT, inherited(wanted.inherit_env), wanted.env or {} },
    project_dir = project ~= "none" and spec.project_dir or nil,
    named = {},
  }, Room)
end

--- Tells whether rooms can be made here, by making one.
---@async
---@return engine.backend.Isolation? isolation
---@return core.Error? err its message is a plain sentence
function M.probe()
  local room, err = M.open({ room = { project = "none" } })
  if not room then
    return nil, err
  end
  local found = { steps = room.core:isolation() }
  for key, value in pairs(room.isolation) do
    found[key] = value
  end
  local closed
  closed, err = room:close()
  if not closed then
    return nil, err
  end
  return found
end

local function directory(cwd)
  if not cwd or cwd == "" then
    return root.DIRECTORY
  end
  return cwd:sub(1, 1) == "/" and cwd or root.DIRECTORY .. "/" .. cwd
end

--- Starts a command.
---@async
---@param opts engine.backend.Exec
---@return core.room.Process? process
---@return core.Error? err it could not be started: COMMAND_NOT_FOUND, EACCES...; the room is lost:
---EAGENT, EPROTO
function Room:start(opts)
  local env = self.env or make_environment(table.unpack(self.base))
  self.env = env
  if opts.env and opts.env[1] then
    local base = self.base
    env = make_environment(base[1], base[2], base[3], opts.env)
  end
  local words = math.max(#env, opts.argv and #opts.argv or 0)
  if words > M.WORDS_MAX then
    local what = words == #env and "variables" or "arguments"
    local message = ("%d %s, of %d at most"):format(words, what, M.WORDS_MAX)
    return nil, error_new({ code = "ELIMIT", op = "room.spawn", message = message })
  end
  local process, err = self.core:spawn({
    argv = opts.shell and { "/bin/sh", "-c", opts.shell } or opts.argv,
    env = env,
    cwd = directory(opts.cwd),
    stdin = opts.stdin,
    deadline_ms = opts.timeout_ms,
    out_max = opts.out_max or M.OUTPUT_MAX,
    merge = opts.merge,
    keep_group = opts.keep_group,
    limits = M.LIMITS,
    filter = FILTER,
  })
  if process and opts.name then
    self.named[opts.name] = process
  elseif not process and opts.argv then
    local about = { path = value_of(env, "PATH"), project_dir = self.project_dir }
    err.detail = err.detail or { help = hint.could_not_start(err, opts.argv, about) }
  end
  return process, err
end

local function names_of(text)
  local list = {}
  for name in text:gmatch("[^,]+") do
    list[#list + 1] = name
  end
  return list
end

--- Runs a command to its end.
---@async
---@param opts engine.backend.Exec
---@return engine.backend.Result? result
---@return core.Error? err as `start`
function Room:exec(opts)
  local process, err = self:start(opts)
  if not process then
    return nil, err
  end
  local ended
  ended, err = process:wait()
  if not ended then
    process:close()
    return nil, err
  end
  return setmetatable({
    process = process,
    exit_code = ended.code,
    signal = ended.signal,
    timed_out = ended.timed_out,
    duration_ms = ended.duration_ms,
    rusage = ended.rusage,
    leaked = ended.leaked > 0 and names_of(ended.leak_names) or nil,
    stdout_bytes = ended.stdout.bytes,
    stderr_bytes = ended.stderr.bytes,
  }, Result)
end

--- Writes a file; missing directories are made.
---@async
---@param path string
---@param content string
---@param mode? integer
---@return true? ok
---@return core.Error? err
function Room:put(path, content, mode)
  return self.core:put(directory(path), content, mode)
end

--- Reads a file; EFBIG when it is longer than `max`.
---@async
---@param path string
---@param max? integer
---@return string? content
---@return core.Error? err
function Room:get(path, max)
  return self.core:get(directory(path), max)
end

--- Looks at a path, links not followed.
---@async
---@param path string
---@return { kind: string, mode: integer, size: integer }? stat kind "absent" when nothing is there
---@return core.Error? err
function Room:stat(path)
  return self.core:stat(directory(path))
end

--- Asks once whether something is ready: a port of the room answers, a file is there, or a page of
--- a server in the room has this status (200) and holds this text.
---@async
---@param what { port?: integer, file?: string, http?: string, status?: integer, body?: string }
---@return true? ready
---@return core.Error? err why not
function Room:probe(what)
  if what.http then
    return http.probe(self.core, what)
  elseif what.port then
    return self.core:probe(what.port)
  end
  local stat, err = self:stat(what.file)
  if stat and stat.kind == "absent" then
    local message = what.file .. " is not there"
    return nil, error_new({ code = "ENOENT", op = "room.probe", message = message })
  end
  return stat and true or nil, err
end

--- Opens a byte stream to a port of the room.
---@async
---@param port integer
---@return core.room.Stream? stream
---@return core.Error? err
function Room:dial(port)
  return self.core:dial(port)
end

--- Carries connections to a port of the room's loopback to one address of the host.
---@async
---@param port integer
---@param target { port?: integer, path?: string }
---@return core.room.Relay? relay
---@return core.Error? err
function Room:relay(port, target)
  return self.core:relay(port, target)
end

--- Carries connections to a port of the host's loopback to a port of the room.
---@param port integer
---@param host_port? integer default: any that is free
---@return core.room.Relay? relay
---@return core.Error? err
function Room:publish(port, host_port)
  return self.core:publish(port, host_port)
end

--- Returns the last output of a command that was started with a name.
---@param name string
---@param max? integer bytes of each stream (default 64 KiB)
---@return { stdout: string, stderr: string }? logs nil when there is no such command
function Room:logs(name, max)
  local process = self.named[name]
  if not process then
    return nil
  end
  max = max or 65536
  return { stdout = process:stdout(max) or "", stderr = process:stderr(max) or "" }
end

--- Returns the number of the room's first process on the host.
---@return integer
function Room:pid()
  return self.core:pid()
end

--- Gives the room up without ending it.
---@async
---@param seconds integer it ends by itself after so long
---@return true? ok
---@return core.Error? err
function Room:keep(seconds)
  return self.core:keep(seconds)
end

--- Ends the room and waits until nothing of it is left; also `__close`.
---@async
---@return { killed: integer }? info killed: processes that were still alive
---@return core.Error? err it was not there to the end
function Room:close()
  local killed, err = self.core:close()
  if not killed and err then
    return nil, err
  end
  return { killed = killed or 0 }
end
Room.__close = Room.close

return M
