--- Each code of core.toml has texts that bring it about, with the place and what is said.
local toml = require("core.toml")

-- text, then all problems as "line:column code message; help"
local CASES = {
  -- bytes
  { "a\0b = 1", "1:2 P002 control character U+0000 is not allowed; "
    .. 'remove it, or write it as an escape in a "string"' },
  { 'a = "\xc3"', "1:6 P001 byte 0xC3 is not part of valid UTF-8; save the file as UTF-8" },
  { "a = 1\r", "1:6 P003 a carriage return must be followed by a line feed; "
    .. "end lines with LF or CRLF" },
  { "\xff\xfea\0", "1:1 P004 the text is UTF-16 or UTF-32; save the file as UTF-8" },
  { "a\0=\0", "1:1 P004 the text is UTF-16 or UTF-32; save the file as UTF-8" },
  -- keys
  { "= 1", '1:1 P010 expected a key, found "="' },
  { "[]", '1:2 P010 expected a key, found "]"' },
  { "[a.]", '1:4 P010 expected a key, found "]"' },
  { "é = 1", '1:1 P010 expected a key, found "é"; '
    .. "put keys with other than A-Z a-z 0-9 _ - in quotes" },
  { "a b = 1", '1:3 P011 expected = behind the key, found "b"; put a key with blanks in quotes' },
  { "a: 1", '1:2 P011 expected = behind the key, found ":"; TOML has = between key and value' },
  { "a\n= 1", "1:2 P011 expected = behind the key, found the end of the line",
    '2:1 P010 expected a key, found "="' },
  { '"""a""" = 1', "1:1 P027 a multi-line string cannot be a key; "
    .. "use single quotes or double quotes" },
  -- values
  { "a =", "1:4 P012 expected a value, found the end of the text" },
  { "a = # 1", "1:5 P012 expected a value, found a comment" },
  { "a = [1,,2]", '1:8 P012 expected a value, found ","' },
  { "a = 1 b = 2", '1:7 P013 expected the end of the line, found "b"' },
  { 'a = "x"y"', '1:8 P013 expected the end of the line, found "y"' },
  { 'a = ""x"', '1:7 P013 expected the end of the line, found "x"' },
  { "a = True", '1:5 P026 "True": not a value; write true' },
  { "a = null", '1:5 P026 "null": not a value; leave the key out: TOML has no null' },
  { "a = on", '1:5 P026 "on": not a value; write true' },
  { "a = redis:7", '1:5 P026 "redis:7": expected a string, number, true, false, date, array or '
    .. "inline table; put text in quotes" },
  -- headers
  { "[a", "1:3 P014 expected ] behind the name of the table, found the end of the text" },
  { "[a b]", '1:4 P014 expected ] behind the name of the table, found "b"' },
  { "[[a]", "1:4 P014 expected ]] behind the name of the table, found only one" },
  -- brackets
  { "a = [1 2]", '1:8 P015 expected a comma, or ] to close the array, found "2"' },
  { "a = [1,\n2", "2:2 P015 expected ] to close the array, found the end of the text" },
  { "a = [1,\nb = 2", "2:1 P015 expected ] to close the array, found a new statement" },
  { "a = [\n[b]\nc = 2", "2:1 P015 expected ] to close the array, found a new statement" },
  { "a = [1, 2}\nb = 1",
    '1:10 P015 expected a comma, or ] to close the array, found "}"' },
  { "a = {b = 1 c = 2}", '1:12 P016 expected a comma, or } to close the inline table, found "c"' },
  { "a = {\n  b = 1\n  c = 2\n}",
    '3:3 P016 expected a comma, or } to close the inline table, found "c"' },
  { "a = {b = 1\n[c]\nd = 1",
    "2:1 P016 expected } to close the inline table, found a new statement" },
  { "a = {b = 1", "1:11 P016 expected } to close the inline table, found the end of the text" },
  -- strings
  { 'a = "x', '1:5 P019 the string is not closed: expected " before the end of the line; '
    .. 'use """ for text over several lines' },
  { "a = 'x\nb = 1\n", "1:5 P019 the string is not closed: expected ' before the end of the line; "
    .. "use ''' for text over several lines" },
  { 'a = ["x, "y"]\n', '1:11 P015 expected a comma, or ] to close the array, found "y"' },
  { "a = '''x\nb = 1", "1:5 P020 the multi-line string that starts here is not closed: "
    .. "expected '''" },
  { 'a = "\\d+ \\."', "1:6 P021 \\d is not an escape; "
    .. "write \\\\ for a backslash, or use a 'literal string'",
    "1:10 P021 \\. is not an escape; write \\\\ for a backslash, or use a 'literal string'" },
  { 'a = "\\u12"', "1:6 P021 \\u must be followed by 4 hexadecimal digits" },
  { 'a = "\\uD800"', "1:6 P022 U+D800 is not a Unicode character; "
    .. "allowed are U+0000 to U+D7FF and U+E000 to U+10FFFF" },
  -- numbers
  { "a = 007", '1:5 P023 "007": a decimal number has no leading zeros; '
    .. "drop the zeros, write 0o for octal, or put text in quotes" },
  { "a = 1__0", '1:5 P023 "1__0": _ may stand between two digits only' },
  { "a = 5.", '1:5 P023 "5.": digits must follow the decimal point; write 1.0, not 1.' },
  { "a = .5", '1:5 P023 ".5": a number starts with a digit; write 0.5, not .5' },
  { "a = 0b2", '1:5 P023 "0b2": expected digits 0 and 1, with _ only between two of them' },
  { "a = 10s", '1:5 P023 "10s": not a number, date or time; put text in quotes' },
  { "a = 9223372036854775808", '1:5 P024 "9223372036854775808": an integer must be '
    .. "-9223372036854775808 to 9223372036854775807" },
  { "a = 1e400", '1:5 P024 "1e400": too large for a 64-bit float; write inf for infinity' },
  -- dates and times
  { "a = 2023-02-29", '1:5 P025 "2023-02-29": the month has no such day' },
  { "a = 24:00:00", '1:5 P025 "24:00:00": the hour must be 00 to 23' },
  { "a = 2023-1-1", '1:5 P025 "2023-1-1": a date is written YYYY-MM-DD' },
  { "a = 12:00:00+01:00",
    '1:5 P025 "12:00:00+01:00": a time without a date has nothing behind the seconds' },
  -- structure
  { "a = 1\n'a' = 2", "2:1 P030 the key 'a' is given twice; remove or rename one of the two" },
  { "a = {b = 1, b = 2}", "1:13 P030 the key b is given twice; remove or rename one of the two" },
  { "a = 1\n[a]", "2:2 P030 a has a value, so it cannot be a table too; "
    .. "remove or rename one of the two" },
  { "[a]\n[b]\n[a]\nc = 1", "3:2 P031 a is defined twice; "
    .. "write its keys in one place, or use [[ ]] for an array of tables" },
  { "a.b = 1\n[a]", "2:2 P031 a is defined by dotted keys already; write its keys in one place" },
  { "a = 1\na.b = 2", "2:1 P032 a is an integer, so it cannot hold the key behind the dot" },
  { "a = '1'\n[a.b]", "2:2 P032 a has a value, so it cannot hold a table" },
  { "a = {}\na.b = 1", "2:1 P033 a is an inline table: nothing can be added to it; "
    .. "write the key inside its braces" },
  { "a = [{}]\n[[a]]", "2:3 P033 a is an array in brackets: nothing can be added to it; "
    .. "write its tables with [[ ]] too, or all in the brackets" },
  { "[a.b.c]\n[a]\nb.x = 1\n[a.b]", "4:4 P031 b is defined by dotted keys already; "
    .. "write its keys in one place" },
  { "[a.b]\n[a]\nb.c = 1", "3:1 P033 table b has a header: a dotted key cannot add to it; "
    .. "put the key below that header" },
  { "[a]\n[[a]]", "2:3 P034 a is a table, so it cannot be an array of tables too; "
    .. "write [ ] for one table, [[ ]] each time for several" },
  { "[[a]]\n[a]", "2:2 P034 a is an array of tables, so it cannot be a table too; "
    .. "write [[ ]] to add to the array" },
}

