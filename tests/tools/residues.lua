--- What is left in rooms to see whether it is found: each is done, and then the room looked at.
local proc = require("core.proc")

local M = {}

--- Where the program of residue.c is put in a room.
M.PROGRAM = "/room/residue"

---@class tests.Residue
---@field name string
---@field shell? string
---@field kind? string   of residue.c
---@field path? string   its file
---@field found string   a pattern of what is said of it
---@field stays? boolean a process goes on
---@field may_fail? boolean the room may refuse it as well
---@field only? string   kind of backend

---@type tests.Residue[]
M.list = {
  { name = "a file", shell = "echo x > /tmp/left", found = "files: /tmp, /tmp/left" },
  { name = "a file that came and went", shell = "echo x > /room/a; rm /room/a",
    found = "files: /room" },
  { name = "the time of a directory", shell = "touch -t 200101010000 .", found = "files: /room" },
  { name = "the mode of a directory", shell = "chmod 700 .", found = "files: /room" },
  { name = "a file with an old time",
    shell = "echo y > /tmp/left; touch -t 200101010000 /tmp/left",
    found = "files: /tmp/left" },
  { name = "a name with a line in it", shell = "touch '/tmp/a\nb'",
    found = "files: /tmp, /tmp/a\\012b" },
  { name = "a file in /dev/shm", shell = "echo x > /dev/shm/x", found = "files: /dev/shm" },
  { name = "a file in memory that mmap writes to", kind = "mmap", path = "/dev/shm/x",
    found = "content of /dev/shm/x" },
  { name = "a file that mmap writes to", kind = "mmap", path = "/tmp/left",
    found = "files: /tmp/left", only = "docker" },
  { name = "a change of the root", shell = "mkdir /new", found = "files: /", only = "docker" },
  { name = "a file of the image that is gone", shell = "rm /etc/group", found = "files: /etc",
    only = "docker" },
  { name = "a changed file of the image", shell = "echo x >> /etc/passwd",
    found = "files: /etc/passwd", only = "docker" },
  { name = "a line in /etc/hosts", shell = "echo 127.0.0.1 x >> /etc/hosts",
    found = "files: /etc/hosts", only = "docker" },
  { name = "a file in /dev", shell = "echo x > /dev/x", found = "files: /dev, /dev/x",
    only = "docker" },
  { name = "a file beside the agent's socket", shell = "echo x > /run/clnrm/link/x",
    found = "files: /run/clnrm/link", only = "docker" },
  { name = "shared memory of System V", kind = "shm", found = "System V objects: shm" },
  { name = "a semaphore of System V", kind = "sem", found = "System V objects: sem" },
  { name = "a queue of System V", kind = "msg", found = "System V objects: msg" },
  { name = "a POSIX queue", kind = "queue", found = "left" },
  { name = "a connection that is not forgotten yet", kind = "wait", found = "sockets: TCP" },
  { name = "a key", kind = "key", found = "keys of the kernel", may_fail = true },
  { name = "a limit of the agent", kind = "limit", found = "what commands inherit: Max open files",
    may_fail = true },
  { name = "the niceness of the agent", kind = "nice", found = "what commands inherit: .*nice",
    may_fail = true },
  { name = "the scheduling of the agent", kind = "policy", found = "what commands inherit: .*nice",
    may_fail = true },
  { name = "the processors of the agent", kind = "cpus", found = "what commands inherit: cpus",
    may_fail = true },
  -- and last those that stay, until the agent ends them as the next command begins
  { name = "a daemon", kind = "daemon", found = "processes: residue", stays = true },
  { name = "a deleted file that is open", kind = "deleted",
    found = "processes: residue.*used space", stays = true },
  { name = "an abstract socket", kind = "abstract", found = "sockets: sockets, unix",
    stays = true },
  { name = "a port that is listened on", kind = "listen", found = "sockets: TCP", stays = true },
}

--- What no room lets be done: then there is nothing to be found.
M.refused = {
  { name = "another name of the machine", kind = "name" },
  { name = "a setting of the kernel", shell = "echo 1 > /proc/sys/net/ipv4/ip_forward" },
  { name = "a mount", shell = "mount -t tmpfs none /tmp" },
}

--- Compiles residue.c.
---@return string program its bytes
function M.compile()
  local path = os.tmpname()
  local process <close> = assert(proc.spawn({ argv = { "musl-gcc", "-static", "-O1", "-o", path,
    (os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/residue.c" } }))
  local ended = assert(process:wait())
  assert(ended.code == 0, process:stderr())
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("a")
  file:close()
  os.remove(path)
  return bytes
end

--- Does one of them in a room; whether that went well.
---@async
---@return boolean
function M.leave(room, one)
  local result = assert(room:exec({
    shell = one.shell,
    argv = one.kind and { M.PROGRAM, one.kind, one.path } or nil,
    keep_group = one.stays,
  }))
  return result.exit_code == 0, result.stderr
end

return M
