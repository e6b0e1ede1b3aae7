local hash = require("core.hash")
local ids = require("engine.generate.ids")
local sha1 = require("engine.generate.sha1")
local stream = require("engine.generate.stream")

local function open(call)
  return stream.of(1, "ids", call or 0)
end

describe("engine.generate.sha1", function()
  it("gives the digests of RFC 3174 and of lengths around a block", function()
    local function hex(s)
      return hash.hex(sha1.digest(s))
    end
    assert.equal("a9993e364706816aba3e25717850c26c9cd0d89d", hex("abc"))
    assert.equal("da39a3ee5e6b4b0d3255bfef95601890afd80709", hex(""))
    assert.equal("84983e441c3bd26ebaae4aa1f95129e5e54670f1",
      hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))
    assert.equal("0098ba824b5c16427bd7a1122a5a442a25ec644d", hex(("a"):rep(64)))
    assert.equal("c1c8bbdc22796e28c0e15163d20899b65621d65a", hex(("a"):rep(55)))
  end)
end)

describe("engine.generate.ids", function()
  it("makes UUIDs of their version and variant", function()
    local v4, v7 = ids.uuid_v4(open()), ids.uuid_v7(open(), 1735689600000)
    assert.matches("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x+$", v4)
    assert.matches("^01941f29%-7c00%-7%x%x%x%-[89ab]%x%x%x%-%x+$", v7)
    assert.equal(36, #v4)
    assert.equal(36, #v7)
  end)

  it("makes the UUIDs of names", function()
    assert.equal("2ed6657d-e927-568b-95e1-2665a8aea6a2", ids.uuid_v5("dns", "www.example.com"))
    assert.equal("2ed6657d-e927-568b-95e1-2665a8aea6a2",
      ids.uuid_v5("6BA7B810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"))
    assert.is_nil(ids.uuid_v5("nothing", "x"))
  end)

  it("makes ULIDs that sort by time", function()
    local ulid = ids.ulid(open(), 1469918176385)
    assert.equal("01ARYZ6S41", ulid:sub(1, 10))
    assert.equal(26, #ulid)
    assert.is_true(ulid < ids.ulid(open(), 1469918176386))
  end)

  it("makes numbers of traces and spans that are not zero", function()
    for call = 1, 50 do
      assert.matches("^%x+$", ids.trace_id(open(call)))
      assert.equal(32, #ids.trace_id(open(call)))
      assert.equal(16, #ids.span_id(open(call)))
    end
    local given = { ("0"):rep(16), "00000000000000a0" }
    local of_zeros = {
      hex = function()
        return table.remove(given, 1)
      end,
    }
    assert.equal("00000000000000a0", ids.span_id(of_zeros))
  end)
end)
