local fake = require("engine.generate.fake")
local functions = require("engine.template.functions")
local support = require("tests.lua.template.support")
local value = require("engine.template.value")

local call, context, problem = support.call, support.context, support.problem

describe("engine.template.functions of Tera", function()
  it("range counts from start to before end", function()
    assert.same({ 0, 1, 2 }, call("range", { ["end"] = 3 }))
    assert.same({ 1, 3, 5 }, call("range", { start = 1, ["end"] = 7, step_by = 2 }))
    assert.is_true(value.is_array(call("range", { ["end"] = 0 })))
  end)

  it("range refuses what would never end, or fill the memory", function()
    assert.matches("never comes to an end", problem(call, "range", { ["end"] = 3, step_by = 0 }))
    assert.matches("more than 1000000", problem(call, "range", { ["end"] = 1 << 40 }))
    assert.matches("greater than the `end`", problem(call, "range", { start = 5, ["end"] = 2 }))
    assert.matches("without a `end`", problem(call, "range"))
    assert.matches("received end=1.0", problem(call, "range", { ["end"] = 1.0 }))
  end)

  it("now tells the time of the clock", function()
    assert.equal(1735689600, call("now", { timestamp = true }))
    assert.equal("2025-01-01T00:00:00+00:00", call("now", { utc = true }))
    assert.equal("2025-01-01T00:00:00+00:00", call("now", {}, context({ is_frozen = true })))
    local unix = require("engine.template.date.parse").time(call("now")).unix
    assert.equal(1735689600, unix) -- whatever the zone of this machine
  end)

  it("throw raises its message", function()
    assert.equal("100% boom", problem(call, "throw", { message = "100% boom" }))
  end)

  it("get_random draws from start to before end", function()
    local ctx = context()
    for _ = 1, 50 do
      local n = call("get_random", { start = 5, ["end"] = 7 }, ctx)
      assert.is_true(n == 5 or n == 6)
    end
    assert.matches("less than its `end`", problem(call, "get_random", { start = 2, ["end"] = 2 }))
  end)

  it("get_env and env read the environment, and differ in what is not there", function()
    local ctx = context({ env = function(name)
      return name == "HOME" and "/h" or nil
    end })
    assert.equal("/h", call("get_env", { name = "HOME" }, ctx))
    assert.equal("/h", call("env", { name = "HOME" }, ctx))
    assert.equal("Environment variable `NO` not found",
      problem(call, "get_env", { name = "NO" }, ctx))
    assert.equal("", call("env", { name = "NO" }, ctx))
    assert.equal("d", call("env", { name = "NO", default = "d" }, ctx))
    assert.equal(7, call("get_env", { name = "NO", default = 7 }, ctx))
  end)
end)

describe("an argument that a function does not know", function()
  it("is refused, with what may be meant", function()
    for name, args in pairs({
      uuid_v4 = { sed = 1 }, rand_hex = { n = 4, sead = 1 }, fake_name = { sed = 1 },
      now_plus = { seconds = 1, secnds = 5 }, fake_int_range = { min = 1, mx = 3 },
      fake = { kind = "city", sead = 2 },
    }) do
      assert.matches("has no argument `%a+`: did you mean `%a+`%?", problem(call, name, args))
    end
    assert.matches("has no argument `x`$", problem(call, "now_ms", { x = 1 }))
    assert.matches("`x`; it has n, seed$", problem(call, "rand_hex", { x = 1 }))
  end)

  it("is taken by Tera's own, and by those that take any", function()
    assert.equal("a=1", call("baggage", { a = 1 }))
    assert.is_true(value.is_array(call("range", { ["end"] = 0, x = 1 })))
  end)

  it("is none that the reference has", function()
    for name, entry in pairs(require("engine.template.reference").functions) do
      for argument in entry[1]:gsub("=[^,]*", ""):gmatch("[%a_][%w_]*") do
        local ok, raised = pcall(call, name, { [argument] = 1 })
        local message = ok and "" or tostring(type(raised) == "table" and raised.template_error
          or raised)
        assert.is_nil(message:find("has no argument", 1, true), message)
      end
    end
  end)
end)

describe("engine.template.functions of time", function()
  it("tell the clock in every form", function()
    assert.equal("2025-01-01T00:00:00Z", call("now_rfc3339"))
    assert.equal(1735689600, call("now_unix"))
    assert.equal(1735689600000, call("now_ms"))
    assert.equal("2025-01-01T00:05:00Z", call("now_plus", { seconds = 300 }))
    assert.equal("2024-12-31T23:59:59Z", call("date_rfc3339", { offset_seconds = -1 }))
    assert.equal("2025-01-01T00:00:00.250Z", call("now_rfc3339", {}, context({ clock = function()
      return 1735689600250
    end })))
  end)

  it("refuse a time that nobody can write", function()
    assert.matches("beyond the years", problem(call, "now_plus", { seconds = 10000000000 }))
    assert.matches("too far", problem(call, "now_plus", { seconds = math.maxinteger }))
  end)
end)

