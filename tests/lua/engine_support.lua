--- Containers for specs, made by a real engine: images of nothing but Debian's static busybox, no
--- registry asked, everything labelled and removed again.
local fs = require("core.fs")
local proc = require("core.proc")
local room = require("core.room")
local task = require("core.task")

local M = {}

---@class tests.Engine
---@field name string
---@field prefix string[] the command and its options
---@field env? string[]
---@field why? string why it cannot be used
---@field top string a folder of the host for all that is needed
---@field label string
---@field agent string the agent's program on the host
---@field count integer
---@field has_own_pids boolean its processes have other numbers than on this machine
local Engine = {}
Engine.__index = Engine

--- Runs a command; its result, stdout and stderr.
local function run(argv, env)
  local process <close> = assert(proc.spawn({ argv = argv, env = env }))
  local result = assert(process:wait())
  return result.code, (process:stdout()):gsub("%s+$", ""), (process:stderr()):gsub("%s+$", "")
end

--- Runs a shell text on the host.
function M.sh(text)
  local code, out, err = run({ "/bin/sh", "-c", text })
  assert(code == 0, text .. ": " .. err)
  return out
end

function Engine:try(...)
  local argv = { table.unpack(self.prefix) }
  for _, word in ipairs({ ... }) do
    argv[#argv + 1] = word
  end
  return run(argv, self.env)
end

--- Runs the engine's command, which must not fail; what it printed.
function Engine:run(...)
  local code, out, err = self:try(...)
  assert(code == 0, table.concat({ ... }, " ") .. ": " .. err)
  return out
end

--- Makes the images: "busybox", with /usr/bin/busybox and two users, and "nothing", which is empty.
function Engine:make_images()
  local q = self.top
  M.sh(([[
    mkdir -p %s/root/usr/bin %s/root/etc %s/root/tmp %s/root/proc %s/root/dev %s/none
    cp /usr/bin/busybox %s/root/usr/bin/
    chmod 1777 %s/root/tmp
    printf 'root:x:0:0::/root:/bin/sh\napp:x:1234:1235::/:/bin/sh\n' > %s/root/etc/passwd
    printf 'root:x:0:\napp:x:1235:\nextra:x:77:app\nother:x:78:root\n' > %s/root/etc/group
    tar -C %s/root -cf %s/root.tar . && tar -C %s/none -cf %s/none.tar .
  ]]):gsub("%%s", q))
  self:run("import", q .. "/root.tar", self.label .. ":busybox")
  self:run("import", q .. "/none.tar", self.label .. ":nothing")
end

--- Whether a process has the folder in its command line: podman's monitor of a container that has
--- ended starts another podman, which writes to the store after `rm -f` has returned.
local function has_processes(top)
  for _, entry in ipairs(assert(fs.scandir("/proc"))) do
    local line = entry.name:match("^%d+$") and fs.read("/proc/" .. entry.name .. "/cmdline")
    if line and line:find(top .. "/", 1, true) then
      return true
    end
  end
  return false
end

--- Removes all that was made.
function Engine:close()
  if not self.why then
    local words = { "rm", "-fv" }
    if self.name == "podman" then -- which waits for SIGTERM first
      table.move({ "--time", "0" }, 1, 2, 3, words)
    end
    for id in self:run("ps", "-aq", "--filter", "label=" .. self.label):gmatch("%S+") do
      words[#words + 1] = id
    end
    self:run(table.unpack(words))
    self:try("rmi", "-f", self.label .. ":busybox", self.label .. ":nothing")
  end
  for _ = 1, 3000 do
    if not has_processes(self.top) then
      break
    end
    task.sleep(10)
  end
  M.sh("rm -rf '" .. self.top .. "'")
end

---@class tests.Place a folder that host and container share
---@field dir string
---@field path string of the socket, on the host
---@field key string
---@field argv string[] what starts the agent in the container
---@field options string[] for `create`

--- Makes a folder with a key for a container of the user, which `docker create` shows as /.clnrm/s.
---@param user string "1000:1000"
---@return tests.Place
function Engine:place(user)
  self.count = self.count + 1
  local dir = ("%s/s%d"):format(self.top, self.count)
  local key = M.sh("head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \\n'")
  assert(fs.mkdir_p(dir, { mode = 448 }))
  assert(fs.write_atomic(dir .. "/k", key, { mode = 256 }))
  M.sh(("chown %s %s %s/k"):format(user, dir, dir))
  return {
    dir = dir,
    path = dir .. "/s",
    key = key,
    argv = { "/.clnrm/agent", "serve", "/.clnrm/s/s", "/.clnrm/s/k" },
    options = { "-v", self.agent .. ":/.clnrm/agent:ro", "-v", dir .. ":/.clnrm/s" },
  }
end

--- What takes every right from a container that can be taken.
M.BARE = { "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges" }

--- Creates and starts a container without a network; its id.
---@param image "busybox"|"nothing"
---@param user string
---@param place tests.Place
---@param options string[]
---@param argv string[]
function Engine:start(image, user, place, options, argv)
  local words = { "create", "--label", self.label, "--network", "none", "--user", user }
  for _, list in ipairs({ place.options, options, { "--entrypoint", argv[1] } }) do
    table.move(list, 1, #list, #words + 1, words)
  end
  words[#words + 1] = self.label .. ":" .. image
  table.move(argv, 2, #argv, #words + 1, words)
  local id = self:run(table.unpack(words)):match("%x+$")
  self:run("start", id)
  return id
end

--- A container whose first process is the agent, joined; the room and the container's id.
function Engine:open_first(image, user, options)
  local place = self:place(user)
  local id = self:start(image, user, place, options, place.argv)
  local pid = not self.has_own_pids
    and tonumber(self:run("inspect", "--format", "{{.State.Pid}}", id)) or nil
  local joined = assert(room.attach({ path = place.path, key = place.key, pid = pid }))
  return joined, id, place
end

--- A container with a first process of its own, the agent started beside it.
function Engine:open_beside(user, options)
  local place = self:place(user)
  local id = self:start("busybox", user, place, options, { "/usr/bin/busybox", "sleep", "1000" })
  self:run("exec", "-d", "-u", user, id, table.unpack(place.argv))
  local joined = assert(room.attach({ path = place.path, key = place.key }))
  return joined, id, place
end

function Engine:inspect(id, what)
  return self:run("inspect", "--format", what, id)
end

--- The engine, or one whose `why` says in a line that it cannot be used.
---@param name "docker"|"podman"
---@return tests.Engine
function M.open(name)
  local top = assert(fs.tempdir())
  local engine = setmetatable({
    name = name,
    prefix = { "/usr/bin/env", name },
    top = top,
    label = "clnrm-test-" .. top:match("[^/]+$"):lower(),
    count = 0,
    has_own_pids = false,
  }, Engine)
  if name == "docker" then -- the one that answers, which may be the tests' own
    local found = dofile("tests/lua/docker/engines.lua").engine()
    engine.prefix[#engine.prefix + 1] = found and "--host" or nil
    engine.prefix[#engine.prefix + 1] = found and found.host or nil
    engine.has_own_pids = found ~= nil and found.home ~= nil
  end
  if name == "podman" then -- a store of its own, and no limits that it may not set
    assert(fs.write_atomic(
      top .. "/containers.conf",
      '[containers]\ndefault_ulimits=["nofile=1000:1000","nproc=1000:1000"]\n'
    ))
    engine.env = { "CONTAINERS_CONF=" .. top .. "/containers.conf" }
    for _, variable in ipairs({ "PATH", "HOME" }) do
      engine.env[#engine.env + 1] = variable .. "=" .. (os.getenv(variable) or "")
    end
    local options = "--root %s/store --runroot %s/run --storage-driver vfs "
      .. "--cgroup-manager cgroupfs --runtime /usr/sbin/runc"
    for word in options:gsub("%%s", top):gmatch("%S+") do
      table.insert(engine.prefix, word)
    end
  end
  local code, _, err = engine:try("version")
  if code ~= 0 then
    engine.why = ("skipped: %s does not answer (%s)"):format(name, err:match("[^\n]*"))
  elseif M.sh("id -u") ~= "0" then
    engine.why = "skipped: the folder of a container's user is made by root only"
  end
  engine.agent = assert(room.agent_file(top))
  M.sh("chmod 711 " .. top)
  if not engine.why then
    engine:make_images()
  end
  return engine
end

return M
