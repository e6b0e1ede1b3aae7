--- The program finds itself after its file was replaced or removed.
local support = dofile("tests/e2e/support.lua")

describe("engine.own_program", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/t.lua", [==[
      local program = require("engine.own_program")
      os.execute(arg[1])
      print(program.path())
      io.stdout:flush()
      os.execute(program.word() .. " --version")]==])
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function told(change)
    support.sh('mkdir -p "a b" && cp "$CLNRM" "a b/clnrm"', { cwd = dir })
    local got = support.sh(("'a b/clnrm' lua t.lua '%s'"):format(change), { cwd = dir })
    assert.same({ 0, "" }, { got.code, got.err })
    return got.out
  end

  it("is its file, as long as that is the same", function()
    assert.matches("^" .. dir:gsub("%p", "%%%0") .. "/a b/clnrm\nclnrm %d", told(":"))
  end)

  it("is what runs when the file was replaced or removed", function()
    for _, change in ipairs({ "rm a*/clnrm", "cp /bin/false new; mv new a*/clnrm",
      "mv a*/clnrm old" }) do
      assert.matches("^/[^\n]+\nclnrm %d", told(change), change)
    end
  end)
end)
