-- luacheck: no max line length
--- Which version of the API is spoken.
local version_of = require("engine.docker.version")

describe("the version of the API", function()
  it("is the lower of both, from 1.41 to 1.47", function()
    for _, case in ipairs({
      { "1.41", nil, "1.41" }, { "1.43", nil, "1.43" }, { "1.47", nil, "1.47" }, { "1.52", nil, "1.47" },
      { "1.44", "1.42", "1.42" }, { "1.41", "1.41", "1.41" },
    }) do
      assert.equal(case[3], version_of.agree(case[1], case[2]))
    end
  end)

  it("is refused with one line when there is none", function()
    for _, case in ipairs({
      { "1.40", nil, "too old: its API is 1.40" }, { "1.24", nil, "too old" }, { nil, nil, "no engine" },
      { "2.1", nil, "no engine" }, { "1.99999", nil, "no engine" }, { "", nil, "no engine" },
      { "1.41", "1.47", "is 1.47, and the engine speaks 1.41" }, { "1.47", "1.40", "speaks 1.41 to 1.47" },
      { "1.47", "1.48", "speaks 1.41 to 1.47" },
    }) do
      local version, err = version_of.agree(case[1], case[2])
      assert.is_nil(version)
      assert.equal("ENGINE_VERSION", err.code)
      assert.matches(case[3], err.message, 1, true)
      assert.is_nil(err.message:find("\n"))
    end
  end)
end)
