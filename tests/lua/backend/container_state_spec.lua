--- How a container is, in the words of both engines.
local state = require("engine.backend.container.state")

describe("the state of a container", function()
  it("is told in one word for both engines", function()
    assert.equal("exited", state.word({ Status = "exited" }))
    assert.equal("exited", state.word({ Status = "stopped" })) -- Podman's, until it has tidied up
    assert.equal("created", state.word({ Status = "created" }))
  end)

  it("is told with the exit code when it has ended", function()
    for _, status in ipairs({ "exited", "stopped", "dead" }) do
      assert.equal("its container ended with exit code 137 (killed)",
        state.text({ Status = status, ExitCode = 137 }), status)
    end
    assert.equal("its container is created; no such device",
      state.text({ Status = "created", ExitCode = 0, Error = "no such device" }))
  end)
end)
