--- How much room there is on a file system.
local fs = require("core.fs")
local proc = require("core.proc")

local function shell(text)
  return assert(proc.spawn({ argv = { "sh", "-c", text } })):wait().code == 0
end

describe("core.fs.space", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
  end)

  after_each(function()
    fs.remove_tree(dir)
  end)

  it("tells how much there is, and how much is free", function()
    local space = assert(fs.space(dir))
    assert.is_true(space.total > 0 and space.free >= 0 and space.free <= space.total)
    assert.is_false(space.is_read_only)
    local root <close> = assert(fs.open_root(dir))
    assert.equal(space.total, root:space(".").total)
  end)

  it("follows what is written", function()
    if not shell(("mount -t tmpfs -o size=1m,nr_inodes=20 x %s"):format(dir)) then
      return pending("only root may mount")
    end
    finally(function()
      shell("umount " .. dir)
    end)
    local before = assert(fs.space(dir))
    assert.equal(1 << 20, before.total)
    assert.equal(19, before.files_free) -- one is the folder itself
    assert(fs.write_atomic(dir .. "/f", ("x"):rep(300000)))
    local after = assert(fs.space(dir))
    assert.is_true(before.free - after.free >= 300000)
    assert.equal(18, after.files_free)
    assert.is_true(shell(("mount -o remount,ro %s"):format(dir)))
    assert.is_true(assert(fs.space(dir)).is_read_only)
  end)

  it("says that nothing is there, and never leads out of a root", function()
    local space, err = fs.space(dir .. "/none")
    assert.is_nil(space)
    assert.equal("ENOENT", err.code)
    local root <close> = assert(fs.open_root(dir))
    assert.equal("EOUTSIDE", select(2, root:space("..")).code)
  end)
end)