-- the same for TOML 1.0
local CASES_1_0 = {
  { "a = {\n}", "1:6 P017 an inline table must be on one line in TOML 1.0; "
    .. "put it on one line, or read the text as TOML 1.1" },
  { "a = {b = 1,}", "1:12 P018 an inline table must not end with a comma in TOML 1.0; "
    .. "drop the last comma, or read the text as TOML 1.1" },
  { 'a = "\\e"', "1:6 P021 \\e is not an escape; the escapes \\e and \\x need TOML 1.1" },
  { "a = 07:32", '1:5 P025 "07:32": a time is written HH:MM:SS '
    .. "(without seconds in TOML 1.1 only)" },
}

-- too large to be written here: tests/lua/toml_limits_spec.lua
local ELSEWHERE = { P000 = true, P005 = true, P006 = true, P007 = true }

local function lines_of(text, version)
  local value, problems = toml.decode(text, { version = version })
  assert.is_nil(value, text)
  local lines = {}
  for i, p in ipairs(problems) do
    lines[i] = ("%d:%d %s %s%s"):format(p.line, p.column, p.code, p.message,
      p.help and "; " .. p.help or "")
  end
  return lines
end

describe("core.toml problems", function()
  for version, cases in pairs({ ["1.1"] = CASES, ["1.0"] = CASES_1_0 }) do
    for _, case in ipairs(cases) do
      it(("say what is wrong in %s: %q"):format(version, case[1]), function()
        assert.same(table.pack(table.unpack(case, 2)), table.pack(
          table.unpack(lines_of(case[1], version))))
      end)
    end
  end

  it("have a case for each code", function()
    local missing = {}
    for code in pairs(toml.codes) do
      missing[code] = not ELSEWHERE[code] or nil
    end
    for _, cases in ipairs({ CASES, CASES_1_0 }) do
      for _, case in ipairs(cases) do
        for i = 2, #case do
          missing[case[i]:match(" (P%d+) ")] = nil
        end
      end
    end
    assert.same({}, missing)
  end)

  it("point at what they collide with", function()
    local function related(text)
      local _, problems = toml.decode(text)
      local r = problems[1].related
      return r and ("%d:%d"):format(r.line, r.column)
    end
    assert.equal("1:1", related("a = 1\na = 2"))
    assert.equal("2:1", related("\n[a]\nb = 1\n[a]"))
    assert.equal("2:5", related("\na = [1,\n2,\nb = 3"))
    assert.equal("1:1", related("[[a]]\n[[a]]\n[a]"))
    assert.equal("1:5", related("a = {b = 1"))
    assert.is_nil(related("a = x"))
  end)

  it("go on behind each error", function()
    assert.same({
      "1:5 P026", "3:9 P012", "5:5 P023", "6:13 P021", "8:5 P015", "10:2 P031", "11:4 P012",
    }, (function()
      local short = {}
      for i, line in ipairs(lines_of([==[
a = x
b = 1
c = [1, , 2]
d = "fine"
e = 0x
f = { g = "a\q", h = 2 }
i = [ 1,
  2 3, 4 ]
[t]
[t]
j =
k = 1
]==])) do
        short[i] = line:match("^%S+ %S+")
      end
      return short
    end)())
  end)
end)
