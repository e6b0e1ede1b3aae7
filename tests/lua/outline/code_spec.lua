local code = require("engine.outline.code")

local function again(value)
  return load("return " .. assert(code.write(value)), "=x", "t", {})()
end

describe("engine.outline.code", function()
  it("writes plain data so that the same is read again", function()
    for _, value in ipairs({
      "", "a\nb\0\r\"\\\xff", 0, -1, math.mininteger, math.maxinteger, 0.1, 1.0, true, false,
      {}, { 1, "a", { true } }, { a = 1, ["end"] = 2, ["a b"] = 3, [""] = 4, ["1"] = 5 },
      { 1, 2, n = 3 }, { { { {} } } },
    }) do
      assert.same(value, again(value))
      assert.equal(math.type(value), math.type(again(value)))
    end
  end)

  it("writes equal data alike, and whole numbers unlike others", function()
    local one, other = {}, {}
    for i = 1, 50 do
      one["k" .. i], other["k" .. 51 - i] = i, 51 - i
    end
    assert.equal(code.write(one), code.write(other))
    assert.not_equal(code.write({ 1 }), code.write({ 1.0 }))
    assert.not_equal(code.write({ "1" }), code.write({ 1 }))
  end)

  it("refuses what is no plain data", function()
    local circle = {}
    circle.circle = circle
    for _, value in ipairs({ print, io.stdout, setmetatable({}, {}), { { print } }, circle,
      { [1.5] = 1 }, { [true] = 1 }, { 1, 2, [4] = 4 } }) do
      assert.is_nil((code.write(value)))
    end
  end)
end)
