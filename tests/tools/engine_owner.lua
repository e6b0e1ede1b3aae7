--- A run that has things in an engine, to be killed: makes them as the Docker backend does.
---
--- usage: clnrm lua engine_owner.lua RUN IMAGE LABEL MODE [SECONDS]
---   loop    makes and removes until it is ended
---   hold    makes one of each, then waits
---   spoil   the same, with a journal that nobody can read
---   nobody  the same, with no machine-id in labels and journal
---   leave   makes one of each and ends with them there
---   keep    the same, kept for SECONDS
---   tidy    makes one of each, removes them, ends
--- Prints "making" first, "made" when something is there, "ready WATCHER-PID JOURNAL" when all
--- is, each time.
local client_of = require("engine.docker.client")
local fs = require("core.fs")
local labels_of = require("engine.docker.labels")
local reaper = require("engine.docker.reaper")
local task = require("core.task")

local run, image, tests_label, mode, seconds = table.unpack(arg)

local owner = assert(labels_of.owner())
if mode == "nobody" then
  owner.machine = nil
end
local client <close> = assert(client_of.connect())
local guard = assert(reaper.guard({
  endpoint = client.endpoint, run_id = run, owner = owner, sweeps = false,
}))
local labels = labels_of.of(run, owner)
labels[tests_label:match("^(.-)=")] = tests_label:match("=(.*)$")
labels["clnrm.tests.made"] = "1" -- decoys have all but this
local made, serial = {}, 0

local function say(line)
  io.stdout:write(line, "\n")
  io.stdout:flush()
end

local function make(kind, path, body, name)
  assert(guard:note(kind, name))
  body.Labels = labels
  local query = kind == "container" and { name = name } or nil
  assert(client:call("POST", path, { body = body, query = query }))
  made[#made + 1] = { kind = kind, name = name }
  say("made")
end

local function make_all()
  serial = serial + 1
  local name = ("clnrm-%s-%d"):format(run, serial)
  local dir = assert(fs.tempdir())
  assert(guard:note("directory", dir))
  made[#made + 1] = { kind = "directory", name = dir }
  assert(fs.write_atomic(dir .. "/socket", "", { sync = false }))
  make("network", "/networks/create", { Name = name, CheckDuplicate = true, Internal = true }, name)
  make("volume", "/volumes/create", { Name = name }, name)
  make("container", "/containers/create", {
    Image = image,
    Cmd = { "sleep", "612.5" },
    HostConfig = {
      NetworkMode = name, Binds = { name .. ":/data" }, LogConfig = { Type = "none" },
      Mounts = { { Type = "volume", Target = "/anonymous" } },
    },
  }, name)
  if serial % 2 == 1 then
    assert(client:call("POST", ("/containers/%s/start"):format(name)))
  end
end

local PATHS = { container = "/containers/", network = "/networks/", volume = "/volumes/" }

local function unmake_all()
  for i = #made, 1, -1 do
    local thing = made[i]
    if thing.kind == "directory" then
      assert(fs.remove_tree(thing.name))
    else
      assert(client:call("DELETE", PATHS[thing.kind] .. thing.name, {
        query = thing.kind == "container" and { force = true, v = true } or nil,
      }))
    end
    guard:gone(thing.kind, thing.name)
    made[i] = nil
  end
end

local function ready()
  say(("ready %d %s"):format(guard.watcher:pid(), guard.journal.path))
end

say("making")
make_all()
ready()
if mode == "spoil" then
  assert(fs.chmod(guard.journal.path, 0))
  assert(fs.write_atomic(guard.journal.path, "\0\1garbage", { sync = false, mode = 0 }))
elseif mode == "keep" then
  for _, thing in ipairs(made) do
    assert(guard:keep(thing.kind, thing.name, math.tointeger(tonumber(seconds))))
  end
elseif mode == "tidy" then
  unmake_all()
end
while mode == "loop" do
  unmake_all()
  make_all()
  ready()
end
if mode == "leave" or mode == "keep" or mode == "tidy" then
  guard:close()
  return
end
task.sleep(600000)
