local version = require("core.version")

describe("core.version", function()
  it("tells the number of the version", function()
    assert.matches("^%d+%.%d+%.%d+$", version.number())
  end)

  it("describes the build and its libraries", function()
    local about = version.describe()
    assert.equal(version.number(), about.version)
    assert.equal(os.getenv("CLNRM_VARIANT") or about.variant, about.variant)
    assert.matches("^Lua 5%.4", about.lua)
    assert.matches("gcc", about.compiler)
    assert.is_true(#about.libraries >= 4)
    for _, library in ipairs(about.libraries) do
      assert.matches("^%d+%.%d+", library.version, 1, library.name)
    end
  end)
end)
