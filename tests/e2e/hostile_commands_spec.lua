--- Test files that are large in some way, through all commands that read such: in time and memory,
--- and with one of the exit codes that say so.  Two thousand of them: tests/faults.
local hostile = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/hostile.lua")

local COUNT = 12

describe("hostile test files", function()
  it("are read or refused by each command", function()
    local _, slowest, highest = hostile.run("commands", COUNT, COUNT)
    if hostile.is_plain then
      assert.is_true(slowest < hostile.SLOWEST_MS, slowest .. " ms")
      assert.is_true(highest < hostile.HIGHEST_KB, highest .. " kB")
    end
  end)
end)
