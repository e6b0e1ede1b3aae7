local text = require("core.text")

--- A small generator of its own, so that every run tries the same.
local function random(seed)
  return function(n)
    seed = (seed * 6364136223846793005 + 1442695040888963407)
    return (seed >> 33) % n
  end
end

local function random_bytes(rand, alphabet, max)
  local parts = {}
  for i = 1, rand(max + 1) do
    parts[i] = alphabet[rand(#alphabet) + 1]
  end
  return table.concat(parts)
end

local HOSTILE = {
  "a", "z", " ", "\t", "\n", "\r", "\0", "\27", "\27[31m", "\27[0m", "\27]0;x\7", "\27[", "[", "m",
  "\x7f", "\x80", "\x9b", "\xc2\x9b", "\xc3", "\xc3\xa9", "\xe2\x80\xae", "\xe2\x80",
  "\xed\xa0\x80",
  "\xef\xbf\xbf", "\xf0\x9f\x98\x80", "\xf4\x90\x80\x80", "\xff", "\xcc\x81", "&", "<", ">", '"',
  "'", "]]>", "%", ":", ",", "\xf3\xa0\x81\x81", "漢",
}

describe("core.text.width", function()
  local widths = {
    { "", 0 }, { "abc", 3 }, { "é", 1 }, { "e\u{301}", 1 }, { "漢字", 4 }, { "ｶﾞ", 2 },
    { "\t\n\27", 0 }, { "😀", 2 }, { "👨\u{200d}👩\u{200d}👧", 2 },
    { "🇩🇪", 2 }, { "☎", 1 }, { "☎\u{fe0f}", 2 }, { "\xff", 1 }, { "\u{200b}", 0 },
    { "각", 2 }, { "│", 1 }, { "…", 1 }, { "नि", 1 }, { "\u{e000}", 1 },
  }
  for _, case in ipairs(widths) do
    it(("gives %q %d columns"):format(case[1], case[2]), function()
      assert.equal(case[2], text.width(case[1]))
    end)
  end
end)

describe("core.text.cut", function()
  it("leaves what fits", function()
    assert.equal("abc", text.cut("abc", 3))
    assert.equal("", text.cut("", 0))
  end)

  it("cuts at the end or in the middle", function()
    assert.equal("ab…", text.cut("abcdef", 3))
    assert.equal("ab…ef", text.cut("abcdef", 5, { middle = true }))
    assert.equal("ab..", text.cut("abcdef", 4, { mark = ".." }))
  end)

  it("never breaks a cluster, and never exceeds the width", function()
    assert.equal("漢…", text.cut("漢字漢字", 4))
    assert.equal("e\u{301}…", text.cut("e\u{301}xyz", 2))
    local rand = random(7)
    for _ = 1, 2000 do
      local s, width, middle = random_bytes(rand, HOSTILE, 12), rand(10), rand(2) == 1
      local cut = text.cut(s, width, { middle = middle })
      assert.is_true(text.width(cut) <= width, ("%q at %d"):format(s, width))
    end
  end)

  it("leaves the mark out where it does not fit", function()
    assert.equal("", text.cut("abc", 0))
    assert.equal("a", text.cut("abc", 1, { mark = ".." }))
  end)

  it("refuses a width out of range and unknown options", function()
    assert.has_error(function() text.cut("a", -1) end)
    assert.has_error(function() text.cut("a", 1, { midle = true }) end)
  end)
end)

describe("core.text.pad", function()
  it("pads by columns", function()
    assert.equal("漢  ", text.pad("漢", 4))
    assert.equal("  漢", text.pad("漢", 4, "right"))
    assert.equal(" 漢 ", text.pad("漢", 4, "center"))
    assert.equal("abcdef", text.pad("abcdef", 4))
    assert.has_error(function() text.pad("a", 3, "middle") end)
  end)
end)

describe("core.text.join", function()
  it("joins the first texts", function()
    assert.equal("abc", text.join({ "a", "", "bc", "d" }, 3))
    assert.equal("", text.join({ "a" }, 0))
    local long = ("x"):rep(100000)
    assert.equal(long .. long, text.join({ long, long }, 2))
  end)

  it("raises where something else is in the list", function()
    for _, list in ipairs({ { "a", 1 }, { "a" }, { "a", {} } }) do
      assert.has_error(function()
        return text.join(list, 2)
      end)
    end
  end)
end)

describe("core.text.find", function()
  it("finds what string.find finds", function()
    for _, s in ipairs({ "", "a", "abcabc", "a\0b%c", "%a.b" }) do
      for _, what in ipairs({ "", "a", "bc", "c", "\0", "%a", "x", "abcabcabc" }) do
        for init = 1, #s + 3 do
          assert.equal((s:find(what, init, true)), text.find(s, what, init))
        end
        assert.equal((s:find(what, 1, true)), text.find(s, what))
      end
    end
  end)

  it("looks at each byte a few times", function()
    local s = ("x"):rep(4 << 20)
    assert.is_nil(text.find(s, ("x"):rep(1 << 20) .. "y")) -- 10^12 comparisons, one by one
  end)

  it("raises on misuse, naming the argument", function()
    assert.has_error(function() text.find("a", "b", 0) end,
      "bad argument #3 to 'find' (must be 1 or more)")
  end)
end)

describe("core.text.replace", function()
  it("replaces a text that is no pattern", function()
    assert.equal("a..c", text.replace("a%c", "%", ".."))
    assert.equal("xxb", text.replace("aaaab", "aa", "x"))
    assert.equal("", text.replace("aa", "a", ""))
    assert.equal("abc", text.replace("abc", "d", "e"))
    assert.equal("\0%1", text.replace("a%1", "a", "\0"))
    assert.equal("b\0b", text.replace("\0a\0", "\0", "b"):gsub("a", "\0"))
  end)

  it("agrees with string.gsub", function()
    math.randomseed(1)
    local function some(most)
      local out = {}
      for i = 1, math.random(0, most) do
        out[i] = string.char(math.random(97, 98))
      end
      return table.concat(out)
    end
    for _ = 1, 500 do
      local s, from, to = some(30), some(2) .. "a", some(3)
      assert.equal((s:gsub(from, to)), text.replace(s, from, to), s)
    end
  end)

  it("refuses an empty text to replace", function()
    assert.has_error(function()
      return text.replace("a", "", "b")
    end)
  end)
end)

describe("core.text.escape", function()
  local cases = {
    { "a\tb\n", "a\tb\n" },
    { "\27]0;title\7", "␛]0;title␇" },
    { "\27[2J\27[31mPASS", "␛[2J␛[31mPASS" },
    { "\0\r\x7f", "␀␍␡" },
    { "\xc2\x9b31m", "\\u{9b}31m" },
    { "\x9b31m", "\\x9b31m" },
    { "a\u{202e}b\u{2066}c\u{200f}", "a\\u{202e}b\\u{2066}c\\u{200f}" },
    { "\u{feff}\u{2028}\u{e0041}", "\\u{feff}\\u{2028}\\u{e0041}" },
    { "漢é\xff\xc3(", "漢é\\xff\\xc3(" },
    { "\xed\xa0\x80", "\\xed\\xa0\\x80" },
  }
  for _, case in ipairs(cases) do
    it(("shows %q"):format(case[1]), function()
      assert.equal(case[2], text.escape(case[1]))
    end)
  end

  it("keeps to ASCII when asked", function()
    assert.equal("\\x1b[31m \\u{e9}\\xff\n", text.escape("\27[31m é\xff\n", { ascii = true }))
  end)

  it("keeps to one line when asked", function()
    assert.equal("a␊b␉c", text.escape("a\nb\tc", { line = true }))
    assert.equal("a\\x0ab", text.escape("a\nb", { line = true, ascii = true }))
  end)

  it("lets colours pass when asked, and resets them", function()
    assert.equal("\27[1;31mred\27[0m", text.escape("\27[1;31mred", { sgr = true }))
    assert.equal("␛[31Ax", text.escape("\27[31Ax", { sgr = true }))
    assert.equal("␛[31", text.escape("\27[31", { sgr = true }))
    local long = "\27[" .. ("1;"):rep(100) .. "m"
    assert.equal("␛" .. long:sub(2), text.escape(long, { sgr = true }))
  end)

  it("never lets a control through, whatever the bytes", function()
    local rand = random(42)
    for _ = 1, 3000 do
      local s = random_bytes(rand, HOSTILE, 16)
      local shown = text.escape(s)
      assert.is_nil(shown:find("[\0-\8\11-\31\127]"), ("%q"):format(s))
      assert.is_nil(text.bad_utf8(shown), ("%q"):format(s))
      assert.is_nil(shown:find("\xc2[\x80-\x9f]"), ("%q"):format(s))
      assert.is_nil(text.escape(s, { ascii = true, line = true }):find("[^\32-\126]"))
      local coloured = text.escape(s, { sgr = true }):gsub("\27%[[%d;:]*m", "")
      assert.is_nil(coloured:find("[\0-\8\11-\31\127]"), ("%q"):format(s))
    end
  end)
end)

describe("core.text.xml", function()
  it("escapes text and attributes", function()
    assert.equal("a&lt;b&gt;&amp;\"'\n\t&#13;", text.xml("a<b>&\"'\n\t\r"))
    assert.equal("&quot;&apos;&#10;&#9;&#13;", text.xml("\"'\n\t\r", "attribute"))
  end)

  it("replaces what XML cannot hold", function()
    assert.equal("a\u{fffd}\u{fffd}b", text.xml("a\0\27b"))
    assert.equal("\u{fffd}x\u{fffd}", text.xml("\xffx\u{ffff}"))
    assert.equal("]]&gt;", text.xml("]]>"))
  end)

  it("gives legal characters only, whatever the bytes", function()
    local rand = random(99)
    for _ = 1, 3000 do
      local s = random_bytes(rand, HOSTILE, 16)
      for _, kind in ipairs({ "text", "attribute" }) do
        local xml = text.xml(s, kind)
        assert.is_nil(xml:find("[\0-\8\11\12\14-\31<>]"), ("%q"):format(s))
        assert.is_nil(text.bad_utf8(xml))
        assert.is_nil(xml:gsub("&%a+;", ""):gsub("&#%d+;", ""):find("&", 1, true))
      end
    end
  end)
end)

describe("core.text.workflow", function()
  it("escapes data and properties", function()
    assert.equal("100%25%0D%0A: ,", text.workflow("100%\r\n: ,"))
    assert.equal("a%3Ab%2Cc%25", text.workflow("a:b,c%", "property"))
    assert.equal("\0x", text.workflow("\0x"))
  end)
end)

describe("core.text.bad_utf8", function()
  local bad = {
    ["\x80"] = 1, ["a\xff"] = 2, ["\xc0\xaf"] = 1, ["\xe0\x80\xaf"] = 1, ["é\xed\xa0\x80"] = 3,
    ["abcdefgh12345678\xc3"] = 17, ["\xf4\x90\x80\x80"] = 1, ["\xf8\x88\x80\x80\x80"] = 1,
    ["漢\xe6\xbc"] = 4,
  }
  for s, at in pairs(bad) do
    it(("finds byte %d of %q"):format(at, s), function()
      assert.equal(at, text.bad_utf8(s))
    end)
  end

  it("accepts what is valid, as utf8.len does", function()
    assert.is_nil(text.bad_utf8(""))
    assert.is_nil(text.bad_utf8("a\0é漢😀\u{10ffff}"))
    local rand = random(5)
    for _ = 1, 3000 do
      local s = random_bytes(rand, HOSTILE, 12)
      local len, at = utf8.len(s)
      assert.equal(not len and at or nil, text.bad_utf8(s), ("%q"):format(s))
    end
  end)
end)

describe("core.text.distance", function()
  it("counts inserts, deletes, replacements and swaps", function()
    assert.equal(0, text.distance("", ""))
    assert.equal(3, text.distance("", "abc"))
    assert.equal(1, text.distance("comand", "command"))
    assert.equal(1, text.distance("comamnd", "command"))
    assert.equal(3, text.distance("kitten", "sitting"))
    assert.equal(1, text.distance("漢字", "漢x"))
    assert.equal(3, text.distance("ca", "abc"))
  end)

  it("gives up above the maximum and on long texts", function()
    assert.equal(2, text.distance("abcd", "abdcx", 2))
    assert.is_nil(text.distance("abcd", "wxyz", 3))
    assert.is_nil(text.distance(("a"):rep(256), "a"))
    assert.equal(254, text.distance(("a"):rep(255), "a"))
    assert.has_error(function() text.distance("a", "b", -1) end)
  end)

  it("gives the same with a maximum as without", function()
    local rand, letters = random(3), { "a", "b", "c" }
    for _ = 1, 2000 do
      local a, b = random_bytes(rand, letters, 8), random_bytes(rand, letters, 8)
      local whole, max = text.distance(a, b), rand(5)
      assert.equal(text.distance(b, a), whole)
      local expected = whole <= max and whole or nil
      assert.equal(expected, text.distance(a, b, max), a .. " " .. b)
    end
  end)
end)

describe("core.text.lines", function()
  it("splits and counts", function()
    assert.same({}, (text.lines("")))
    assert.same({ "a", "", "b" }, (text.lines("a\n\nb")))
    assert.same({ "a" }, (text.lines("a\n")))
    assert.same({ "" }, (text.lines("\n")))
    assert.same({ "a\r", "\0" }, (text.lines("a\r\n\0")))
    assert.same({ "a", "b" }, (text.lines("a\r\nb\r", { cr = false })))
  end)

  it("counts beyond the maximum", function()
    local lines, count = text.lines("1\n2\n3\n4", { max = 2 })
    assert.same({ "1", "2" }, lines)
    assert.equal(4, count)
  end)
end)

describe("core.text.glob", function()
  local function matches(pattern, s, path)
    return assert(text.glob(pattern, { path = path })):test(s)
  end

  it("matches names", function()
    assert.is_true(matches("*", ""))
    assert.is_true(matches("a*c", "abbbc"))
    assert.is_true(matches("a?c", "a漢c"))
    assert.is_true(matches("*.lua", "x/y.lua"))
    assert.is_true(matches("[a-c]x", "bx"))
    assert.is_true(matches("[!a-c]x", "dx"))
    assert.is_true(matches("[]]", "]"))
    assert.is_true(matches("{foo,ba{r,z}}.t", "baz.t"))
    assert.is_true(matches("a{,b}c", "ac"))
    assert.is_true(matches("\\*", "*"))
    assert.is_true(matches("a,b}", "a,b}"))
    assert.is_true(matches("?", "\xff"))
    assert.is_false(matches("a*c", "abbb"))
    assert.is_false(matches("[!a]", "a"))
    assert.is_false(matches("\\*", "x"))
    assert.is_false(matches("a", "ab"))
    assert.is_false(matches("", "a"))
    assert.is_false(matches("{a,b}", "c"))
  end)

  it("matches paths", function()
    assert.is_true(matches("tests/*.toml", "tests/a.toml", true))
    assert.is_false(matches("tests/*.toml", "tests/x/a.toml", true))
    assert.is_true(matches("tests/**/*.toml", "tests/a.toml", true))
    assert.is_true(matches("tests/**/*.toml", "tests/x/y/a.toml", true))
    assert.is_true(matches("**/a", "a", true))
    assert.is_true(matches("**/a", "x/y/a", true))
    assert.is_false(matches("**/a", "xa", true))
    assert.is_true(matches("a/**", "a/b/c", true))
    assert.is_false(matches("a/**", "a", true))
    assert.is_false(matches("a?b", "a/b", true))
    assert.is_false(matches("a[!x]b", "a/b", true))
    assert.is_true(matches("{src,tests}/**/*.{c,h}", "src/core/x.h", true))
  end)

  it("says what is wrong with a pattern, and where", function()
    local wrong = {
      ["[abc"] = "closing %] at byte 1", ["x{a,b"] = "closing } at byte 2", ["a\\"] = "backslash",
      ["[z-a]"] = "backwards", ["[[:alpha:]]"] = "named classes", [("{"):rep(9)] = "too deep",
    }
    for pattern, message in pairs(wrong) do
      local glob, err = text.glob(pattern)
      assert.is_nil(glob)
      assert.equal("ESYNTAX", err.code)
      assert.matches(message, err.message)
    end
    assert.equal("ELIMIT", select(2, text.glob(("a"):rep(5000))).code)
  end)

  it("takes linear time where back-tracking would not end", function()
    local pattern = ("*a"):rep(40) .. "{" .. ("*x,"):rep(20) .. "*y}"
    local started = os.clock()
    assert.is_false(matches(pattern, ("a"):rep(20000)))
    assert.is_true(os.clock() - started < 5)
  end)

  it("agrees with a plain back-tracking matcher", function()
    local function naive(p, s)
      if p == "" then return s == "" end
      local c = p:sub(1, 1)
      if c == "*" then
        return naive(p:sub(2), s) or (s ~= "" and naive(p, s:sub(2)))
      end
      return s ~= "" and (c == "?" or c == s:sub(1, 1)) and naive(p:sub(2), s:sub(2))
    end
    local rand = random(11)
    for _ = 1, 3000 do
      local p = random_bytes(rand, { "a", "b", "*", "?" }, 7)
      local s = random_bytes(rand, { "a", "b" }, 8)
      assert.equal(naive(p, s), matches(p, s), p .. " " .. s)
    end
  end)

  it("never crashes on a mutated pattern", function()
    local rand = random(13)
    local parts = { "a", "*", "**", "?", "[", "]", "!", "-", "{", "}", ",", "\\", "/", "\xff", "漢" }
    for _ = 1, 3000 do
      local glob, err = text.glob(random_bytes(rand, parts, 14), { path = rand(2) == 1 })
      if glob then
        glob:test(random_bytes(rand, parts, 14))
        glob:close()
      else
        assert.is_string(err.code)
      end
    end
  end)

  it("raises on a closed glob", function()
    local glob = text.glob("a")
    glob:close()
    glob:close()
    assert.has_error(function() glob:test("a") end)
  end)
end)

describe("core.text.upper and lower", function()
  it("map in full, also to more letters than there were", function()
    assert.equal("STRASSE FIN ʼN", text.upper("straße ﬁn ŉ"))
    assert.equal("CAFÉ 你好", text.upper("café 你好"))
    assert.equal("straße ǆ i\u{307}", text.lower("STRAßE Ǆ İ"))
  end)

  it("know the sigma at the end of a word", function()
    assert.equal("οδος ας' σ", text.lower("ΟΔΟΣ ΑΣ' Σ"))
    assert.equal("ασα", text.lower("ΑΣΑ"))
  end)

  it("leave bytes that are not UTF-8", function()
    assert.equal("A\xffB", text.upper("a\xffb"))
    assert.equal("a\xffb", text.lower("A\xffB"))
  end)
end)

describe("core.text.clusters", function()
  it("counts the bytes of what a reader sees as letters", function()
    assert.equal(3, text.clusters("e\u{301}x", 1))
    assert.equal(8, text.clusters("🇩🇪x", 1))
    assert.equal(0, text.clusters("abc", 0))
    assert.equal(3, text.clusters("abc", 99))
  end)

  it("raises on a negative count", function()
    assert.has_error(function()
      return text.clusters("a", -1)
    end)
  end)
end)

describe("core.text.bare", function()
  it("leaves out marks and takes letters apart", function()
    assert.equal("cafe fi", text.bare("café ﬁ"))
    assert.equal("你\xff", text.bare("你\xff"))
  end)
end)
