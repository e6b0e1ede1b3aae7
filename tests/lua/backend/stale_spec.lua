--- Which rooms can wait for a later run.
local stale = require("engine.backend.stale")

describe("engine.backend.stale", function()
  it("lets rooms of the sandbox wait that show nothing of the machine's files", function()
    assert.is_true(stale.sandbox({ room = { project = "none" } }))
    for _, spec in ipairs({
      {}, { room = { project = "ro" } }, { room = { project = "copy" } },
      { room = { project = "none", image = {} } }, { room = { project = "none" }, dirs = {} },
      { room = { project = "none" }, shelf = {} }, { room = { project = "none" }, policy = {} },
    }) do
      assert.is_false(stale.sandbox(spec))
    end
  end)

  it("lets containers wait that show the project itself, where the engine sees it", function()
    local near, far = { sees_files = true }, { sees_files = false }
    assert.is_true(stale.engine({}, near))
    assert.is_true(stale.engine({ room = { project = "none" } }, far))
    assert.is_false(stale.engine({}, far))
    assert.is_false(stale.engine({}, nil))
    assert.is_false(stale.engine({ room = { project = "copy" } }, near))
    assert.is_false(stale.engine({ services = {} }, near))
    assert.is_false(stale.engine({ policy = {} }, near))
  end)
end)
