--- Engines, images and registries for specs: see "Engines of the tests" in CONTRIBUTING.md.
---
--- What cannot be had is `nil, reason` with one line for pending(); nothing here skips by itself.
local lfs = require("lfs")

local M = {}

local ENGINE, IMAGES = "tools/engines/engine.py", "tools/engines/images.py"
local IMAGE_SOURCES = {
  "tools/engines/images.py",
  "tools/engines/pack.py",
  "tools/engines/recipes.py",
  "tests/tools/witness.c",
  "/var/lib/dpkg/status",
}
local CLIENT_S = 120

local self_pid = lfs.symlinkattributes("/proc/self", "target")
local shared = os.getenv("CLNRM_ENGINES") or ("/tmp/clnrm-engines." .. self_pid)
local owner = os.getenv("CLNRM_ENGINES_OWNER") or self_pid

local homes = 0 -- private ones that were made
local cached = {} ---@type table<string, table>

--- Label of what this run makes: tools/suites.sh removes such containers at its end, for a spec
--- that was killed could not.
M.LABEL = "clnrm.tests.run=" .. owner

local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

--- Runs a command; never longer than two minutes.
---@param argv string[]
---@return string? out stdout without the last newline; nil when it failed
---@return string? reason its last line of stderr
function M.run(argv)
  local words = {}
  for i, word in ipairs(argv) do
    words[i] = quote(word)
  end
  local err_path = os.tmpname()
  local line = ("timeout -k 5 %d %s </dev/null 2>%s"):format(
    CLIENT_S, table.concat(words, " "), err_path)
  local pipe = assert(io.popen(line))
  local out = pipe:read("a")
  local ok, _, code = pipe:close()
  local f = assert(io.open(err_path))
  local err = f:read("a")
  f:close()
  os.remove(err_path)
  if not ok then
    return nil, err:match("([^\n]+)\n*$") or ("%s: exit status %d"):format(argv[1], code)
  end
  return (out:gsub("\n$", ""))
end