describe("engine.template.functions of values", function()
  it("digest, write TOML, and make names", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      call("sha256", { s = "abc" }))
    assert.equal('{ "a b" = [true, 1.0], c = "\\"\\u007F" }',
      call("toml_encode", { value = { ["a b"] = { true, 1.0 }, c = '"\127' } }))
    assert.matches("no null", problem(call, "toml_encode", { value = value.null }))
    assert.equal("my-company", call("slug", { s = "My Company" }))
    assert.equal("my-variable", call("kebab", { s = "MyVariable" }))
    assert.equal("my_variable", call("snake", { s = "MyVariable" }))
    assert.equal("myVariable", call("camel", { s = "my variable" }))
    assert.equal("MyVariable", call("pascal", { s = "my variable" }))
  end)

  it("seq counts by name for one rendering", function()
    local ctx = context()
    assert.equal(0, call("seq", { name = "a" }, ctx))
    assert.equal(1, call("seq", { name = "a" }, ctx))
    assert.equal(10, call("seq", { name = "b", start = 10, step = -2 }, ctx))
    assert.equal(8, call("seq", { name = "b", start = 10, step = -2 }, ctx))
    assert.equal(0, call("seq", { name = "a" }))
  end)
end)

describe("engine.template.functions that draw", function()
  --- The arguments that each generator needs.
  local NEEDED = {
    pick = { list = { 1, 2, 3, 4, 5, 6, 7, 8, 9 } },
    shuffle = { list = { 1, 2, 3, 4, 5, 6, 7, 8, 9 } },
    sample = { list = { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, k = 4 },
    weighted = { pairs = { { 1, 1 }, { 2, 1.5 }, { 3, 1 }, { 4, 1 } } },
    get_random = { ["end"] = 1000000 },
  }
  local GENERATORS = { "get_random", "rand_hex", "uuid_v4", "uuid_v7", "ulid", "pick", "weighted",
    "shuffle", "sample", "trace_id", "span_id", "traceparent" }
  for _, kind in ipairs(fake.list()) do
    GENERATORS[#GENERATORS + 1] = "fake_" .. kind
  end

  local function with_seed(name, seed)
    local args = { seed = seed }
    for key, v in pairs(NEEDED[name] or {}) do
      args[key] = v
    end
    return args
  end

  for _, name in ipairs(GENERATORS) do
    it(name .. " is the same for a seed, and another for another call or seed", function()
      local function several(seed, own)
        local ctx, out = context({ seed = seed }), {}
        for i = 1, 12 do
          out[i] = value.text(call(name, with_seed(name, own), ctx))
        end
        return table.concat(out, " "), out
      end
      local first, each = several(42)
      assert.equal(first, (several(42)))
      assert.not_equal(first, (several(43)))
      assert.not_equal(each[1] .. each[2] .. each[3] .. each[4], each[1]:rep(4))
      local _, same = several(1, 7)
      for i = 2, 12 do
        assert.equal(same[1], same[i]) -- a seed of the call's own: always its first stream
      end
      assert.equal(same[1], (select(2, several(2, 7)))[1])
    end)
  end

  it("are not changed by calls of others", function()
    local plain, mixed = context(), context()
    local first = call("uuid_v4", {}, plain) .. call("uuid_v4", {}, plain)
    local a = call("uuid_v4", {}, mixed)
    call("fake_name", {}, mixed)
    call("rand_hex", {}, mixed)
    assert.equal(first, a .. call("uuid_v4", {}, mixed))
  end)

  it("draw a seed of the kernel where none is given, one for a rendering", function()
    local ctx = { counters = {}, clock = context().clock, env = context().env }
    local seed = call("deterministic_seed", {}, ctx)
    assert.equal("integer", math.type(seed))
    assert.equal(seed, call("deterministic_seed", {}, ctx))
    assert.equal(42, call("deterministic_seed"))
    local other = { counters = {}, clock = ctx.clock, env = ctx.env }
    assert.not_equal(call("uuid_v4", {}, ctx), call("uuid_v4", {}, other))
  end)

  it("fake(kind) draws as fake_KIND does, also a list", function()
    assert.equal(call("fake_name"), call("fake", { kind = "name" }))
    assert.equal(call("fake_name"), call("fake", { kind = "name.full" }))
    local list = call("fake", { kind = "city", n = 5, seed = 1 })
    assert.equal(5, #list)
    assert.equal(list[1], call("fake_city", { seed = 1 }))
    assert.equal(#call("fake_kinds"), #fake.list())
    assert.matches("did you mean `email`", problem(call, "fake", { kind = "emial" }))
    assert.matches("`min` must not be greater", problem(call, "fake_int", { min = 2, max = 1 }))
  end)

  it("weighted never draws a weight of 0", function()
    local ctx = context()
    for _ = 1, 100 do
      assert.equal("b", call("weighted", { pairs = { { "a", 0 }, { "b", 1 }, { "c", 0 } } }, ctx))
    end
    assert.matches("above 0", problem(call, "weighted", { pairs = { { "a", 0 } } }))
    assert.equal("b", call("weighted", { pairs = { "a", 0, "b", 1 } }))
    assert.matches("number 1 has none", problem(call, "weighted", { pairs = { { "a", -1 } } }))
    assert.matches("number 2 has none", problem(call, "weighted", { pairs = { "a", 1, "b" } }))
  end)

  it("sample draws different items, and no more than there are", function()
    local drawn = call("sample", { list = { 1, 2, 3 }, k = 3 })
    table.sort(drawn)
    assert.same({ 1, 2, 3 }, drawn)
    assert.matches("has only 2", problem(call, "sample", { list = { 1, 2 }, k = 3 }))
    assert.matches("empty `list`", problem(call, "pick", { list = value.array({}) }))
  end)

  it("uuid_v7 and ulid take the clock's time, or one that is given", function()
    assert.equal("01941f29-7c00-7", call("uuid_v7"):sub(1, 15))
    assert.equal(call("uuid_v7"), call("uuid_v7", { time = "2025-01-01T00:00:00Z" }))
    assert.equal(call("ulid"), call("ulid", { time = 1735689600000 }))
    assert.matches("neither RFC 3339", problem(call, "ulid", { time = "x" }))
    for _, name in ipairs({ "uuid_v7", "ulid" }) do
      local at = 1800000000000
      local function of(seed, frozen, args)
        at = at + 1000
        local now = at
        local ctx = context({ is_frozen = frozen, clock = function()
          return now
        end })
        ctx.seed = seed
        return call(name, args, ctx)
      end
      assert.equal(of(7, false), of(7, false))
      assert.equal(of(nil, false, { seed = 7 }), of(8, false, { seed = 7 }))
      assert.equal(call(name, { seed = 7, time = "2025-01-01T00:00:00Z" }),
        of(nil, false, { seed = 7 }))
      assert.not_equal(of(7, true), of(7, true)) -- the frozen time
      assert.not_equal(of(nil, false):sub(1, 10), of(nil, false):sub(1, 10))
    end
    assert.matches("neither a UUID", problem(call, "uuid_v5", { ns = "x", name = "y" }))
  end)

  it("traceparent and baggage are headers of W3C", function()
    assert.matches("^00%-%x+%-%x+%-01$", call("traceparent"))
    assert.equal("00-" .. ("a"):rep(32) .. "-" .. ("b"):rep(16) .. "-00",
      call("traceparent", { trace_id = ("a"):rep(32), span_id = ("b"):rep(16), sampled = 0 }))
    assert.matches("16 hexadecimal", problem(call, "traceparent", { span_id = ("0"):rep(16) }))
    assert.equal("a=x%20y,svc=1", call("baggage", { map = { svc = 1 }, a = "x y" }))
    assert.matches("cannot be a key", problem(call, "baggage", { map = { ["a b"] = 1 } }))
  end)

  it("bound what one call makes", function()
    assert.matches("at most 1000000", problem(call, "rand_hex", { n = 1 << 30 }))
    assert.matches("at most 100000", problem(call, "fake", { kind = "name", n = 1 << 30 }))
    for kind, options in pairs({
      string = { len = 100000 }, words = { count = 1000 }, paragraph = {},
      password = { max = 9000 }, sentence = { max = 90000 },
    }) do
      options.kind, options.n = kind, 90000
      assert.matches("at most 500000 words or letters", problem(call, "fake", options))
    end
  end)

  it("refuse a seed that is neither integer nor text", function()
    assert.matches("can only be an integer or a string", problem(call, "uuid_v4", { seed = 1.5 }))
  end)
end)

describe("engine.template.functions", function()
  it("has a function for every kind of fake data", function()
    for _, kind in ipairs(fake.list()) do
      assert.is_function(functions["fake_" .. kind], kind)
    end
  end)
end)
