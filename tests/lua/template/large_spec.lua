--- Filters on large texts, and templates that let values grow: in memory and time.
local root = os.getenv("CLNRM_ROOT") or "."
local hostile = dofile(root .. "/tests/tools/hostile.lua")
local large = dofile(root .. "/tests/tools/large_templates.lua")

local BATCH = 10
local GENERATED = 40

local function check(kind, count)
  local _, slowest, highest = hostile.run(kind, count, BATCH)
  if hostile.is_plain then
    assert.is_true(slowest < hostile.SLOWEST_MS, slowest .. " ms")
    assert.is_true(highest < hostile.HIGHEST_KB, highest .. " kB")
  end
end

describe("a large text", function()
  it("goes through each filter, or is refused", function()
    local count = 0
    for _ in large.filters() do
      count = count + 1
    end
    assert.is_true(count > 100)
    check("filters", count)
  end)

  it("grows in templates, or is refused", function()
    check("large", GENERATED)
  end)
end)
