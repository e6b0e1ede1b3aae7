local lru = require("core.lru")

local function random(seed)
  return function(n)
    seed = (seed * 6364136223846793005 + 1442695040888963407)
    return (seed >> 33) % n
  end
end

describe("core.lru", function()
  it("keeps what was used last", function()
    local cache = lru.open({ count = 2 })
    cache:put("a", 1)
    cache:put("b", { 2 })
    assert.equal(1, cache:get("a"))
    cache:put("c", "three")
    assert.is_nil(cache:get("b"))
    assert.equal(1, cache:get("a"))
    assert.equal("three", cache:get("c"))
    assert.same({ hits = 3, misses = 1, evictions = 1, count = 2, bytes = 5 }, cache:stats())
  end)

  it("replaces, deletes and clears", function()
    local cache = lru.open({ count = 3 })
    cache:put("a", 1)
    cache:put("a", false)
    assert.is_false(cache:get("a"))
    assert.equal(1, cache:stats().count)
    assert.is_true(cache:del("a"))
    assert.is_false(cache:del("a"))
    assert.is_nil(cache:get("a"))
    cache:put("", 1)
    cache:put("\0", 2)
    assert.equal(1, cache:get(""))
    assert.equal(2, cache:get("\0"))
    cache:clear()
    assert.equal(0, cache:stats().count)
    assert.equal(0, cache:stats().evictions)
    assert.is_nil(cache:get(""))
  end)

  it("is bounded by bytes", function()
    local cache = lru.open({ count = 100, bytes = 10 })
    assert.is_true(cache:put("a", "1234"))
    assert.is_true(cache:put("b", "1234"))
    assert.is_true(cache:put("c", {}, 3))
    assert.is_nil(cache:get("a"))
    assert.equal(7, cache:stats().bytes)
    local ok, err = cache:put("b", ("x"):rep(11))
    assert.is_nil(ok)
    assert.equal("ELIMIT", err.code)
    assert.is_nil(cache:get("b")) -- never the old value where a new one was given
    assert.is_true(cache:put("d", ("x"):rep(10)))
    assert.equal(1, cache:stats().count)
    assert.has_error(function() cache:put("e", {}) end)
    assert.has_error(function() cache:put("e", "", -1) end)
  end)

  it("forgets what is too old", function()
    local cache = lru.open({ count = 2, ttl_ms = 40 })
    cache:put("a", 1)
    assert.equal(1, cache:get("a"))
    os.execute("sleep 0.06")
    assert.is_nil(cache:get("a"))
    assert.equal(0, cache:stats().count)
    cache:put("a", 2)
    assert.equal(2, cache:get("a"))
  end)

  it("lets go of values that left", function()
    local cache = lru.open({ count = 2 })
    local weak = setmetatable({}, { __mode = "v" })
    for i = 1, 6 do
      local value = {}
      weak[i] = value
      cache:put("k" .. i, value)
    end
    collectgarbage()
    collectgarbage()
    assert.same({ nil, nil, nil, nil, weak[5], weak[6] }, weak)
    assert.is_table(weak[6])
    cache:close()
    collectgarbage()
    assert.is_nil(weak[6])
  end)

  it("does as a plain list does", function()
    local rand = random(4)
    local cache, list = lru.open({ count = 5, bytes = 40 }), {}
    local function place(key)
      for i, item in ipairs(list) do
        if item.key == key then return i end
      end
    end
    for i = 1, 5000 do
      local key, what = "k" .. rand(12), rand(10)
      local at = place(key)
      local item = at and table.remove(list, at)
      if what < 5 then
        assert.equal(item and item.value, cache:get(key))
        list[#list + 1] = item
      elseif what < 9 then
        local bytes, total = rand(45), 0
        assert.equal(bytes <= 40 or nil, (cache:put(key, i, bytes)))
        if bytes <= 40 then
          list[#list + 1] = { key = key, value = i, bytes = bytes }
        end
        for _, other in ipairs(list) do
          total = total + other.bytes
        end
        while #list > 5 or total > 40 do
          total = total - table.remove(list, 1).bytes
        end
      else
        assert.equal(item ~= nil, cache:del(key))
      end
      assert.equal(#list, cache:stats().count)
    end
  end)

  it("raises on misuse", function()
    assert.has_error(function() return lru.open({}) end)
    assert.has_error(function() return lru.open({ count = 1, size = 3 }) end)
    assert.has_error(function() return lru.open({ count = 1, ttl_ms = -1 }) end)
    local cache = lru.open({ count = 1 })
    assert.has_error(function() cache:put(1, 2) end)
    assert.has_error(function() cache:put("a", nil) end)
    cache:close()
    cache:close()
    assert.has_error(function() return cache:get("a") end)
    assert.has_error(function() cache:clear() end)
  end)
end)
