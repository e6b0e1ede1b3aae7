--- Spans of one message of OTLP's JSON (ExportTraceServiceRequest, or TracesData), or one span that
--- stands alone.
---
--- Names are those of the protocol, in camelCase or snake_case; unknown fields are skipped, as the
--- protocol wants it.  What cannot be read raises a `Problem` of engine.trace.value.  Pure.
---@class engine.trace.otlp
local read = require("engine.trace.value")

local M = {}

local sub, at = read.sub, read.at

M.EVENTS_MAX = 4096 -- of one span; links as well

---@class engine.trace.Scope
---@field name string
---@field version string
---@field attributes engine.trace.Attribute[]

---@class engine.trace.Event
---@field name string
---@field time_ns integer
---@field attributes engine.trace.Attribute[]

---@class engine.trace.Link
---@field trace_id string
---@field span_id string
---@field attributes engine.trace.Attribute[]

---@class engine.trace.Span
---@field trace_id string    32 hexadecimal digits, lower case
---@field span_id string     16
---@field parent_id? string
---@field name string
---@field kind "unspecified"|"internal"|"server"|"client"|"producer"|"consumer"
---@field start_ns integer   since 1970
---@field end_ns integer     0: it was not ended
---@field status "unset"|"ok"|"error"
---@field status_message string
---@field state string       W3C tracestate
---@field attributes engine.trace.Attribute[]
---@field events engine.trace.Event[]
---@field links engine.trace.Link[]
---@field resource engine.trace.Attribute[] shared by the spans of one resource
---@field scope engine.trace.Scope          shared
---@field line? integer      of a file of lines

local KINDS = { [0] = "unspecified", "internal", "server", "client", "producer", "consumer" }
local STATUS = { [0] = "unset", "ok", "error" }

