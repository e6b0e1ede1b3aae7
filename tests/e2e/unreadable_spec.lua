--- A test file that cannot be read has the same code and words whichever command wanted it.
local support = require("tests.e2e.support")

local COMMANDS = { "run", "validate", "lint", "lint --fix", "fmt", "fmt --check", "dry-run", "list",
  "migrate" }

describe("a link that leads nowhere", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    assert(os.execute(("ln -s /nowhere/x '%s/a.clnrm.toml'"):format(dir)))
  end)

  after_each(function()
    support.remove(dir)
  end)

  it("is E001 for every command, named or found in a folder", function()
    for _, command in ipairs(COMMANDS) do
      for _, path in ipairs({ "a.clnrm.toml", "." }) do
        local got = support.sh(("clnrm %s %s"):format(command, path), { cwd = dir })
        assert.equal(2, got.code, command)
        assert.matches("error%[E001%]: a link that leads nowhere: /nowhere/x\n", got.out .. got.err,
          1, false, command .. " " .. path)
      end
    end
  end)

  it("is E001 as a test in Lua, too", function()
    assert(os.execute(("mv '%s/a.clnrm.toml' '%s/a.clnrm.lua'"):format(dir, dir)))
    for _, command in ipairs({ "run .", "lint .", "list ." }) do
      local got = support.sh("clnrm " .. command, { cwd = dir })
      assert.matches("error%[E001%]: a link that leads nowhere: /nowhere/x\n", got.out .. got.err,
        1, false, command)
    end
  end)
end)
