-- luacheck: no max line length
--- clnrm.lock: what it looks like, what it refuses, and what --locked makes of it.
local fs = require("core.fs")
local lock = require("engine.docker.lock")

local function sum(digits)
  return "sha256:" .. digits:rep(64 // #digits)
end

local REDIS = "docker.io/library/redis:7"
local TEXT = ([==[
# Which image each name means: made by `clnrm pull`, kept to by `--locked`.
format = 1

[[image]]
name = "docker.io/library/redis:7"
platform = "linux/amd64"
digest = "A1"
id = "B2"

[[image]]
name = "docker.io/library/redis:7"
platform = "linux/arm64/v8"
digest = "A1"

[[image]]
name = "localhost:5000/app:dev"
platform = "linux/amd64"
id = "C3"
]==]):gsub("%u%d", function(digits)
  return sum(digits:lower())
end)

describe("engine.docker.lock", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
  end)

  after_each(function()
    assert(fs.remove_tree(dir))
  end)

  it("is written sorted, and the same from any order", function()
    local entries = {
      { name = "localhost:5000/app:dev", platform = "linux/amd64", id = sum("c3") },
      { name = REDIS, platform = "linux/arm64/v8", digest = sum("a1") },
      { name = REDIS, platform = "linux/amd64", digest = sum("ff") },
      { name = REDIS, platform = "linux/amd64", digest = sum("a1"), id = sum("b2") },
    }
    for _, order in ipairs({ { 1, 2, 3, 4 }, { 3, 4, 2, 1 }, { 2, 3, 1, 4 } }) do
      local made = lock.new()
      for _, i in ipairs(order) do
        lock.set(made, entries[i])
      end
      assert.equal(TEXT, lock.render(made))
    end
  end)

  it("is read as it was written", function()
    local read = assert(lock.parse(TEXT))
    assert.equal(TEXT, lock.render(read))
    assert.same({ name = REDIS, platform = "linux/arm64/v8", digest = sum("a1") },
      lock.find(read, "redis:7", "linux/arm64/v8"))
    assert.equal("# Which image each name means: made by `clnrm pull`, kept to by `--locked`.\n"
      .. "format = 1\n", lock.render(assert(lock.parse("format = 1"))))
  end)

  it("is stored whole and loaded, or is not there", function()
    assert.same({}, { lock.load(dir) })
    local made = assert(lock.parse(TEXT))
    assert.is_true(lock.store(dir, made))
    assert.equal(TEXT, fs.read(dir .. "/clnrm.lock"))
    assert.equal(TEXT, lock.render(assert(lock.load(dir))))
  end)

  it("is neither read nor written through a link", function()
    local out = dir .. "/elsewhere"
    assert(fs.write_atomic(out, TEXT))
    assert(fs.symlink(dir .. "/clnrm.lock", out))
    for _, call in ipairs({ function() return lock.load(dir) end,
      function() return lock.store(dir, lock.new()) end }) do
      local ok, err = call()
      assert.is_nil(ok)
      assert.equal("ELOOP", err.code)
    end
    assert.equal(TEXT, fs.read(out))
  end)

  it("refuses what is no lock", function()
    local one = '[[image]]\nname = "docker.io/library/a:1"\nplatform = "linux/amd64"\nid = "' .. sum("00")
      .. '"\n'
    assert.is_table(lock.parse("format = 1\n" .. one))
    for _, text in ipairs({
      "", "format = 2\n", 'format = "1"\n', "format = 1.0\n" .. "x = 1", "format = 1\nx = 1\n",
      "format = 1\nimage = 7\n", "format = 1\nimage = [7]\n", "format = 1\n[image]\na = 1\n",
      "format = 1\n" .. one .. one, "format = 1\n" .. one .. "more = 1\n", "garbage", "\0", "format = 1\n[",
      "format = 1\n" .. one:gsub("linux/amd64", "../x"), "format = 1\n" .. one:gsub("linux/amd64", "linux"),
      "format = 1\n" .. one:gsub("docker.io/library/a:1", "a:1"),
      "format = 1\n" .. one:gsub("docker.io/library/a:1", "docker.io/library/A:1"),
      "format = 1\n" .. one:gsub("sha256", "sha512"), "format = 1\n" .. one:gsub("00\"", "0\""),
      "format = 1\n" .. one:gsub("id = .*$", ""), "format = 1\n" .. one:gsub('name = "[^"]*"', "name = 1"),
      "format = 1\nimage = " .. ("["):rep(10000),
    }) do
      local read, err = lock.parse(text)
      assert.is_nil(read, text:sub(1, 200))
      assert.is_string(err.message)
    end
    assert(fs.write_atomic(dir .. "/clnrm.lock", ("#"):rep((1 << 20) + 1)))
    assert.equal("ELIMIT", select(2, lock.load(dir)).code)
    assert.has_error(function()
      lock.set(lock.new(), { name = REDIS, platform = 'linux/amd64"', id = sum("00") })
    end)
  end)

  it("says how to make anew what it cannot read: clnrm pull reads it, too", function()
    for _, text in ipairs({ "{{{", "format = 2" }) do
      local _, err = lock.parse(text)
      assert.matches("rm clnrm.lock; clnrm pull", err.detail.help, 1, true)
    end
  end)

  it("lets --locked run what it has", function()
    local read = assert(lock.parse(TEXT))
    local entry = assert(lock.find(read, "redis:7", "linux/amd64"))
    local function found(fields)
      fields.platform = fields.platform or "linux/amd64"
      return fields
    end
    assert.is_true(lock.check(entry, found({ id = sum("b2"), digests = { sum("a1") } })))
    assert.is_true(lock.check(entry, found({ id = sum("99"), digests = { sum("77"), sum("a1") } })))
    assert.is_true(lock.check(entry, found({ id = sum("b2") })))
  end)

  it("refuses under --locked what has changed, by both sums", function()
    local entry = assert(lock.find(assert(lock.parse(TEXT)), REDIS, "linux/amd64"))
    for _, found in ipairs({
      { id = sum("99"), digests = { sum("77") }, platform = "linux/amd64" },
      { id = sum("99"), platform = "linux/amd64" },
      { id = sum("a1"), digests = { sum("b2") }, platform = "linux/amd64" },
      { id = sum("b2"), digests = { sum("a1") }, platform = "linux/arm64/v8" },
    }) do
      local ok, err = lock.check(entry, found)
      assert.is_nil(ok)
      assert.equal("ECHANGED", err.code)
      assert.is_truthy(err.message:find(REDIS, 1, true))
      assert.is_truthy(err.message:find(sum("a1") .. " there", 1, true), err.message)
    end
    local by_id = { name = REDIS, platform = "linux/amd64", id = sum("b2") }
    assert.is_nil((lock.check(by_id, { id = sum("00"), platform = "linux/amd64", digests = {} })))
  end)

  it("refuses under --locked what is missing", function()
    local read = assert(lock.parse(TEXT))
    for _, ask in ipairs({ { read, "redis:8", "linux/amd64" }, { read, "redis:7", "linux/s390x" },
      { nil, "redis:7", "linux/amd64" }, { read, "Redis", "linux/amd64" } }) do
      local entry, err = lock.find(ask[1], ask[2], ask[3])
      assert.is_nil(entry)
      assert.equal("ENOTLOCKED", err.code)
    end
    assert.matches("no such file", select(2, lock.find(nil, "redis:7", "linux/amd64")).message)
  end)

  it("takes a name that has its own digest as locked by itself", function()
    local entry = assert(lock.find(nil, "redis@" .. sum("d4"), "linux/amd64"))
    assert.is_true(lock.check(entry, { id = sum("00"), digests = { sum("d4") }, platform = "linux/amd64" }))
    assert.is_nil((lock.check(entry, { id = sum("d4"), digests = { sum("00") }, platform = "linux/amd64" })))
  end)
end)
