--- Drives engine_owner.lua against an engine: starts it, ends it, looks what is left.
local fs = require("core.fs")
local json = require("core.json")
local lfs = require("lfs")
local proc = require("core.proc")
local task = require("core.task")

local M = {}

local ROOT = assert(fs.realpath(os.getenv("CLNRM_ROOT") or "."))
local CLNRM = assert(os.getenv("CLNRM"))
local CLEAN_MS, STEP_MS = 60000, 50

local runs, began_s = 0, os.time()

---@class tests.Owners
---@field engine tests.Engine
---@field image string
---@field label string
---@field dir string of state and folders
local Owners = {}
Owners.__index = Owners

--- Makes a driver; its owners have a state directory of their own.
function M.new(engine, image, label)
  local dir = assert(fs.realpath(assert(fs.tempdir({ prefix = "spec-" }))))
  assert(lfs.mkdir(dir .. "/tmp"))
  return setmetatable({ engine = engine, image = image, label = label, dir = dir }, Owners)
end

--- Makes a driver with busybox; nil and the reason where there is no engine.
---@param engines table tests/lua/docker/engines.lua of the spec
---@param engine? tests.Engine
---@param why? string why there is none
---@return tests.Owners?
---@return string? reason
function M.start(engines, engine, why)
  local image = nil
  if engine then
    image, why = engines.image("busybox", { engine = engine })
  end
  if not image then
    return nil, why
  end
  return M.new(engine, image, engines.LABEL)
end

function Owners:env()
  return {
    "PATH=" .. os.getenv("PATH"), "HOME=" .. self.dir, "XDG_STATE_HOME=" .. self.dir .. "/state",
    "TMPDIR=" .. self.dir .. "/tmp", "DOCKER_HOST=" .. self.engine.host,
    "CONTAINER_HOST=unix:///nowhere", "CLNRM_LUA_DIR=" .. (os.getenv("CLNRM_LUA_DIR") or ""),
    "ASAN_OPTIONS=" .. (os.getenv("ASAN_OPTIONS") or ""),
    "LSAN_OPTIONS=" .. (os.getenv("LSAN_OPTIONS") or ""),
  }
end

local function run_id(number)
  return ("%x%x%04x"):format(began_s, lfs.symlinkattributes("/proc/self", "target"), number)
end

--- Starts an owner; `run` is a new id, unless one is given.
function Owners:start(mode, seconds, run)
  if not run then
    runs = runs + 1
    run = run_id(runs)
  end
  local process = assert(proc.spawn({
    argv = { CLNRM, "lua", ROOT .. "/tests/tools/engine_owner.lua", run, self.image, self.label,
      mode, tostring(seconds or "") },
    env = self:env(),
  }))
  return { process = process, run = run }
end

