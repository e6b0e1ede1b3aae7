local json = require("core.json")
local toml = require("core.toml")

--- Decodes a text that must be TOML.
local function decode(text, opts)
  local value, more = toml.decode(text, opts)
  assert.is_table(value, tostring(more))
  return value, more
end

--- The problems of a text as lines "line:column code message".
local function problems(text, opts)
  local value, found = toml.decode(text, opts)
  assert.is_nil(value)
  local lines = {}
  for i, p in ipairs(found) do
    lines[i] = ("%d:%d %s %s"):format(p.line, p.column, p.code, p.message)
  end
  return lines, found
end

describe("core.toml.decode", function()
  it("gives Lua's own values, with integers and floats apart", function()
    local value = decode([=[
text = "a\tb\u00e9"
raw = 'c:\new'
int = 1_000
hex = 0xff
min = -9223372036854775808
float = 1.0
exp = 6.626e-34
yes = true
no = false
list = [1, [2.5, "x"], {a = 1}]
empty = {}
]=])
    assert.same({
      text = "a\tbé", raw = "c:\\new", int = 1000, hex = 255, min = math.mininteger, float = 1.0,
      exp = 6.626e-34, yes = true, no = false, list = { 1, { 2.5, "x" }, { a = 1 } }, empty = {},
    }, value)
    assert.equal("integer", math.type(value.int))
    assert.equal("float", math.type(value.float))
  end)

  it("takes no array for a header or a key, however its lines begin", function()
    local lines = {
      "a = [", "[true ]", ",", "[false]", ",", "[[inf\t]]", ",", "[[1]]", ",", '["b"]', "]",
    }
    assert.same({ a = { { true }, { false }, { { math.huge } }, { { 1 } }, { "b" } } },
      (decode(table.concat(lines, "\n"))))
  end)

  it("reads inf and nan", function()
    local value = decode("a = inf\nb = -inf\nc = nan\n")
    assert.equal(math.huge, value.a)
    assert.equal(-math.huge, value.b)
    assert.is_true(value.c ~= value.c)
  end)

  it("reads floats to the last bit whatever the locale", function()
    local texts = {
      "0.1", "1e22", "1e23", "123456789012345678.0", "5e-324", "1.7976931348623157e308", "-0.0",
      "9007199254740993.0", "0.30000000000000004", "2.2250738585072011e-308",
    }
    for _, text in ipairs(texts) do
      local value = decode("a = " .. text).a
      assert.equal(("%a"):format(tonumber(text)), ("%a"):format(value), text)
    end
  end)

  it("joins headers, dotted keys and arrays of tables", function()
    assert.same({
      a = { b = { c = 1, d = { 2 } } },
      list = { { x = 1 }, { x = 2, sub = { y = 3 } } },
    }, (decode([=[
[a]
b.c = 1
b.d = [2]
[[list]]
x = 1
[[list]]
x = 2
[list.sub]
y = 3
]=])))
  end)

  it("adds by dotted keys to tables that only deeper headers made", function()
    assert.same({ a = { b = { c = { y = 1 }, x = 2 }, l = { m = { {} }, n = 3 } } }, (decode([=[
[a.b.c]
y = 1
[[a.l.m]]
[a]
b.x = 2
l.n = 3
]=])))
  end)

  it("keeps the four kinds of dates and times apart, as values of their own", function()
    local value = decode([=[
a = 1979-05-27T00:32:00.999999-07:00
b = 1979-05-27 07:32:00
c = 1979-05-27
d = 07:32:00.5
]=])
    assert.equal("datetime", value.a.kind)
    assert.equal("datetime-local", value.b.kind)
    assert.equal("date-local", value.c.kind)
    assert.equal("time-local", value.d.kind)
    assert.equal("1979-05-27T00:32:00.999999-07:00", tostring(value.a))
    assert.equal("1979-05-27T07:32:00", tostring(value.b))
    assert.equal("1979-05-27", tostring(value.c))
    assert.equal("07:32:00.5", tostring(value.d))
    assert.same({ 1979, 5, 27, 0, 32, 0, 999999000, -420 }, {
      value.a.year, value.a.month, value.a.day, value.a.hour, value.a.minute, value.a.second,
      value.a.nanosecond, value.a.offset_minutes,
    })
    assert.is_nil(value.c.hour)
    assert.is_nil(value.b.offset_minutes)
  end)

  it("compares dates and times by kind and fields", function()
    local value = decode("a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00.000z\nc = 1979-05-27")
    assert.is_true(value.a == value.b)
    assert.is_false(value.a == value.c)
  end)

  it("reads 1.1 unless 1.0 is asked for", function()
    local texts = {
      'a = { b = 1,\n  c = 2, # why\n}\n', 'a = "\\e\\x41"', "a = 07:32", "a = 1979-05-27 07:32Z",
    }
    for _, text in ipairs(texts) do
      decode(text)
      decode(text, { version = "1.1" })
      assert.is_nil((toml.decode(text, { version = "1.0" })), text)
    end
    assert.equal("\27A", decode(texts[2]).a)
    assert.equal("07:32:00", tostring(decode(texts[3]).a))
  end)

  it("reads what is new in 1.1 as its text says", function()
    local value = decode([=[
unicode = "\xE9\x00\e[0m"
minutes = 1979-05-27 07:32-07:00
local = 1979-05-27T07:32
contact = {
    personal = {
        name = "Donald Duck", # comments, too
        email = "donald@duckburg.com",
    },

    work.name = "Coin cleaner"
    ,
}
empty = {
}
]=])
    assert.equal("é\0\27[0m", value.unicode)
    assert.equal("1979-05-27T07:32:00-07:00", tostring(value.minutes))
    assert.equal("1979-05-27T07:32:00", tostring(value["local"]))
    assert.same({
      personal = { name = "Donald Duck", email = "donald@duckburg.com" },
      work = { name = "Coin cleaner" },
    }, value.contact)
    assert.same({}, value.empty)
    assert.is_nil((toml.decode("a = {,}")))
    assert.is_nil((toml.decode("a = {b = 1,,}")))
    assert.is_nil((toml.decode("a = 07")))
    assert.is_nil((toml.decode("a = 1979-05-27T07")))
  end)

  it("takes a byte order mark, CRLF and an empty text", function()
    assert.same({}, (decode("")))
    assert.same({ a = 1, b = "x\ny" }, (decode('\xef\xbb\xbfa = 1\r\nb = """\r\nx\r\ny"""\r\n')))
  end)

  it("raises on misuse, naming the argument", function()
    assert.has_error(function() toml.decode("", { versoin = "1.0" }) end)
    assert.has_error(function() toml.decode("", { version = "2" }) end)
    assert.has_error(function() toml.decode({}) end)
  end)
end)

