local json = require("core.json")
local toml = require("core.toml")
local value = require("engine.template.value")

describe("engine.template.value", function()
  it("knows the kinds, empty arrays apart from empty objects", function()
    for _, case in ipairs({
      { value.null, "null" }, { true, "bool" }, { 1, "int" }, { 1.0, "float" }, { "", "string" },
      { value.u64(-1), "u64" }, { value.u64(1), "int" }, { { 1 }, "array" }, { {}, "object" },
      { value.array({}), "array" }, { toml.decode("a = []").a, "array" },
      { json.decode("[]"), "array" }, { json.decode("{}"), "object" }, { { a = 1 }, "object" },
    }) do
      assert.equal(case[2], value.kind(case[1]))
    end
    assert.is_nil(value.kind(nil))
  end)

  it("writes values as Tera does", function()
    for _, case in ipairs({
      { 1, "1" }, { 1.0, "1" }, { 0.1, "0.1" }, { 1e300, "1" .. ("0"):rep(300) }, { -0.0, "-0" },
      { 5e-7, "0.0000005" }, { 10.605, "10.605" }, { 0.1 + 0.2, "0.30000000000000004" },
      { 100.0, "100" }, { -1234.5, "-1234.5" }, { true, "true" }, { value.null, "" },
      { { 1, "a", { value.null, 2.5 } }, "[1, a, [, 2.5]]" }, { { a = 1 }, "[object]" },
      { value.array({}), "[]" }, { {}, "[object]" }, { math.mininteger, "-9223372036854775808" },
      { value.u64(-1), "18446744073709551615" }, { value.u64(math.mininteger),
        "9223372036854775808" },
    }) do
      assert.equal(case[2], value.text(case[1]))
    end
  end)

  it("writes numbers for JSON, floats told from integers", function()
    for _, case in ipairs({
      { 1, "1" }, { 1.0, "1.0" }, { 1e15, "1000000000000000.0" }, { 1e16, "1e16" },
      { 1.5e300, "1.5e300" }, { 0.00001, "0.00001" }, { 0.000001, "1e-6" }, { -0.5, "-0.5" },
      { value.u64(-1), "18446744073709551615" },
    }) do
      assert.equal(case[2], value.number_text(case[1]))
    end
  end)

  it("tells true from false", function()
    for _, v in ipairs({ true, 1, -0.5, "a", { 1 }, { a = 1 }, value.u64(-1) }) do
      assert.is_true(value.truthy(v))
    end
    for _, v in ipairs({ false, 0, 0.0, 0 / 0, "", value.array({}), {}, value.null }) do
      assert.is_false(value.truthy(v))
    end
    assert.is_false(value.truthy(nil))
  end)

  it("compares numbers by value, and by kind where asked", function()
    assert.is_true(value.equal(1, 1.0))
    assert.is_false(value.same(1, 1.0))
    assert.is_true(value.equal(value.u64(-1), value.u64(-1)))
    assert.is_false(value.equal(1, "1"))
    assert.is_true(value.equal({ 1, { a = "b" } }, { 1, { a = "b" } }))
    assert.is_false(value.equal({ 1 }, { 1.0 }))
    assert.is_false(value.equal({ a = 1 }, { a = 1, b = 2 }))
    assert.is_false(value.equal(value.array({}), {}))
  end)

  it("sorts keys and splits characters", function()
    assert.same({ "B", "a", "b" }, value.keys({ a = 1, b = 2, B = 3 }))
    assert.same({ "a", "é", "😀" }, value.chars("aé😀"))
    assert.same({ "a", "\xff" }, value.chars("a\xff"))
  end)

  it("takes dates of TOML over as texts and leaves the original alone", function()
    local t = toml.decode("a = [1979-05-27, 1]\nb = { c = 2 }")
    local own = value.import(t)
    assert.same({ "1979-05-27", 1 }, own.a)
    assert.equal(t.b, own.b)
    assert.is_table(t.a[1])
  end)

  it("raises problems as tables", function()
    local ok, err = pcall(value.fail, "no %s of %d", "x", 3)
    assert.is_false(ok)
    assert.same({ template_error = "no x of 3" }, err)
  end)
end)
