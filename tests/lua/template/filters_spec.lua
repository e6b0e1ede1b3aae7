local json = require("core.json")
local support = require("tests.lua.template.support")
local value = require("engine.template.value")

local filter, problem = support.filter, support.problem

--- Each row: filter, value, arguments, result.  What Tera 1.20.1 gave for the same.
local CASES = {
  { "upper", "Straße ﬁn ŉ", {}, "STRASSE FIN ʼN" }, { "lower", "ΑΣ ΟΔΟΣ İ", {}, "ας οδος i̇" },
  { "capitalize", "çA VA", {}, "Ça va" },
  { "title", "it's o'clock 'quoted' x_y 3d", {}, "It's O'clock 'Quoted' X_y 3d" },
  { "title", "e\u{301}A", {}, "E\u{301}a" },
  { "trim", "\u{a0}\u{2003} x \u{3000}", {}, "x" }, { "trim_start", "\u{85}\t x ", {}, "x " },
  { "trim_end", " x\u{2028}\n", {}, " x" },
  { "trim_start_matches", "//a//", { pat = "//" }, "a//" },
  { "trim_start_matches", "aaab", { pat = "" }, "aaab" },
  { "trim_end_matches", "a\n\n", { pat = "\\n" }, "a" },
  { "truncate", "e\u{301}a\u{302}x", { length = 2 }, "e\u{301}a\u{302}…" },
  { "truncate", "hello", { length = 3, ["end"] = "" }, "hel" },
  { "truncate", "hello", { length = 5 }, "hello" },
  { "wordcount", "a\u{a0}b\t c\u{2003}", {}, 3 },
  { "replace", "aé", { from = "", to = "-" }, "-a-é-" },
  { "replace", "50% 50%", { from = "%", to = "%%1" }, "50%%1 50%%1" },
  { "addslashes", [[a"b'c\]], {}, [[a\"b\'c\\]] },
  { "linebreaksbr", "a\r\nb\nc\r", {}, "a<br>b<br>c\r" },
  { "indent", "a\n\nb\n", {}, "a\n\n    b" },
  { "indent", "a\n\nb", { prefix = "> ", first = true, blank = true }, "> a\n> \n> b" },
  { "striptags", "<p>a<!-- <b> -->c</p>", {}, "ac" },
  { "striptags", "<!-- a\nb -->c", {}, "c" },
  { "spaceless", "<p>\n<a> </a>\u{a0}\r\n </p>", {}, "<p><a></a></p>" },
  { "urlencode", "/ä %&'~", {}, "/%C3%A4%20%%26%27~" },
  { "urlencode_strict", "/a-b_c.d", {}, "%2Fa%2Db%5Fc%2Ed" },
  { "escape", "<a href='/'>&\"", {}, "&lt;a href=&#x27;&#x2F;&#x27;&gt;&amp;&quot;" },
  { "escape_xml", "<a b='/'>", {}, "&lt;a b=&apos;/&apos;&gt;" },
  { "slugify", " --Æúű_ Ünïcödé!! Łódź ", {}, "aeuu-unicode-lodz" },
  { "slugify", "щука Жёлтый", {}, "shchuka-zhioltyi" },
  { "int", " 0x1F", { base = 16 }, 31 }, { "int", "-1.9", {}, -1 },
  { "int", "x", { default = 5 }, 5 },
  { "int", "9223372036854775808", {}, 0 }, { "int", "-9223372036854775808", {}, math.mininteger },
  { "int", 3.99, {}, 3 }, { "float", "1e3", {}, 1000.0 }, { "float", "0x10", {}, 0.0 },
  { "float", ".5", {}, 0.5 }, { "abs", -7, {}, 7 }, { "abs", -2.5, {}, 2.5 },
  { "pluralize", -1, {}, "" }, { "pluralize", 2, { plural = "ies", singular = "y" }, "ies" },
  { "round", 2.5, {}, 3.0 }, { "round", -2.5, {}, -3.0 },
  { "round", 2.11, { method = "ceil", precision = 1 }, 2.2 },
  { "round", 1234, { precision = -2 }, 1200.0 },
  { "filesizeformat", 1536, {}, "1.50 kB" },
  { "filesizeformat", 1048576, { binary = true }, "1 MiB" },
  { "length", "café", {}, 4 }, { "length", { a = 1, b = 2 }, {}, 2 },
  { "reverse", "añb", {}, "bña" },
  { "as_str", 1.0, {}, "1" }, { "first", json.array({}), {}, "" }, { "last", { 1, 2 }, {}, 2 },
  { "nth", { 1, 2 }, { n = 9 }, "" }, { "join", { 1, "a", true }, { sep = "-" }, "1-a-true" },
  { "slice", { 1, 2, 3, 4 }, { start = 1, ["end"] = -1 }, { 2, 3 } },
  { "slice", { 1, 2 }, { start = -9 }, { 1, 2 } },
  { "concat", { 1 }, { with = { 2, 3 } }, { 1, 2, 3 } },
  { "concat", { 1 }, { with = 2 }, { 1, 2 } },
  { "sort", { "b", "a", "B" }, {}, { "B", "a", "b" } },
  { "sort", { true, false }, {}, { false, true } },
  { "sort", { { k = 2 }, { k = 1 } }, { attribute = "k" }, { { k = 1 }, { k = 2 } } },
  { "unique", { "a", "A", "b" }, {}, { "a", "b" } },
  { "unique", { "a", "A" }, { case_sensitive = true }, { "a", "A" } },
  { "map", { { n = { m = 1 } }, {} }, { attribute = "n.m" }, { 1 } },
  { "map", { { ["a.b"] = 1 } }, { attribute = 'a"' }, json.array({}) },
  { "map", { { ["a.b"] = 1 } }, { attribute = '"a.b"' }, { 1 } },
  { "filter", { { k = 1 }, { k = 2 } }, { attribute = "k", value = 2 }, { { k = 2 } } },
  { "filter", { { k = 1 }, {} }, { attribute = "k" }, { { k = 1 } } },
  { "get", { a = 1 }, { key = "a" }, 1 }, { "get", { a = 1 }, { key = "b", default = 0 }, 0 },
  { "json_encode", { a = 0.5, b = json.array({}), c = json.null, d = 'q"\1' }, {},
    '{"a":0.5,"b":[],"c":null,"d":"q\\"\\u0001"}' },
  { "json_encode", { 1, { a = 2.0 } }, { pretty = true }, '[\n  1,\n  {\n    "a": 2.0\n  }\n]' },
  { "safe", "<", {}, "<" }, { "kebab", "HTTPServer fooBar", {}, "http-server-foo-bar" },
  { "snake", "My Größe 2x", {}, "my_grosse_2x" }, { "camel", "my_value-name", {}, "myValueName" },
  { "pascal", "my value", {}, "MyValue" }, { "slug", "You & Me", {}, "you-me" },
  { "toml_encode", { a = { 1, 2.0, "x\n" } }, {}, '{ a = [1, 2.0, "x\\n"] }' },
}

describe("engine.template.filters", function()
  for _, case in ipairs(CASES) do
    local name, v, args, want = table.unpack(case)
    it(("%s of %s with %s"):format(name, json.encode(v), json.encode(args)), function()
      local got = filter(name, v, args)
      assert.is_true(value.same(got, want), "got " .. (json.encode(got) or "?"))
    end)
  end

  it("groups by what an attribute says, as a text", function()
    local groups = filter("group_by", { { k = 1 }, { k = "1" }, { k = json.null }, { k = true } },
      { attribute = "k" })
    assert.same({ ["1"] = { { k = 1 }, { k = "1" } }, ["true"] = { { k = true } } }, groups)
  end)

  it("never change what they are given", function()
    local list = { 3, 1, 2 }
    for _, name in ipairs({ "sort", "reverse", "unique" }) do
      filter(name, list)
    end
    filter("concat", list, { with = 4 })
    assert.same({ 3, 1, 2 }, list)
  end)

  it("tell what was wrong in Tera's words, but those of Rust for types", function()
    for kind, arguments in pairs({
      ["a string"] = { "upper", 50 }, ["an array"] = { "first", "a" },
      ["a number"] = { "round", "a" },
      ["an integer that is not negative"] = { "filesizeformat", -1 },
    }) do
      assert.matches(("^Filter `%s` was called on an incorrect value: got `.*` but expected %s$")
        :format(arguments[1], kind), problem(filter, arguments[1], arguments[2]))
    end
    for kind, one in pairs({
      ["a boolean"] = { "unique", { 1 }, "case_sensitive" }, ["a string"] = { "split", "a", "pat" },
      ["an integer that is not negative"] = { "nth", { 1 }, "n" },
      ["an integer of 32 bits"] = { "round", 1.5, "precision" },
      ["an integer"] = { "int", "a", "default" }, ["a number"] = { "float", "a", "default" },
    }) do
      assert.equal(("Filter `%s` received an incorrect type for arg `%s`: got `[]` but expected %s")
        :format(one[1], one[3], kind), problem(filter, one[1], one[2],
          { [one[3]] = json.array({}) }))
    end
    assert.matches("got `true` but expected a number of seconds or a string$",
      problem(filter, "date", true))
    assert.matches("got `1` but expected an array or a string$", problem(filter, "reverse", 1))
    assert.equal("Filter `replace` expected an arg called `to`",
      problem(filter, "replace", "a", { from = "a" }))
    assert.equal("attribute 'k' does not reference a field",
      problem(filter, "sort", { {} }, { attribute = "k" }))
    assert.equal("expected number got []", problem(filter, "sort", { 12, json.array({}) }))
    assert.equal("Unique floats are not implemented", problem(filter, "unique", { 1.5 }))
  end)

  it("refuse what would not fit into memory", function()
    local long = ("a"):rep(5000)
    assert.matches("more than 8 MiB", problem(filter, "replace", long, { from = "a", to = long }))
    assert.matches("more than 8 MiB",
      problem(filter, "indent", ("a\n"):rep(5000), { prefix = long }))
    assert.matches("base is between 2 and 36", problem(filter, "int", "1", { base = 37 }))
  end)

  it("give null where a float has no value in JSON", function()
    assert.equal(value.null, filter("float", "inf"))
    assert.equal(value.null, filter("round", 1, { precision = 400 }))
  end)

  it("keep numbers beyond an i64", function()
    local big = value.u64(-1)
    assert.equal("18446744073709551615", filter("as_str", big))
    assert.equal("18446744073709551615", filter("json_encode", big))
    assert.equal(math.maxinteger, filter("int", big))
    assert.equal("16 EB", filter("filesizeformat", big))
  end)
end)
