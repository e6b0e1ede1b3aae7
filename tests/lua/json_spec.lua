local json = require("core.json")
local stable = require("clnrm.json")

local function random(seed)
  return function(n)
    seed = (seed * 6364136223846793005 + 1442695040888963407)
    return (seed >> 33) % n
  end
end

local function decode_error(text, options)
  local value, err = json.decode(text, options)
  assert.is_nil(value)
  return err
end

describe("core.json.decode", function()
  it("keeps integers exact, and floats floats", function()
    local v = assert(json.decode(
      "[9223372036854775807, -9223372036854775808, 9007199254740993, 1.0, 1e2, 0.1, -0.0]"))
    assert.equal(math.maxinteger, v[1])
    assert.equal(math.mininteger, v[2])
    assert.equal(9007199254740993, v[3])
    assert.equal("float", math.type(v[4]))
    assert.equal("float", math.type(v[5]))
    assert.equal(0.1, v[6])
    assert.equal("-0.0", tostring(v[7]))
  end)

  it("refuses numbers that it cannot hold", function()
    for _, text in ipairs({ "[9223372036854775808]", "[-9223372036854775809]", "[1e400]",
      "[123456789012345678901234567890]" }) do
      local err = decode_error(text)
      assert.equal("ESYNTAX", err.code)
      assert.same({ line = 1, column = 2, offset = 1 }, err.pos)
    end
  end)

  it("keeps null, empty arrays and empty objects apart", function()
    local v = assert(json.decode('{"n": null, "a": [], "o": {}, "l": [null]}'))
    assert.equal(json.null, v.n)
    assert.equal("null", tostring(v.n))
    assert.is_true(json.is_array(v.a))
    assert.is_false(json.is_array(v.o))
    assert.equal(json.null, v.l[1])
    assert.equal('{"a":[],"l":[null],"n":null,"o":{}}', json.encode(v))
  end)

  it("takes any value at the top, and text as it is", function()
    assert.equal(json.null, json.decode(" null "))
    assert.is_false(json.decode("false"))
    assert.equal("a\0b\u{1f600}/\"", json.decode('"a\\u0000b\\ud83d\\ude00\\/\\""'))
  end)

  local places = {
    { "", 1, 1 }, { "[1,,2]", 1, 4 }, { '{"a":1\n,"b":[1,2,}]', 2, 11 }, { "[1] x", 1, 5 },
    { '{"a":1,"b":2,"a":3}', 1, 14 }, { '["é\xff"]', 1, 4 }, { "[1\0]", 1, 3 }, { "[tru]", 1, 2 },
    { '{"aaaaaaaaaaaaaaaaaaaaaaaaaaaa":1,"aaaaaaaaaaaaaaaaaaaaaaaaaaaa":2}', 1, 35 },
    { '"a\nb"', 1, 3 }, { '{"\\u0000":1}', 1, 2 }, { '{"a":', 1, 6 }, { "\u{feff}{}", 1, 1 },
    { "[NaN]", 1, 2 }, { "[1 2]", 1, 4 }, { '"\\ud800"', 1, 9 },
  }
  for _, case in ipairs(places) do
    it(("refuses %q with its place"):format(case[1]), function()
      local err = decode_error(case[1])
      assert.equal("ESYNTAX", err.code)
      assert.equal("json.decode", err.op)
      assert.same({ case[2], case[3] }, { err.pos.line, err.pos.column })
      assert.equal(err.message:match("^line %d+, column %d+: .+$"), err.message)
    end)
  end

  it("bounds the members, at the one that is too much", function()
    assert.same({ 1, 2, { a = 3 } }, json.decode('[1,2,{"a":3}]', { values = 4 }))
    local value, err = json.decode('["[,,,",1,{"a":3}]', { values = 3 })
    assert.is_nil(value)
    assert.same({ "ELIMIT", 10 }, { err.code, err.pos.offset })
    assert.equal(1, json.decode("1", { values = 0 }))
    assert.has_error(function() json.decode("1", { values = -1 }) end)
  end)

  it("bounds the depth, at the bracket that is too much", function()
    assert.is_table(json.decode(("["):rep(512) .. ("]"):rep(512)))
    local err = decode_error(("["):rep(513) .. ("]"):rep(513))
    assert.equal("ELIMIT", err.code)
    assert.equal(513, err.pos.column)
    assert.equal("ELIMIT", decode_error(("["):rep(100000)).code)
    assert.equal("ELIMIT", decode_error(('{"a":'):rep(100000)).code)
    assert.equal(3, decode_error('["[[\\"[", [[]]]', { depth = 2 }).pos.column - 9)
    assert.equal(1, json.decode("1", { depth = 0 }))
    assert.is_table(json.decode(("["):rep(2000) .. ("]"):rep(2000), { depth = 2000 }))
  end)

  it("raises on misuse", function()
    assert.has_error(function() json.decode({}) end)
    assert.has_error(function() json.decode("1", { dept = 3 }) end)
    assert.has_error(function() json.decode("1", { depth = 2001 }) end)
  end)
end)

