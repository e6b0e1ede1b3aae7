--- Folders of the cache from which code is loaded: opened once, by who they belong to.
local build_folder = require("engine.build_folder")
local fs = require("core.fs")

describe("engine.build_folder", function()
  local top, getenv

  before_each(function()
    top, getenv = assert(fs.realpath(assert(fs.tempdir()))), os.getenv
    os.getenv = function(name) -- luacheck: ignore
      if name == "CLNRM_LUA_DIR" then
        return nil
      end
      return name == "XDG_CACHE_HOME" and top .. "/cache" or getenv(name)
    end
  end)

  after_each(function()
    os.getenv = getenv -- luacheck: ignore
    assert(fs.remove_tree(top))
  end)

  local function open()
    return build_folder.open("outlines", "engine")
  end

  it("is the same behind its handle, whatever is put in its place", function()
    local folder <close> = assert(open())
    assert(folder:write_atomic("a", "ours"))
    assert(fs.rename(top .. "/cache", top .. "/gone"))
    assert(open()):close() -- makes another
    local id = fs.scandir(top .. "/gone/clnrm/outlines")[1].name
    assert(fs.write_atomic(("%s/cache/clnrm/outlines/%s/a"):format(top, id), "theirs"))
    assert.equal("ours", folder:read("a"))
    assert(folder:write_atomic("b", "new"))
    assert.is_true(fs.exists(("%s/gone/clnrm/outlines/%s/b"):format(top, id)))
    build_folder.clear(folder)
    assert.same({}, folder:scandir("."))
    assert.is_true(fs.exists(("%s/cache/clnrm/outlines/%s/a"):format(top, id)))
  end)

  it("is not reached by a link below the cache, and the cache itself may be one", function()
    assert(open()):close()
    assert(fs.rename(top .. "/cache", top .. "/elsewhere"))
    assert(fs.symlink(top .. "/cache", "elsewhere"))
    assert(open()):close()
    for _, part in ipairs({ "/clnrm", "/clnrm/outlines" }) do
      assert(fs.rename(top .. "/elsewhere" .. part, top .. "/elsewhere/moved"))
      assert(fs.symlink(top .. "/elsewhere" .. part, top .. "/elsewhere/moved"))
      assert.is_nil(open())
      assert(fs.remove(top .. "/elsewhere" .. part))
      assert(fs.rename(top .. "/elsewhere/moved", top .. "/elsewhere" .. part))
    end
    assert(open()):close()
  end)

  it("is one that others cannot write to, and neither is what it lies in", function()
    assert(open()):close()
    local base = top .. "/cache/clnrm/outlines"
    local own = base .. "/" .. fs.scandir(base)[1].name
    for _, path in ipairs({ base, own }) do
      for _, mode in ipairs({ 464, 450 }) do -- 0720, 0702
        assert(fs.chmod(path, mode))
        assert.is_nil(open())
      end
      assert(fs.chmod(path, 448))
      assert(open()):close()
      if fs.stat("/proc/self").uid == 0 then
        assert(fs.chown(path, 12345, 0))
        assert.is_nil(open())
        assert(fs.chown(path, 0, 0))
      end
    end
  end)

  it("says what is in the way, and what to do", function()
    local base = top .. "/cache/clnrm/outlines"
    assert.is_nil(build_folder.problem("outlines"))
    assert(open()):close()
    assert.is_nil(build_folder.problem("outlines"))
    assert(fs.chmod(base, 450)) -- 0702
    assert.same({ text = base .. " can be written by others", remedy = "chmod go-w " .. base },
      build_folder.problem("outlines"))
    assert(fs.chmod(base, 448))
    if fs.stat("/proc/self").uid == 0 then
      assert(fs.chown(top .. "/cache/clnrm", 12345, 0))
      assert.is_nil(build_folder.problem("outlines")) -- which can be used
      assert(fs.chown(base, 12345, 0))
      assert.equal(top .. "/cache/clnrm belongs to the user 12345",
        build_folder.problem("outlines").text)
      assert.matches("^sudo %-H", build_folder.problem("outlines").remedy)
    end
    assert(fs.remove_tree(top .. "/cache/clnrm"))
    assert(fs.symlink(top .. "/cache/clnrm", "/"))
    assert.equal(top .. "/cache/clnrm is a link", build_folder.problem("outlines").text)
  end)

  it("is looked through at one of so many entries, whichever they are", function()
    local hash, count = require("core.hash"), 0
    for i = 1, 10000 do
      count = count + (build_folder.is_turn(hash.xxh128(tostring(i)), 500) and 1 or 0)
    end
    assert.is_true(count > 5 and count < 60, tostring(count))
    assert.is_false(build_folder.is_turn("000000000001f3ff", 500))
    assert.is_true(build_folder.is_turn("00000000000001f4", 500))
  end)

  it("removes the folders of other builds, without what their links lead to", function()
    local base = top .. "/cache/clnrm/outlines"
    assert(fs.mkdir_p(base .. "/old", { mode = 448 }))
    assert(fs.chmod(base, 448))
    assert(fs.write_atomic(base .. "/old/a", "x"))
    assert(fs.write_atomic(top .. "/kept", "x"))
    assert(fs.symlink(base .. "/link", top))
    assert(open()):close()
    assert.equal(1, #fs.scandir(base))
    assert.equal("x", fs.read(top .. "/kept"))
  end)
end)

describe("fs.read with owned", function()
  it("reads what belongs to the user and nobody else can write", function()
    local dir = assert(fs.tempdir())
    local path = dir .. "/a"
    assert(fs.write_atomic(path, "x", { mode = 384 }))
    local root <close> = assert(fs.open_root(dir))
    assert.equal("x", fs.read(path, { owned = true }))
    assert.equal("x", root:read("a", { owned = true }))
    local function refused()
      local text, err = fs.read(path, { owned = true })
      assert.same({ nil, "EPERM" }, { text, err.code })
      text, err = root:read("a", { owned = true })
      assert.same({ nil, "EPERM" }, { text, err.code })
      assert.equal("x", fs.read(path))
    end
    for _, mode in ipairs({ 400, 386 }) do -- 0620, 0602
      assert(fs.chmod(path, mode))
      refused()
    end
    assert(fs.chmod(path, 420))
    assert.equal("x", fs.read(path, { owned = true }))
    if fs.stat("/proc/self").uid == 0 then
      assert(fs.chown(path, 12345, 0))
      refused()
    end
    assert(fs.remove_tree(dir))
  end)
end)
