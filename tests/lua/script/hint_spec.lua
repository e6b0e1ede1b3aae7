--- Which name of the API may have been meant.
local hint = require("engine.script.hint")

describe("engine.script.hint", function()
  it("names what a call, or a name that leads to one, may have meant", function()
    assert.matches("'write'", hint.of("attempt to call a nil value (method 'wirte')"))
    assert.matches("'task'", hint.of("attempt to index a nil value (field 'taks')"))
  end)

  it("says nothing of data of the test's own", function()
    for _, what in ipairs({ "perform arithmetic on", "concatenate", "get length of", "compare" }) do
      assert.is_nil(hint.of(("attempt to %s a nil value (field 'price')"):format(what)))
    end
  end)
end)
