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

  it("knows the build ID that the linker wrote into the program", function()
    local f = assert(io.open("/proc/self/exe", "rb"))
    local bytes = f:read("a")
    f:close()
    local head = "\4\0\0\0" .. "\20\0\0\0" .. "\3\0\0\0" .. "GNU\0"
    local _, stop = bytes:find(head, 1, true)
    if not stop then
      return pending("linked without a build ID of 20 bytes")
    end
    assert.equal(bytes:sub(stop + 1, stop + 20), version.build())
  end)
end)
