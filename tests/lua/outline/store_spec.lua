local fs = require("core.fs")
local hash = require("core.hash")
local store = require("engine.outline.store")

local DIGEST = hash.xxh128("text")

describe("engine.outline.store", function()
  it("writes data and reads it again", function()
    local bytes = store.pack("{a={1,2},b='x'}", DIGEST)
    assert.same({ a = { 1, 2 }, b = "x" }, store.unpack(bytes, DIGEST))
  end)

  it("refuses what was changed, cut, made elsewhere or of another text", function()
    local bytes = store.pack("{a={1,2},b='x'}", DIGEST)
    for at = 1, #bytes do
      local changed = bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ 1) .. bytes:sub(at + 1)
      assert.is_nil(store.unpack(changed, DIGEST))
      assert.is_nil(store.unpack(bytes:sub(1, at - 1), DIGEST))
    end
    assert.is_nil(store.unpack(bytes, hash.xxh128("other")))
    assert.is_nil(store.unpack(string.dump(function() end), DIGEST))
    assert.is_nil(store.unpack("", DIGEST))
  end)

  it("does not take more than a limit", function()
    assert.is_nil(store.pack(("%q"):format(("x"):rep(300 << 10)), DIGEST))
  end)

  it("removes the oldest of too many, or too large ones", function()
    local dir, files, bytes = assert(fs.tempdir()), store.FILES_MAX, store.BYTES_MAX
    finally(function()
      store.FILES_MAX, store.BYTES_MAX = files, bytes
      fs.remove_tree(dir)
    end)
    for i = 1, 8 do
      assert(fs.write_atomic(dir .. "/" .. i, ("x"):rep(100), { sync = false }))
      assert(os.execute(("touch -d @%d %s/%d"):format(1000 - i, dir, i))) -- the last is the oldest
    end
    local root <close> = assert(fs.open_root(dir))
    local function names()
      local list = {}
      for _, entry in ipairs(fs.scandir(dir)) do
        list[#list + 1] = entry.name
      end
      return table.concat(list, " ")
    end
    store.make_room(root)
    assert.equal("1 2 3 4 5 6 7 8", names())
    store.FILES_MAX = 7
    store.make_room(root)
    assert.equal("1 2 3 4 5", names())
    store.BYTES_MAX = 499
    store.make_room(root)
    assert.equal("1 2 3", names())
  end)
end)
