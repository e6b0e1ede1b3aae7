local control = require("engine.run.control")

describe("what runs now", function()
  it("is listed by when it began, and always in the same order", function()
    local active, seen = {}, {}
    local now = require("engine.run.clock").ms()
    for i = 1, 20 do -- keys of a table have no order of their own
      active[{ scenario = { id = ("s%02d"):format(i) }, began = now - i // 2, entry = {},
        course = {} }] = true
    end
    for _ = 1, 3 do
      local ids = {}
      for i, one in ipairs(control.running({ active = active })) do
        ids[i] = one.id
      end
      seen[#seen + 1] = table.concat(ids, " ")
    end
    assert.equal("s20 s18 s19 s16 s17 s14 s15 s12 s13 s10 s11 s08 s09 s06 s07 s04 s05 s02 s03 s01",
      seen[1])
    assert.same({ seen[1], seen[1], seen[1] }, seen)
  end)
end)
