local matchers = require("engine.expect.matchers")

--- Evaluates one check; `cx` says what else there is to look at.
local function check(matcher, actual, expected, cx)
  cx = cx or {}
  cx.subject, cx.kind = cx.subject or "stdout", cx.kind or "text"
  return matchers[matcher].check(actual, expected, cx)
end

local function holds(...)
  local ok, message = check(...)
  assert.is_true(ok, message)
end

local function fails(matcher, actual, expected, pattern, cx)
  local ok, message, detail = check(matcher, actual, expected, cx)
  assert.is_false(ok, message)
  assert.matches(pattern, message)
  return detail or {}
end

local EXIT = { kind = "exit_code", subject = "the exit code" }
local function exit(fields)
  return setmetatable(fields or {}, { __index = EXIT })
end

describe("engine.expect.matchers", function()
  it("compares text byte for byte", function()
    holds("equals", "a\0\xff\n", "a\0\xff\n")
    local detail = fails("equals", "hi\n", "hi", "not the expected text")
    assert.matches("only in a newline", detail.label)
    assert.matches("add \\n", detail.help, 1, true)
    assert.matches("only in case", fails("equals", "Hi", "hi", "").label)
    assert.matches("carriage returns", fails("equals", "a\r\nb", "a\nb", "").label)
    assert.matches("blanks at the ends", fails("equals", "a \nb", "a\nb", "").label)
    assert.same({ "- one two", "      ^^^", "+ one zwei", "      ^^^^" },
      fails("equals", "one zwei\n", "one two\n", "").diff)
  end)

  it("finds text, and says what is nearest", function()
    holds("contains", "abc", "b")
    holds("contains", "a\0b", "\0")
    local detail = fails("contains", "one\nHello World\n", "hello", 'does not contain "hello"')
    assert.same({ line = 2, text = "Hello World", why = "differs only in case" }, detail.nearest)
    assert.equal("not in 2 lines of stdout", detail.label)
    detail = fails("contains", "one\nhello   world\n", "hello world", "")
    assert.equal("differs only in white space", detail.nearest.why)
    detail = fails("contains", "one\nhelo wurld\n", "hello world", "")
    assert.same({ 2, "the closest line" }, { detail.nearest.line, detail.nearest.why })
    assert.is_nil(fails("contains", "one\ntwo\n", "hello world", "").nearest)
    detail = fails("contains", "", "x", "")
    assert.equal("not in stdout, which is empty", detail.label)
    detail = fails("contains", "", "x", "", { other = { name = "stderr", text = "xx" } })
    assert.equal("it is in stderr: check that instead", detail.help)
  end)

  it("takes lists: each item must hold", function()
    holds("contains", "abc", { "a", "c" })
    fails("contains", "abc", { "a", "x" }, '"x"')
    holds("not_contains", "abc", { "x", "y" })
    fails("not_contains", "abc", { "x", "b" }, '"b"')
    holds("matches", "abc", { "^a", "c$" })
    fails("matches", "abc", { "^a", "d" }, "'d'")
  end)

  it("refuses expectations that check nothing or are of another type", function()
    for _, name in ipairs({ "contains", "not_contains", "matches", "not_matches" }) do
      assert.is_false(matchers[name].accepts(""), name)
      assert.is_false(matchers[name].accepts({}), name)
      assert.is_false(matchers[name].accepts({ "a", "" }), name)
      assert.is_false(matchers[name].accepts(1), name)
      assert.is_false(matchers[name].accepts(nil), name)
      assert.is_true(matchers[name].accepts("a"), name)
      assert.is_true(matchers[name].accepts({ "a" }), name)
    end
    for _, name in ipairs({ "starts_with", "ends_with" }) do
      assert.is_false(matchers[name].accepts(""), name)
      assert.is_false(matchers[name].accepts({ "a" }), name)
    end
    assert.is_false(matchers.equals.accepts({}))
    assert.is_false(matchers.equals.accepts({ 0, "1" }))
    assert.is_false(matchers.equals.accepts(256))
    assert.is_false(matchers.equals.accepts(1.5))
    assert.is_false(matchers.lines.accepts(-1))
    assert.is_false(matchers.lines.accepts("1"))
    assert.is_false(matchers.json.accepts({}))
    assert.is_false(matchers.json.accepts("x"))
    assert.is_false(matchers.json.accepts({ 1 }))
    assert.is_false(matchers.lt.accepts("5"))
    assert.is_false(matchers.lt.accepts(0 / 0))
    assert.is_false(matchers.exists.accepts("true"))
    assert.is_false(matchers.mode.accepts("rw"))
    assert.is_false(matchers.mode.accepts(4096))
    assert.is_false(matchers.sha256.accepts("abc"))
    assert.is_false(matchers.fails.accepts(false))
  end)

  it("names the line in which a forbidden text was found", function()
    holds("not_contains", "abc", "x")
    local detail = fails("not_contains", "a\nb x\n", "x", 'contains "x"')
    assert.same({ 2, "b x" }, { detail.at, detail.actual })
  end)

  it("searches expressions in all of the output", function()
    holds("matches", "one\ntwo\n", "two")
    holds("matches", "one\ntwo\n", "(?m)^two$")
    local detail = fails("matches", "one\ntwo\n", "^two", "does not match '%^two'")
    assert.matches("(?m)", detail.help, 1, true)
    detail = fails("matches", "Applied 4\n", "applied (\\d+)", "does not match")
    assert.equal("differs only in case", detail.nearest.why)
    assert.matches("(?i)", detail.help, 1, true)
    detail = fails("matches", "a\nb", "a.b", "")
    assert.matches("(?s)", detail.help, 1, true)
    detail = fails("matches", "", "x+", "", { other = { name = "stderr", text = "xx" } })
    assert.matches("it is in stderr", detail.help)
    holds("matches", "caf\xe9 x", "x")
    holds("not_matches", "abc", "d+")
    detail = fails("not_matches", "a\nbdd", "d+", "matches 'd%+'")
    assert.same({ 2, "bdd" }, { detail.at, detail.actual })
  end)

  it("cannot evaluate an expression that is none, or that takes too long", function()
    local ok, _, detail = check("matches", "x", "(")
    assert.is_nil(ok)
    assert.equal("T404", detail.code)
    ok, _, detail = check("not_matches", "x", "(")
    assert.is_nil(ok)
    assert.equal("T404", detail.code)
    local subject = ("a"):rep(5000) .. "!"
    for _, name in ipairs({ "matches", "not_matches" }) do
      ok, _, detail = check(name, subject, "^(a|aa|a*)+$")
      assert.is_nil(ok, name)
      assert.equal("T403", detail.code)
    end
  end)

  it("looks at the beginning and the end", function()
    holds("starts_with", "abc", "ab")
    fails("starts_with", "abc", "bc", "does not start")
    holds("ends_with", "abc", "bc")
    assert.matches("newline", fails("ends_with", "abc\n", "bc", "does not end").help)
    fails("ends_with", "c", "abc", "does not end")
  end)

  it("counts lines, and compares them", function()
    holds("lines", "", 0)
    holds("lines", "a", 1)
    holds("lines", "a\n", 1)
    holds("lines", "a\n\n", 2)
    fails("lines", "a\nb", 1, "has 2 lines, not 1")
    holds("lines", "a\nb\n", { "a", "b" })
    holds("lines", "", {})
    fails("lines", "a\r\nb\n", { "a", "b" }, "not those expected")
    fails("lines", "a\n", { "a", "b" }, "not those")
    fails("lines", "a\nb\n", { "a" }, "not those")
  end)

  it("compares JSON by type", function()
    local text = '{"a": {"b": [1, "x", null, 2.5]}, "t": true, "big": 9007199254740993}'
    for path, value in pairs({
      ["$.a.b[0]"] = 1,
      ["$.a.b[1]"] = "x",
      ["$.a.b[-1]"] = 2.5,
      ["$.t"] = true,
      ["$.big"] = 9007199254740993,
    }) do
      holds("json", text, { path = path, value = value })
    end
    holds("json", text, { ["$.t"] = true, ["$.a.b[0]"] = 1.0 })
    fails("json", text, { path = "$.a.b[0]", value = "1" }, "is 1 %(number%), not \"1\" %(string%)")
    fails("json", text, { path = "$.big", value = 9007199254740992 }, "is 9007199254740993, not")
    fails("json", text, { path = "$.a.b[2]", value = false }, "null")
    fails("json", text, { path = "$.a.c", value = 1 }, "there is no $.a.c")
    local help = fails("json", text, { path = "$.bgi", value = 1 }, "").help
    assert.matches("did you mean $.big", help, 1, true)
    assert.matches("has: a, big, t", fails("json", text, { path = "$.zzz", value = 1 }, "").help)
    fails("json", text, { path = "$.a.b[9]", value = 1 }, "there is no")
    fails("json", text, { path = "$.t.x", value = 1 }, "there is no")
    fails("json", "{", { path = "$", value = 1 }, "stdout is not JSON")
    fails("json", "", { path = "$", value = 1 }, "stdout is not JSON")
    fails("json", '{"a":1,"a":2}', { path = "$.a", value = 2 }, "stdout is not JSON")
  end)

  it("compares JSON's null, wherever it is", function()
    local null = require("core.json").null
    local text = '{"a": null, "l": [1, null], "o": {"x": null}, "f": false}'
    holds("json", text, { path = "$.a", value = null })
    holds("json", text, { path = "$.l", value = { 1, null } })
    holds("json", text, { path = "$.o", value = { x = null } })
    holds("json", text, { ["$.a"] = null, ["$.l[1]"] = null })
    fails("json", text, { path = "$.f", value = null }, "is false %(boolean%), not null %(null%)")
    fails("json", text, { path = "$.a", value = false }, "is null %(null%), not false")
    fails("json", text, { path = "$.a", value = {} }, "is null %(null%)")
    fails("json", text, { path = "$.z", value = null }, "there is no $.z")
  end)

  it("compares JSON lists and objects as a whole", function()
    local text = '{"l": [1, 2], "e": [], "o": {"x": 1, "y": {}}}'
    local array = require("core.json").array
    holds("json", text, { path = "$.l", value = { 1, 2 } })
    fails("json", text, { path = "$.l", value = { 1, 3 } }, "$.l%[1%] is 2, not 3")
    fails("json", text, { path = "$.l", value = { 1 } }, "has 2 items, not 1")
    holds("json", text, { path = "$.e", value = array() })
    fails("json", text, { path = "$.e", value = {} }, "array")
    holds("json", text, { path = "$.o", value = { x = 1, y = {} } })
    fails("json", text, { path = "$.o", value = { x = 1 } }, "which was not expected")
    fails("json", text, { path = "$.o", value = { x = 1, y = {}, z = 1 } }, 'has no "z"')
    fails("json", text, { path = "$.o", value = { x = 2, y = {} } }, "$.o.x is 1, not 2")
  end)

  it("compares exit codes, and takes no signal for one", function()
    holds("equals", 0, 0, exit())
    holds("equals", 3, { 1, 3 }, exit())
    fails("equals", 3, 0, "exit code 3, expected 0", exit())
    fails("equals", 3, { 0, 1 }, "expected 0, 1", exit())
    local detail = fails("equals", nil, 0, "killed by SIGSEGV", exit({ signal = 11 }))
    assert.equal("T002", detail.code)
    assert.is_nil((check("equals", nil, 0, exit())))
    assert.matches("did not find", fails("equals", 127, 0, "", exit({ is_shell = true })).help)
    assert.matches("SIGKILL", fails("equals", 137, 0, "", exit({ is_shell = true })).help)
    assert.is_nil(fails("equals", 137, 0, "", exit()).help)
    holds("fails", 1, true, exit())
    fails("fails", 0, true, "should fail", exit())
    fails("fails", nil, true, "killed by SIGKILL", exit({ signal = 9 }))
    assert.is_nil((check("fails", nil, true, exit())))
    local ok, message, why = check("fails", 137, true, exit({ may_be_signal = true }))
    assert.is_nil(ok)
    assert.matches("137 or was killed by SIGKILL", message, 1, true)
    assert.equal("T405", why.code)
    holds("equals", 137, 137, exit({ may_be_signal = true })) -- which names the number itself
  end)

  it("compares durations", function()
    local cx = { kind = "duration", subject = "the duration in ms" }
    holds("lt", 5, 6, cx)
    fails("lt", 6, 6, "not less than 6", cx)
    holds("gt", 6, 5, cx)
    fails("gt", 5, 5, "not greater than 5", cx)
    for _, bad in ipairs({ 0 / 0, -1, "5", false }) do
      assert.is_nil((check("lt", bad, 10, cx)))
      assert.is_nil((check("gt", bad, -10, cx)))
    end
    assert.is_nil((check("lt", nil, 10, cx)))
  end)

  it("looks at files", function()
    local cx = { kind = "file", subject = "file x" }
    holds("exists", true, true, cx)
    holds("exists", false, false, cx)
    fails("exists", false, true, "file x does not exist", cx)
    fails("exists", true, false, "file x exists", cx)
    assert.is_nil((check("exists", nil, false, cx)))
    holds("mode", 420, "0644", cx)
    holds("mode", 0x8000 + 420, 420, cx)
    fails("mode", 420, "0600", "is 0644, not 0600", cx)
    assert.is_nil((check("mode", nil, "0644", cx)))
    local zeros = ("0"):rep(64)
    holds("sha256", zeros, zeros, cx)
    holds("sha256", ("ab"):rep(32), ("AB"):rep(32), cx)
    fails("sha256", zeros, ("1"):rep(64), "another", cx)
    assert.is_nil((check("sha256", nil, zeros, cx)))
  end)

  describe("of output that was cut", function()
    local function cut(name, expected, actual)
      return check(name, actual or "headtail", expected, { cut = 100, seam = 4 })
    end

    it("find a text in what was kept", function()
      assert.is_true((cut("contains", "ead")))
      assert.is_true((cut("contains", "tail")))
      assert.is_true((cut("starts_with", "head")))
    end)

    it("do not find one across the gap", function()
      assert.is_nil((cut("contains", "adta")))
      assert.is_nil((cut("starts_with", "headt")))
    end)

    it("cannot say anything else", function()
      for name, expected in pairs({
        contains = "elephant",
        not_contains = "elephant",
        not_matches = "elephant",
        matches = "head",
        equals = "headtail",
        ends_with = "tail",
        starts_with = "tail",
        lines = 1,
        json = { path = "$", value = 1 },
      }) do
        local ok, _, detail = cut(name, expected)
        assert.is_nil(ok, name)
        assert.equal("T402", detail.code)
      end
      assert.is_nil((cut("not_contains", "head")))
    end)
  end)
end)
