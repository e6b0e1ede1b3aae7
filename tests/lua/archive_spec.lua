--- core.archive: what comes out of archives, layer over layer; what it tells of files and trees.
--- What no archive may do is in tests/e2e/image_evil_spec.lua.
local archive = require("core.archive")
local fs = require("core.fs")
local hash = require("core.hash")
local tar = dofile("tests/e2e/tar.lua")
local task = require("clnrm.task")

local DIR, LINK, HARD = "5", "2", "1"

describe("an archive", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
    assert(fs.mkdir_p(dir .. "/root"))
  end)

  after_each(function()
    assert(fs.remove_tree(dir))
  end)

  local function write(name, bytes)
    assert(fs.write_atomic(dir .. "/" .. name, bytes, { sync = false }))
    return dir .. "/" .. name
  end

  local function unpack(list, part)
    return archive.unpack(write("a.tar", tar.archive(list)), dir .. "/root", part)
  end

  local function read(name)
    return fs.read(dir .. "/root/" .. name)
  end

  it("is listed with kinds, sizes, targets and places of its contents", function()
    local path = write("a.tar", tar.archive({
      { n = "bin/", t = DIR }, { n = "bin/sh", d = "shell" }, { n = "sh", t = LINK, l = "bin/sh" },
      { n = "hard", t = HARD, l = "bin/sh" }, { n = "pipe", t = "6" },
    }))
    local list = assert(archive.list(path))
    assert.equal(5, #list)
    assert.same({ name = "bin/sh", kind = "file", size = 5, offset = 1024 }, list[2])
    assert.same({ "directory", "file", "link", "hardlink", "other" },
      { list[1].kind, list[2].kind, list[3].kind, list[4].kind, list[5].kind })
    assert.equal("bin/sh", list[3].link)
    assert.equal(list.bytes, list.read)
    assert.equal("shell", archive.read(path, list[2].offset, list[2].size))
    local none, err = archive.read(path, list.bytes - 2, 10)
    assert.is_nil(none)
    assert.equal("ESYNTAX", err.code)
  end)

  it("is read through gzip and zstd, and can be written without", function()
    local plain = tar.archive({ { n = "etc/x", d = ("x"):rep(3000) } })
    assert(os.execute(("gzip -k %s"):format(write("g.tar", plain))))
    for _, path in ipairs({ dir .. "/g.tar.gz", write("z.tar", tar.zstd(plain, 0)) }) do
      local list = assert(archive.list(path))
      assert.equal("etc/x", list[1].name)
      assert.equal(#plain, list.bytes)
      assert.are_not.equal(list.bytes, list.read)
      assert.equal(#plain, archive.inflate(path, path .. ".out"))
      assert.equal(plain, fs.read(path .. ".out"))
      assert.is_nil((archive.inflate(path, path .. ".out"))) -- nothing is written over
      local got = assert(archive.unpack(path, dir .. "/root"))
      assert.equal(hash.sha256(plain), got.plain)
      assert.equal(hash.file("sha256", path), got.raw)
    end
  end)

  it("is unpacked with modes, times and links; without set-user-ID bits and devices", function()
    local got = assert(unpack({
      { n = "./", t = DIR }, { n = "./bin/", t = DIR, m = 360 },
      { n = "./bin/su", d = "su", m = 2541 },
      { n = "./bin/s", t = LINK, l = "/bin/su" }, { n = "./bin/h", t = HARD, l = "./bin/su" },
      { n = "./tmp/", t = DIR, m = 1023 }, { n = "./dev/null", t = "3" },
      { n = "./dev/p", t = "6" },
      { n = "./secret", d = "x", m = 0 },
    }))
    assert.same({ 1, 1, 6, 3 }, { got.devices, got.fifos, got.files, got.bytes })
    local su = fs.lstat(dir .. "/root/bin/su")
    assert.same({ 493, 2, 1700000000 }, { su.mode, su.nlink, su.mtime_ns // 1000000000 })
    assert.equal(1023, fs.lstat(dir .. "/root/tmp").mode)
    assert.equal("/bin/su", fs.readlink(dir .. "/root/bin/s"))
    assert.equal(256, fs.lstat(dir .. "/root/secret").mode) -- its owner can read it
    assert.equal(488, fs.lstat(dir .. "/root/bin").mode) -- 0550, and its owner can write
    assert.is_false(fs.exists(dir .. "/root/dev/null"))
  end)

  it("lies over what was there, and takes away what it says", function()
    assert(unpack({
      { n = "etc/a", d = "1" }, { n = "etc/b", d = "1" }, { n = "etc/sub/c", d = "1" },
      { n = "opt/x", d = "1" }, { n = "opt/y", d = "1" }, { n = "link", t = LINK, l = "etc" },
      { n = "was", t = DIR }, { n = "was/x", d = "1" },
    }))
    assert(unpack({
      { n = "etc/a", d = "2" }, { n = "etc/.wh.b" }, { n = "etc/.wh.sub" },
      { n = "opt/z", d = "2" },
      { n = "opt/.wh..wh..opq" }, { n = "link/", t = DIR }, { n = "link/f", d = "2" },
      { n = "was", t = LINK, l = "etc" },
    }))
    assert.equal("2", read("etc/a"))
    assert.is_nil((read("etc/b")))
    assert.is_false(fs.exists(dir .. "/root/etc/sub"))
    assert.same({ "z" }, { fs.scandir(dir .. "/root/opt")[1].name,
      fs.scandir(dir .. "/root/opt")[2] })
    assert.equal("directory", fs.lstat(dir .. "/root/link").type) -- not into etc
    assert.is_false(fs.exists(dir .. "/root/etc/f"))
    assert.equal("link", fs.lstat(dir .. "/root/was").type)
  end)

  it("takes away a folder's old files, not those that come with it", function()
    assert(unpack({ { n = "etc/a/old", d = "1" }, { n = "etc/a/b/old", d = "1" } }))
    assert(unpack({
      { n = "etc/a/b/new", d = "2" }, { n = "etc/.wh.a" }, { n = "etc/.wh..wh..opq" },
    }))
    assert.equal("2", read("etc/a/b/new"))
    assert.is_false(fs.exists(dir .. "/root/etc/a/old"))
    assert.is_false(fs.exists(dir .. "/root/etc/a/b/old"))
  end)

  it("is unpacked from a part of a file", function()
    local inner = tar.archive({ { n = "etc/x", d = "inner" } })
    local outer = { { n = "layer", d = inner }, { n = "more", d = "x" } }
    local path = write("outer.tar", tar.archive(outer))
    local entry = assert(archive.list(path))[1]
    local part = { offset = entry.offset, size = entry.size }
    local got = assert(archive.unpack(path, dir .. "/root", part))
    assert.equal(hash.sha256(inner), got.raw)
    assert.equal("inner", read("etc/x"))
    part.size = 1 << 30
    local none, err = archive.unpack(path, dir .. "/root", part)
    assert.is_nil(none)
    assert.matches("shorter than it was", err.message)
  end)

  it("has limits of files and bytes", function()
    local list = { { n = "a", d = "12345" }, { n = "b", d = "12345" } }
    assert.equal("ELIMIT", select(2, unpack(list, { files = 1 })).code)
    local none, err = unpack(list, { bytes = 9 })
    assert.is_nil(none)
    assert.same({ "ELIMIT", "b" }, { err.code, err.detail.name })
    assert.has_error(function()
      unpack(list, { file = 1 })
    end)
  end)

  it("is left when the task is cancelled", function()
    local path = write("big.tar", tar.zstd(tar.entry({ n = "f", size = 1 << 30, cut = 0 }), 5000))
    local got, err = task.timeout(1, archive.unpack, path, dir .. "/root")
    assert.is_nil(got)
    assert.is_truthy(({ ECANCELED = true, ETIMEDOUT = true, ELIMIT = true })[err.code], err.code)
    task.sleep(100) -- its thread may write a moment longer
  end)

  it("cannot be read when it is no file", function()
    for _, f in ipairs({ archive.list, archive.stamp, archive.tree }) do
      local none, err = f(dir .. "/none")
      assert.is_nil(none)
      assert.equal("ENOENT", err.code)
    end
    assert.equal("EISDIR", select(2, archive.list(dir)).code)
  end)
end)

describe("a tree of files", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
    assert(fs.mkdir_p(dir .. "/a/b"))
    assert(fs.write_atomic(dir .. "/a/file", "content"))
    assert(fs.symlink(dir .. "/link", "a/file"))
  end)

  after_each(function()
    assert(fs.remove_tree(dir))
  end)

  it("is told by what the kernel notes, and by its contents", function()
    local one, other = assert(archive.tree(dir)), assert(archive.tree(dir, { full = true }))
    assert.equal(one.quick, other.quick)
    assert.is_nil(one.full)
    assert.same({ 4, 7 }, { one.files, one.bytes })
    assert(os.execute(("cp -a %s %s.copy"):format(dir, dir)))
    local copy = assert(archive.tree(dir .. ".copy", { full = true }))
    assert.equal(other.full, copy.full)
    assert.are_not.equal(other.quick, copy.quick)
    assert(fs.remove_tree(dir .. ".copy"))
  end)

  it("is another after any change, also one that hides its time", function()
    local changes = {
      "printf CONTENT >a/file && touch -d @1700000000 a/file", "chmod 600 a/file", "rm link",
      "ln -sfn a/b link", "mv a/file a/b/file", "touch a/b/new", "rmdir a/b",
    }
    for _, change in ipairs(changes) do
      assert(os.execute(("touch -d @1700000000 %s/a/file"):format(dir)))
      local before = assert(archive.tree(dir, { full = true }))
      assert(os.execute(("cd %s && %s"):format(dir, change)), change)
      local after = assert(archive.tree(dir, { full = true }))
      assert.are_not.equal(before.quick, after.quick, change)
      assert.are_not.equal(before.full, after.full, change)
      assert(os.execute(("cd %s && mkdir -p a/b && printf content >a/file && rm -f a/b/* && "
        .. "ln -sfn a/file link"):format(dir)))
    end
  end)

  it("is removed, and what its links lead to stays", function()
    assert(fs.mkdir_p(dir .. "/gone/deep/er"))
    assert(fs.write_atomic(dir .. "/gone/deep/er/file", "x"))
    assert(fs.symlink(dir .. "/gone/deep/link", dir .. "/a"))
    assert.is_true(archive.remove(dir .. "/gone"))
    assert.is_false(fs.exists(dir .. "/gone"))
    assert.equal("content", fs.read(dir .. "/a/file"))
    assert.is_true(archive.remove(dir .. "/gone")) -- nothing is there
    assert.is_true(archive.remove(dir .. "/link"))
    assert.equal("content", fs.read(dir .. "/a/file"))
  end)

  it("has files whose state is told by a stamp", function()
    local before = archive.stamp(dir .. "/a/file")
    assert.equal(before, archive.stamp(dir .. "/a/file"))
    local change = "cd %s/a && cp -p file t && printf CONTENT >file && touch -r t file"
    assert(os.execute(change:format(dir)))
    assert.are_not.equal(before, archive.stamp(dir .. "/a/file"))
  end)
end)
