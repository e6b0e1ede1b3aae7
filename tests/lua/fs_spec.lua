local fs = require("core.fs")

local function code(_, err)
  return err and err.code
end

describe("core.fs", function()
  local dir

  before_each(function() dir = assert(fs.tempdir({ prefix = "clnrm-fs-spec-" })) end)
  after_each(function() assert(fs.remove_tree(dir)) end)

  local function path(name) return dir .. "/" .. name end
  local function shell(command) assert(os.execute(command:gsub("@", dir))) end
  local function names(where)
    local out = {}
    for i, entry in ipairs(assert(fs.scandir(where or dir))) do
      out[i] = entry.name
    end
    return out
  end

  describe("read", function()
    it("reads a file as it is", function()
      local all = {}
      for c = 0, 255 do all[c] = string.char(c) end
      local bytes = table.concat(all, "", 0, 255):rep(1000)
      assert(fs.write_atomic(path("f"), bytes))
      assert.equal(bytes, fs.read(path("f")))
      assert(fs.write_atomic(path("e"), ""))
      assert.equal("", fs.read(path("e")))
      assert.matches("^Linux", fs.read("/proc/version")) -- whose size is told as 0
    end)

    it("ends at once on what is no regular file", function()
      shell("mkfifo @/fifo")
      assert.equal("ENOTFILE", code(fs.read(path("fifo"))))
      assert.equal("ENOTFILE", code(fs.read("/dev/zero")))
      assert.equal("ENOTFILE", code(fs.read("/dev/null")))
      assert.equal("EISDIR", code(fs.read(dir)))
      assert.equal("ENOENT", code(fs.read(path("none"))))
      assert.equal("ENOENT", code(fs.read("")))
      assert.equal("ENOTDIR", code(fs.read("/dev/null/x")))
      assert.equal("EINVAL", code(fs.read(path("a\0b"))))
    end)

    it("is bounded", function()
      assert(fs.write_atomic(path("f"), "12345"))
      assert.equal("12345", fs.read(path("f"), { max = 5 }))
      assert.equal("ELIMIT", code(fs.read(path("f"), { max = 4 })))
      assert.equal("ELIMIT", code(fs.read("/proc/version", { max = 10 })))
      assert.has_error(function() fs.read(path("f"), { max = -1 }) end)
      assert.has_error(function() fs.read(path("f"), { maximum = 1 }) end)
    end)

    it("follows links only when allowed", function()
      assert(fs.write_atomic(path("f"), "x"))
      assert(fs.symlink(path("link"), "f"))
      assert.equal("x", fs.read(path("link")))
      assert.equal("ELOOP", code(fs.read(path("link"), { nofollow = true })))
      assert(fs.mkdir_p(path("folder")))
      assert(fs.symlink(path("way"), "folder"))
      assert(fs.write_atomic(path("folder/deep"), "x"))
      assert.equal("x", fs.read(path("way/deep"), { nofollow = true }))
      assert.equal("ELOOP", code(fs.read(path("way/deep"), { nolinks = true })))
      assert.equal("x", fs.read(path("folder/deep"), { nolinks = true }))
      assert(fs.symlink(path("loop"), "loop"))
      assert.equal("ELOOP", code(fs.read(path("loop"))))
    end)

    it("names the path in its errors", function()
      local _, err = fs.read(path("none"))
      assert.equal(path("none"), err.detail.path)
      assert.equal("fs.read", err.op)
      assert.equal(path("none") .. ": no such file or directory", err.message)
    end)
  end)

  describe("write_atomic", function()
    it("replaces and leaves nothing else behind", function()
      assert(fs.write_atomic(path("f"), "one"))
      assert(fs.write_atomic(path("f"), "two", { sync = false }))
      assert.equal("two", fs.read(path("f")))
      assert.same({ "f" }, names())
    end)

    it("gives the mode asked for, else keeps it", function()
      assert(fs.write_atomic(path("f"), "", { mode = tonumber("600", 8) }))
      assert.equal(tonumber("600", 8), fs.stat(path("f")).mode)
      assert(fs.write_atomic(path("f"), "x"))
      assert.equal(tonumber("600", 8), fs.stat(path("f")).mode)
      assert(fs.chmod(path("f"), tonumber("755", 8)))
      assert(fs.write_atomic(path("f"), "y"))
      assert.equal(tonumber("755", 8), fs.stat(path("f")).mode)
      assert.has_error(function() fs.write_atomic(path("f"), "", { mode = 1 << 20 }) end)
    end)

    it("writes to the file that a link leads to", function()
      assert(fs.write_atomic(path("f"), "old"))
      assert(fs.symlink(path("link"), "f"))
      assert(fs.write_atomic(path("link"), "new"))
      assert.equal("new", fs.read(path("f")))
      assert.equal("link", fs.lstat(path("link")).type)
      assert(fs.symlink(path("dangling"), "nothing"))
      assert.equal("ENOENT", code(fs.write_atomic(path("dangling"), "x")))
    end)

    it("never replaces what is no regular file", function()
      shell("mkfifo @/fifo")
      assert.equal("ENOTFILE", code(fs.write_atomic(path("fifo"), "x")))
      assert.equal("ENOTFILE", code(fs.write_atomic("/dev/null", "x")))
      assert.equal("EISDIR", code(fs.write_atomic(dir, "x")))
      assert.equal("ENOENT", code(fs.write_atomic(path("no/f"), "x")))
      assert.equal("EINVAL", code(fs.write_atomic(path(".."), "x")))
      assert.equal("ENOENT", code(fs.write_atomic("", "x")))
      assert.same({ "fifo" }, names())
    end)

    it("keeps the old file when the disk is full", function()
      if not os.execute("unshare -Urm true 2>/dev/null") then
        pending("no mount namespaces")
        return
      end
      local script = path("full.lua")
      assert(fs.write_atomic(script, [[
        local fs = require("core.fs")
        assert(fs.write_atomic(arg[1] .. "/f", "old"))
        local ok, err = fs.write_atomic(arg[1] .. "/f", ("x"):rep(1 << 20))
        assert(not ok and err.code == "ENOSPC", tostring(err))
        assert(fs.read(arg[1] .. "/f") == "old")
        assert(#fs.scandir(arg[1]) == 1)
      ]]))
      assert(fs.mkdir_p(path("small")))
      shell("unshare -Urm sh -c 'mount -t tmpfs -o size=64k none @/small && " ..
        "exec \"$0\" lua @/full.lua @/small' \"$CLNRM\"")
    end)
  end)

  describe("append", function()
    it("adds to the end", function()
      assert(fs.append(path("f"), "a\n", { mode = tonumber("600", 8) }))
      assert(fs.append(path("f"), "b\n"))
      assert.equal("a\nb\n", fs.read(path("f")))
      assert.equal(tonumber("600", 8), fs.stat(path("f")).mode)
      shell("mkfifo @/fifo")
      assert.equal("ENOTFILE", code(fs.append(path("fifo"), "x")))
      assert.equal("ENOTFILE", code(fs.append("/dev/null", "x")))
      assert.equal("EISDIR", code(fs.append(dir, "x")))
    end)
  end)

  describe("copy, rename, chmod, remove", function()
    it("copies data and mode", function()
      local data = ("0123456789"):rep(100000)
      assert(fs.write_atomic(path("f"), data, { mode = tonumber("750", 8) }))
      assert(fs.copy(path("f"), path("g")))
      assert.equal(data, fs.read(path("g")))
      assert.equal(tonumber("750", 8), fs.stat(path("g")).mode)
      assert(fs.copy(path("f"), path("g"), { mode = tonumber("600", 8) }))
      assert.equal(tonumber("600", 8), fs.stat(path("g")).mode)
      assert(fs.copy("/proc/version", path("v")))
      assert.equal(fs.read("/proc/version"), fs.read(path("v")))
      assert.equal("ELIMIT", code(fs.copy(path("f"), path("h"), { max = 999 })))
      assert.equal("ELIMIT", code(fs.copy("/proc/version", path("h"), { max = 9 })))
      assert.equal("ENOTFILE", code(fs.copy("/dev/zero", path("h"))))
      assert.same({ "f", "g", "v" }, names())
    end)

    it("renames over what is there", function()
      assert(fs.write_atomic(path("a"), "a"))
      assert(fs.write_atomic(path("b"), "b"))
      assert(fs.rename(path("a"), path("b")))
      assert.equal("a", fs.read(path("b")))
      assert.equal("ENOENT", code(fs.rename(path("a"), path("c"))))
    end)

    it("removes files, links and empty folders", function()
      assert(fs.write_atomic(path("f"), ""))
      assert(fs.mkdir_p(path("d/e")))
      assert(fs.symlink(path("l"), "d"))
      assert.equal("ENOTEMPTY", code(fs.remove(path("d"))))
      assert(fs.remove(path("l")))
      assert(fs.remove(path("f")))
      assert(fs.remove(path("d/e/")))
      assert.equal("ENOENT", code(fs.remove(path("f"))))
      assert.same({ "d" }, names())
    end)

    it("changes modes", function()
      assert(fs.write_atomic(path("f"), ""))
      assert(fs.chmod(path("f"), 0))
      assert.equal(0, fs.stat(path("f")).mode)
      assert.equal("ENOENT", code(fs.chmod(path("g"), 0)))
      assert.has_error(function() fs.chmod(path("f"), -1) end)
    end)

    it("changes owners", function()
      assert(fs.write_atomic(path("f"), ""))
      assert(fs.symlink(path("l"), "f"))
      local own = fs.stat(path("f"))
      if own.uid == 0 then
        assert(fs.chown(path("f"), 1234, 1235))
        assert(fs.chown(path("l"), 77, 78))
        assert.same({ 1234, 1235 }, { fs.stat(path("f")).uid, fs.stat(path("f")).gid })
        assert.same({ 77, 78 }, { fs.lstat(path("l")).uid, fs.lstat(path("l")).gid })
      else
        assert(fs.chown(path("f"), own.uid, own.gid))
        assert.equal("EPERM", code(fs.chown(path("f"), 0, 0)))
      end
      assert.equal("ENOENT", code(fs.chown(path("g"), 0, 0)))
      assert.has_error(function() fs.chown(path("f"), -1, 0) end)
    end)
  end)

  describe("stat", function()
    it("tells what is there", function()
      assert(fs.write_atomic(path("f"), "abc"))
      assert(fs.symlink(path("l"), "f"))
      shell("mkfifo @/p")
      local stat = fs.stat(path("l"))
      assert.equal("file", stat.type)
      assert.equal(3, stat.size)
      assert.equal(1, stat.nlink)
      assert.is_true(math.abs(stat.mtime_ns / 1e9 - os.time()) < 60)
      assert.is_true(stat.ino > 0 and stat.dev > 0 and stat.uid >= 0 and stat.gid >= 0)
      assert.equal("link", fs.lstat(path("l")).type)
      assert.equal("f", fs.readlink(path("l")))
      assert.equal("EINVAL", code(fs.readlink(path("f"))))
      assert.equal("directory", fs.stat(dir).type)
      assert.equal("fifo", fs.stat(path("p")).type)
      assert.equal("device", fs.stat("/dev/null").type)
      assert.equal("ENOENT", code(fs.stat(path("none"))))
    end)

    it("tells whether something is there", function()
      assert(fs.symlink(path("dangling"), "none"))
      assert(fs.symlink(path("loop"), "loop"))
      assert.is_true(fs.exists(dir))
      assert.is_false(fs.exists(path("none")))
      assert.is_false(fs.exists(path("dangling")))
      assert.is_false(fs.exists("/dev/null/x"))
      assert.equal("ELOOP", code(fs.exists(path("loop"))))
    end)
  end)

  describe("scandir", function()
    it("sorts by bytes and tells types", function()
      assert(fs.mkdir_p(path("b")))
      assert(fs.write_atomic(path("a"), ""))
      assert(fs.write_atomic(path("B"), ""))
      assert(fs.symlink(path("c"), "b"))
      assert.same({ { name = "B", type = "file" }, { name = "a", type = "file" },
        { name = "b", type = "directory" }, { name = "c", type = "link" } }, fs.scandir(dir))
      assert.same({}, fs.scandir(path("b")))
      assert.equal("ENOTDIR", code(fs.scandir(path("a"))))
      local stat = fs.lstat(path("a"))
      local entry = fs.scandir(dir, { stat = true })[2]
      assert.same({ name = "a", type = "file", size = 0, mtime_ns = stat.mtime_ns }, entry)
      assert.equal("ELIMIT", code(fs.scandir(dir, { max = 3 })))
      assert.equal(4, #fs.scandir(dir, { max = 4 }))
    end)

    it("bears any name", function()
      local odd = { "a\nb", "-rf", "*", ("n"):rep(255), "\xff\xfe", "😀", " ", "\27[31m" }
      table.sort(odd)
      for _, name in ipairs(odd) do
        assert(fs.write_atomic(path(name), name))
        assert.equal(name, fs.read(path(name)))
      end
      assert.same(odd, names())
      assert.equal("ENAMETOOLONG", code(fs.write_atomic(path(("n"):rep(256)), "")))
      for _, name in ipairs(odd) do
        assert(fs.remove(path(name)))
      end
    end)

    it("lists thousands", function()
      for i = 1, 3000 do
        assert(fs.append(path(("f%04d"):format(i)), ""))
      end
      local found = names()
      assert.equal(3000, #found)
      assert.equal("f3000", found[3000])
    end)
  end)

  describe("mkdir_p", function()
    it("makes what is missing", function()
      assert(fs.mkdir_p(path("a/b//c/")))
      assert(fs.mkdir_p(path("a/b/c"), { mode = tonumber("700", 8) }))
      assert.equal("directory", fs.stat(path("a/b/c")).type)
      assert(fs.mkdir_p(path("x/y"), { mode = tonumber("700", 8) }))
      assert.equal(tonumber("700", 8), fs.stat(path("x")).mode)
      assert(fs.mkdir_p("/"))
      assert(fs.write_atomic(path("f"), ""))
      assert.equal("ENOTDIR", code(fs.mkdir_p(path("f"))))
      assert.equal("ENOTDIR", code(fs.mkdir_p(path("f/g"))))
      assert.equal("ENOENT", code(fs.mkdir_p("")))
    end)
  end)

  describe("remove_tree", function()
    it("removes all below, follows no link", function()
      assert(fs.mkdir_p(path("keep")))
      assert(fs.write_atomic(path("keep/f"), "x"))
      assert(fs.mkdir_p(path("t/a/b")))
      assert(fs.mkdir_p(path("t/c")))
      assert(fs.write_atomic(path("t/a/f"), ""))
      assert(fs.symlink(path("t/a/out"), "../../keep"))
      assert(fs.symlink(path("t/loop"), "."))
      shell("mkfifo @/t/fifo")
      assert(fs.remove_tree(path("t")))
      assert.same({ "keep" }, names())
      assert.equal("x", fs.read(path("keep/f")))
      assert(fs.symlink(path("l"), "keep"))
      assert(fs.remove_tree(path("l")))
      assert.equal("x", fs.read(path("keep/f")))
      assert(fs.remove_tree(path("none")))
      assert(fs.remove_tree(path("none/none")))
    end)

    it("removes what was made read-only, wide and deep", function()
      assert(fs.mkdir_p(path("t/ro/x")))
      for i = 1, 300 do
        assert(fs.mkdir_p(path("t/wide/d" .. i .. "/e")))
      end
      shell("chmod 0 @/t/ro")
      local before = assert(fs.getcwd())
      finally(function() assert(fs.chdir(before)) end)
      assert(fs.chdir(path("t")))
      for _ = 1, 60 do -- far longer than any path may be
        assert(fs.mkdir_p(("n"):rep(250)))
        assert(fs.chdir(("n"):rep(250)))
      end
      assert(fs.chdir(before))
      assert(fs.remove_tree(path("t")))
      assert.same({}, names())
    end)

    it("reads each folder of a wide tree once", function()
      local made = {}
      for i = 1, 2000 do
        made[i] = "@/t/" .. ("d%04d"):format(i)
      end
      shell("mkdir @/t && mkdir " .. table.concat(made, " "))
      assert(fs.write_atomic(path("m.lua"), 'assert(require("core.fs").remove_tree(arg[1]))'))
      shell("ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=getdents64 -o @/trace " ..
        "\"$CLNRM\" lua @/m.lua @/t")
      local bytes = 0
      for n in assert(fs.read(path("trace"))):gmatch("= (%d+)\n") do
        bytes = bytes + n
      end
      assert.same({ "m.lua", "trace" }, names())
      -- 32 bytes for d0001, 48 for the two of each empty folder
      assert.is_true(bytes >= 2000 * 80, bytes)
      assert.is_true(bytes < 2000 * 80 * 2, bytes)
    end)

    it("is bounded, and says so", function()
      for i = 1, 5 do
        assert(fs.mkdir_p(path("t/" .. i)))
      end
      assert.equal("ELIMIT", code(fs.remove_tree(path("t"), { max = 3 })))
      assert(fs.remove_tree(path("t")))
    end)

    it("refuses to leave the file system", function()
      if not os.execute("unshare -Urm true 2>/dev/null") then
        pending("no mount namespaces")
        return
      end
      assert(fs.mkdir_p(path("t/mount")))
      assert(fs.write_atomic(path("m.lua"), [[
        local ok, err = require("core.fs").remove_tree(arg[1])
        assert(not ok and err.code == "EXDEV", tostring(err))
      ]]))
      shell("unshare -Urm sh -c 'mount -t tmpfs none @/t/mount && touch @/t/mount/f && " ..
        "\"$0\" lua @/m.lua @/t && test -e @/t/mount/f' \"$CLNRM\"")
    end)
  end)

  describe("paths", function()
    it("resolves links", function()
      assert(fs.mkdir_p(path("d")))
      assert(fs.symlink(path("l"), "d"))
      assert.equal(fs.realpath(path("d")), fs.realpath(path("l/../l/.")))
      assert.equal("ENOENT", code(fs.realpath(path("none"))))
      assert.equal("EINVAL", code(fs.realpath("a\0b")))
    end)

    it("knows and changes the working directory", function()
      local before = assert(fs.getcwd())
      finally(function() assert(fs.chdir(before)) end)
      assert(fs.chdir(dir))
      assert.equal(fs.realpath(dir), fs.getcwd())
      assert(fs.write_atomic("relative", "x"))
      assert.equal("x", fs.read(path("relative")))
      assert.equal("ENOENT", code(fs.chdir(path("none"))))
      assert(fs.mkdir_p("gone"))
      assert(fs.chdir("gone"))
      assert(fs.remove(path("gone")))
      assert.equal("ENOENT", code(fs.getcwd()))
    end)

    it("makes private folders", function()
      local made = assert(fs.tempdir({ parent = dir, prefix = "x-" }))
      assert.matches("^" .. dir:gsub("%p", "%%%0") .. "/x%-%w+$", made)
      assert.equal(tonumber("700", 8), fs.stat(made).mode)
      assert.equal("ENOENT", code(fs.tempdir({ parent = path("none") })))
      assert.has_error(function() return fs.tempdir({ prefix = "a/b" }) end)
    end)
  end)

  describe("open_root", function()
    local root
    before_each(function()
      assert(fs.mkdir_p(path("in/sub")))
      assert(fs.write_atomic(path("secret"), "s"))
      assert(fs.symlink(path("in/up"), ".."))
      assert(fs.symlink(path("in/abs"), "/etc"))
      assert(fs.symlink(path("in/inner"), "sub"))
      assert(fs.symlink(path("in/link"), "../secret"))
      root = assert(fs.open_root(path("in")))
    end)
    after_each(function() root:close() end)

    it("works below the folder", function()
      assert(root:write_atomic("sub/f", "x", { mode = tonumber("640", 8) }))
      assert(root:append("inner/f", "y"))
      assert.equal("xy", root:read("sub/../inner/f"))
      assert.equal("file", root:stat("sub/f").type)
      assert.equal("link", root:lstat("inner").type)
      assert.equal("sub", root:readlink("inner"))
      assert.is_true(root:exists("sub"))
      assert.is_false(root:exists("none"))
      assert(root:copy("sub/f", "g"))
      assert(root:rename("g", "sub/g"))
      assert(root:mkdir_p("a/b/c"))
      assert(root:symlink("a/l", "b"))
      assert(root:chmod("sub/g", tonumber("600", 8)))
      assert.same({ { name = "f", type = "file" }, { name = "g", type = "file" } },
        root:scandir("sub"))
      assert(root:remove("sub/g"))
      assert(root:remove_tree("a"))
      assert.same({ "abs", "inner", "link", "sub", "up" }, names(path("in")))
    end)

    it("never leads out", function()
      local ways = { "../secret", "up/secret", "abs/passwd", "/etc/passwd", "link",
        "sub/../../secret", "up/in/../secret" }
      for _, way in ipairs(ways) do
        assert.equal("EOUTSIDE", code(root:read(way)), way)
        assert.equal("EOUTSIDE", code(root:stat(way)), way)
        assert.equal("EOUTSIDE", code(root:exists(way)), way)
        assert.equal("EOUTSIDE", code(root:append(way, "x")), way)
        assert.equal("EOUTSIDE", code(root:chmod(way, 0)), way)
        if way ~= "link" then -- the link itself is inside
          assert.equal("EOUTSIDE", code(root:write_atomic(way, "x")), way)
          assert.equal("EOUTSIDE", code(root:remove(way)), way)
          assert.equal("EOUTSIDE", code(root:remove_tree(way)), way)
          assert.equal("EOUTSIDE", code(root:rename(way, "got")), way)
          assert.equal("EOUTSIDE", code(root:symlink(way, "x")), way)
          assert.equal("EOUTSIDE", code(root:mkdir_p(way .. "/x")), way)
        end
        assert.equal("EOUTSIDE", code(root:copy(way, "got")), way)
      end
      assert.equal("EOUTSIDE", code(root:scandir("up")))
      assert.equal("EOUTSIDE", code(root:mkdir_p("up/x")))
      assert.equal("ELOOP", code(root:write_atomic("link", "x")))
      assert.equal("s", fs.read(path("secret")))
      assert.same({ "in", "secret" }, names())
    end)

    it("refuses magic links", function()
      local proc = assert(fs.open_root("/proc/self"))
      assert.equal("ELOOP", code(proc:read("exe")))
      assert.equal("ELOOP", code(proc:scandir("fd/0/..")))
      proc:close()
    end)

    it("stays with its folder when that is moved, and raises when closed", function()
      assert(fs.rename(path("in"), path("moved")))
      assert(root:write_atomic("f", "x"))
      assert.equal("x", fs.read(path("moved/f")))
      root:close()
      root:close()
      assert.has_error(function() root:read("f") end)
      assert.equal("ENOTDIR", code(fs.open_root(path("secret"))))
      assert.equal("ENOENT", code(fs.open_root(path("in"))))
    end)
  end)
end)
