--- The API as data: the parts of clnrm that are modules of their own.

local DECODED = { { "any", "value" }, { "core.Error?", "err" } }

local SERVER = [[
local room = t:open({
  services = { web = {
    command = { "python3", "-m", "http.server", "8000", "--directory", "/room" },
    wait = { port = 8000 },
  } },
  files = { ["/room/a.txt"] = "hello" },
})
]]

local HTTP_ERRORS = {
  { "ECONNREFUSED", "nobody listens" },
  { "ETIMEDOUT", "no whole answer in time" },
  { "EPROTO", "it is cut, or no HTTP" },
  { "ELIMIT", "it is larger than 16 MiB" },
}

---@type engine.api.Type[]
return {
  {
    name = "clnrm.json",
    kind = "module",
    title = "JSON",
    doc = [[
Strict reading, deterministic writing. Arrays that were read are marked, so that an empty one stays
apart from an empty object; integers are exact.]],
    entries = {
      { name = "null", kind = "field", type = "userdata", doc = "The value of null.",
        example = 'clnrm.expect(clnrm.json.decode("[null]")[1]):equals(clnrm.json.null)' },
      {
        name = "decode",
        kind = "function",
        params = { { "text", "string" }, { "options?", "{ depth?: integer }" } },
        returns = DECODED,
        doc = "Reads one JSON value and nothing behind it.",
        errors = { { "ESYNTAX", "it is no JSON, or a key is there twice" },
          { "ELIMIT", "nested too deep" } },
        example = [[
clnrm.expect(clnrm.json.decode('{"a": [1, 2.5]}')):equals({ a = { 1, 2.5 } })
local value, err = clnrm.json.decode("{")
clnrm.expect(value):is_nil()
clnrm.expect(err.code):equals("ESYNTAX")]],
      },
      {
        name = "encode",
        kind = "function",
        params = { { "value", "any" }, { "options?", "{ indent?: integer, depth?: integer }" } },
        returns = { { "string?", "text" }, { "core.Error?", "err" } },
        doc = "Writes a value with sorted keys.",
        errors = { { "EINVAL", "a value that JSON has not, such as a function" } },
        example = [[
clnrm.expect(clnrm.json.encode({ b = true, a = { 1, 2 } })):equals('{"a":[1,2],"b":true}')]],
      },
      {
        name = "array",
        kind = "function",
        params = { { "list?", "table" } },
        returns = { { "table", "list" } },
        doc = "Marks a list as an array, so that it stays one when it is empty.",
        example = 'clnrm.expect(clnrm.json.encode(clnrm.json.array())):equals("[]")',
      },
      {
        name = "is_array",
        kind = "function",
        params = { { "value", "any" } },
        returns = { { "boolean" } },
        doc = "Tells whether a value is marked as an array.",
        example = 'clnrm.expect(clnrm.json.is_array(clnrm.json.decode("[]"))):is_true()',
      },
    },
  },
  {
    name = "clnrm.toml",
    kind = "module",
    title = "TOML",
    doc = "Reading of TOML 1.1.",
    entries = {
      {
        name = "decode",
        kind = "function",
        params = { { "text", "string" } },
        returns = { { "table?", "value" }, { "core.Error?", "err" } },
        doc = "Reads a TOML text. Dates are values that print as RFC 3339.",
        errors = { { "ESYNTAX", "it is no TOML; `err.pos` says where" } },
        example = [[
local value = assert(clnrm.toml.decode("a = 1\n[b]\nc = [true]\n"))
clnrm.expect(value):equals({ a = 1, b = { c = { true } } })]],
      },
    },
  },
  {
    name = "clnrm.time",
    kind = "module",
    title = "Time",
    doc = "Clocks. Waiting is `clnrm.task.sleep`.",
    entries = {
      {
        name = "now_ms",
        kind = "function",
        returns = { { "number", "ms" } },
        doc = "Tells milliseconds of a clock that never goes back: for durations.",
        example = [[
local begun = clnrm.time.now_ms()
clnrm.expect(clnrm.time.now_ms() - begun):ge(0)]],
      },
      {
        name = "wall_ns",
        kind = "function",
        returns = { { "integer", "wall_ns" } },
        doc = "Tells the wall's time in nanoseconds since 1970; it may jump.",
        example = "clnrm.expect(clnrm.time.wall_ns()):is_type(\"integer\")",
      },
      {
        name = "format",
        kind = "function",
        params = { { "wall_ns", "integer" },
          { "digits?", "integer", "of the second's fraction, 0 to 9" } },
        returns = { { "string", "text" } },
        doc = "Writes a wall time as RFC 3339 in UTC.",
        example = 'clnrm.expect(clnrm.time.format(0)):equals("1970-01-01T00:00:00Z")',
      },
      {
        name = "parse",
        kind = "function",
        params = { { "text", "string" } },
        returns = { { "integer?", "wall_ns" }, { "core.Error?", "err" } },
        doc = "Reads an RFC 3339 time, with any offset.",
        errors = { { "ESYNTAX", "it is none" }, { "ERANGE", "beyond the years 1677 to 2262" } },
        example = 'clnrm.expect(clnrm.time.parse("1970-01-01T01:00:00+01:00")):equals(0)',
      },
    },
  },
  {
    name = "clnrm.fs",
    kind = "module",
    title = "Files of the project",
    doc = [[
Reads files of the project, never outside of it, by no link either. Files of a room are `Room:put`
and `Room:get`.]],
    entries = {
      {
        name = "read",
        kind = "function",
        params = { { "path", "string", "relative to the project" } },
        returns = { { "string?", "content" }, { "core.Error?", "err" } },
        doc = "Reads a file of the project.",
        errors = {
          { "ENOENT", "there is none" },
          { "EOUTSIDE", "the path leads out of the project" },
          { "ELIMIT", "it is larger than 64 MiB" },
        },
        example = [[
local content, err = clnrm.fs.read("../secret")
clnrm.expect(content):is_nil()
clnrm.expect(err.code):equals("EOUTSIDE")]],
      },
      {
        name = "exists",
        kind = "function",
        params = { { "path", "string", "relative to the project" } },
        returns = { { "boolean?", "exists" }, { "core.Error?", "err" } },
        doc = "Says whether something is at a path of the project.",
        errors = { { "EOUTSIDE", "the path leads out of the project" } },
        example = 'clnrm.expect(clnrm.fs.exists("no-such-file")):is_false()',
      },
      {
        name = "list",
        kind = "function",
        params = { { "path", "string", '"." is the project itself' } },
        returns = { { "string[]?", "names" }, { "core.Error?", "err" } },
        doc = "Lists the names in a folder of the project, sorted.",
        errors = {
          { "ENOENT", "there is none" },
          { "ENOTDIR", "it is no folder" },
          { "EOUTSIDE", "the path leads out of the project" },
        },
        example = 'clnrm.expect(#clnrm.fs.list(".")):ge(1)',
      },
    },
  },
  {
    name = "clnrm.http",
    kind = "module",
    title = "HTTP",
    doc = [[
HTTP/1.1 to a server in a room, through the room's own loopback: nothing has to be installed in it,
and no other host can be meant. One connection for each request; a body that is cut is an error.]],
    entries = {
      {
        name = "get",
        kind = "function",
        async = true,
        params = { { "room", "clnrm.Room" },
          { "url", "string", "http://NAME:PORT/PATH, NAME is localhost or a service" },
          { "options?", "clnrm.HttpOptions" } },
        returns = { { "clnrm.Response?", "response" }, { "core.Error?", "err" } },
        doc = "Asks for a page.",
        errors = HTTP_ERRORS,
        example = SERVER .. [[
local page = assert(clnrm.http.get(room, "http://web:8000/a.txt"))
clnrm.expect(page.status):equals(200)
clnrm.expect(page.body):equals("hello")]],
      },
      {
        name = "request",
        kind = "function",
        async = true,
        params = { { "room", "clnrm.Room" }, { "request", "clnrm.HttpOptions" } },
        returns = { { "clnrm.Response?", "response" }, { "core.Error?", "err" } },
        doc = "Sends a request.",
        errors = HTTP_ERRORS,
        example = SERVER .. [[
local answer = assert(clnrm.http.request(room, {
  url = "http://web:8000/", method = "POST", body = "x",
}))
clnrm.expect(answer.status):equals(501) -- this server takes no POST
clnrm.expect(answer.ok):is_false()]],
      },
    },
  },
  {
    name = "clnrm.HttpOptions",
    kind = "options",
    of = "http",
    title = "A request",
    doc = "What `clnrm.http.request` takes; `url` is needed.",
    entries = {
      { name = "url", kind = "key", type = "string", optional = true,
        doc = "As http://NAME:PORT/PATH." },
      { name = "method", kind = "key", type = "string", optional = true,
        doc = "Default GET." },
      { name = "headers", kind = "key", type = "table<string, string>", optional = true,
        doc = "Besides Host, Connection and Content-Length." },
      { name = "body", kind = "key", type = "string", optional = true, doc = "What is sent." },
      { name = "timeout", kind = "key", type = "number|string", optional = true,
        doc = "For the whole answer; default 10 s." },
    },
  },
  {
    name = "clnrm.Response",
    kind = "record",
    of = "http",
    title = "An answer",
    doc = "What `clnrm.http` returns.",
    entries = {
      { name = "status", kind = "field", type = "integer", doc = "Such as 200." },
      { name = "ok", kind = "field", type = "boolean", doc = "The status is 200 to 299." },
      { name = "headers", kind = "field", type = "table<string, string>",
        doc = "By names in small letters; what came twice is joined by a comma." },
      { name = "body", kind = "field", type = "string", doc = "All of it, at most 16 MiB." },
      { name = "duration_ms", kind = "field", type = "number", doc = "How long it took." },
    },
  },
  {
    name = "clnrm.hash",
    kind = "module",
    title = "Digests",
    doc = "Digests of texts.",
    entries = {
      {
        name = "sha256",
        kind = "function",
        params = { { "bytes", "string" } },
        returns = { { "string?", "digest" }, { "core.Error?", "err" } },
        doc = "Digests bytes by SHA-256, as 64 hexadecimal digits.",
        errors = { { "EPLUGIN", "the library cannot be loaded" } },
        example = 'clnrm.expect(clnrm.hash.sha256("")):starts_with("e3b0c44298fc1c14")',
      },
      {
        name = "xxh3",
        kind = "function",
        params = { { "bytes", "string" } },
        returns = { { "string", "digest" } },
        doc = "Digests bytes by XXH3, as 16 hexadecimal digits: fast, and safe against nobody.",
        example = 'clnrm.expect(clnrm.hash.xxh3("")):equals("2d06800538d394c2")',
      },
      {
        name = "hex",
        kind = "function",
        params = { { "bytes", "string" } },
        returns = { { "string?", "text" }, { "core.Error?", "err" } },
        doc = "Writes bytes as hexadecimal digits.",
        example = 'clnrm.expect(clnrm.hash.hex("az")):equals("617a")',
      },
    },
  },
  {
    name = "clnrm.fake",
    kind = "module",
    title = "Fake data",
    doc = [[
Data of kinds that tests need: `clnrm.fake.email()` is `clnrm.fake.make("email")`, and
`clnrm.fake.int_range({ min = 1, max = 6 })` has options. Each call draws anew; each run of the test
draws the same, from `t.seed`. The kinds and their options are those of `fake_…()` in templates.]],
    entries = {
      {
        name = "make",
        kind = "function",
        params = { { "kind", "string" },
          { "options?", "table", "of the kind, and `seed`: always the same for that seed" } },
        returns = { { "any", "value" } },
        doc = "Makes a value of a kind.",
        example = [[
clnrm.expect(clnrm.fake.email()):matches("@example\\.(com|net|org)$")
clnrm.expect(clnrm.fake.make("word", { seed = 1 })):equals(clnrm.fake.word({ seed = 1 }))]],
      },
      {
        name = "kinds",
        kind = "function",
        returns = { { "string[]", "kinds" } },
        doc = "Lists the kinds.",
        example = 'clnrm.expect(clnrm.fake.kinds()):contains("ipv4")',
      },
    },
  },
}
