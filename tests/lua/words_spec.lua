local words = require("core.words")

--- The words that a plain search of each finds, as a set.
local function searched(list, text)
  local set = {}
  for i, word in ipairs(list) do
    set[i] = text:lower():find(word:lower(), 1, true) and true or nil
  end
  return set
end

local function found(finder, text)
  local set = {}
  for _, index in ipairs(finder:find(text)) do
    assert.is_nil(set[index], "told twice")
    set[index] = true
  end
  return set
end

describe("core.words", function()
  it("finds words anywhere, in both cases, and words within words", function()
    local list = { "sleep", "lee", "p ", "\0", "ÄÖ", "|| true" }
    local finder <close> = assert(words.compile(list))
    assert.same({ 2, 1, 3 }, finder:find("a SLEEP b slEEp"))
    assert.same({}, finder:find("sle ep"))
    assert.same({}, finder:find(""))
    assert.same({ 4, 5, 6 }, finder:find("\0 ÄÖ x || TRUE"))
    assert.same({}, finder:find("äö"))
  end)

  it("finds what a search of each word alone finds", function()
    math.randomseed(5)
    local function text(count, letters)
      local list = {}
      for i = 1, count do
        list[i] = string.char(96 + math.random(letters) - math.random(0, 1) * 32)
      end
      return table.concat(list)
    end
    for _ = 1, 400 do
      local list, known = {}, {}
      for _ = 1, math.random(0, 12) do
        local word = text(math.random(5), 3)
        list[#list + 1] = not known[word:lower()] and word or nil
        known[word:lower()] = true
      end
      local finder <close> = assert(words.compile(list))
      for _ = 1, 10 do
        local one = text(math.random(0, 20), 4)
        assert.same(searched(list, one), found(finder, one), one)
      end
    end
  end)

  it("knows every byte", function()
    local list = {}
    for byte = 0, 255 do
      list[#list + 1] = (byte < 65 or byte > 90) and string.char(byte) or nil
    end
    local finder <close> = assert(words.compile(list))
    for i, byte in ipairs(list) do
      assert.same({ i }, finder:find(byte))
    end
    assert.same({ "a" }, { list[finder:find("A")[1]] })
  end)

  it("takes time for the text alone, also where words end at each byte", function()
    local list = {}
    for i = 1, 150 do
      list[i] = ("a"):rep(i)
    end
    local finder <close> = assert(words.compile(list))
    assert.equal(150, #finder:find(("a"):rep(4 << 20)))
  end)

  it("refuses what is no list of words", function()
    for code, list in pairs({
      EINVAL = { "a", "" }, ELIMIT = { ("a"):rep(16385) },
    }) do
      local finder, err = words.compile(list)
      assert.is_nil(finder)
      assert.equal(code, err.code)
    end
    assert.equal("EINVAL", select(2, words.compile({ "ab", "x", "AB" })).code)
    local many = {}
    for i = 1, 4097 do
      many[i] = ("%x"):format(i)
    end
    assert.equal("ELIMIT", select(2, words.compile(many)).code)
    assert.has_error(function()
      words.compile({ "a", 1 })
    end)
    local finder = assert(words.compile({ "a" }))
    finder:close()
    finder:close()
    assert.has_error(function()
      finder:find("a")
    end)
  end)
end)
