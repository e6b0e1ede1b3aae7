local json = require("core.json")
local read = require("engine.trace.read")
local values = require("engine.trace.value")

local T, S = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"

--- A span with some fields changed.
local function span(fields)
  local out = {
    traceId = T, spanId = S, name = "op", kind = 2, startTimeUnixNano = "1544712660000000000",
    endTimeUnixNano = "1544712661000000000",
  }
  for key, value in pairs(fields or {}) do
    out[key] = value
  end
  return out
end

local function message(...)
  return json.encode({
    resourceSpans = { { scopeSpans = { { spans = json.array({ ... }) } } } },
  })
end

local function first(fields)
  return assert(read.text(message(span(fields)))).spans[1]
end

local function refused(text)
  local trace, err = read.text(text)
  assert.is_nil(trace)
  return read.describe(err, "f")
end

local function of_span(fields)
  return (refused(message(span(fields))):gsub("^f: resourceSpans%[0%]%.scopeSpans%[0%]%.", ""))
end

local function attribute(value)
  return first({ attributes = json.array({ { key = "k", value = value } }) }).attributes[1].value
end

describe("engine.trace.read", function()
  it("reads a span with everything", function()
    local got = first({
      traceId = T:upper(), parentSpanId = S:upper():gsub("4$", "5"), traceState = "a=1",
      status = { code = 2, message = "no" },
      events = json.array({ { timeUnixNano = "7", name = "e", attributes = json.array({
        { key = "x", value = { boolValue = true } } }) } }),
      links = json.array({ { traceId = T, spanId = S } }),
    })
    assert.equal(T, got.trace_id)
    assert.equal("eee19b7ec3c1b175", got.parent_id)
    assert.equal("server", got.kind)
    assert.equal(1544712660000000000, got.start_ns)
    assert.same({ "error", "no", "a=1" }, { got.status, got.status_message, got.state })
    assert.same({ name = "e", time_ns = 7, attributes = { { key = "x", value = true } } },
      got.events[1])
    assert.equal(S, got.links[1].span_id)
  end)

  it("reads each kind of value", function()
    assert.equal("s", attribute({ stringValue = "s" }))
    assert.equal(false, attribute({ boolValue = false }))
    assert.equal(math.maxinteger, attribute({ intValue = "9223372036854775807" }))
    assert.equal(math.mininteger, attribute({ intValue = "-9223372036854775808" }))
    assert.equal("integer", math.type(attribute({ intValue = 5 })))
    assert.equal("float", math.type(attribute({ doubleValue = 5 })))
    assert.equal(-math.huge, attribute({ doubleValue = "-Infinity" }))
    assert.equal("a\0b", attribute({ bytesValue = "YQBi" }).bytes)
    local list = attribute({ arrayValue = { values = json.array({ { intValue = "1" }, {} }) } })
    assert.same({ type = "array", values = { 1, { type = "empty" } } }, list)
    local map = attribute({ kvlistValue = { values = json.array({
      { key = "b", value = { stringValue = "2" } }, { key = "a", value = { intValue = 1 } } }) } })
    assert.equal('{"a": 1, "b": "2"}', values.show(map))
  end)

  it("shows values that differ differently", function()
    local seen = {}
    for _, value in ipairs({ "1", 1, 1.0, true, "true", 0 / 0, math.huge,
      { type = "empty" }, { type = "bytes", bytes = "1" }, { type = "array", values = { 1 } },
      { type = "array", values = { "1" } }, { type = "array", values = {} },
      { type = "kvlist", entries = {} } }) do
      local shown = values.show(value)
      assert.is_nil(seen[shown], shown)
      seen[shown] = true
    end
  end)

  it("reads snake_case, enums by name, nothing as zero, and skips what is unknown", function()
    local got = assert(read.text(json.encode({ resource_spans = { { scope_spans = { { spans = { {
      trace_id = T, span_id = S, parent_span_id = "", kind = "SPAN_KIND_CLIENT", color = "red",
      status = { code = "STATUS_CODE_OK" }, attributes = json.null,
      start_time_unix_nano = 5, end_time_unix_nano = json.null,
    } } } } } } }))).spans[1]
    assert.same({ "client", "ok", 5, 0, "" },
      { got.kind, got.status, got.start_ns, got.end_ns, got.name })
    assert.is_nil(got.parent_id)
  end)

  it("reads a line for each message or span", function()
    local trace = assert(read.text("\239\187\191" .. message(span({ name = "a" })) .. "\n\n"
      .. json.encode(span({ name = "b" })) .. "\r\n" .. message() .. "\n"))
    assert.same({ "a", "b" }, { trace.spans[1].name, trace.spans[2].name })
    assert.same({ 1, 3 }, { trace.spans[1].line, trace.spans[2].line })
    assert.is_true(trace.is_lines)
  end)

  it("says of broken JSON where it breaks", function()
    assert.matches("^f:3:%d+: ", refused(message(span()) .. "\n" .. message() .. "\n{\"a\":\n"))
    assert.matches("^f:2:%d+: ", refused('{"resourceSpans":\n [}'))
    assert.matches("neither resourceSpans nor a span", refused("{}"))
    assert.matches("^f:2: the value: an object is wanted, not an array$",
      refused(message() .. "\n[]\n"))
  end)

  it("says of each wrong field where it is, and what is wanted", function()
    local deep = { intValue = 1 }
    for _ = 1, values.DEPTH_MAX do
      deep = { arrayValue = { values = json.array({ deep }) } }
    end
    for _, case in ipairs({
      { { traceId = "abc" }, "spans%[0%]%.traceId: an id of 32 hexadecimal digits is wanted$" },
      { { spanId = ("0"):rep(16) }, "spanId: an id of zeros is none" },
      { { parentSpanId = "x" }, "parentSpanId: an id of 16" },
      { { name = 5 }, "name: a text is wanted, not a number" },
      { { kind = 6 }, "kind: a number from 0 to 5" },
      { { kind = "SERVER" }, "kind: a number from 0 to 5" },
      { { startTimeUnixNano = "-1" }, "startTimeUnixNano: a time in nanoseconds" },
      { { startTimeUnixNano = "18446744073709551615" }, "whole number of 64 bits" },
      { { startTimeUnixNano = "1.5" }, "whole number" },
      { { startTimeUnixNano = 1.5 }, "whole number" },
      { { endTimeUnixNano = "1" }, "it ends before it begins" },
      { { attributes = { a = 1 } }, "attributes: an array is wanted, not an object" },
      { { attributes = json.array({ "x" }) }, "attributes%[0%]: an object is wanted" },
      { { attributes = json.array({ { key = 1 } }) }, "attributes%[0%]%.key: a text" },
      { { attributes = json.array({ { key = "k", value = { boolValue = 1 } } }) },
        "attributes%[0%]%.value%.boolValue: true or false is wanted, not a number" },
      { { attributes = json.array({ { key = "k", value = { bytesValue = "?" } } }) }, "base64" },
      { { attributes = json.array({ { key = "k", value = { doubleValue = "x" } } }) },
        "doubleValue: a number" },
      { { attributes = json.array({ { key = "k", value = deep } }) }, "nested deeper than 64" },
      { { events = json.array({ { timeUnixNano = {} } }) }, "events%[0%]%.timeUnixNano" },
      { { links = json.array({ {} }) }, "links%[0%]%.traceId" },
      { { status = 1 }, "status: an object" },
    }) do
      assert.matches(case[2], of_span(case[1]))
    end
  end)

  it("says of an id in base64 what it is", function()
    local _, err = read.text(message(span({ spanId = "7uGbfsPBsXQ=" })))
    assert.matches("base64", err.help)
  end)

  it("has limits", function()
    local many = {}
    for i = 1, values.ATTRIBUTES_MAX + 1 do
      many[i] = { key = "k" .. i, value = { intValue = i } }
    end
    assert.matches("4097 entries, and 4096", of_span({ attributes = json.array(many) }))
    assert.matches("f:1:%d+: ", refused('{"resourceSpans":' .. ("["):rep(100000)))
    local max = read.SPANS_MAX
    finally(function()
      read.SPANS_MAX = max
    end)
    read.SPANS_MAX = 2
    assert.is_truthy(read.text(message(span(), span())))
    assert.matches("more than 2 spans", refused(message(span(), span(), span())))
  end)

  it("reads the example of the specification", function()
    local corpora = os.getenv("CLNRM_CORPORA")
    local f = corpora and io.open(corpora .. "/otlp-proto/examples/trace.json", "rb")
    if not f then
      pending("no otlp-proto/examples/trace.json in CLNRM_CORPORA")
      return
    end
    local trace = assert(read.text(f:read("a")))
    f:close()
    assert.equal("I'm a server span", trace.spans[1].name)
    assert.same({ { key = "my.span.attr", value = "some value" } }, trace.spans[1].attributes)
    assert.equal("my.library", trace.spans[1].scope.name)
  end)
end)