--- Reads an enum: its number, or its name in the protocol.
local function enum(value, path, names, prefix)
  local n = value == nil and 0 or value
  if type(n) == "string" and n:sub(1, #prefix) == prefix then
    local wanted = n:sub(#prefix + 1):lower()
    for i = 0, #names do
      if names[i] == wanted then
        return wanted
      end
    end
  end
  local name = math.type(n) == "integer" and names[n]
  if not name then
    read.fail(path, ("a number from 0 to %d is wanted"):format(#names))
  end
  return name
end

local function event_of(value, path)
  local e = read.object(value, path)
  local time, time_name = read.get(e, "timeUnixNano", "time_unix_nano")
  return {
    name = read.text(e.name, sub(path, "name")),
    time_ns = read.time(time, sub(path, time_name)),
    attributes = read.attributes(read.get(e, "attributes", "attributes"), sub(path, "attributes")),
  }
end

local function link_of(value, path)
  local l = read.object(value, path)
  local trace, trace_name = read.get(l, "traceId", "trace_id")
  local span, span_name = read.get(l, "spanId", "span_id")
  return {
    trace_id = read.id(trace, sub(path, trace_name), 32),
    span_id = read.id(span, sub(path, span_name), 16),
    attributes = read.attributes(read.get(l, "attributes", "attributes"), sub(path, "attributes")),
  }
end

local function each(list, path, make)
  local out = {}
  for i, entry in ipairs(read.list(list, path, M.EVENTS_MAX)) do
    out[i] = make(entry, at(path, i))
  end
  return out
end

local function status_of(span, path)
  local value = read.get(span, "status", "status")
  local status = value == nil and {} or read.object(value, sub(path, "status"))
  return enum(read.get(status, "code", "code"), sub(path, "status.code"), STATUS, "STATUS_CODE_"),
    read.text((read.get(status, "message", "message")), sub(path, "status.message"))
end

--- Reads a span; what is wrong with it is raised.
---@param value any as core.json decodes it
---@param path string?
---@param resource engine.trace.Attribute[]
---@param scope engine.trace.Scope
---@return engine.trace.Span
function M.span(value, path, resource, scope)
  local s = read.object(value, path)
  local function field(name, snake, as, ...)
    local found, written = read.get(s, name, snake)
    return as(found, sub(path, written), ...)
  end
  local status, message = status_of(s, path)
  local span = {
    trace_id = field("traceId", "trace_id", read.id, 32),
    span_id = field("spanId", "span_id", read.id, 16),
    parent_id = field("parentSpanId", "parent_span_id", read.id, 16, true),
    name = field("name", "name", read.text),
    kind = field("kind", "kind", enum, KINDS, "SPAN_KIND_"),
    start_ns = field("startTimeUnixNano", "start_time_unix_nano", read.time),
    end_ns = field("endTimeUnixNano", "end_time_unix_nano", read.time),
    status = status,
    status_message = message,
    state = field("traceState", "trace_state", read.text),
    attributes = field("attributes", "attributes", read.attributes),
    events = field("events", "events", each, event_of),
    links = field("links", "links", each, link_of),
    resource = resource,
    scope = scope,
  }
  if span.end_ns ~= 0 and span.end_ns < span.start_ns then
    read.fail(path, "it ends before it begins")
  end
  return span
end

local function attributes_of(value, path)
  if value == nil then
    return {}
  end
  return read.attributes(read.get(read.object(value, path), "attributes", "attributes"),
    sub(path, "attributes"))
end

local function scope_of(value, path)
  local scope = value == nil and {} or read.object(value, path)
  return {
    name = read.text((read.get(scope, "name", "name")), sub(path, "name")),
    version = read.text((read.get(scope, "version", "version")), sub(path, "version")),
    attributes = attributes_of(value, path),
  }
end

--- Reads what spans come from; what is wrong with it is raised.
---@param resource? table as core.json decodes it
---@param scope? table
---@return engine.trace.Attribute[] resource
---@return engine.trace.Scope scope
---@nodiscard
function M.source(resource, scope)
  return attributes_of(resource), scope_of(scope)
end

local function get_list(object, name, snake, path)
  local value, written = read.get(object, name, snake)
  local place = path == "" and written or sub(path, written)
  return read.list(value, place), place
end

--- Adds the spans of one resource.
local function add_resource(value, path, add)
  local object = read.object(value, path)
  local resource = attributes_of(read.get(object, "resource", "resource"), sub(path, "resource"))
  local scopes, scopes_path = get_list(object, "scopeSpans", "scope_spans", path)
  for i, entry in ipairs(scopes) do
    local place = at(scopes_path, i)
    local inner = read.object(entry, place)
    local scope = scope_of(read.get(inner, "scope", "scope"), sub(place, "scope"))
    local spans, spans_path = get_list(inner, "spans", "spans", place)
    for k, span in ipairs(spans) do
      add(M.span(span, at(spans_path, k), resource, scope))
    end
  end
end

--- Whether a value of JSON holds spans: a message, or one span.
---@param value any
---@return boolean
---@nodiscard
function M.is_spans(value)
  return type(value) == "table" and (value.resourceSpans ~= nil or value.resource_spans ~= nil
    or (value.traceId or value.trace_id) ~= nil and (value.spanId or value.span_id) ~= nil)
end

--- Adds the spans of a message, or the one span that it is.
---@param value any as core.json decodes it
---@param add fun(span: engine.trace.Span) called for each; may raise a problem
---@param is_placing? boolean problems get their path: that makes reading slower
function M.read(value, add, is_placing)
  local function here(name)
    return is_placing and name or nil
  end
  local message = read.object(value, here("the value"))
  if message.resourceSpans == nil and message.resource_spans == nil then
    if not M.is_spans(message) then
      read.fail(here("the value"),
        "neither resourceSpans nor a span with traceId and spanId is there")
    end
    local resource = attributes_of((read.get(message, "resource", "resource")), here("resource"))
    local scope = scope_of((read.get(message, "scope", "scope")), here("scope"))
    return add(M.span(message, here("span"), resource, scope))
  end
  local list, path = get_list(message, "resourceSpans", "resource_spans", here(""))
  for i, entry in ipairs(list) do
    add_resource(entry, at(path, i), add)
  end
end

return M
