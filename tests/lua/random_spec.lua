--- Names that nobody else has.
local fs = require("core.fs")
local random = require("engine.random")

local function sources(dir, list)
  for _, entry in ipairs(fs.scandir(dir)) do
    local path = dir .. "/" .. entry.name
    if entry.type == "directory" then
      sources(path, list)
    elseif path:find("%.lua$") then
      list[#list + 1] = path
    end
  end
  return list
end

describe("engine.random", function()
  it("does not depend on what a script made of math.random", function()
    math.randomseed(7)
    local one = random.hex(8)
    math.randomseed(7)
    local other = random.hex(8)
    assert.matches("^%x+$", one)
    assert.equal(16, #one)
    assert.not_equal(one, other)
    assert.equal(5, #random.bytes(5))
  end)

  it("is what the engine draws from, everywhere", function()
    local list = sources("lua/engine", {})
    assert.is_true(#list > 300)
    for _, path in ipairs(list) do
      assert.is_nil(fs.read(path):find("math%.random%("), path)
    end
  end)
end)
