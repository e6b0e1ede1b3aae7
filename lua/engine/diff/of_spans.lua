--- A file of spans as a tree.
---
--- Of a span is compared what a program says of itself: name, kind, status, attributes, events,
--- resource and scope.  Ids, times, ports, pids and whatever else another process or host has
--- otherwise are volatile.  Pure.
---@class engine.diff.of_spans
local count = require("engine.report.words").count
local node = require("engine.diff.node")
local trees = require("engine.trace.tree")
local values = require("engine.trace.value")

local M = {}

local WEAK = { weight = 0.25 }
local FREE = { is_free = true }
local ATTRIBUTE = { is_free = true, is_attribute = true }

--- Attributes of the semantic conventions that name one process, connection or moment.
local VOLATILE = {}
for name in ([[process.pid process.parent_pid thread.id thread.name host.id host.name
  container.id container.name k8s.pod.uid k8s.pod.name service.instance.id session.id
  client.port net.peer.port net.host.port net.sock.peer.port net.sock.host.port
  network.peer.port network.local.port process.creation.time
  clnrm.run.id clnrm.run_id clnrm.room.id]]):gmatch("%S+") do
  VOLATILE[name] = true
end

local EPHEMERAL = { ["server.port"] = true, ["url.port"] = true }

--- Names of fields that are no attributes.
M.FIELDS = { "kind", "status", "status message", "tracestate", "links", "ended" }

--- Lists the keys of attributes that are volatile, and of those that are when they are ports that
--- the system gives.
---@return string[] volatile
---@return string[] ephemeral
---@nodiscard
function M.volatile_keys()
  local lists = {}
  for i, names in ipairs({ VOLATILE, EPHEMERAL }) do
    lists[i] = {}
    for key in pairs(names) do
      table.insert(lists[i], key)
    end
  end
  return lists[1], lists[2]
end

local PORT_MIN = 32768

local function about(key, value)
  local is_port = EPHEMERAL[key] and math.type(value) == "integer" and value >= PORT_MIN
  if VOLATILE[key] or is_port then
    return { is_volatile = true, is_attribute = true }
  end
  return ATTRIBUTE
end

local function add_attributes(to, prefix, list)
  for _, attribute in ipairs(list) do
    node.add(to, prefix .. attribute.key, values.show(attribute.value),
      about(attribute.key, attribute.value))
  end
end

--- An event is a node of its own, in the order of the events.
local function event_of(event, place)
  local out = node.new("event", event.name)
  out.label = "event " .. event.name
  out.from, out.to = place, place + 1
  add_attributes(out, "", event.attributes)
  return out
end

--- Makes the node of a span, with its events.
---@param span engine.trace.Span
---@param is_new_resource boolean its resource and scope are told
---@return engine.diff.Node
---@nodiscard
function M.node(span, is_new_resource)
  local out = node.new("span", span.name)
  node.add(out, "kind", span.kind, WEAK)
  node.add(out, "status", span.status, WEAK)
  node.add(out, "status message", span.status_message ~= "" and span.status_message or nil, FREE)
  node.add(out, "tracestate", span.state ~= "" and span.state or nil, FREE)
  node.add(out, "links", #span.links > 0 and #span.links or nil)
  add_attributes(out, "", span.attributes)
  if is_new_resource then
    add_attributes(out, "resource ", span.resource)
    node.add(out, "scope", span.scope.name ~= "" and span.scope.name or nil)
    node.add(out, "scope version", span.scope.version ~= "" and span.scope.version or nil)
    add_attributes(out, "scope ", span.scope.attributes)
  end
  for i, event in ipairs(span.events) do
    out.children[i] = event_of(event, i)
  end
  out.from, out.to = span.start_ns, span.end_ns
  if span.end_ns ~= 0 then
    out.duration_ms = (span.end_ns - span.start_ns) / 1e6
  else
    node.add(out, "ended", "no")
  end
  return out
end

--- Says what is odd in a file of spans.
---@param forest { orphans: integer, cycles: integer, twins: integer }
---@param shown string the file
---@return string[]
---@nodiscard
function M.notes(forest, shown)
  local notes = {}
  local function note(n, what)
    if n > 0 then
      notes[#notes + 1] = ("%s: %s %s"):format(shown, count(n, "span"), what)
    end
  end
  note(forest.orphans, "whose parent is not there: told as roots")
  note(forest.cycles, "whose parents go round in a ring: told as roots")
  note(forest.twins, "of an id that another one has")
  return notes
end

--- Makes the function that says whether a span comes from elsewhere than its parent: only then its
--- resource and scope are told.  Senders write the same resource anew in each message.
local function elsewhere()
  local texts = {} -- attribute lists are shared by spans: each is written once
  local function text_of(attributes)
    if not texts[attributes] then
      texts[attributes] = values.show({ type = "kvlist", entries = attributes })
    end
    return texts[attributes]
  end
  local function source_of(span)
    local scope = span.scope
    return table.concat({ text_of(span.resource), scope.name, scope.version,
      text_of(scope.attributes) }, "\0")
  end
  return function(span, parent)
    local is_shared = parent and parent.resource == span.resource and parent.scope == span.scope
    return not is_shared and (not parent or source_of(parent) ~= source_of(span))
  end
end

--- Makes the tree of spans.
---@param trace engine.trace.Trace
---@param shown string the file
---@return engine.diff.Input?
---@return engine.diff.Problem?
function M.read(trace, shown)
  local forest = trees.build(trace.spans)
  local root, ids = node.new("trace", "trace"), {}
  root.is_frame = true
  local is_elsewhere = elsewhere()
  local from, to
  local parents = { [0] = { out = root } }
  for one, depth in trees.walk(forest) do
    local span = one.span
    if depth > node.DEPTH_MAX then
      return nil, {
        message = ("%s: spans are nested deeper than %d: that is not compared"):format(shown,
          node.DEPTH_MAX),
      }
    end
    local above = parents[depth - 1]
    local out = M.node(span, is_elsewhere(span, above.span))
    table.insert(above.out.children, out)
    parents[depth] = { out = out, span = span }
    ids[span.trace_id], ids[span.span_id] = true, true
    from = math.min(from or span.start_ns, span.start_ns)
    to = math.max(to or 0, span.end_ns, span.start_ns)
  end
  if from then
    root.duration_ms = (to - from) / 1e6
  end
  return {
    kind = "spans",
    root = root,
    count = #trace.spans,
    known = { ids = ids, from_s = from and from / 1e9, to_s = to and to / 1e9 },
    notes = M.notes(forest, shown),
  }
end

return M
