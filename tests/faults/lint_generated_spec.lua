--- Lint without the checker tells what lint with it tells: of a hundred thousand files.
local ways = require("tests.lua.lint.ways")

local COUNT = 50000

describe("many files, linted with the checker and without it", function()
  it("are told the same: made from the schema", function()
    ways.generated(COUNT)
    assert.is_true(ways.counts.light > COUNT / 100, ways.counts.light)
  end)

  it("are told the same: mutations of what people write", function()
    ways.mutated(COUNT)
    assert.is_true(ways.counts.light > COUNT / 20, ways.counts.light)
  end)
end)
