--- A container without an agent in it, with the calls that a room with one has: by the engine's own
--- exec, and the image's own programs where it needs one.
---
--- What cannot be had is an error, never a value that looks like an answer.
---@class engine.backend.container.rung.exec_core
local error_new = require("core.error").new
local exec_process = require("engine.backend.container.rung.exec_process")
local task = require("core.task")

local M = {}

local HELPER_MS = 20000
local NOT_THERE, NO_RIGHT = 44, 45 -- what the texts below exit with
local NET_LISTEN = "0A"
local NET_MAX = 1 << 20
local GET_MAX = 64 << 20

-- $1 is a path.  A path is absent where its nearest folder that is there may be searched.
local ABSENT = [[d=${1%/*}
while [ -n "$d" ] && [ ! -d "$d" ]; do d=${d%/*}; done
[ -x "${d:-/}" ] || exit 45
exit 44
]]
local STAT = [[if [ -e "$1" ] || [ -L "$1" ]; then exec stat -c "%f %s" "$1"; fi
]] .. ABSENT
local GET = [[if [ -e "$1" ] || [ -L "$1" ]; then exec cat "$1"; fi
]] .. ABSENT
local PUT = [[mkdir -p "$2" && cat >"$1" && chmod "$3" "$1"]]

---@class engine.backend.container.rung.ExecCore
---@field private member engine.backend.container.Member
local Core = {}
Core.__index = Core

--- Makes one.
---@param member engine.backend.container.Member
---@return engine.backend.container.rung.ExecCore
---@nodiscard
function M.new(member)
  return setmetatable({ member = member }, Core)
end

local function fail(op, code, message)
  return nil, error_new({ code = code, op = op, message = message })
end

local function unmet(op, what)
  return fail(op, "EMACHINE", what .. " needs clnrm's agent, which is not in this container")
end

--- Starts a command.
---@async
---@param spec core.room.Spawn
---@return engine.backend.container.rung.ExecProcess? process
---@return core.Error? err
function Core:spawn(spec)
  local killed_for = self.member.killed_for
  if killed_for then
    return fail("room.spawn", "EAGENT",
      ("the container was killed, since %s could not be ended otherwise"):format(killed_for))
  elseif spec.limits and next(spec.limits) then
    return unmet("room.spawn", "a limit of one command")
  elseif spec.stdin ~= nil and self.member.session.client.endpoint.base:match("^https:") then
    return unmet("room.spawn", "the end of `stdin`, over TLS,")
  end
  local user = spec.user
  if type(user) == "table" then
    user = ("%d:%d"):format(user.uid, user.gid)
  end
  local argv = spec.argv
  if spec.merge then
    argv = { "/bin/sh", "-c", 'exec "$@" 2>&1', "sh", table.unpack(argv) }
  end
  return exec_process.start(self.member, {
    argv = argv, env = spec.env or {}, cwd = spec.cwd or "/", user = user, stdin = spec.stdin,
    deadline_ms = spec.deadline_ms, out_max = spec.out_max or 64 << 20,
  })
end

-- what the image's programs say, in the words of libc
local WORDS = {
  { "ermission denied", "EACCES" }, { "Is a directory", "EISDIR" },
  { "Not a directory", "ENOTDIR" }, { "o such file or directory", "ENOENT" },
  { "nonexistent", "ENOENT" }, { "Read-only file system", "EROFS" }, { "No space left", "ENOSPC" },
}

local function code_of(said)
  for _, pair in ipairs(WORDS) do
    if said:find(pair[1], 1, true) then
      return pair[2]
    end
  end
  return "EIO"
end

--- Runs a text of ours by the image's own /bin/sh.
local function run(self, op, text, args, opts)
  local process, err = self:spawn({
    argv = { "/bin/sh", "-c", text, "sh", table.unpack(args) },
    env = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C" },
    stdin = opts and opts.stdin, out_max = opts and opts.max or NET_MAX, deadline_ms = HELPER_MS,
  })
  if not process then
    if err.code == "COMMAND_NOT_FOUND" then
      return unmet(op, "a container without /bin/sh")
    end
    return nil, err
  end
  local ended
  ended, err = process:wait()
  if not ended then
    process:close()
    return nil, err
  end
  local out, said = process:stdout() or "", process:stderr(4096) or ""
  process:close()
  if ended.code == 0 then
    return out, ended.stdout
  elseif ended.code == NOT_THERE then
    return fail(op, "ENOENT", args[1] .. ": No such file or directory")
  elseif ended.code == NO_RIGHT then
    return fail(op, "EACCES", args[1] .. ": Permission denied")
  elseif ended.code == 127 then
    return unmet(op, "a container without `cat`, `stat`, `mkdir` or `chmod`")
  end
  return fail(op, code_of(said), ("%s: %s"):format(args[1],
    said:match("([^\n]+)\n*$") or "its contents cannot be had"))
end

--- Looks whether commands can be run at all.
---@async
---@return true? ok
---@return core.Error? err
function Core:check()
  local out, err = run(self, "room.start", ":", {})
  return out and true or nil, err
end

--- Writes a file, as the container's user; missing directories are made.
---@async
---@param path string
---@param content string
---@param mode? integer
---@return true? ok
---@return core.Error? err
function Core:put(path, content, mode)
  local parent = path:match("^(.*)/[^/]*$")
  local ok, err = run(self, "room.put", PUT, { path, parent == "" and "/" or parent,
    ("%o"):format(mode or 420) }, { stdin = content })
  return ok and true or nil, err
end

--- Reads a file; EFBIG when it is longer than `max`.
---@async
---@param path string
---@param max? integer
---@return string? content
---@return core.Error? err
function Core:get(path, max)
  max = max or GET_MAX
  local text, about = run(self, "room.get", GET, { path }, { max = max + 1 })
  if not text then
    return nil, about
  elseif about.bytes > max then
    return fail("room.get", "EFBIG", ("%s: it has more than %d bytes"):format(path, max))
  end
  return text
end

local KINDS = { [4] = "directory", [8] = "file", [10] = "link" } -- S_IFMT >> 12

--- Looks at a path, links not followed.
---@async
---@param path string
---@return { kind: string, mode: integer, size: integer }? stat kind "absent" when nothing is there
---@return core.Error? err
function Core:stat(path)
  local text, err = run(self, "room.stat", STAT, { path })
  if not text and err.code == "ENOENT" then
    return { kind = "absent", mode = 0, size = 0 }
  elseif not text then
    return nil, err
  end
  local mode, size = text:match("^(%x+) (%d+)\n$")
  mode = mode and tonumber(mode, 16)
  if not mode then
    return unmet("room.stat", "a container whose `stat` is neither GNU's nor busybox's")
  end
  return { kind = KINDS[mode >> 12] or "other", mode = mode & 4095,
    size = math.tointeger(tonumber(size)) }
end

--- Whether somebody listens on a port, as the kernel's tables of the container's network say.
---@async
---@param port integer
---@return true? ready
---@return core.Error? err ECONNREFUSED
function Core:probe(port)
  local text, err = run(self, "room.probe", 'cat "$1"; cat "$2" 2>/dev/null; true',
    { "/proc/net/tcp", "/proc/net/tcp6" })
  if not text then
    return nil, err
  elseif not text:find("local_address", 1, true) then
    return fail("room.probe", "EIO", "the container's /proc/net/tcp cannot be read")
  end
  for line in text:gmatch("[^\n]+") do
    local local_port, state = line:match("^%s*%d+: %x+:(%x+) %x+:%x+ (%x%x) ")
    if state == NET_LISTEN and tonumber(local_port, 16) == port then
      return true
    end
  end
  return fail("room.probe", "ECONNREFUSED", "Connection refused")
end

--- There is nobody who would carry bytes.
---@return nil
---@return core.Error
function Core:dial() -- luacheck: ignore 212/self
  return unmet("room.dial", "a connection into a room")
end

---@return nil
---@return core.Error
function Core:relay() -- luacheck: ignore 212/self
  return unmet("room.relay", "a connection out of a room")
end

---@return nil
---@return core.Error # of what this machine cannot give
function Core:publish() -- luacheck: ignore 212/self
  return unmet("service.publish", "a published port")
end

--- Returns the number of its first process on the machine of the engine; 0: not known.
---@return integer
function Core:pid()
  local told = self.member.told
  return told and math.tointeger((told.State or {}).Pid) or 0
end

--- Lets the container outlive this process; the watcher of the run ends it.
---@return true
function Core:keep() -- luacheck: ignore 212/self
  return true
end

--- Whether a line of `ps -ef` is of a process that has ended, for which nobody waits.
local function is_ended(columns)
  return type(columns) == "table" and tostring(columns[#columns]):find("<defunct>$") ~= nil
end

--- Tells how many processes there are beside the first one; the container is removed by its owner.
---@async
---@return integer? killed
---@return core.Error? err EAGENT: it does not run any more
function Core:close()
  if self.member.killed_for then
    return 0
  end
  local told, err = task.shield(self.member.session.client.call, self.member.session.client, "GET",
    ("/containers/%s/top"):format(self.member.thing.id))
  local list = told and told.Processes
  if type(list) ~= "table" then -- null of one that ends just now
    return fail("room.close", "EAGENT", "the container does not run"
      .. (told and "" or ": " .. err.message))
  end
  local count = -1 -- less the first one
  for _, columns in ipairs(list) do
    count = count + (is_ended(columns) and 0 or 1)
  end
  return math.max(0, count)
end

return M