describe("core.toml dates", function()
  it("print whatever a script makes of their fields", function()
    local value = decode("a = 1979-05-27T00:32:00.5Z").a
    value.year, value.nanosecond, value.offset_minutes = -999999999, -1, math.mininteger
    value.month, value.day, value.hour, value.minute = 1 << 40, "x", nil, {}
    assert.is_string(tostring(value))
  end)
end)

describe("core.toml.type", function()
  it("names what was decoded, empty arrays too", function()
    local value = decode('s = ""\ni = 1\nf = 1.0\nb = true\na = []\nt = {}\nl = [1]\nd = 07:32:00')
    local kinds = {
      s = "string", i = "integer", f = "float", b = "boolean", a = "array", t = "table",
      l = "array", d = "time-local",
    }
    for key, kind in pairs(kinds) do
      assert.equal(kind, toml.type(value[key]))
    end
    assert.is_nil(toml.type(print))
    assert.equal('{"a":[],"t":{}}', json.encode({ a = value.a, t = value.t }))
    assert.equal("array", toml.type(json.decode("[]")))
  end)
end)

describe("core.toml.line_column", function()
  it("counts from one, columns in code points", function()
    local text = "a\nbé€x\r\n"
    assert.same({ 1, 1 }, { toml.line_column(text, 0) })
    assert.same({ 2, 1 }, { toml.line_column(text, 2) })
    assert.same({ 2, 4 }, { toml.line_column(text, text:find("x") - 1) })
    assert.same({ 3, 1 }, { toml.line_column(text, 1000) })
    assert.same({ 1, 1 }, { toml.line_column("\xef\xbb\xbfa", 3) }) -- a mark has no width
    assert.same({ 1, 2 }, { toml.line_column("\xef\xbb\xbfab", 4) })
  end)
end)

