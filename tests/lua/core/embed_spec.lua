local embed = require("core.embed")

describe("core.embed", function()
  it("finds each module that it lists", function()
    local names = embed.list()
    assert.is_true(#names > 3)
    for _, name in ipairs(names) do
      local chunk, file = embed.find(name)
      assert.equal("function", type(chunk), name)
      assert.matches("%.lua$", file)
    end
  end)

  it("gives of each what its file says", function()
    for _, name in ipairs(embed.list()) do
      local chunk, file = embed.find(name)
      assert.equal(string.dump(assert(loadfile(file)), true), string.dump(chunk, true), name)
    end
  end)

  it("lists them in order", function()
    local names = embed.list()
    local sorted = { table.unpack(names) }
    table.sort(sorted)
    assert.same(sorted, names)
  end)

  it("finds nothing else", function()
    assert.is_nil(embed.find("engine.no_such_module"))
  end)
end)
