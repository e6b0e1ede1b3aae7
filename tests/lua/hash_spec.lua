local fs = require("core.fs")
local hash = require("core.hash")

local EMPTY = {
  xxh3 = "2d06800538d394c2",
  xxh128 = "99aa06d3014798d86001c324468d497f",
  sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}
local ABC = {
  xxh3 = "78af5f94892f3950",
  xxh128 = "06b05ab6733a618578af5f94892f3950",
  sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
}

describe("core.hash digests", function()
  it("agree with the published ones", function()
    for kind, digest in pairs(EMPTY) do
      assert.equal(digest, hash[kind](""))
    end
    for kind, digest in pairs(ABC) do
      assert.equal(digest, hash[kind]("abc"))
    end
    assert.equal("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
      hash.sha256(("a"):rep(1000000)))
    assert.equal(ABC.xxh3, ("%016x"):format(hash.integer("abc")))
  end)

  it("are the same in parts", function()
    local bytes = {}
    for i = 1, 5000 do
      bytes[i] = string.char(i * 7 % 256)
    end
    local text = table.concat(bytes)
    for kind in pairs(EMPTY) do
      local hasher, at = assert(hash.open(kind)), 1
      for size = 0, 99 do
        assert.equal(hasher, hasher:add(text:sub(at, at + size - 1)))
        at = at + size
      end
      hasher:add(text:sub(at))
      assert.equal(hash[kind](text), hasher:finish())
      assert.has_error(function() hasher:add("x") end)
      assert.has_error(function() return hasher:finish() end)
      hasher:close()
      assert.equal(EMPTY[kind], assert(hash.open(kind)):finish())
    end
  end)

  it("refuse unknown kinds", function()
    assert.has_error(function() return hash.open("md5") end)
    assert.has_error(function() return hash.file("md5", "x") end)
  end)
end)

describe("core.hash.file", function()
  local dir
  setup(function() dir = assert(fs.tempdir()) end)
  teardown(function() assert(fs.remove_tree(dir)) end)

  it("digests a file", function()
    local data = ("0123456789"):rep(100000)
    assert(fs.write_atomic(dir .. "/f", data))
    for kind in pairs(EMPTY) do
      assert.equal(hash[kind](data), hash.file(kind, dir .. "/f"))
    end
    assert.equal(hash.xxh3(data), hash.file("xxh3", dir .. "/f", { max = #data }))
    assert.equal("ELIMIT", select(2, hash.file("xxh3", dir .. "/f", { max = #data - 1 })).code)
  end)

  it("refuses what is no regular file", function()
    assert.equal("ENOTFILE", select(2, hash.file("xxh3", "/dev/zero")).code)
    assert.equal("EISDIR", select(2, hash.file("sha256", dir)).code)
    local _, err = hash.file("sha256", dir .. "/none")
    assert.equal("ENOENT", err.code)
    assert.equal(dir .. "/none: no such file or directory", err.message)
    assert.equal("EINVAL", select(2, hash.file("xxh3", "a\0b")).code)
  end)
end)

describe("core.hash encodings", function()
  it("write and read hex", function()
    assert.equal("00ff7a", hash.hex("\0\xffz"))
    assert.equal("\0\xffz", hash.unhex("00fF7A"))
    assert.equal("", hash.hex(""))
    assert.equal("", hash.unhex(""))
    for _, text in ipairs({ "0", "0g", "0 ", "xx", "00\n", "\0\0" }) do
      assert.equal("ESYNTAX", select(2, hash.unhex(text)).code)
    end
  end)

  it("write and read base64", function()
    local vectors = { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==",
      fooba = "Zm9vYmE=", foobar = "Zm9vYmFy", ["\xff\xfe\xfb"] = "//77" }
    for bytes, text in pairs(vectors) do
      assert.equal(text, hash.base64(bytes))
      assert.equal(bytes, hash.unbase64(text))
    end
    local wrong = { "Z", "Zg", "Zg=", "Zg=a", "=g==", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "Zg==Zg==",
      "====", "Zm9\0" }
    for _, text in ipairs(wrong) do
      assert.equal("ESYNTAX", select(2, hash.unbase64(text)).code, text)
    end
  end)
end)
