local suggest = require("engine.suggest")

describe("engine.suggest", function()
  it("takes a drop, an addition, a change and a swap as one each, and allows two", function()
    for _, name in ipairs({ "comand", "commmand", "conmand", "cmomand", "cmoman", "cmmnd" }) do
      assert.equal("command", suggest.nearest(name, { "name", "command" }), name)
    end
    assert.is_nil(suggest.nearest("cmnd", { "name", "command" }))
  end)

  it("names the nearest candidate, the earlier one among equals", function()
    assert.equal("exit_code", suggest.nearest("exit-cod", { "name", "exit_code" }))
    assert.equal("contains", suggest.nearest("Contain", { "matches", "contains" }))
    assert.equal("ab1", suggest.nearest("abx", { "ab1", "ab2" }))
  end)

  it("stays silent when nothing is near", function()
    assert.is_nil(suggest.nearest("pot", { "env", "run" }))
    assert.is_nil(suggest.nearest("", { "lt", "gt" }))
    assert.is_nil(suggest.nearest(("x"):rep(100000), { ("x"):rep(99999) }))
  end)
end)
