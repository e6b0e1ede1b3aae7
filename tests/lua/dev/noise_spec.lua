--- Files that no test hangs on, as the last saves of them have shown.
local noise = require("engine.dev.noise")
local support = dofile("tests/e2e/support.lua")

describe("engine.dev.noise", function()
  local dir, one

  before_each(function()
    dir, one = support.tempdir(), noise.new()
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function save(name)
    support.write(dir .. "/" .. name, "")
    return one:add({ dir .. "/" .. name })
  end

  it("tells three saves of a file, the third as noise", function()
    local told = {}
    for i = 1, 4 do
      told[i] = save("log")
    end
    assert.same({ "told", "told", "noise", "quiet" }, told)
  end)

  it("forgets files that tests hang on by now, and those that are gone", function()
    for _, name in ipairs({ "used", "gone", "log" }) do
      save(name)
    end
    assert(os.remove(dir .. "/gone"))
    one:prune(function(path)
      return path == dir .. "/used"
    end)
    local left = {}
    for _, name in ipairs({ "used", "gone", "log" }) do
      left[name] = one:has(dir .. "/" .. name)
    end
    assert.same({ used = false, gone = false, log = true }, left)
  end)
end)
