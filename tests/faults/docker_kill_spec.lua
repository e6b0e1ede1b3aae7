--- A hundred owners of things in an engine, ended at random moments by each of three signals.
local docker = dofile("tests/lua/docker/engines.lua")
local owners_of = dofile("tests/tools/engine_owners.lua")

local ROUNDS, AT_ONCE, WINDOW_MS = 100, 4, 2000

describe("of a hundred runs with things in an engine that are ended by", function()
  for seed, case in ipairs({ { "KILL", 9 }, { "INT", 2 }, { "TERM", 15 } }) do
    it(("SIG%s, none leaves anything behind"):format(case[1]), function()
      local engine, why = docker.engine()
      assert(engine, why)
      local image = assert(docker.image("busybox", { engine = engine }))
      local owners = owners_of.new(engine, image, docker.LABEL)
      math.randomseed(seed)
      local decoys = owners:decoys()
      local had_made = owners:end_at_random(ROUNDS, AT_ONCE, WINDOW_MS, case[2], decoys)
      decoys:close()
      owners:close()
      assert.is_true(had_made > ROUNDS // 3, had_made .. " rounds had made something")
    end)
  end
end)
