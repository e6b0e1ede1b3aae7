local name = require("engine.kept.name")

describe("the name of a kept room", function()
  it("is of letters that a shell takes without quotes", function()
    assert.same({ "rolls-back", "db/a.clnrm.toml:rolls-back" },
      name.of("db/a.clnrm.toml › rolls back"))
    assert.same({ "a-b=1~2", "f.toml-a=1:a-b=1~2" }, name.of("f.toml[a=1] › a $(b=1)", 2))
    assert.same({ "größe", "f:größe" }, name.of("f › größe"))
  end)

  local list = {}
  for i, id in ipairs({ "a › one", "a › one more", "b › two", "b › one more" }) do
    list[i] = { names = name.of(id) }
  end

  local function found(wanted)
    local names = {}
    for i, one in ipairs(name.find(wanted, list)) do
      names[i] = one.names[2]
    end
    return table.concat(names, " ")
  end

  it("is found whole, or by a beginning that no other one has", function()
    assert.equal("a:one", found("one"))
    assert.equal("b:two", found("t"))
    assert.equal("a:one-more b:one-more", found("one-"))
    assert.equal("b:one-more", found("b:o"))
    assert.equal("", found("three"))
    assert.equal("a:one a:one-more b:two b:one-more", found(""))
  end)
end)