describe("core.json.encode", function()
  local cases = {
    { { b = 1, a = { true, false, "x" }, ["é"] = 2, ["a\0"] = 3 },
      '{"a":[true,false,"x"],"a\\u0000":3,"b":1,"é":2}' },
    { {}, "{}" }, { "a\"\\\n\t\b\f\r\1\127/", '"a\\"\\\\\\n\\t\\b\\f\\r\\u0001\127/"' },
    { math.maxinteger, "9223372036854775807" }, { math.mininteger, "-9223372036854775808" },
    { 0, "0" }, { 1.0, "1.0" }, { 0.1, "0.1" }, { 1e100, "1e+100" }, { -0.0, "-0.0" },
    { 1 / 3, "0.3333333333333333" }, { 5e-324, "5e-324" },
    { 12.345678, "12.345678" }, { -0.5, "-0.5" }, { 0.0001, "0.0001" }, { 0.00009, "9e-05" },
    { 999999999.999999, "999999999.999999" }, { 1e9, "1000000000.0" },
    { 2 ^ 53, "9007199254740992.0" },
  }
  for _, case in ipairs(cases) do
    it("writes " .. case[2], function()
      assert.equal(case[2], json.encode(case[1]))
    end)
  end

  it("writes marked tables as arrays", function()
    assert.equal("[]", json.encode(json.array()))
    assert.equal("[1]", json.encode(json.array({ 1 })))
    assert.has_error(function() json.array(setmetatable({}, {})) end)
    assert.has_error(function() json.array("x") end)
  end)

  it("indents", function()
    local text = json.encode({ a = { 1, { b = 2 } }, c = {}, d = json.array() }, { indent = 2 })
    assert.equal([[{
  "a": [
    1,
    {
      "b": 2
    }
  ],
  "c": {},
  "d": []
}]], text)
    assert.has_error(function() json.encode(1, { indent = 17 }) end)
  end)

  it("refuses what JSON cannot hold, naming the place", function()
    local loop = {}
    loop.self = loop
    local wrong = {
      { { a = { 1, print } }, "EINVAL", "%$%.a%[1%]: a function" },
      { 0 / 0, "EINVAL", "^%$: NaN" }, { { x = math.huge }, "EINVAL", "%$%.x: NaN" },
      { { 1, nil, 3 }, "EINVAL", "holes" }, { { 1, a = 2 }, "EINVAL", "both" },
      { { [0] = 1 }, "EINVAL", "key" }, { { [1.5] = 1 }, "EINVAL", "key" },
      { { [true] = 1 }, "EINVAL", "key" }, { loop, "EINVAL", "^%$%.self.*%.%.%.: nested too deep" },
      { io.stdout, "EINVAL", "userdata" }, { "\xff", "EUTF8", "^%$: " },
      { { ["\xff"] = 1 }, "EUTF8", "UTF%-8" }, { coroutine.create(print), "EINVAL", "value" },
    }
    for _, case in ipairs(wrong) do
      local text, err = json.encode(case[1])
      assert.is_nil(text)
      assert.equal(case[2], err.code)
      assert.matches(case[3], err.message)
    end
    assert.matches("nil", select(2, json.encode(nil)).message)
    local marked = json.array()
    marked.x = 1
    assert.equal("EINVAL", select(2, json.encode(marked)).code)
    assert.equal("[1]", json.encode({ 1 })) -- an error leaves nothing behind
  end)

  it("replaces bytes that are not UTF-8 when asked", function()
    assert.equal('"a\u{fffd}\u{fffd}b"', json.encode("a\xff\xc3b", { invalid = "replace" }))
    assert.has_error(function() json.encode("", { invalid = "ignore" }) end)
  end)

  it("bounds the depth", function()
    local nested = 1
    for _ = 1, 2000 do nested = { nested } end
    assert.equal("EINVAL", select(2, json.encode(nested)).code)
    assert.equal(4001, #json.encode(nested, { depth = 2000 }))
  end)

  it("writes floats that read back the same", function()
    local rand = random(1)
    for _ = 1, 5000 do
      local bits = (rand(1 << 31) << 33) | (rand(1 << 31) << 2) | rand(4)
      local value = string.unpack("d", string.pack("i8", bits))
      if value == value and value ~= math.huge and value ~= -math.huge then
        local back = json.decode(json.encode(value))
        assert.equal(value, back)
        assert.equal("float", math.type(back))
      end
    end
  end)
end)

describe("core.json, both ways", function()
  it("reads back what it wrote, whatever the value", function()
    local rand = random(2)
    local function value(depth)
      local kind = rand(depth > 4 and 6 or 8)
      if kind == 0 then return rand(1 << 31) - (1 << 30)
      elseif kind == 1 then return rand(1000) / 8
      elseif kind == 2 then return rand(2) == 1
      elseif kind == 3 then return json.null
      elseif kind < 6 then return ("é\"\n\0x"):sub(1, 1 + rand(6)):gsub("\xc3$", "")
      end
      local t = kind == 6 and json.array() or {}
      for i = 1, rand(5) do
        t[kind == 6 and i or ("k" .. rand(9))] = value(depth + 1)
      end
      return t
    end
    for i = 1, 500 do
      local text = assert(json.encode({ (value(0)) }, { indent = i % 3 }))
      local again = assert(json.decode(text))
      assert.equal(text, json.encode(again, { indent = i % 3 }))
    end
  end)

  it("answers every mutated text with a value or a place within it", function()
    local rand = random(3)
    local seed = '{"a":[1,2.5e3,true,null,"x\\u00e9\\n"],"b":{"c":{},"d":[[]]},"e":-12}'
    local bits = { "[", "]", "{", "}", ",", ":", '"', "\\", "\\u", "d83d", "1e999", "\0", "\xff",
      "é", "-", ".", "9999999999999999999", "null", " ", "\n" }
    local accepted = 0
    for _ = 1, 5000 do
      local text = seed
      for _ = 1, 1 + rand(3) do
        local at, cut = rand(#text + 1), rand(3)
        text = text:sub(1, at) .. bits[rand(#bits) + 1] .. text:sub(at + 1 + cut)
      end
      local value, err = json.decode(text)
      if value == nil then
        assert.is_true(err.pos.offset >= 0 and err.pos.offset <= #text, text)
      else
        accepted = accepted + 1
        assert.is_string(json.encode(value))
      end
    end
    assert.is_true(accepted > 100)
  end)
end)

describe("clnrm.json", function()
  it("is the same for scripts", function()
    assert.equal(json.null, stable.null)
    assert.equal('{"a":[]}', stable.encode(assert(stable.decode('{"a":[]}'))))
    assert.is_true(stable.is_array(stable.array()))
  end)
end)

describe("JSONTestSuite", function()
  local corpora = os.getenv("CLNRM_CORPORA") or "../shared/corpora"
  local root = corpora .. "/json-testsuite/"

  --- Texts of a folder by file name; empty where the corpus is absent.
  local function files(folder)
    local list = io.popen("ls '" .. root .. folder .. "' 2>/dev/null")
    local out = {}
    for name in list:lines() do
      local file = assert(io.open(root .. folder .. "/" .. name, "rb"))
      out[#out + 1] = { name = name, text = file:read("a") }
      file:close()
    end
    list:close()
    return out
  end

  local refused_on_purpose = {
    ["y_object_duplicated_key.json"] = true,
    ["y_object_duplicated_key_and_value.json"] = true,
    ["y_object_escaped_null_in_key.json"] = true,
  }
  local parsing, transform = files("test_parsing"), files("test_transform")
  if #parsing == 0 then
    pending("skipped: no corpus json-testsuite in " .. corpora)
    return
  end

  it("accepts 92 of 95 y, refuses 188 of 188 n, answers each i", function()
    local counts = { y = 0, n = 0, i = 0 }
    for _, file in ipairs(parsing) do
      local kind = file.name:sub(1, 1)
      local value, err = json.decode(file.text)
      if kind == "y" then
        assert.equal(refused_on_purpose[file.name] == nil, value ~= nil, file.name)
        counts.y = counts.y + (value ~= nil and 1 or 0)
      elseif kind == "n" then
        assert.is_nil(value, file.name)
        counts.n = counts.n + 1
      else
        counts.i = counts.i + 1
      end
      assert.is_true(value ~= nil or err.pos.line >= 1, file.name)
      assert.is_true(value == nil or json.encode(value) ~= nil, file.name)
    end
    assert.same({ y = 92, n = 188, i = 35 }, counts)
  end)

  it("answers each of the 22 transforms", function()
    assert.equal(22, #transform)
    for _, file in ipairs(transform) do
      local value, err = json.decode(file.text)
      assert.is_true(value ~= nil or err.code == "ESYNTAX", file.name)
    end
  end)
end)
