--- What is left in an engine of runs whose watcher could not help: it goes at the next start.
local fs = require("core.fs")
local proc = require("core.proc")
local task = require("core.task")

local docker = dofile("tests/lua/docker/engines.lua")
local owners_of = dofile("tests/tools/engine_owners.lua")

local KILL, STOP, CONT = 9, 19, 18

local function signal(pid, number)
  assert(proc.signal_pid(pid, assert(proc.start_time(pid)), number))
end

describe("of a run whose watcher could not help", function()
  local owners, engine, why
  setup(function()
    engine, why = docker.private_engine()
    owners, why = owners_of.start(docker, engine, why)
  end)
  teardown(function()
    if owners then
      owners:close()
    end
    if engine then
      engine:close()
    end
  end)
  before_each(function()
    if not owners then
      pending(why)
    end
  end)

  local function hold(mode, seconds)
    local owner = owners:ready(owners:start(mode or "hold", seconds))
    owner.things = assert(owners_of.count(engine, "clnrm.run=" .. owner.run))
    assert.equal(3, owner.things)
    return owner
  end

  local function finish(owner)
    owners:clean({ owner })
    owner.process:close()
  end

  local function kill(owner)
    owner.process:signal(KILL)
    owner.process:wait()
  end

  local function reap()
    local told = owners:clnrm("reap")
    assert.equal(0, told.code, told.out .. told.err)
    return told.out
  end

  it("everything goes at the next start: the watcher was killed first", function()
    local owner = hold()
    signal(owner.watcher, KILL)
    kill(owner)
    assert.equal(3, owners_of.count(engine, "clnrm.run=" .. owner.run))
    local next_one = owners:start("tidy") -- does not sweep
    owners:ready(next_one).process:wait()
    next_one.process:close()
    local script = owners.dir .. "/next.lua"
    assert(fs.write_atomic(script, [[
      local endpoint = assert(require("engine.docker.endpoint").find())
      local guard = assert(require("engine.docker.reaper").guard({
        endpoint = endpoint, run_id = "next" }))
      guard:close()
      print(#guard.swept.removed)
    ]], { sync = false }))
    local told = owners:clnrm("lua", script)
    assert.equal("3\n", told.out, told.err)
    os.remove(script)
    finish(owner)
  end)

  it("everything goes by clnrm reap, which says first what there is: both were killed", function()
    local owner = hold()
    signal(owner.watcher, STOP) -- so that neither ends before the other
    kill(owner)
    signal(owner.watcher, KILL)
    local told = owners:clnrm("reap", "--dry-run")
    assert.equal(0, told.code, told.err)
    for _, kind in ipairs({ "container", "network", "volume" }) do
      local run = owner.run
      local line = ("left behind %s clnrm-%s-1  (docker, run %s)"):format(kind, run, run)
      assert.matches(line, told.out, 1, true)
    end
    assert.equal(3, owners_of.count(engine, "clnrm.run=" .. owner.run))
    local out = reap()
    assert.equal(3, select(2, out:gsub("removed %l+ clnrm%-", "")), out)
    assert.matches("removed folder " .. owners.dir, out, 1, true)
    finish(owner)
  end)

  it("everything goes at the next start: the watcher stands still", function()
    local owner = hold()
    signal(owner.watcher, STOP)
    kill(owner)
    reap()
    assert.equal(0, owners_of.count(engine, "clnrm.run=" .. owner.run))
    signal(owner.watcher, CONT)
    finish(owner)
  end)

  it("another watcher is started when the first was killed and clnrm lives", function()
    local owner = owners:ready(owners:start("loop"))
    signal(owner.watcher, KILL)
    owners:ready(owner) -- by the next thing that it notes
    kill(owner)
    finish(owner)
  end)

  it("everything goes although the journal cannot be read", function()
    local owner = hold("spoil")
    for _ = 1, 100 do
      if fs.stat(owner.journal).mode == 0 then
        break
      end
      task.sleep(10)
    end
    kill(owner)
    for _ = 1, 200 do
      if not owners_of.watches(owner) then
        break
      end
      task.sleep(50)
    end
    assert.equal(0, owners_of.count(engine, "clnrm.run=" .. owner.run))
    for _, entry in ipairs(assert(fs.scandir(owners.dir .. "/tmp"))) do
      assert(fs.remove_tree(owners.dir .. "/tmp/" .. entry.name)) -- only the journal knew of it
    end
    finish(owner)
  end)

  it("everything goes where the machine has no id", function()
    local owner = hold("nobody")
    kill(owner)
    finish(owner)
    owner = hold("nobody")
    signal(owner.watcher, KILL)
    kill(owner)
    reap() -- by the journal: the labels do not say whose it is
    finish(owner)
  end)

  it("what cannot be told is left, with the command that removes it", function()
    local owner = hold("nobody")
    signal(owner.watcher, KILL)
    kill(owner)
    for _, path in ipairs(owners:files()) do
      assert(fs.remove_tree(path)) -- journal and folder
    end
    local told = owners:clnrm("reap")
    assert.equal(0, told.code, told.err)
    assert.equal(3, owners_of.count(engine, "clnrm.run=" .. owner.run))
    assert.matches("not ours container clnrm-" .. owner.run, told.out, 1, true)
    assert.matches("another machine made it", told.out)
    local argv = {}
    for command in told.out:gmatch("try, if it is not needed: docker ([^\n]+)") do
      argv[#argv + 1] = command
      local words = {}
      for word in command:gmatch("%S+") do
        words[#words + 1] = word
      end
      assert(engine:docker(table.unpack(words)))
    end
    assert.equal(3, #argv)
    finish(owner)
  end)

  it("everything goes when the engine was away as clnrm ended", function()
    local owner = hold()
    engine:signal("KILL")
    kill(owner)
    task.sleep(300)
    assert.is_true(owners_of.watches(owner))
    engine:up()
    finish(owner)
  end)

  it("what the engine makes when its client has ended goes as well", function()
    local owner = owners:ready(owners:start("loop"))
    engine:signal("STOP") -- the next request waits in its socket
    task.sleep(300)
    kill(owner)
    task.sleep(300)
    assert.is_true(owners_of.watches(owner))
    engine:signal("CONT")
    finish(owner)
  end)

  it("clnrm reap says what it could not ask, where an engine is named", function()
    local support <const> = dofile("tests/e2e/support.lua")
    for _, host in ipairs({ "tcp://127.0.0.1:1", "nonsense" }) do
      local got = support.run({ "reap", "--dry-run" }, { env = { DOCKER_HOST = host } })
      assert.equal(6, got.code, got.out .. got.err)
      assert.matches("something of an earlier run may be left: ", got.err, 1, true)
      assert.equal("", got.out)
    end
    local got = support.run({ "reap", "--dry-run" },
      { env = { DOCKER_HOST = "unix:///nowhere" } })
    assert.same({ 0, "no kept rooms\n" }, { got.code, got.out })
  end)

  it("kept things stay until their time is over, or clnrm reap", function()
    local owner = hold("keep", 3600)
    owner.process:wait()
    task.sleep(1500)
    assert.is_true(owners_of.watches(owner))
    local told = owners:clnrm("reap", "--dry-run")
    assert.matches(("kept container clnrm-%s-1  (docker, run %s, 59 min left)"):format(owner.run,
      owner.run), told.out, 1, true)
    assert.equal(3, owners_of.count(engine, "clnrm.run=" .. owner.run))
    reap()
    assert.equal(0, owners_of.count(engine, "clnrm.run=" .. owner.run))
    assert.same({}, owners:files())
    signal(owner.watcher, KILL) -- it would look again within 15 s
    finish(owner)

    owner = hold("keep", 6)
    owner.process:wait()
    task.sleep(500)
    assert.equal(3, owners_of.count(engine, "clnrm.run=" .. owner.run))
    finish(owner) -- by its watcher
  end)
end)