--- Ends owners at random moments: every second one counts from its start, the others from when it
--- begins to make things.  Returns how many had made something, and raises with what they left,
--- or when a decoy was touched.
---@async
---@param count integer
---@param at_once integer
---@param window_ms integer
---@param number integer of the signal
---@param decoys tests.Decoys of a run that is not yet, which the first has then
---@return integer
function Owners:end_at_random(count, at_once, window_ms, number, decoys)
  local had_made = 0
  local function round(i)
    local owner = self:start("loop", nil, i == 1 and decoys.run or nil)
    while i % 2 == 0 and not owner.process:stdout():find("making") do
      task.sleep(5)
    end
    task.sleep(math.random(0, window_ms))
    assert(owner.process:signal(number))
    owner.process:wait()
    had_made = had_made + (owner.process:stdout():find("made") and 1 or 0)
    return owner
  end
  for first = 1, count, at_once do
    local rounds, ended = {}, {}
    for i = first, math.min(count, first + at_once - 1) do
      rounds[#rounds + 1] = task.spawn(round, i)
    end
    for i, one in ipairs(rounds) do
      ended[i] = one:join()
    end
    self:clean(ended)
    assert(decoys:left() == decoys.count, "a decoy was touched")
    for _, owner in ipairs(ended) do
      owner.process:close()
    end
  end
  return had_made
end

--- Waits until it has made all, and has another watcher than the one that is known.
function Owners:ready(owner)
  for _ = 1, CLEAN_MS // STEP_MS do
    for watcher, journal in (owner.process:stdout() or ""):gmatch("ready (%d+) (%S+)\n") do
      local pid = math.tointeger(tonumber(watcher))
      if pid ~= owner.watcher then
        owner.watcher, owner.journal = pid, journal
        owner.watcher_started = proc.start_time(owner.watcher)
        return owner
      end
    end
    task.sleep(STEP_MS)
  end
  error("the owner is not ready: " .. owner.process:stderr())
end

--- Runs clnrm with the owners' state.
function Owners:clnrm(...)
  local process <close> = assert(proc.spawn({ argv = { CLNRM, ... }, env = self:env() }))
  local result = assert(process:wait())
  return { code = result.code, out = process:stdout(), err = process:stderr() }
end

local function how_many(answer, key)
  if answer.status ~= 200 then
    return nil
  end
  local list = assert(json.decode(answer.body))
  list = key and list[key] or list
  return type(list) == "table" and #list or 0
end

--- Counts what has labels: containers, networks, volumes; nil while the engine does not answer.
function M.count(engine, ...)
  local filters = json.encode({ label = { ... } }):gsub("[^%w]", function(c)
    return ("%%%02X"):format(c:byte())
  end)
  local got = engine:api_all({
    { method = "GET", path = "/containers/json?all=1&filters=" .. filters },
    { method = "GET", path = "/networks?filters=" .. filters },
    { method = "GET", path = "/volumes?filters=" .. filters },
  })
  local containers, networks = how_many(got[1]), how_many(got[2])
  local volumes = how_many(got[3], "Volumes")
  return containers and networks and volumes and containers + networks + volumes
end

--- Folders of owners, journals, and watchers that are there.
function Owners:files()
  local list = {}
  for _, dir in ipairs({ self.dir .. "/tmp", self.dir .. "/state/clnrm/engines" }) do
    for _, entry in ipairs(fs.scandir(dir) or {}) do
      list[#list + 1] = dir .. "/" .. entry.name
    end
  end
  return list
end

--- Whether an owner's watcher runs.
function M.watches(owner)
  return owner.watcher ~= nil and proc.signal_pid(owner.watcher, owner.watcher_started, 0) == true
end

--- What is left of owners, for people; nil: nothing.
function Owners:left(owners)
  for _, owner in ipairs(owners) do
    local things = M.count(self.engine, "clnrm.run=" .. owner.run, "clnrm.tests.made=1")
    if things ~= 0 then
      return ("%s things of %s"):format(things, owner.run)
    elseif M.watches(owner) then
      return ("the watcher of %s"):format(owner.run)
    end
  end
  local path = self:files()[1]
  return path and path .. ": " .. (fs.read(path) or "no file")
end

--- Waits until nothing is left; raises with what is.
function Owners:clean(owners)
  local left
  for _ = 1, CLEAN_MS // STEP_MS do
    left = self:left(owners)
    if not left then
      return true
    end
    task.sleep(STEP_MS)
  end
  error("left behind: " .. left)
end

function Owners:close()
  fs.remove_tree(self.dir)
end

local DECOYS = 50

---@class tests.Decoys
---@field run string the id that they look like
---@field count integer
---@field label string of theirs alone
---@field engine tests.Engine
local Decoys = {}
Decoys.__index = Decoys

--- How many are still there.
function Decoys:left()
  return M.count(self.engine, self.label)
end

--- Removes them.
function Decoys:close()
  self.engine:cleanup(self.label)
end

--- Makes things that look like those of a run, and are not; the run's id is a new one.
---@return tests.Decoys
function Owners:decoys()
  runs = runs + 1
  local run = run_id(runs)
  local label, asks = "clnrm.tests.decoys=" .. run, {}
  local forms = {
    {}, -- a name alone
    { ["clnrm.run"] = run .. "0" }, { ["clnrm.run"] = run:upper() .. "X" },
    { ["clnrm.run"] = run:sub(1, -2) }, { ["clnrm.run"] = "*" }, { ["clnrm.run"] = "" },
    { ["clnrm.runs"] = run }, { ["clnrm"] = run }, { ["clnrm.version"] = "1" },
    { ["clnrm.run"] = run, ["clnrm.machine"] = ("0"):rep(32) },
    { ["clnrm.run"] = run, ["clnrm.boot"] = "00000000-0000-0000-0000-000000000000" },
    { ["clnrm.run"] = run, ["clnrm.pid"] = "1" }, { ["clnrm.run"] = run, ["clnrm.uid"] = "4711" },
  }
  for i = 1, DECOYS do
    local labels = { [label:match("^(.-)=")] = label:match("=(.*)$") }
    for name, value in pairs(forms[i % #forms + 1]) do
      labels[name] = value
    end
    local name = ("clnrm-%s-%d"):format(run, 1000 + i)
    local path, body = "/containers/create?name=" .. name, { Image = self.image, Labels = labels }
    if i % 5 == 3 then
      path, body = "/volumes/create", { Name = name, Labels = labels }
    elseif i % 10 == 4 then
      path, body = "/networks/create", { Name = name, Labels = labels, Internal = true }
    end
    asks[i] = { method = "POST", path = path, body = assert(json.encode(body)) }
  end
  for _, answer in ipairs(self.engine:api_all(asks)) do
    assert(answer.status == 201, answer.body)
  end
  return setmetatable({ run = run, count = DECOYS, label = label, engine = self.engine }, Decoys)
end

return M
