--- 100,000 generated templates, as many damaged documents, and as many texts and test files that
--- are linted: each ends as a result or a problem, in time and memory; with VARIANT=address,
--- without a finding.  HOSTILE_COUNT=1000 makes fewer.
local clnrm = assert(os.getenv("CLNRM"))
local tool = (os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/hostile_run.lua"
local variant = os.getenv("CLNRM_VARIANT") or "release"
local is_plain = variant == "release" or variant == "debug"

local COUNT = math.tointeger(tonumber(os.getenv("HOSTILE_COUNT") or 100000))
local BATCH = 10000 -- in one process; those that have much memory there are tried alone
local SLOWEST_MS = 3000 -- of processor time; about 1,000 when nothing else runs
local HIGHEST_KB = 64 * 1024

--- Works on some; returns how many ended well, the longest time, the most memory, and who had much.
local function run(kind, from, count)
  local pipe = assert(io.popen(("timeout 900 '%s' lua '%s' %s %d %d 2>&1"):format(clnrm, tool, kind,
    from, count)))
  local out = pipe:read("a")
  assert(pipe:close(), out)
  local well, ms, kb, over = out:match("^(%d+)\t(%d+)\t%d+\t(%d+)\t%d+\t([%d ]*)\n$")
  assert(well, out)
  return math.tointeger(well), math.tointeger(ms), math.tointeger(kb), over
end

describe("hostile texts", function()
  for _, kind in ipairs({ "templates", "documents", "texts", "linted", "fixed" }) do
    it(("%s: %d of them end as they should"):format(kind, COUNT), function()
      local well, slowest, highest = 0, 0, 0
      for from = 1, COUNT, BATCH do
        local count, ms, kb, over = run(kind, from, math.min(BATCH, COUNT - from + 1))
        well, slowest = well + count, math.max(slowest, ms)
        if is_plain and over ~= "" then
          kb = 0
          for seed in over:gmatch("%d+") do
            local _, _, alone = run(kind, math.tointeger(seed), 1)
            kb = math.max(kb, alone)
          end
        end
        highest = math.max(highest, kb)
      end
      assert.is_true(well > COUNT // 10 and well < COUNT, well)
      if is_plain then
        assert.is_true(slowest < SLOWEST_MS, slowest .. " ms")
        assert.is_true(highest < HIGHEST_KB, highest .. " kB")
      end
      print(("# %s: %d ended well; the slowest took %d ms, the highest peak was %d kB"):format(kind,
        well, slowest, highest))
    end)
  end
end)
