local json = require("core.json")
local normal = require("engine.diff.normal")
local read = require("engine.trace.read")
local spans = require("core.spans")
local trees = dofile("tests/lua/diff/trees.lua")

local T, S = ("5b"):rep(16), "eee19b7ec3c1b17"

--- A span by the last digit of its id, with some fields changed.
local function span(digit, parent, fields)
  local out = {
    traceId = T, spanId = S .. digit, parentSpanId = parent and S .. parent, name = "op" .. digit,
    startTimeUnixNano = "1" .. digit, endTimeUnixNano = "20",
  }
  for key, value in pairs(fields or {}) do
    out[key] = value
  end
  return out
end

local function message(...)
  return json.encode({ resourceSpans = { { scopeSpans = { { spans = json.array({ ... }) } } } } })
end

local function names(found, places)
  local out = {}
  for i, place in ipairs(places) do
    out[i] = found:get(place)
  end
  return out
end

--- The digest of one span.
local function own(fields, is_exact)
  local found = assert(spans.read(message(span(1, nil, fields)), { own_way = { "kind" },
    volatile = { "pid" } }))
  return (select(7, found:get(1, is_exact)))
end

local function attribute(key, value)
  return { attributes = json.array({ { key = key, value = value } }) }
end

describe("core.spans", function()
  it("tells each span, parents first, children by their beginning", function()
    local text = message(span(4, 1), span(3, 2), span(2, 1), span(1))
    local found = assert(spans.read(text))
    assert.same({ count = 4, orphans = 0, cycles = 0, twins = 0, from_ns = 11, to_ns = 20,
      has_free = false }, found:tell())
    assert.same({ "op1", "op2", "op3", "op4" }, names(found, { 1, 2, 3, 4 }))
    assert.same({ 1 }, found:children(0))
    assert.same({ "op2", "op4" }, names(found, found:children(1)))
    assert.same({}, found:children(4))
    local name, from, to, size, has_events, tree, mine, is_elsewhere = found:get(2)
    assert.same({ "op2", 12, 20, 2, false, 16, 16, false },
      { name, from, to, size, has_events, #tree, #mine, is_elsewhere })
    assert.equal("op3", json.decode(found:text(3)).name)
    assert.same({ [T] = true, [S .. 1] = true, [S .. 2] = true, [S .. 3] = true, [S .. 4] = true },
      found:ids())
    assert.is_nil(assert(spans.read('{"resourceSpans":[]}')):tell().from_ns)
  end)

  it("tells what is odd as engine.trace.tree does", function()
    local found = assert(spans.read(message(span(1, 2), span(2, 1), span(3, 9), span(3),
      span(4, 4))))
    local told = found:tell()
    assert.same({ 2, 1, 1 }, { told.cycles, told.orphans, told.twins })
    assert.same({ "op1", "op3", "op3", "op4" }, names(found, found:children(0)))
  end)

  it("tells where a span comes from", function()
    local line = json.encode(span(1, nil, { resource = { attributes = json.array() },
      scope = { name = "lib" } }))
    local found = assert(spans.read(line .. "\n" .. json.encode(span(2, 1)) .. "\n"))
    local number, resource, scope = found:source(1)
    assert.same({ 0, '{"attributes":[]}', "lib" }, { number, resource, json.decode(scope).name })
    assert.same({ 1 }, { found:source(2) })
    assert.is_true(select(8, found:get(2)))
  end)

  it("gives equal digests to what says the same, in whatever way", function()
    local function same(a, b)
      assert.equal(own(a, true), own(b, true))
    end
    same({ attributes = json.array() }, {})
    same({ kind = 3 }, { kind = "SPAN_KIND_CLIENT" })
    same({ traceId = ("6c"):rep(16), startTimeUnixNano = 3 }, {})
    same(attribute("a", { intValue = "7" }), attribute("a", { int_value = 7 }))
    same(attribute("a", { doubleValue = 7 }), attribute("a", { doubleValue = 7.0 }))
    local a, b = { key = "a", value = { intValue = 1 } }, { key = "b", value = { intValue = 2 } }
    same({ attributes = json.array({ a, b }) }, { attributes = json.array({ b, a }) })
    same(attribute("m", { kvlistValue = { values = json.array({ a, b }) } }),
      attribute("m", { kvlistValue = { values = json.array({ b, a }) } }))
  end)

  it("gives other digests to what differs", function()
    local a, b = { intValue = 1 }, { intValue = 2 }
    local seen = {}
    for i, fields in ipairs({
      {}, { name = "other" }, { kind = 1 }, { status = { code = 1 } },
      { status = { message = "1" } }, { traceState = "1" }, { endTimeUnixNano = 0 },
      { events = json.array({ { name = "" } }) }, { events = json.array({ { name = "e" } }) },
      { events = json.array({ { name = "e" }, { name = "" } }) },
      { links = json.array({ { traceId = T, spanId = S .. 1 } }) },
      attribute("a", { stringValue = "" }), attribute("a", { stringValue = "1" }),
      attribute("a", { intValue = 1 }), attribute("a", { doubleValue = 1 }),
      attribute("a", { doubleValue = -0.0 }), attribute("a", { doubleValue = 0 }),
      attribute("a", { boolValue = true }), attribute("a", { boolValue = false }),
      attribute("a", { arrayValue = { values = json.array() } }),
      attribute("a", { arrayValue = { values = json.array({ a, b }) } }),
      attribute("a", { arrayValue = { values = json.array({ b, a }) } }),
      attribute("a", { kvlistValue = { values = json.array() } }),
      attribute("b", { stringValue = "" }), attribute("", { stringValue = "a" }),
    }) do
      local digest = own(fields, true)
      assert.is_nil(seen[digest], i)
      seen[digest] = i
    end
  end)

  it("gives none to what must be looked at", function()
    assert.is_false(own(attribute("kind", { intValue = 1 }), true))
    for _, fields in ipairs({ attribute("pid", { intValue = 1 }),
      attribute("a", { doubleValue = 1 }), attribute("a", { stringValue = "took 3 ms" }),
      { traceState = "at 10:11:12" } }) do
      assert.is_false(own(fields))
      assert.equal("string", type(own(fields, true)))
    end
  end)

  it("takes for plain only what nothing is replaced in", function()
    local parts = { "a", "f", " ", "1", "23", "4567", "33000", ":", "-", "/", "//", ".", "port",
      "PID", "id", "=", "ms", "s", "n", "\194\181", "T", "2026-01-21", "10:11:12", "localhost", "]",
      "<time>", "abcdef", "12345678", "\n", "\1", '"', "\\", "u", "é", "1.5", "1544712661" }
    local random, plain, odd = trees.random(5), 0, 0
    local known = { from_s = 1544712660, to_s = 1544712670, ids = setmetatable({}, {
      __index = function()
        return true -- whatever can be an id is one
      end,
    }) }
    known.ids.x = true
    local replace = normal.new(known)
    for _ = 1, 30000 do
      local word = {}
      for i = 1, random(7) do
        word[i] = parts[random(#parts)]
      end
      local text = table.concat(word)
      local is_plain = spans.is_plain(text)
      plain, odd = plain + (is_plain and 1 or 0), odd + (is_plain and 0 or 1)
      for _, shown in ipairs({ text, json.encode(text, { invalid = "replace" }) }) do
        local norm, replaced = replace(shown)
        assert.is_true(not is_plain or norm == shown and not replaced[1], shown)
      end
    end
    assert.is_true(plain > 5000 and odd > 5000)
    assert.is_false(spans.is_plain("<time>"))
  end)

  it("says whether times differ by more than the noise", function()
    local function same(a, b)
      local one = assert(spans.read(message(span(1, nil, { endTimeUnixNano = a }))))
      local other = assert(spans.read(message(span(1, nil, { endTimeUnixNano = b }))))
      return one:same(1, other, 1, 50, 0.2)
    end
    assert.equal(0, same(50000011, 100000011))
    assert.is_nil(same(50000011, 100000012))
    assert.is_nil(same(900000011, 100000011))
    assert.equal(0, same(900000011, 1000000011))
    assert.equal(0, same(0, 900000011)) -- it was not ended
  end)

  it("gives digests to texts whose norms are given, and counts what was replaced", function()
    local opts = { volatile = { "pid" }, port = { "port" } }
    local function settle(time, pid, port)
      local found = assert(spans.read(message(span(1, nil, {
        attributes = json.array({ { key = "a", value = { stringValue = "took " .. time .. " ms" } },
          { key = "pid", value = { intValue = pid } },
          { key = "port", value = { intValue = port } },
          { key = "b", value = { stringValue = "plain" } } }),
        status = { message = "at 10:11:1" .. time },
        events = json.array({ { name = "e", attributes = json.array({ { key = "a",
          value = { stringValue = time .. " ms" } } }) } }),
      })), opts))
      assert.is_true(found:tell().has_free)
      local texts, are_quoted = found:odds()
      local norms, replaced, seen = {}, {}, {}
      for i, text in ipairs(texts) do
        norms[i], replaced[i], seen[text] = text:gsub("%d+", "N"), { text }, are_quoted[i]
      end
      assert.same({ [time .. " ms"] = true, ["at 10:11:1" .. time] = false,
        ["took " .. time .. " ms"] = true }, seen)
      return assert(found:settle(norms, replaced, opts))
    end
    local one, other = settle(3, 1, 40000), settle(4, 2, 40001)
    assert.equal((select(6, one:get(1))), (select(6, other:get(1))))
    assert.equal("string", type((select(6, one:get(1)))))
    assert.equal(5, one:same(1, other, 1, 50, 0.2)) -- two texts, pid, port, and that of the event
    assert.equal(4, one:same_own(1, other, 1))
    assert.equal(0, one:same(1, settle(3, 1, 40000), 1, 50, 0.2))
    assert.not_equal((select(6, one:get(1))), (select(6, settle(3, 1, 80):get(1))))
    local found = assert(spans.read(message(span(1, nil, { traceState = "1 ms" }))))
    for _, wrong in ipairs({ { {}, { {} } }, { { "n" }, {} }, { { "n" }, { { 1 } } } }) do
      assert.has_error(function()
        found:settle(wrong[1], wrong[2])
      end)
    end
  end)

  it("leaves to others what is rare or wrong", function()
    local good = message(span(1))
    assert(spans.read(good))
    for _, text in ipairs({
      "", " ", "{}", "[]", good .. "x", good .. good, good:sub(1, -2), '{"resourceSpans":null}',
      good:gsub('"op1"', '"\\ud800"'), good:gsub('"op1"', '"\\u0000"'),
      good:gsub('"op1"', '"\255"'),
      good:gsub('"op1"', '"\\x"'), good:gsub('"op1"', "5"), good:gsub('"op1"', '"\n"'),
      message(span(1, nil, { traceId = "x" })), message(span(1, nil, { traceId = ("0"):rep(32) })),
      message(span(1, nil, { spanId = false })), message(span(1, nil, { kind = 6 })),
      message(span(1, nil, { kind = "x" })), message(span(1, nil, { endTimeUnixNano = 3 })),
      message(span(1, nil, { startTimeUnixNano = -1 })), message(span(1, nil, { new = 1 })),
      message(span(1, nil, { startTimeUnixNano = "9223372036854775808" })),
      message(span(1, nil, attribute("a", { bytesValue = "" }))),
      message(span(1, nil, attribute("a", json.decode("{}")))),
      message(span(1, nil, { attributes = json.array({ { key = "a", value = { intValue = 1 } },
        { key = "a", value = { intValue = 1 } } }) })),
      message(span(1)):gsub('"name"', '"name":"x","name"'),
    }) do
      local got, err = spans.read(text)
      assert.is_nil(got, text)
      assert.equal("ESYNTAX", err.code)
    end
    assert.is_nil((spans.read(message(span(1), span(2, 1)), { depth = 1 })))
    local deep = ('{"arrayValue":{"values":['):rep(60) .. ("]}}"):rep(60)
    assert.is_nil((spans.read((message(span(1, nil, attribute("a", { intValue = 1 })))
      :gsub('{"intValue":1}', deep)))))
  end)

  it("takes nothing that engine.trace refuses, and tells as many spans", function()
    local base = message(span(1, nil, attribute("a", { stringValue = 'x "y"' })), span(2, 1, {
      events = json.array({ { name = "e", timeUnixNano = "5" } }), kind = "SPAN_KIND_CLIENT",
      status = { code = 2, message = "no" } }))
    local random, taken = trees.random(9), 0
    local bytes = '{}[]":,0123456789ax\\ue-.\n \255'
    for _ = 1, 6000 do
      local text = base
      for _ = 1, random(2) do
        local at, by = random(#text), random(#bytes)
        text = text:sub(1, at - 1) .. bytes:sub(by, by) .. text:sub(at + random(3) - 1)
      end
      local found = spans.read(text)
      if found then
        taken = taken + 1
        local trace, err = read.text(text)
        assert.is_nil(err, text)
        assert.equal(#trace.spans, found:tell().count)
      end
    end
    assert.is_true(taken > 150, taken)
  end)

  it("raises on misuse", function()
    local found = assert(spans.read(message(span(1))))
    assert.has_error(function()
      spans.read("", { dept = 1 })
    end)
    assert.has_error(function()
      spans.read("", { volatile = { 1 } })
    end)
    for _, place in ipairs({ 0, 2, -1, 1 << 40 }) do
      assert.has_error(function()
        found:get(place)
      end)
    end
    assert.has_error(function()
      found:children(2)
    end)
    found:close()
    found:close()
    assert.has_error(function()
      found:tell()
    end)
  end)
end)
