--- Schema of [expect.*]: what must hold of the spans of a run.  Not enforced by this build.
local record = require("engine.model.record")
local types = require("engine.model.types")

local key, new = record.key, record.new

local NAME, TEXT = types.name(), types.text()
local WHOLE = types.integer(0)

local function check_bounds(checked, cx)
  local value = checked.value
  local low, high = value.gte or value.min, value.lte or value.max
  if low and high and low > high then
    local k = checked.spelt.gte or checked.spelt.min
    cx:at_value("P109", checked.raw, k, ("nothing is at least %s and at most %s"):format(low, high))
  end
end

local BOUNDS = new({
  title = "a count",
  min = 1,
  keys = {
    key("eq", WHOLE, "Exactly so many."),
    key("gte", WHOLE, "At least so many.", { tried = { "min" } }),
    key("lte", WHOLE, "At most so many.", { tried = { "max" } }),
  },
  also = check_bounds,
})

local DURATION = new({
  title = "duration_ms of a span",
  min = 1,
  keys = {
    key("min", types.number(0), "At least."),
    key("max", types.number(0), "At most."),
  },
  also = check_bounds,
})

local SCALAR = types.either("text, a number, true or false", {
  string = types.text({ empty = true }),
  integer = types.integer(),
  float = types.number(),
  boolean = types.boolean(),
}, '"value"')

local ATTRS = new({
  title = "attrs of a span",
  keys = {
    key("all", types.map(SCALAR), "Every one of these attributes."),
    key("any", types.either('a table, or a list of "key=value"', {
      table = types.map(SCALAR),
      array = types.list(TEXT),
    }, '["a=1"]'), "At least one of these."),
  },
})

local EVENTS = new({
  title = "events of a span",
  keys = {
    key("any", types.list(NAME), "At least one of these events."),
    key("all", types.list(NAME), "Every one of these events."),
  },
})

local SPAN = new({
  title = "[[expect.span]]",
  min = 1,
  keys = {
    key("name", NAME, "Name or glob.", { sample = '"clnrm.*"' }),
    key("parent", NAME, "Name of the parent."),
    key("kind", types.one_of({ "internal", "server", "client", "producer", "consumer" }), "Kind."),
    key("status", types.one_of({ "OK", "ERROR", "UNSET" }), "Status."),
    key("service", NAME, "Service that sent it."),
    key("attrs", ATTRS, "Attributes."),
    key("events", EVENTS, "Events."),
    key("duration_ms", DURATION, "Duration."),
    key("count", BOUNDS, "How many there are."),
    key("every", types.boolean(), "Asked of each span of that name.", { default = false }),
    key("from", NAME, "Where it must have come from."),
  },
})

local function pair_problem(list)
  return #list ~= 2 and "is not a pair of names" or nil
end

local PAIR = types.list(NAME, { expects = "a pair of names", plural = "names" })
local check_list = PAIR.check
function PAIR:check(value, cx, t, k)
  local list = check_list(self, value, cx, t, k)
  local why = list and pair_problem(list)
  if why then
    cx:at_value("P103", t, k, ("%s %s"):format(cx:name(k), why), 'expected ["parent", "child"]')
    return nil
  end
  return list
end
PAIR.sample = '["a", "b"]'
PAIR.plural = "pairs of names"

local PAIRS = types.list(PAIR)
local STATUS = types.one_of({ "OK", "ERROR", "UNSET" }, '"OK"')

local HERMETICITY = new({
  title = "[expect.hermeticity]",
  min = 1,
  keys = {
    key("no_external_services", types.boolean(), "Nothing outside the room was spoken to."),
    key("resource_attrs", new({
      title = "resource_attrs",
      keys = { key("must_match", types.map(SCALAR), "Attributes of every resource.") },
    }), "Resources."),
    key("span_attrs", new({
      title = "span_attrs",
      keys = { key("forbid_keys", types.list(NAME), "Keys that no span may have.") },
    }), "Attributes of spans."),
    key("resource_attrs_must_match", types.map(SCALAR), "The same, flat."),
    key("span_attrs_forbid_keys", types.list(NAME), "The same, flat."),
  },
})

return new({
  title = "[expect]",
  keys = {
    key("span", types.list(SPAN), "Spans there must be."),
    key("graph", new({
      title = "[expect.graph]",
      min = 1,
      keys = {
        key("must_include", PAIRS, "Direct edges, parent and child."),
        key("must_not_cross", PAIRS, "No span of the second below one of the first."),
        key("acyclic", types.boolean(), "No cycles."),
        key("max_depth", types.integer(1), "Levels of the tree."),
        key("single_root", types.boolean(), "One root."),
      },
    }), "The tree of spans."),
    key("counts", new({
      title = "[expect.counts]",
      min = 1,
      keys = {
        key("spans_total", BOUNDS, "Spans."),
        key("events_total", BOUNDS, "Events."),
        key("errors_total", BOUNDS, "Spans with status ERROR."),
        key("by_name", types.map(BOUNDS), "Spans of a name or glob."),
      },
    }), "How many of what."),
    key("window", types.list(new({
      title = "[[expect.window]]",
      keys = {
        key("outer", NAME, "The span around.", { required = true }),
        key("contains", types.list(NAME, { min = 1 }), "The spans inside.", { required = true }),
      },
    })), "Spans within the time of another."),
    key("order", new({
      title = "[expect.order]",
      min = 1,
      keys = {
        key("must_precede", PAIRS, "The first before the second."),
        key("must_follow", PAIRS, "The first after the second."),
        key("strict", types.boolean(), "Ended before, not only started before.",
          { default = false }),
      },
    }), "What comes before what."),
    key("status", new({
      title = "[expect.status]",
      min = 1,
      keys = {
        key("all", STATUS, "Status of all spans."),
        key("by_name", types.map(STATUS), "Status by name or glob."),
        key("strict", types.boolean(), "UNSET is not OK.", { default = false }),
      },
    }), "Status of spans."),
    key("hermeticity", HERMETICITY, "What must not have been reached."),
  },
})
