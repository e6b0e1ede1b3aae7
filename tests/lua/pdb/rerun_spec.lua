--- The debugger for a view that has given the terminal back.
local rerun = require("engine.pdb.rerun")

describe("engine.pdb.rerun", function()
  it("makes the command that a failure is run again by", function()
    assert.equal("/bin/clnrm run --pdb a.clnrm.lua --only 'b c'",
      rerun.command("clnrm run a.clnrm.lua --only 'b c'", "/bin/clnrm"))
    assert.equal("'/a b' run --pdb x", rerun.command("clnrm run x", "'/a b'"))
    assert.is_nil(rerun.command("clnrm replay x", "/bin/clnrm"))
    assert.is_nil(rerun.command("clnrm run ", "/bin/clnrm"))
  end)

  it("says when there is no such command", function()
    assert.same({ nil, "this test has no command to run it again" }, { rerun.run("") })
  end)

  it("runs it and gives its exit code: here there is no terminal", function()
    assert.equal(2, (rerun.run("clnrm run x.clnrm.lua </dev/null 2>/dev/null")))
  end)
end)
