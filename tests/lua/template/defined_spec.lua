local defined = require("engine.template.defined")
local toml = require("core.toml")

describe("a value of the command line", function()
  local like = toml.decode('text = "1"\nn = 1\nf = 1.5\nyes = true\nlist = [1]\nt = { a = 1 }\n'
    .. "at = 2025-01-01T00:00:00Z\n")

  it("becomes what the value that it replaces is", function()
    assert.equal("007", defined.convert("007", like.text))
    assert.equal("true", defined.convert("true", nil))
    assert.equal(7, defined.convert("7", like.n))
    assert.equal(-7, defined.convert("-7", like.n))
    assert.equal("float", math.type(defined.convert("7", like.f)))
    assert.equal(0.25, defined.convert(".25", like.f))
    assert.is_false(defined.convert("false", like.yes))
    assert.same({ "a", "b" }, { table.unpack(defined.convert('["a", "b"]', like.list)) })
    assert.equal(2, defined.convert("{ b = 2 }", like.t).b)
    assert.equal("2030-01-02T03:04:05Z", tostring(defined.convert("2030-01-02T03:04:05Z", like.at)))
  end)

  it("is refused when it is none of this type", function()
    local cases = {
      { "1.5", like.n, "a whole number" }, { "x", like.n, "a whole number" },
      { "", like.n, "a whole number" }, { "0x10", like.f, "a number" },
      { "inf", like.f, "a number" }, { "1e400", like.f, "a number of 64 bits" },
      { "-1e400", like.f, "a number of 64 bits" }, { "[1e400]", like.list, "a list" },
      { ("9"):rep(400), like.f, "a number of 64 bits" }, { "1,5", like.f, "a number" },
      { "yes", like.yes, "true or false" }, { "a,b", like.list, "a list" },
      { "1", like.t, "a table" }, { "tomorrow", like.at, "a date or time" },
      { "1\nw = 2", like.n, "a whole number" },
    }
    for _, case in ipairs(cases) do
      local value, wanted = defined.convert(case[1], case[2])
      assert.is_nil(value, case[1])
      assert.equal(case[3], wanted, case[1])
    end
  end)

  it("is typed by the nearest layer, and by what was given before", function()
    local layers = { { title = "near", values = { n = 1 } },
      { title = "far", values = { n = "text", m = true } } }
    local values = assert(defined.values({
      { name = "n", text = "2" }, { name = "m", text = "false" }, { name = "other", text = "3" },
      { name = "typed", value = 5 }, { name = "typed", text = "6" },
    }, layers))
    assert.same({ n = 2, m = false, other = "3", typed = 6 }, values)
    local _, problem = defined.values({ { name = "n", text = "x" } }, layers)
    assert.same({ "near", "a whole number" }, { problem.layer.title, problem.wanted })
  end)

  it("has a name that a tag can use", function()
    for _, name in ipairs({ "a", "_a1", "a-b", "otel", "env" }) do
      assert.is_nil(defined.bad_name(name), name)
    end
    for _, name in ipairs({ "", "1a", "a b", "a.b", "vars", "matrix", "ä" }) do
      assert.is_string(defined.bad_name(name), name)
    end
    assert.equal("write -D n=…", select(2, defined.bad_name("vars.n")))
  end)
end)
