local lines = require("engine.pdb.lines")
local shelling = require("engine.repl.shelling")

describe("engine.repl.shelling", function()
  it("gives a run what the session has asked for", function()
    assert.equal("", shelling.run_options({}, "x"))
    local session = { profile = "a b", breakpoints = lines.breakpoints({
      { file = "it's.lua", line = 2 }, { file = "b.lua", line = 3 } }) }
    assert.equal("--profile 'a b' --pdb --break 'it'\\''s.lua:2' --break b.lua:3 ",
      shelling.run_options(session, "x"))
    session.profile = "ci"
    assert.equal("--break 'it'\\''s.lua:2' --break b.lua:3 ",
      shelling.run_options(session, "x --pdb --profile c"))
    assert.equal("", shelling.run_options({ breakpoints = lines.breakpoints() }, ""))
  end)
end)
