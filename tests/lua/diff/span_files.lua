--- Files of spans for the specs of engine.diff: made by chance, of few names and values, so that
--- most spans have others like them.
local json = require("core.json")

local M = {}

local T0 = 1544712660000000000

local TEXTS = {
  "plain", "", "GET /orders", "text of 4", "a \"b\" \\ c", "grüß", "7 things", "v1.2.3",
  "line\nline",
  "at 10:11:12", "2026-01-21T20:07:40Z", "took 12 ms", "took 12ms", "0.25 s", "localhost:41234",
  "http://10.0.0.1:40000/x", "port 40123", "pid 4711", "<time>", "<duration> 3", "1544712661",
  "1544712661000", "00000000000000a1", "00000000000001a1", "deadbeef", "cafe1234", "5\tms", "3 µs",
  "0fd2cbb0-1f0a-4b7e-9d2a-0c2b6a7d8e9f", "id=1234", "port=70000", "x\1y", "12",
}

local KEYS = {
  "a", "b", "http.url", "process.pid", "server.port", "kind", "links", "host.name", "message",
}

--- Chooses an entry.
local function one_of(random, list)
  return list[random(#list)]
end

local value

local function attributes(random, count, depth)
  local list, seen = json.array(), {}
  for _ = 1, count do
    local key = one_of(random, KEYS)
    if not seen[key] then
      seen[key] = true
      list[#list + 1] = { key = key, value = value(random, depth) }
    end
  end
  return list
end

--- Makes an AnyValue; most are simple.
function value(random, depth)
  local form = random(depth and depth > 2 and 8 or 14)
  if form <= 4 then
    return { stringValue = one_of(random, TEXTS) }
  elseif form <= 6 then
    return { intValue = one_of(random, { "1", 2, "-3", "40000", 1544712661, "1234567890123" }) }
  elseif form == 7 then
    return { boolValue = random(2) == 1 }
  elseif form == 8 then
    return { stringValue = "plain" }
  elseif form == 9 then
    return { doubleValue = one_of(random, { 0.5, 5, -0.0, 1544712661.25, 1e300 }) }
  elseif form == 10 then
    local list = json.array()
    for i = 1, random(3) - 1 do
      list[i] = value(random, (depth or 0) + 1)
    end
    return { arrayValue = { values = list } }
  elseif form == 11 then
    return { kvlistValue = { values = attributes(random, random(3) - 1, (depth or 0) + 1) } }
  end
  return { stringValue = one_of(random, TEXTS) }
end

local function source(random)
  return {
    resource = random(4) > 1 and { attributes = attributes(random, random(3) - 1) } or nil,
    scope = random(4) > 1 and { name = one_of(random, { "", "lib" }),
      version = random(2) == 1 and "1" or nil,
      attributes = random(4) == 1 and attributes(random, 2) or nil } or nil,
  }
end

local function event(random)
  return { timeUnixNano = tostring(T0 + random(1000)), name = one_of(random, { "e", "f" }),
    attributes = attributes(random, random(3) - 1) }
end

--- Makes a span; its id is a number.
local function span(random, id, count)
  local start = T0 + random(400) * 1000000
  local out = {
    id = id,
    parent = id > 1 and random(12) > 1 and random(id - 1) or random(20) == 1 and random(count)
      or nil,
    is_orphan = random(30) == 1,
    name = one_of(random, { "op", "query", "send" }),
    kind = one_of(random, { 1, 1, 2, "SPAN_KIND_CLIENT" }),
    start = start,
    stop = random(10) > 1 and start + random(300) * 1000000 or 0,
    attributes = random(6) > 1 and attributes(random, random(4) - 1) or nil,
    events = random(6) == 1 and json.array({ event(random) }) or nil,
    links = random(8) == 1,
    status = random(5) == 1 and { code = random(3) - 1, message = one_of(random, TEXTS) } or nil,
    state = random(10) == 1 and one_of(random, { "a=1", "t=10:11:12" }) or nil,
    source = random(3),
  }
  return out
end

--- Makes the spans of a file, as data.
---@param random fun(n: integer): integer
---@param count integer
---@return table file
function M.make(random, count)
  local file = { sources = { source(random), source(random), source(random) } }
  for i = 1, count do
    file[i] = span(random, i, count)
  end
  if random(6) == 1 then
    file[count].id = random(count) -- a twin
  end
  return file
end

local OTHER = {
  ["at 10:11:12"] = "at 20:30:40", ["took 12 ms"] = "took 13 ms", ["port 40123"] = "port 40124",
  ["pid 4711"] = "pid 12", ["00000000000000a1"] = "00000000000001a1", ["plain"] = "plain",
  ["1544712661"] = "1544712662", ["localhost:41234"] = "localhost:33000",
}

--- The same attributes at another time.
local function later(list)
  local out = json.array()
  for i, attribute in ipairs(list or {}) do
    local text = OTHER[attribute.value.stringValue]
    out[i] = text and { key = attribute.key, value = { stringValue = text } } or attribute
  end
  return out
end

--- Makes the other file of a comparison: the same with a few changes.
---@param random fun(n: integer): integer
---@param file table
---@return table
function M.change(random, file)
  local out = { sources = file.sources }
  for _, one in ipairs(file) do
    local new = setmetatable({}, { __index = one })
    local what = random(24)
    if what == 1 then
      new.attributes = attributes(random, random(4) - 1)
    elseif what == 2 then
      new.name = "other"
    elseif what == 3 then
      new.parent = one.id > 1 and random(one.id - 1) or nil
    elseif what == 4 then
      new.stop = one.start + 900000000
    elseif what == 5 then
      new.events = json.array({ event(random) })
    elseif what == 6 then
      new.source = random(3)
    elseif what == 7 then
      out[#out + 1] = span(random, one.id + 1000, #file)
    end
    if what > 8 then
      new.attributes = later(one.attributes)
    end
    if what ~= 8 then
      out[#out + 1] = new
    end
  end
  return out
end

local function hex(n, digits)
  return ("%0" .. digits .. "x"):format(n)
end

local function span_value(one, shift)
  local id = one.id + shift
  local parent = one.is_orphan and 99999 or one.parent and one.parent + shift
  return {
    traceId = hex(shift + 1, 32), spanId = hex(id, 16),
    parentSpanId = parent and hex(parent, 16) or one.id % 2 == 0 and "" or nil,
    name = one.name, kind = one.kind, startTimeUnixNano = tostring(one.start),
    endTimeUnixNano = one.stop ~= 0 and tostring(one.stop) or nil, attributes = one.attributes,
    events = one.events, status = one.status, traceState = one.state,
    links = one.links and json.array({ { traceId = hex(7, 32), spanId = hex(7, 16) } }) or nil,
  }
end

--- Writes a file: as one message, a message on each line, or a span on each line.
---@param file table
---@param shift integer its ids begin here
---@param form "message"|"messages"|"spans"
---@return string
function M.print(file, shift, form)
  local lines, entries = {}, json.array()
  for i, one in ipairs(file) do
    local from = file.sources[one.source]
    local value_of = span_value(one, shift)
    if form == "spans" then
      value_of.resource, value_of.scope = from.resource, from.scope
      lines[i] = json.encode(value_of)
    else
      local entry = { resource = from.resource,
        scopeSpans = json.array({ { scope = from.scope, spans = json.array({ value_of }) } }) }
      entries[i] = entry
      lines[i] = json.encode({ resourceSpans = json.array({ entry }) })
    end
  end
  if form == "message" or not lines[1] then
    return json.encode({ resourceSpans = entries }, { indent = 1 }) .. "\n"
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
