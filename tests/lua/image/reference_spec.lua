-- luacheck: no max line length
--- Names of images, as Docker's own grammar has them (distribution/reference).
local reference = require("engine.image.reference")

local HEX = ("0a"):rep(32)

describe("a reference", function()
  it("has a registry, a path, and a tag or a digest", function()
    for text, want in pairs({
      ["redis"] = { "docker.io", "library/redis", "latest" },
      ["redis:7"] = { "docker.io", "library/redis", "7" },
      ["team/app"] = { "docker.io", "team/app", "latest" },
      ["docker.io/redis"] = { "docker.io", "library/redis", "latest" },
      ["index.docker.io/a/b:1"] = { "docker.io", "a/b", "1" },
      ["localhost/app"] = { "localhost", "app", "latest" },
      ["localhost:5000/app:2"] = { "localhost:5000", "app", "2" },
      ["127.0.0.1:5055/x/bb:1"] = { "127.0.0.1:5055", "x/bb", "1" },
      ["[::1]:5000/x"] = { "[::1]:5000", "x", "latest" },
      ["Registry.Example/app"] = { "Registry.Example", "app", "latest" },
      ["r.example/a/b/c.d/e_f/g__h/i---j:V_1.2-rc"] =
        { "r.example", "a/b/c.d/e_f/g__h/i---j", "V_1.2-rc" },
      ["redis@sha256:" .. HEX] = { "docker.io", "library/redis", nil, "sha256:" .. HEX },
      ["h:1/r:t@sha256:" .. HEX] = { "h:1", "r", "t", "sha256:" .. HEX },
      ["test:5000"] = { "docker.io", "library/test", "5000" },
      ["a@sha512:" .. HEX .. HEX] = { "docker.io", "library/a", nil, "sha512:" .. HEX .. HEX },
    }) do
      local name, why = reference.read(text)
      assert.same({ registry = want[1], path = want[2], tag = want[3], digest = want[4] }, name,
        text .. ": " .. tostring(why))
    end
  end)

  it("is refused where Docker refuses it", function()
    for _, text in ipairs({
      "", ":", ":1", "/", "/x", "x/", "a//b", "Redis", "docker.io/Team/app", "Foo/bar", "redis:",
      "redis:-x", "redis:.x", "redis:" .. ("t"):rep(129), "redis:a b", "a..b", "a___b", "a._b", "a-",
      "-a", "_a", ".a", "a_", "a.", "redis@", "redis@sha256:", "redis@sha256:" .. HEX:sub(2),
      "redis@sha256:" .. HEX:upper(), "redis@md5:" .. HEX, "redis@sha256:" .. HEX .. "@sha256:" .. HEX,
      "@sha256:" .. HEX, HEX, "-h.example/x", "h-.example/x", "h..example/x", "h.example:/x",
      "h.example:x/x", "h.example:123456/x", "[::1/x", "[x]:1/x", "h ost.example/x", "r\0x", "r\nx",
      "rédis", "https://r.example/x", "r.example/x:1:2", ("a"):rep(256), "a/" .. ("b"):rep(254),
      "../../etc/passwd", "./x", "x/../y", "redis?tag=1", "redis#x", "redis&platform=x", "redis%41",
    }) do
      local name, why = reference.read(text)
      assert.is_nil(name, text)
      assert.is_string(why, text)
    end
  end)

  it("tells which of two usual slips it is", function()
    assert.matches("capital letter", select(2, reference.read("Redis:7")))
    assert.matches("is no name", select(2, reference.read("Not A Name")))
    assert.matches("id of an image", select(2, reference.read(HEX)))
  end)

  it("is written in full and as people do, and read again as the same", function()
    for text, want in pairs({
      ["redis"] = { "docker.io/library/redis:latest", "redis:latest" },
      ["docker.io/team/app:1"] = { "docker.io/team/app:1", "team/app:1" },
      ["h:1/app@sha256:" .. HEX] = { "h:1/app@sha256:" .. HEX, "h:1/app@sha256:" .. HEX },
      ["library/a/b"] = { "docker.io/library/a/b:latest", "library/a/b:latest" },
    }) do
      local name = assert(reference.read(text))
      assert.same(want, { reference.full(name), reference.familiar(name) })
      assert.same(name, reference.read(want[1]))
      assert.same(name, reference.read(want[2]))
    end
  end)

  it("of the store is the short name, or an id", function()
    for text, want in pairs({
      ["redis"] = "redis:latest", ["docker.io/library/redis:7"] = "redis:7",
      ["index.docker.io/library/redis:7"] = "redis:7", ["localhost/busybox:1"] = "localhost/busybox:1",
      ["docker.io/redis:7@sha256:" .. HEX] = "redis:7@sha256:" .. HEX,
      ["redis@sha256:" .. HEX] = "redis@sha256:" .. HEX,
      ["h:1/app:2"] = "h:1/app:2", ["sha256:0A0a0a0a0a0a"] = "sha256:0a0a0a0a0a0a",
    }) do
      assert.equal(want, reference.normal(text), text)
      assert.equal(want, reference.normal(want), text)
    end
    for _, text in ipairs({ "sha256:0a", "redis@sha256:0a", "a b", "X" }) do
      assert.is_nil((reference.normal(text)), text)
    end
  end)

  it("never raises, whatever its bytes are", function()
    math.randomseed(7)
    local pieces = { "a", "A", "0", ".", "-", "_", "/", ":", "@", "sha256:", HEX, "[", "]", "\0", "é" }
    for _ = 1, 5000 do
      local parts = {}
      for i = 1, math.random(1, 8) do
        parts[i] = pieces[math.random(#pieces)]
      end
      local text = table.concat(parts)
      local name, why = reference.read(text)
      if name then
        assert.same(name, reference.read(reference.full(name)), text)
      else
        assert.is_string(why, text)
      end
    end
  end)
end)