local function append(argv, ...)
  for _, word in ipairs({ ... }) do
    argv[#argv + 1] = word
  end
  return argv
end

---@class tests.Engine
---@field host string what DOCKER_HOST takes: unix:///path
---@field home? string its directory, when the tests have started it
---@field kind "docker"|"podman"
local Engine = {}
Engine.__index = Engine

local SEPARATOR = "\n==answer==\n" -- what no answer of the API holds

--- Asks the API some things, one after the other, by one process.
---@param asks { method: string, path: string, body?: string }[] path: "/containers/json?all=1"
---@return { status: integer, body: string }[] # status 0: nothing answered
function Engine:api_all(asks)
  local socket, argv = self.host:match("^unix://(.*)$"), { "curl" }
  for i, ask in ipairs(asks) do
    append(argv, i > 1 and "--next" or nil)
    append(argv, "-s", "-X", ask.method, "-w", "\n%{http_code}" .. SEPARATOR, "--max-time",
      CLIENT_S)
    if socket then
      append(argv, "--unix-socket", socket, "http://engine" .. ask.path)
    else
      append(argv, (self.host:gsub("^tcp:", "http:")) .. ask.path)
    end
    if ask.body then
      append(argv, "-H", "Content-Type: application/json", "--data-binary", ask.body)
    end
  end
  local out, answers, from = (M.run(argv) or "") .. "\n", {}, 1
  for i = 1, #asks do
    local at, to = out:find(SEPARATOR, from, true)
    local body, status = out:sub(from, at and at - 1 or 0):match("^(.*)\n(%d+)$")
    answers[i] = { status = math.tointeger(tonumber(status)) or 0, body = body or "" }
    from = (to or #out) + 1
  end
  return answers
end

--- Asks the API.
---@param method string
---@param path string "/containers/json?all=1"
---@param body? string JSON
---@return integer status 0 when nothing answered
---@return string body
function Engine:api(method, path, body)
  local answer = self:api_all({ { method = method, path = path, body = body } })[1]
  return answer.status, answer.body
end

--- Runs the docker client against this engine.
---@param ... string
---@return string? out
---@return string? reason
function Engine:docker(...)
  return M.run(append({ "docker", "--host", self.host }, ...))
end

--- The command that runs another in the engine's network: ports that it publishes are on 127.0.0.1
--- there.
---@param ... string
---@return string[]
function Engine:argv(...)
  return self.home and append({ ENGINE, "exec", self.home }, ...) or { ... }
end

--- Runs a command in the engine's network.
---@param ... string
---@return string? out
---@return string? reason
function Engine:exec(...)
  return M.run(self:argv(...))
end

--- The namespace that the engine is in.
---@param name "net"|"pid"|"ipc"|"uts"
---@return string # "net:[4026531840]"
function Engine:namespace(name)
  local out = assert(M.run({ "readlink", ("/proc/%s/ns/%s"):format(
    self.home and assert(self:pid()) or "self", name) }))
  return (out:gsub("%s+$", ""))
end

--- Removes what carries a label: containers with their volumes, networks, volumes; nothing else.
---@param label string "key=value"
function Engine:cleanup(label)
  assert(label:match("^[%w.-]+=[%w.-]+$"), "a label is key=value")
  local filter = "label=" .. label
  local function each(list, ...)
    local argv = { ... }
    for id in (list or ""):gmatch("%S+") do
      argv[#argv + 1] = id
    end
    if #argv > select("#", ...) then
      self:docker(table.unpack(argv))
    end
  end
  each(self:docker("ps", "-aq", "--filter", filter), "rm", "-fv")
  each(self:docker("network", "ls", "-q", "--filter", filter), "network", "rm")
  each(self:docker("volume", "ls", "-q", "--filter", filter), "volume", "rm")
end

local function home_of(engine)
  return (assert(engine.home, "not an engine of the tests")) -- assert gives its message, too
end

--- The id of the daemon's process; only of a private one.
---@return integer? pid nil when it does not run
function Engine:pid()
  local pid = M.run({ ENGINE, "pid", home_of(self) })
  return pid and tonumber(pid) --[[@as integer?]]
end

--- Signals the daemon, not its containers; returns from KILL when it is gone.
---@param name "KILL"|"STOP"|"CONT"|"TERM"
function Engine:signal(name)
  assert(M.run({ ENGINE, "signal", home_of(self), name }))
end

--- Starts a daemon that was killed; returns when it answers.
function Engine:up()
  assert(M.run({ ENGINE, "up", home_of(self) }))
end

--- Ends a private engine with all that runs in it.
function Engine:close()
  if self.home and self.is_private then
    assert(M.run({ ENGINE, "stop", self.home }))
    self.is_private = false
  end
end
Engine.__close = Engine.close

local function start(kind, home, owned_by, ...)
  local host, why = M.run(append({ ENGINE, "start", kind, home, "--owner", owned_by }, ...))
  if not host then
    return nil, why
  end
  return setmetatable({ host = host, home = home, kind = kind }, Engine)
end

local function once(key, make)
  if not cached[key] then
    cached[key] = table.pack(make())
  end
  return table.unpack(cached[key], 1, 2)
end

--- The Docker engine of this machine; where none answers, one for this run of the suites.
---@return tests.Engine?
---@return string? reason
function M.engine()
  return once("engine", function()
    local host, why = M.run({ ENGINE, "find" })
    if host then
      return setmetatable({ host = host, kind = "docker" }, Engine)
    end
    local engine, why_not = start("docker", shared .. "/docker", owner)
    return engine, not engine and ("%s; %s"):format(why, why_not) or nil
  end)
end

--- podman's service, one for this run of the suites.
---@return tests.Engine?
---@return string? reason
function M.podman()
  return once("podman", function()
    return start("podman", shared .. "/podman", owner)
  end)
end

local function private_home(kind)
  homes = homes + 1
  return ("/tmp/clnrm-engines.%s/%s%d"):format(self_pid, kind, homes)
end

--- An engine of the spec's own, to be killed, stopped and filled; ends with close(), or the spec.
---@param opts? { kind?: "docker"|"podman", bridge?: boolean }
---@return tests.Engine?
---@return string? reason
function M.private_engine(opts)
  opts = opts or {}
  local kind = opts.kind or "docker"
  local flags = opts.bridge == false and { "--no-bridge" } or {}
  local engine, why = start(kind, private_home(kind), self_pid, table.unpack(flags))
  if engine then
    engine.is_private = true
  end
  return engine, why
end

--- A registry on loopback, for one engine; its `address` begins references of images in it.
---@param opts { engine: tests.Engine, auth?: string, port?: integer } auth is "user:password"
---@return { address: string, close: fun(self) }?
---@return string? reason
function M.registry(opts)
  local home = private_home("registry")
  local argv = { ENGINE, "start", "registry", home, "--owner", self_pid }
  if opts.auth then
    append(argv, "--auth", opts.auth)
  end
  if opts.port then
    append(argv, "--port", opts.port)
  end
  if opts.engine.home then
    append(argv, "--in", opts.engine.home)
  end
  local address, why = M.run(argv)
  if not address then
    return nil, why
  end
  local registry = { address = address }
  function registry.close()
    if home then
      assert(M.run({ ENGINE, "stop", home }))
      home = nil
    end
  end
  return setmetatable(registry, { __close = registry.close })
end

local function is_fresh(stamp)
  local made = lfs.attributes(stamp, "modification")
  for _, source in ipairs(IMAGE_SOURCES) do
    if not made or made <= lfs.attributes(source, "modification") then
      return false
    end
  end
  return true
end

local function image_argv(verb, name, opts)
  local argv = { IMAGES, verb, name }
  if opts.config then
    append(argv, "--config", opts.config)
  end
  if opts.arch then
    append(argv, "--arch", opts.arch)
  end
  return argv
end

--- A test image in an engine: see tools/engines/recipes.py for the names.
---@param name string
---@param opts? { engine?: tests.Engine, config?: string, arch?: string } config: JSON, over its own
---@return string? reference
---@return string? reason
function M.image(name, opts)
  opts = opts or {}
  local engine, none = opts.engine, nil
  if not engine then
    engine, none = M.engine()
  end
  if not engine then
    return nil, none
  end
  local key = ("%s\0%s\0%s\0%s"):format(engine.host, name, opts.config or "", opts.arch or "")
  return once("image " .. key, function()
    local stamp = ("build/images/%s.loaded"):format(name)
    local is_plain = not opts.config and not opts.arch
    if is_plain and is_fresh(stamp) then -- the engine says whether it still has it
      local f = assert(io.open(stamp))
      local reference, label = f:read("a"):match("^(%S+) (%S+)")
      f:close()
      local status, body = engine:api("GET", "/images/" .. reference .. "/json")
      if status == 200 and body:find('"clnrm.tests":"' .. label .. '"', 1, true) then
        return reference
      end
    end
    local out, reason = M.run(append(image_argv("load", name, opts), "--host", engine.host))
    if not out then
      return nil, reason
    end
    if is_plain then -- nothing was written there when the engine had it already
      assert(M.run({ "mkdir", "-p", (stamp:match("^(.*)/")) }))
      local f = assert(io.open(stamp, "w"))
      f:write(out, "\n")
      f:close()
    end
    return out:match("^%S+")
  end)
end

--- A test image as a docker-save archive, for the sandbox's `archive:` or `podman load`.
---@param name string
---@param opts? { config?: string, arch?: string }
---@return string? path
---@return string? reason
function M.archive(name, opts)
  return M.run(image_argv("archive", name, opts or {}))
end

return M
