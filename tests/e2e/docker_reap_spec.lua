--- What runs leave in a real engine when they are ended: nothing.
local docker = dofile("tests/lua/docker/engines.lua")
local owners_of = dofile("tests/tools/engine_owners.lua")

local KILL = 9
local ROUNDS, AT_ONCE, WINDOW_MS = 20, 4, 1500

describe("a run with things in an engine", function()
  local owners, why, decoys
  setup(function()
    owners, why = owners_of.start(docker, docker.engine())
    decoys = owners and owners:decoys()
  end)
  teardown(function()
    if decoys then
      decoys:close()
    end
    if owners then
      owners:close()
    end
  end)

  it("leaves nothing when it is killed at any moment, with its process group", function()
    if not owners then
      return pending(why)
    end
    math.randomseed(os.time())
    local had_made = owners:end_at_random(ROUNDS, AT_ONCE, WINDOW_MS, KILL, decoys)
    assert.is_true(had_made > 0, "no round met one that had made something")
  end)

  it("leaves nothing when it ends by itself, and its watcher ends with it", function()
    if not owners then
      return pending(why)
    end
    for _, mode in ipairs({ "tidy", "leave" }) do
      local owner = owners:ready(owners:start(mode))
      assert.equal(0, owner.process:wait().code, owner.process:stderr())
      owners:clean({ owner })
      owner.process:close()
    end
  end)

  it("never touches what only looks like its own", function()
    if not owners then
      return pending(why)
    end
    local owner = owners:ready(owners:start("hold", nil, decoys.run))
    owner.process:signal(KILL)
    owner.process:wait()
    owners:clean({ owner })
    assert.equal(decoys.count, decoys:left())
    assert.equal(0, owners:clnrm("reap").code)
    assert.equal(decoys.count, decoys:left())
    owner.process:close()
  end)
end)

describe("a run with things in podman", function()
  it("leaves nothing when it is killed", function()
    local owners, why = owners_of.start(docker, docker.podman())
    if not owners then
      return pending(why)
    end
    for _ = 1, 2 do
      local owner = owners:ready(owners:start("hold"))
      assert.equal(3, owners_of.count(owners.engine, "clnrm.run=" .. owner.run))
      owner.process:signal(KILL)
      owner.process:wait()
      owners:clean({ owner })
      owner.process:close()
    end
    owners:close()
  end)
end)
