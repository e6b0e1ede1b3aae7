--- Files that core.fs opens: one file, whatever is put in its place.
local fs = require("core.fs")

describe("fs.open", function()
  local dir, root

  before_each(function()
    dir = assert(fs.realpath(assert(fs.tempdir())))
    assert(fs.mkdir_p(dir .. "/in/a"))
    assert(fs.write_atomic(dir .. "/in/a/file", "0123456789"))
    assert(fs.write_atomic(dir .. "/secret", "outside"))
    root = assert(fs.open_root(dir .. "/in"))
  end)

  after_each(function()
    root:close()
    assert(fs.remove_tree(dir))
  end)

  it("reads parts of a file, and describes it", function()
    for _, file in ipairs({ assert(fs.open(dir .. "/in/a/file")), assert(root:open("a/file")) }) do
      assert.same({ "012", "89", "", "" },
        { file:read(0, 3), file:read(8, 100), file:read(10, 5), file:read(3, 0) })
      assert.same(fs.stat(dir .. "/in/a/file"), file:stat())
      assert.has_error(function()
        file:read(-1, 1)
      end)
      assert.has_error(function()
        file:read(0, (256 << 20) + 1)
      end)
      file:close()
      file:close()
      assert.has_error(function()
        file:read(0, 1)
      end)
    end
  end)

  it("keeps to the file that was opened", function()
    local file <close> = assert(root:open("a/file", { nolinks = true }))
    local before = file:stat()
    assert(fs.rename(dir .. "/in/a/file", dir .. "/in/a/old"))
    assert(fs.symlink(dir .. "/in/a/file", "../../secret"))
    assert.equal("0123456789", file:read(0, 100))
    assert.equal(before.ino, file:stat().ino)
  end)

  it("tells of a file that was listed and has a link, or none, in its place", function()
    assert.equal("file", root:scandir("a")[1].name)
    assert(fs.remove(dir .. "/in/a/file"))
    local function refused(code, options)
      local file, err = root:open("a/file", options)
      assert.same({ nil, code }, { file, err.code })
    end
    refused("ENOENT", { nolinks = true })
    assert(fs.symlink(dir .. "/in/a/file", "../../secret"))
    refused("ELOOP", { nolinks = true })
    refused("ELOOP", { nofollow = true })
    refused("EOUTSIDE")
    assert(fs.remove(dir .. "/in/a/file"))
    assert(fs.mkdir_p(dir .. "/in/a/file"))
    refused("EISDIR", { nolinks = true })
    assert(fs.remove_tree(dir .. "/in/a"))
    assert(fs.mkdir_p(dir .. "/in/b"))
    assert(fs.write_atomic(dir .. "/in/b/file", "inside"))
    assert(fs.symlink(dir .. "/in/a", "b"))
    refused("ELOOP", { nolinks = true })
    root:open("a/file"):close()
  end)

  it("opens no pipe, and what is not the user's own only where that is not asked", function()
    assert(os.execute(("mkfifo %s/in/pipe"):format(dir)))
    assert.equal("ENOTFILE", select(2, root:open("pipe")).code)
    assert(fs.chmod(dir .. "/in/a/file", 438)) -- 0666
    assert.equal("EPERM", select(2, root:open("a/file", { owned = true })).code)
    root:open("a/file"):close()
  end)

  it("leaves no file open", function()
    local function count()
      return #fs.scandir("/proc/self/fd")
    end
    local before = count()
    for _ = 1, 50 do
      local file <close> = assert(root:open("a/file"))
      assert.is_nil((root:open("none")))
      assert.equal("0", file:read(0, 1))
    end
    assert.equal(before, count())
  end)
end)