describe("core.toml positions", function()
  local text = [=[
# café
name = "x"
[services.db]
"im\u0061ge" = 'pg'
env.A = 1
ports = [80, { a = [443] }]
[[steps]]
cmd = "a"
[[steps]]
cmd = """
b"""
]=]
  local value, positions = decode(text, { positions = true })

  local function cut(offset, last)
    return offset and text:sub(offset + 1, last)
  end

  it("tell where keys and values are written", function()
    assert.equal("name", cut(positions:key(value, "name")))
    assert.equal('"x"', cut(positions:value(value, "name")))
    assert.equal([["im\u0061ge"]], cut(positions:key(value.services.db, "image")))
    assert.equal("'pg'", cut(positions:value(value.services.db, "image")))
    assert.equal('"""\nb"""', cut(positions:value(value.steps[2], "cmd")))
    assert.is_nil(positions:key(value, "nothing"))
    assert.is_nil(positions:value(value, "nothing"))
  end)

  it("tell where tables are written: header, brackets, or the key that made them", function()
    assert.equal("[services.db]", cut(positions:table(value.services.db)))
    assert.equal("[services.db]", cut(positions:value(value.services, "db")))
    assert.equal("services", cut(positions:table(value.services)))
    assert.equal("env", cut(positions:table(value.services.db.env)))
    assert.equal("[80, { a = [443] }]", cut(positions:table(value.services.db.ports)))
    assert.equal("[[steps]]", cut(positions:table(value.steps[2])))
    assert.same({ positions:table(value.steps[1]) }, { positions:value(value, "steps") })
    assert.same({ 0, 0 }, { positions:table(value) })
  end)

  it("tell where elements of arrays are written, in any order", function()
    local ports = value.services.db.ports
    assert.equal("{ a = [443] }", cut(positions:value(ports, 2)))
    assert.equal("80", cut(positions:value(ports, 1)))
    assert.equal("443", cut(positions:value(ports[2].a, 1)))
    assert.is_nil(positions:value(ports, 3))
    assert.is_nil(positions:value(ports, 0))
  end)

  it("list the keys in the order of the text", function()
    assert.same({ "name", "services", "steps" }, positions:keys(value))
    assert.same({ "image", "env", "ports" }, positions:keys(value.services.db))
    assert.same({}, positions:keys(value.services.db.ports))
  end)

  it("tell how many values there are", function()
    for given, count in pairs({ [""] = 0, ["a = 1"] = 1, ["[a]\nb.c = [1, 2, {}]"] = 6 }) do
      local _, where <close> = decode(given, { positions = true })
      assert.equal(count, where:count(), given)
      assert.is_table(toml.decode(given, { max_values = math.max(count, 1) }))
      assert.is_nil(count > 1 and toml.decode(given, { max_values = count - 1 }) or nil)
    end
  end)

  it("refuse tables of elsewhere, and everything once closed", function()
    assert.has_error(function() positions:keys({}) end)
    local other, others = decode("a = 1", { positions = true })
    others:close()
    others:close()
    assert.has_error(function() others:keys(other) end)
    assert.has_error(function() others:count() end)
  end)

  it("find keys of large tables and survive collection", function()
    local lines = {}
    for i = 1, 2000 do
      lines[i] = ("key%d = %d"):format(i, i)
    end
    local large = table.concat(lines, "\n")
    local all, where = decode(large, { positions = true })
    large = nil -- luacheck: ignore
    collectgarbage()
    for i = 1, 2000, 37 do
      local first, last = where:key(all, "key" .. i)
      assert.equal(#("key" .. i), last - first)
    end
    assert.equal("key2000", where:keys(all)[2000])
  end)
end)

describe("core.toml problems", function()
  it("come all at once, with place, code and reason", function()
    local lines = problems([=[
a = 1
a = 2
b = [1, oops, 3
c = "open
d = 1979-13-01
[t]
[t]
x = 1 2
]=])
    assert.same({
      "2:1 P030 the key a is given twice",
      '3:9 P026 "oops": expected a string, number, true, false, date, array or inline table',
      '4:1 P015 expected ] to close the array, found a new statement',
      '4:5 P019 the string is not closed: expected " before the end of the line',
      '5:5 P025 "1979-13-01": the month must be 01 to 12',
      "7:2 P031 t is defined twice",
      '8:7 P013 expected the end of the line, found "2"',
    }, lines)
  end)

  it("are a core.Error that names the first", function()
    local _, found = problems("\nx = \ny = yes\n", { source = "t.toml" })
    assert.equal("ESYNTAX", found.code)
    assert.same({ file = "t.toml", line = 2, column = 5 }, found.pos)
    assert.equal("t.toml:2:5: expected a value, found the end of the line (and 1 more)",
      found.message)
    assert.matches("^toml.decode: t.toml:2:5: ", tostring(found))
    assert.equal("write true", found[2].help)
  end)

  it("tell what they collide with", function()
    local _, found = problems("a = 1\n\n  a = 2\n")
    assert.same({ line = 1, column = 1, offset = 0 }, found[1].related)
    local p = found[1]
    assert.same({ 9, 1, 3, 3 }, { p.offset, p.length, p.line, p.column })
  end)

  it("name bytes that no TOML has, and hide what follows from them", function()
    assert.same({ "1:6 P001 byte 0xE9 is not part of valid UTF-8" }, (problems('a = "\xe9"')))
    assert.same({ "1:3 P002 control character U+0000 is not allowed" }, (problems("a \0= 1")))
    assert.same({ "1:6 P003 a carriage return must be followed by a line feed" },
      (problems("a = 1\rb = 2\n")))
    local _, found = problems("\xff\xfea\0")
    assert.equal("P004", found[1].code)
    assert.equal("EUTF8", found.code)
  end)

  it("stop at a hundred and say so", function()
    local lines, found = problems(("x\n"):rep(1000))
    assert.equal(100, #lines)
    assert.is_true(found.cut)
  end)

  it("reads at most max_values values", function()
    assert.same({ a = { 1, 2 } }, toml.decode("a = [1, 2]", { max_values = 3 }))
    local value, err = toml.decode("a = [1, 2, 3]", { max_values = 3 })
    assert.is_nil(value)
    assert.equal("P006", err[1].code)
    assert.same({ a = { 1, 2, 3 } }, toml.decode("a = [1, 2, 3]"))
    assert.has_error(function()
      return toml.decode("", { max_values = 0 })
    end)
  end)

  it("reads a time in which a character is wrong as it was taken, in such a text", function()
    local value, _, err = toml.decode("a = 1979-05-27\x1907:32:01\nb = [07:32:0\xff]",
      { positions = true, partial = true })
    assert.same({ 1979, 7, 1, toml.bad }, { value.a.year, value.a.hour, value.a.second,
      value.b[1] })
    assert.equal("P002", err[1].code)
  end)

  it("gives what could be read of a text that is not TOML when asked", function()
    local opts = { positions = true, partial = true }
    local value, positions, err = toml.decode("a = 1\nb = oops\nc = [1, ?, 3]\n[d]\ne = 2", opts)
    assert.same({ a = 1, b = toml.bad, c = { 1, toml.bad, 3 }, d = { e = 2 } }, value)
    assert.equal(10, (positions:value(value, "b")))
    assert.equal(2, #err)
    value, err = toml.decode(("["):rep(200), { positions = true, partial = true, max_values = 3 })
    assert.is_true(value == nil or type(value) == "table")
    assert.is_truthy(err)
    value, err = toml.decode("a = [1, 2, 3]", { positions = true, partial = true, max_values = 2 })
    assert.is_nil(value)
    assert.equal("P006", err[1].code)
    assert.has_error(function()
      return toml.decode("", { partial = true })
    end)
  end)
end)
