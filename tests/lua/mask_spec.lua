local mask = require("core.mask")

describe("core.mask", function()
  it("replaces what it finds, the longest, and what overlaps as one", function()
    local m <close> = assert(mask.open({ plain = { "hunter2", "hunter", "abcd", "cdef" } }))
    for text, want in pairs({
      ["x hunter2 y"] = { "x *** y", 1 }, ["hunter hunter2"] = { "*** ***", 2 },
      ["abcdef"] = { "***", 1 }, ["hunterhunter2"] = { "***", 1 }, [""] = { "", 0 },
      ["hunte"] = { "hunte", 0 }, ["abc"] = { "abc", 0 }, ["\0hunter\0"] = { "\0***\0", 1 },
    }) do
      assert.same(want, { m:text(text) }, text)
    end
  end)

  it("keeps everything in its place with stars", function()
    local m = assert(mask.open({ plain = { "two\nlines" } }))
    assert.same({ "a ***\n***** b", 1 }, { m:stars("a two\nlines b") })
  end)

  it("passes over line ends in base64, and over separators in hex of either case", function()
    local m = assert(mask.open({ base64 = { "aHVudGVy" }, hex = { "68756e74" } }))
    for _, text in ipairs({ "aHVudGVy", "aHVu\ndGVy", "a\r\nH\r\nVudGVy", "68756e74", "68756E74",
      "68 75 6e 74", "68:75:6E:74", "\\x68\\x75\\x6e\\x74", "%68%75%6e%74", "\\u68\\u75\\u6e\\u74",
      "68 75\n6e 74" }) do
      assert.equal(1, select(2, m:text("<" .. text .. ">")), text)
      assert.equal(#text + 2, #m:stars("<" .. text .. ">"))
    end
    assert.equal(0, select(2, m:text("aHVu dGVy 68,756f74")))
  end)

  it("takes letters of either case for one, but in base64", function()
    local m <close> = assert(mask.open({ plain = { "Hunter-Ä" }, base64 = { "aHVudGVy" } }))
    for text, want in pairs({ ["HUNTER-Ä"] = 1, ["hunter-Ä"] = 1, ["hUnTeR-Ä"] = 1,
      ["hunter-ä"] = 0, ["hunter\rÄ"] = 0, AHVUDGVY = 0, aHVudGVy = 1 }) do
      assert.equal(want, select(2, m:text(text)), text)
    end
    assert.equal(5, m:open_end("x HUNTE"))
  end)

  it("finds what a search of each alone finds, in random texts", function()
    math.randomseed(7)
    local function word(n)
      local list = {}
      for i = 1, n do
        list[i] = ("ab"):sub(math.random(2)):sub(1, 1)
      end
      return table.concat(list)
    end
    for _ = 1, 300 do
      local patterns = { word(math.random(4, 9)), word(math.random(4, 9)), word(12) }
      local m <close> = assert(mask.open({ plain = patterns }))
      local text = word(math.random(0, 60))
      local marked = {}
      for _, one in ipairs(patterns) do
        local at = text:find(one, 1, true)
        while at do
          for i = at, at + #one - 1 do
            marked[i] = true
          end
          at = text:find(one, at + 1, true)
        end
      end
      local want = {}
      for i = 1, #text do
        want[i] = marked[i] and "*" or text:sub(i, i)
      end
      assert.equal(table.concat(want), (m:stars(text)))
    end
  end)

  --- A text that repeats itself for long, with a few letters changed.
  local function periodic(length, unit, changes)
    local list = {}
    for i = 1, length do
      local at = (i - 1) % #unit + 1
      list[i] = unit:sub(at, at)
    end
    for _ = 1, changes do
      list[math.random(length)] = ("abc"):sub(math.random(3)):sub(1, 1)
    end
    return table.concat(list)
  end

  it("finds what a search of each alone finds, where patterns repeat themselves", function()
    math.randomseed(11)
    local units = { "a", "ab", "aab", "abac" }
    for _ = 1, 400 do
      local unit = units[math.random(#units)]
      local patterns = {}
      for i = 1, 3 do
        patterns[i] = periodic(math.random(60, 200), unit, math.random(0, 2))
      end
      local m <close> = assert(mask.open({ plain = patterns }))
      local text = periodic(math.random(0, 900), unit, math.random(0, 6))
      local marked, longest = {}, 0
      for _, one in ipairs(patterns) do
        local at = text:find(one, 1, true)
        while at do
          for i = at, at + #one - 1 do
            marked[i] = true
          end
          at = text:find(one, at + 1, true)
        end
        for n = 4, math.min(#one - 1, #text) do
          if text:sub(-n) == one:sub(1, n) then
            longest = math.max(longest, n)
          end
        end
      end
      local want = {}
      for i = 1, #text do
        want[i] = marked[i] and "*" or text:sub(i, i)
      end
      assert.equal(table.concat(want), (m:stars(text)))
      assert.equal(longest, m:open_end(text))
    end
  end)

  it("finds a long pattern of one letter in a long text of it", function() -- it took its square
    local pattern, text = ("a"):rep(1 << 19), ("a"):rep(1 << 23)
    local m <close> = assert(mask.open({ plain = { pattern, pattern .. "b" } }))
    assert.same({ "***", 1 }, { m:text(text) })
    assert.equal(1 << 19, m:open_end(text)) -- of the one that ends with b
    assert.equal(0, m:open_end(("a"):rep(1 << 23) .. "c"))
    assert.equal((1 << 19) - 1, m:open_end("b" .. ("a"):rep((1 << 19) - 1)))
  end)

  it("says how many bytes at an end go on as a pattern", function()
    local m <close> = assert(mask.open({ plain = { "hunter22", "hunter", "nter22xyz" } }))
    for text, want in pairs({ [""] = 0, hun = 0, hunt = 4, ["x hunte"] = 5, hunter = 6,
      hunter2 = 7, hunter22 = 6, ["hunter22 "] = 0, nter22xyz = 0 }) do
      assert.equal(want, m:open_end(text), text)
    end
    local none <close> = assert(mask.open({ hex = { "68756e74" } }))
    assert.equal(0, none:open_end("68756e"))
  end)

  it("refuses what it could not find, and raises on misuse", function()
    local m, err = mask.open({ plain = { "abc" } })
    assert.is_nil(m)
    assert.equal("EINVAL", err.code)
    assert.is_nil((mask.open({ base64 = { "abc\nd" } })))
    assert.is_nil((mask.open({ hex = { "ab cd" } })))
    assert.has_error(function()
      mask.open({ plian = {} })
    end)
    assert.has_error(function()
      mask.open({ plain = { 12345 } })
    end)
    local closed = assert(mask.open({}))
    closed:close()
    closed:close()
    assert.has_error(function()
      closed:text("a")
    end)
  end)
end)
