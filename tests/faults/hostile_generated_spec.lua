--- 100,000 generated templates, as many damaged documents, and as many texts and test files that
--- are linted: each ends as a result or a problem, in time and memory; with VARIANT=address,
--- without a finding.  Of those whose values or files are large there are fewer: each takes as long
--- as a hundred others.  HOSTILE_COUNT=1000 makes fewer of all.
local hostile = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/hostile.lua")

local COUNT = math.tointeger(tonumber(os.getenv("HOSTILE_COUNT") or 100000))
local BATCH, LARGE_BATCH = 10000, 50

describe("hostile texts", function()
  for _, kind in ipairs({ "templates", "documents", "texts", "linted", "fixed", "large",
    "commands" }) do
    local is_large = kind == "large" or kind == "commands"
    local count = is_large and math.max(COUNT // 50, 1) or COUNT
    it(("%s: %d of them end as they should"):format(kind, count), function()
      local well, slowest, highest = hostile.run(kind, count, is_large and LARGE_BATCH or BATCH)
      assert.is_true(well > count // 20 and well < count, well)
      if hostile.is_plain then
        assert.is_true(slowest < hostile.SLOWEST_MS, slowest .. " ms")
        assert.is_true(highest < hostile.HIGHEST_KB, highest .. " kB")
      end
      print(("# %s: %d ended well; the slowest took %d ms, the highest peak was %d kB"):format(kind,
        well, slowest, highest))
    end)
  end
end)
