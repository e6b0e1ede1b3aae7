--- How long the second process of a run waits for what an engine is late with.
local watcher = require("engine.docker.watcher")

describe("engine.docker.watcher.late_ms", function()
  it("waits longer for an engine that is slow with everything, and not for ever", function()
    assert.equal(5000, watcher.late_ms(3))
    assert.equal(20000, watcher.late_ms(400))
    assert.equal(60000, watcher.late_ms(30000))
  end)
end)
