--- The count of calls that look at files.
local fs = require("core.fs")

describe("core.fs.calls", function()
  local function count(fn, ...)
    local before = fs.calls()
    fn(...)
    return fs.calls() - before
  end

  it("counts what looks at files, and is not counted itself", function()
    local dir = assert(fs.tempdir())
    finally(function()
      fs.remove_tree(dir)
    end)
    assert.equal(0, count(fs.calls))
    assert.equal(0, count(string.rep, "a", 3))
    for _, name in ipairs({ "read", "stat", "lstat", "exists", "scandir", "readlink", "realpath",
      "open", "open_root", "space" }) do
      assert.equal(1, count(fs[name], dir .. "/none"), name)
    end
    assert.equal(1, count(fs.getcwd))
    assert.equal(1, count(fs.write_atomic, dir .. "/a", "x"))
    assert.is_true(count(fs.rename, dir .. "/a", dir .. "/b") >= 1)
    local root <close> = assert(fs.open_root(dir))
    assert.equal(1, count(root.read, root, "b"))
  end)

  it("counts what is refused, too", function()
    assert.equal(1, count(fs.stat, "a\0b"))
  end)
end)
