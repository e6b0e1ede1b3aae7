--- The API as data: expectations.
local function matcher(name, params, doc, example)
  return {
    name = name,
    kind = "method",
    params = params,
    returns = { { "clnrm.Expectation", "self" } },
    doc = doc,
    example = example,
  }
end

---@type engine.api.Type[]
return {
  {
    name = "clnrm.Expectation",
    kind = "object",
    as = "expect(value)",
    title = "Expectations",
    doc = [[
What `clnrm.expect(value)` returns. Each matcher returns it again, so that several can follow. A
matcher that does not hold fails the test, also where its error is caught; but not inside of the
functions that `raises` and `eventually` call. A value that a matcher cannot look at (a text matcher
of nil) fails it, negated or not. Wrong arguments and misspelt names are errors at your line.]],
    entries = {
      {
        name = "no",
        kind = "field",
        type = "clnrm.Expectation",
        doc = "Negates the next matcher. Of several things (lists of texts or keys) none may hold.",
        example = 'clnrm.expect("all fine\\n").no:contains("error")',
      },
      matcher("equals", { { "expected", "any" } }, [[
Compares by content: tables by their entries (an `__eq` decides where there is one, other
metatables do not count), 1 equals 1.0, nan equals nan, `"1"` is not 1.]], [[
clnrm.expect({ id = 1, tags = { "a" } }):equals({ id = 1, tags = { "a" } })]]),
      matcher("matches", { { "regex", "string|string[]" } }, [[
Searches a text for a regular expression of PCRE2 (not a pattern of Lua): `^` and `$` mean the whole
text, `(?m)` in front each line, `(?i)` ignores case. Of a list, each is searched. A search that
spends its time budget is `error` (T403).]], [[
clnrm.expect("applied 4 migrations\n"):matches("(?m)^applied \\d+ migrations$")]]),
      matcher("contains", { { "item", "any" } }, [[
Looks for a text in a text (a list: for each of them), or for an entry of a table that equals the
item.]], [[
clnrm.expect("one two"):contains("two")
clnrm.expect({ { id = 1 }, { id = 2 } }):contains({ id = 2 })]]),
      matcher("starts_with", { { "text", "string" } }, "Compares the beginning of a text.",
        'clnrm.expect("hello"):starts_with("he")'),
      matcher("ends_with", { { "text", "string" } }, "Compares the end of a text.",
        'clnrm.expect("hello\\n"):ends_with("lo\\n")'),
      matcher("lines", { { "lines", "integer|string[]" } }, [[
Counts the lines of a text, or compares them. A newline ends a line; the last one needs none.]], [[
clnrm.expect("a\nb\n"):lines(2):lines({ "a", "b" })]]),
      matcher("has_keys", { { "keys", "any[]" } }, "Looks for keys of a table with a value.",
        'clnrm.expect({ id = 1, name = "ann" }):has_keys({ "id", "name" })'),
      matcher("has_length", { { "length", "integer" } }, [[
Counts the bytes of a text, or all entries of a table whatever their keys.]], [[
clnrm.expect({ "a", "b" }):has_length(2)]]),
      matcher("lt", { { "bound", "number|string" } }, "Is less than.", "clnrm.expect(1):lt(2)"),
      matcher("le", { { "bound", "number|string" } }, "Is at most.", "clnrm.expect(2):le(2)"),
      matcher("gt", { { "bound", "number|string" } }, "Is greater than.", "clnrm.expect(3):gt(2)"),
      matcher("ge", { { "bound", "number|string" } }, "Is at least.", "clnrm.expect(2):ge(2)"),
      matcher("approx", { { "number", "number" }, { "tolerance", "number" } },
        "Is at most so far from a number.", "clnrm.expect(0.1 + 0.2):approx(0.3, 1e-9)"),
      matcher("is_true", nil, "Is `true`, not only something that counts as true.",
        "clnrm.expect(1 < 2):is_true()"),
      matcher("is_false", nil, "Is `false`, not nil.", "clnrm.expect(2 < 1):is_false()"),
      matcher("is_nil", nil, "Is nil.", "clnrm.expect(nil):is_nil()"),
      matcher("is_type", { { "name", "string" } },
        "Is of a type of Lua, or `integer`, or `float`.", 'clnrm.expect(3):is_type("integer")'),
      matcher("raises", { { "pattern?", "string|table" } }, [[
Calls the function, which has to raise an error: any, also that of a misspelt name, unless a pattern
says which. A text is a regular expression that is searched in
the error's message; a table names fields that the raised value must have. Checks that fail inside
are errors like others, and fail nothing but `.no:raises()`: without a pattern, this holds when one
does. `.no:raises()` takes no argument: nothing at all may be raised.]], [[
clnrm.expect(function() error("no such user") end):raises("no such")
clnrm.expect(function() error({ code = "E1" }) end):raises({ code = "E1" })]]),
      matcher("json", { { "path", "string|table<string, any>" }, { "value?", "any" } }, [[
Compares what is at a path of a JSON text, or of a table that was read from one: `$.users[0].name`.
The path must be there, also behind `.no`. Null is `clnrm.json.null`. A table gives several paths
at once.]], [[
clnrm.expect('{"users": [{"name": "ann"}]}'):json("$.users[0].name", "ann")]]),
      {
        name = "snapshot",
        kind = "method",
        params = { { "name", "string" } },
        returns = { { "clnrm.Expectation", "self" } },
        doc = [[
Compares with what is stored under the name, for this test, in `snapshots/` beside the test
file: a text byte for byte, another value as a table of Lua with its keys in order. What is not
stored fails. `clnrm snapshots review` accepts what was seen. A name is used once in a test;
neither `.no` nor `eventually` goes with it.]],
        verdict = "fail", -- nothing is stored yet
        example = 'clnrm.expect(t.room:exec({ "uname", "-s" }).stdout):snapshot("system")',
      },
      {
        name = "eventually",
        kind = "method",
        async = true,
        params = { { "options?", "clnrm.EventuallyOptions" } },
        returns = { { "clnrm.Expectation", "self" } },
        doc = [[
Makes the matchers behind it wait. The value is a function; it is called again until the matcher
holds of what it returns, or the time is up; then the last value is shown. An error in it means "not
yet". Each matcher behind it waits by itself. A call that is under way at the end is cut off.]],
        example = [[
local calls = 0
clnrm.expect(function()
  calls = calls + 1
  return calls
end):eventually({ within = "2s", every = "10ms" }):ge(3)]],
      },
    },
  },
  {
    name = "clnrm.EventuallyOptions",
    kind = "options",
    title = "Options of eventually",
    doc = "Options of `eventually`.",
    entries = {
      { name = "within", kind = "key", type = "number|string", optional = true,
        doc = "How long to wait at most: seconds, or `\"500ms\"`. Default 5 s." },
      { name = "every", kind = "key", type = "number|string", optional = true,
        doc = "The pause between two calls. Default 50 ms." },
    },
  },
}
