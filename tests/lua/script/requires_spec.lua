--- Which modules a Lua file requires, as its text says.
local requires = require("engine.script.requires")
local support = dofile("tests/e2e/support.lua")

describe("engine.script.requires", function()
  it("finds modules beside the file and below the project, and those that they require", function()
    local dir = support.tempdir()
    support.write(dir .. "/lib/a.lua", "return require 'b'")
    support.write(dir .. "/b.lua", 'return require("lib.a")')
    support.write(dir .. "/tests/c/init.lua", "")
    local text = 'require("clnrm") require("clnrm.fs") require("lib.a") require("c") require("no")'
    assert.same({ dir .. "/b.lua", dir .. "/lib/a.lua", dir .. "/tests/c/init.lua" },
      requires.of(text, dir .. "/tests/x.clnrm.lua", dir))
    support.remove(dir)
  end)
end)
