--- Every test that can run in any room, on the sandbox and on every engine: the same events.
---
--- make test-differential.  A short run of it is tests/e2e/differential_spec.lua.
local backends = dofile("tests/differential/backends.lua")
local suite_of = dofile("tests/differential/suite.lua")

local DEADLINE_S = 1500

describe("every file of tests and examples", function()
  local suite
  local compared = 0

  for _, way in ipairs(backends.ENGINES) do
    it("is told the same of by " .. backends.text(way), function()
      local engine, why = backends.engine(way)
      if not engine then
        pending(why)
        return
      end
      suite = suite or suite_of.new(nil, engine, DEADLINE_S)
      local got, count, once = suite:compare(engine)
      compared = compared + 1
      print(("# %s: %d compared, %d of them excepted; %d not carried over"):format(
        backends.text(way), count - suite:left_out(), got.excepted, suite:left_out()))
      for reason, scenarios in pairs(got.by_reason) do
        print(("#   %d: %s"):format(scenarios, reason))
      end
      if once[1] then
        print("# not seen again: " .. suite_of.text(once):gsub("\n", "\n# "))
      end
      assert.equal(0, #got.unexpected, suite_of.text(got.unexpected))
    end)
  end

  it("needs each exception", function()
    if compared < #backends.ENGINES then
      pending("not every engine is here")
      return
    end
    assert.same({}, suite:unneeded())
  end)

  teardown(function()
    if suite then
      suite:close()
    end
  end)
end)
