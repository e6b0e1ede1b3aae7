/* spans.c -- see spans.h for the contract.  Values are in spans_value.c, trees in spans_tree.c. */
#include "core/spans_impl.h"
#include "core/utf8.h"

enum field {
    TRACE_ID,
    SPAN_ID,
    PARENT_ID,
    NAME,
    KIND,
    START,
    END,
    STATUS,
    STATE,
    ATTRIBUTES,
    EVENTS,
    LINKS,
    RESOURCE,
    SCOPE,
    TIME,
    CODE,
    MESSAGE,
    VERSION,
    SPANS,
    SCOPES,
    RESOURCES,
    NOT_READ, /* and the ones behind it */
};

static const struct {
    const char *camel, *snake;
    enum field field;
} FIELDS[] = {
    {"traceId", "trace_id", TRACE_ID},
    {"spanId", "span_id", SPAN_ID},
    {"parentSpanId", "parent_span_id", PARENT_ID},
    {"name", "name", NAME},
    {"kind", "kind", KIND},
    {"startTimeUnixNano", "start_time_unix_nano", START},
    {"endTimeUnixNano", "end_time_unix_nano", END},
    {"attributes", "attributes", ATTRIBUTES},
    {"status", "status", STATUS},
    {"traceState", "trace_state", STATE},
    {"events", "events", EVENTS},
    {"links", "links", LINKS},
    {"resource", "resource", RESOURCE},
    {"scope", "scope", SCOPE},
    {"timeUnixNano", "time_unix_nano", TIME},
    {"code", "code", CODE},
    {"message", "message", MESSAGE},
    {"version", "version", VERSION},
    {"spans", "spans", SPANS},
    {"scopeSpans", "scope_spans", SCOPES},
    {"resourceSpans", "resource_spans", RESOURCES},
    {"flags", "flags", NOT_READ},
    {"droppedAttributesCount", "dropped_attributes_count", NOT_READ + 1},
    {"droppedEventsCount", "dropped_events_count", NOT_READ + 2},
    {"droppedLinksCount", "dropped_links_count", NOT_READ + 3},
    {"schemaUrl", "schema_url", NOT_READ + 4},
};

#define BIT(field) (1u << (field))
#define NOT_READ_ALL (0x1Fu << NOT_READ)

static const unsigned SPAN_FIELDS = BIT(TRACE_ID) | BIT(SPAN_ID) | BIT(PARENT_ID) | BIT(NAME) |
                                    BIT(KIND) | BIT(START) | BIT(END) | BIT(STATUS) | BIT(STATE) |
                                    BIT(ATTRIBUTES) | BIT(EVENTS) | BIT(LINKS);

/* An object that is being read. */
struct object {
    struct spans_reader *r;
    unsigned allowed, seen;
    struct clnrm_slice name, message, state, version, resource, scope;
    int64_t kind, code;
    XXH128_hash_t attributes, events, resource_digest, scope_digest;
    uint32_t event_count, link_count;
    struct clnrm_span span;
    uint32_t first_source; /* of a resource */
};

static bool read_object(struct object *o, unsigned allowed);

static bool read_time(struct spans_reader *r, int64_t *out)
{
    return clnrm_spans_whole(r, out) && *out >= 0;
}

static bool visit_event(void *data)
{
    struct object *o = data, event = {.r = o->r};
    o->r->event = ++o->event_count;
    if (o->event_count > CLNRM_SPANS_LIST_MAX ||
        !read_object(&event, BIT(TIME) | BIT(NAME) | BIT(ATTRIBUTES) | NOT_READ_ALL))
        return false;
    o->r->event = 0;
    clnrm_spans_add_text(o->r, event.name);
    clnrm_spans_add(o->r, &event.attributes, sizeof(event.attributes));
    return true;
}

static bool visit_link(void *data)
{
    struct object *o = data, link = {.r = o->r};
    return ++o->link_count <= CLNRM_SPANS_LIST_MAX &&
           read_object(&link, BIT(TRACE_ID) | BIT(SPAN_ID) | BIT(STATE) | BIT(ATTRIBUTES) |
                                  NOT_READ_ALL) &&
           (link.seen & BIT(TRACE_ID)) && (link.seen & BIT(SPAN_ID));
}

static bool read_events(struct object *o)
{
    size_t from = o->r->bytes.len;
    if (!clnrm_scan_array(o->r->scan, visit_event, o))
        return false;
    if (o->event_count > 0)
        o->events = clnrm_spans_digest(o->r, from);
    return true;
}

static bool read_links(struct object *o)
{
    unsigned flags = o->r->flags; /* what a link says is not compared */
    o->r->is_raw = true;
    bool ok = clnrm_scan_array(o->r->scan, visit_link, o);
    o->r->is_raw = false;
    o->r->flags = flags;
    return ok;
}

static void add_free(struct spans_reader *r, struct clnrm_slice text, const char *field)
{
    clnrm_spans_add_free(r, text, false);
    if (r->odd != SPANS_NONE)
        clnrm_spans_mark(r, clnrm_slice_of(field));
}

/* Adds a span that was read. */
static bool add_span(struct object *o, const char *from)
{
    struct spans_reader *r = o->r;
    struct clnrm_spans *out = r->out;
    struct clnrm_span *span = &o->span;
    bool is_ended = span->end_ns != 0;
    if (!(o->seen & BIT(TRACE_ID)) || !(o->seen & BIT(SPAN_ID)) || out->count == CLNRM_SPANS_MAX ||
        (is_ended && span->end_ns < span->start_ns))
        return false;
    size_t at = r->bytes.len;
    int64_t numbers[] = {o->kind, o->code, o->link_count, is_ended, o->event_count};
    clnrm_spans_add(r, "S", 1);
    clnrm_spans_add(r, numbers, sizeof(numbers));
    clnrm_spans_add_text(r, o->name);
    add_free(r, o->message, "\1");
    add_free(r, o->state, "\2");
    clnrm_spans_add(r, &o->attributes, sizeof(o->attributes));
    clnrm_spans_add(r, &o->events, sizeof(o->events));
    XXH128_hash_t own = clnrm_spans_digest(r, at);
    memcpy(span->own, &own, sizeof(own));
    clnrm_spans_sort_marks(out, r->marks);
    span->marks = r->marks;
    span->mark_count = out->mark_count - r->marks;
    span->own_flags = r->flags;
    span->name = o->name;
    span->text = (struct clnrm_slice){from, (size_t)(r->scan->at - from)};
    span->size = 1 + o->event_count;
    span->has_events = o->event_count > 0;
    span->place = out->count;
    if (out->count == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 64;
        out->list = clnrm_xrealloc(out->list, out->cap * sizeof(*out->list));
    }
    out->list[out->count++] = *span;
    return true;
}

static bool visit_span(void *data)
{
    struct object *scope = data, span = {.r = scope->r};
    struct spans_reader *r = scope->r;
    clnrm_scan_blank(r->scan);
    const char *from = r->scan->at;
    r->flags = 0;
    r->marks = r->out->mark_count;
    span.span.source = scope->first_source;
    return read_object(&span, SPAN_FIELDS | NOT_READ_ALL) && add_span(&span, from);
}

static bool visit_scope_spans(void *data)
{
    struct object *o = data, inner = {.r = o->r};
    inner.first_source = clnrm_spans_add_source(o->r->out);
    if (!read_object(&inner, BIT(SCOPE) | BIT(SPANS) | NOT_READ_ALL))
        return false;
    struct clnrm_spans_source *source = &o->r->out->sources[inner.first_source];
    source->scope = inner.scope;
    memcpy(source->digest, &inner.scope_digest, sizeof(source->digest)); /* until it is settled */
    return true;
}

static bool visit_resource_spans(void *data)
{
    struct object *top = data, o = {.r = top->r};
    struct clnrm_spans *out = top->r->out;
    uint32_t first = out->source_count;
    if (!read_object(&o, BIT(RESOURCE) | BIT(SCOPES) | NOT_READ_ALL))
        return false;
    for (uint32_t i = first; i < out->source_count; i++) {
        XXH128_hash_t scope;
        memcpy(&scope, out->sources[i].digest, sizeof(scope));
        out->sources[i].resource = o.resource;
        clnrm_spans_set_source(out, i, &o.resource_digest, &scope);
    }
    return true;
}

static bool read_resource(struct object *o, bool is_scope)
{
    struct spans_reader *r = o->r;
    struct object inner = {.r = r};
    unsigned allowed = BIT(ATTRIBUTES) | NOT_READ_ALL | (is_scope ? BIT(NAME) | BIT(VERSION) : 0);
    unsigned flags = r->flags; /* of the span around it, which goes by what it has itself */
    clnrm_scan_blank(r->scan);
    const char *from = r->scan->at;
    r->is_raw = true;
    bool ok = read_object(&inner, allowed);
    r->is_raw = false;
    r->flags = flags;
    if (!ok)
        return false;
    XXH128_hash_t digest = inner.attributes;
    if (inner.name.len > 0 || inner.version.len > 0) {
        size_t at = r->bytes.len;
        clnrm_spans_add_text(r, inner.name);
        clnrm_spans_add_text(r, inner.version);
        clnrm_spans_add(r, &inner.attributes, sizeof(inner.attributes));
        digest = clnrm_spans_digest(r, at);
    }
    *(is_scope ? &o->scope_digest : &o->resource_digest) = digest;
    *(is_scope ? &o->scope : &o->resource) =
        (struct clnrm_slice){from, (size_t)(r->scan->at - from)};
    return true;
}

static bool skip(struct clnrm_scan *scan)
{
    struct clnrm_slice text;
    int64_t whole;
    return clnrm_scan_text(scan, &text) || clnrm_scan_integer(scan, &whole);
}

static bool read_field(struct object *o, enum field field)
{
    static const char *const kinds[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                        "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                        "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
    static const char *const codes[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"};
    struct clnrm_scan *scan = o->r->scan;
    struct object status = {.r = o->r};
    int64_t time;
    switch (field) {
    case TRACE_ID:
        return clnrm_spans_id(scan, o->span.trace_id, 16, NULL);
    case SPAN_ID:
        return clnrm_spans_id(scan, o->span.span_id, 8, NULL);
    case PARENT_ID:
        return clnrm_spans_id(scan, o->span.parent_id, 8, &o->span.has_parent);
    case NAME:
        return clnrm_scan_text(scan, &o->name);
    case KIND:
        return clnrm_spans_enum(scan, kinds, 5, &o->kind);
    case START:
        return read_time(o->r, &o->span.start_ns);
    case END:
        return read_time(o->r, &o->span.end_ns);
    case STATUS:
        if (!read_object(&status, BIT(CODE) | BIT(MESSAGE)))
            return false;
        o->code = status.code;
        o->message = status.message;
        return true;
    case STATE:
        return clnrm_scan_text(scan, &o->state);
    case ATTRIBUTES:
        return clnrm_spans_attributes(o->r, &o->attributes);
    case EVENTS:
        return read_events(o);
    case LINKS:
        return read_links(o);
    case RESOURCE:
        return read_resource(o, false);
    case SCOPE:
        return read_resource(o, true);
    case TIME:
        return read_time(o->r, &time);
    case CODE:
        return clnrm_spans_enum(scan, codes, 2, &o->code);
    case MESSAGE:
        return clnrm_scan_text(scan, &o->message);
    case VERSION:
        return clnrm_scan_text(scan, &o->version);
    case SPANS:
        return clnrm_scan_array(scan, visit_span, o);
    case SCOPES:
        return clnrm_scan_array(scan, visit_scope_spans, o);
    case RESOURCES:
        return clnrm_scan_array(scan, visit_resource_spans, o);
    default:
        return skip(scan);
    }
}

static bool visit_member(void *data, struct clnrm_slice key)
{
    struct object *o = data;
    for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
        if (!clnrm_slice_equal(key, clnrm_slice_of(FIELDS[i].camel)) &&
            !clnrm_slice_equal(key, clnrm_slice_of(FIELDS[i].snake)))
            continue;
        unsigned bit = BIT(FIELDS[i].field);
        if (!(o->allowed & bit) || (o->seen & bit))
            return false;
        o->seen |= bit;
        return read_field(o, FIELDS[i].field);
    }
    return false;
}

static bool read_object(struct object *o, unsigned allowed)
{
    o->allowed = allowed;
    return clnrm_scan_object(o->r->scan, visit_member, o);
}

/* Reads a message, or a span that stands alone. */
static bool read_message(struct spans_reader *r)
{
    struct object top = {.r = r};
    clnrm_scan_blank(r->scan);
    const char *from = r->scan->at;
    r->flags = 0;
    r->marks = r->out->mark_count;
    if (!read_object(&top,
                     SPAN_FIELDS | BIT(RESOURCE) | BIT(SCOPE) | BIT(RESOURCES) | NOT_READ_ALL))
        return false;
    if (top.seen & BIT(RESOURCES))
        return top.seen == BIT(RESOURCES);
    top.span.source = clnrm_spans_add_source(r->out);
    r->out->sources[top.span.source].resource = top.resource;
    r->out->sources[top.span.source].scope = top.scope;
    clnrm_spans_set_source(r->out, top.span.source, &top.resource_digest, &top.scope_digest);
    return add_span(&top, from);
}

/* Reads one message, or one on each line. */
static bool read_messages(struct spans_reader *r)
{
    struct clnrm_scan *scan = r->scan;
    for (bool is_first = true;; is_first = false) {
        clnrm_scan_blank(scan);
        const char *from = scan->at;
        if (from == scan->end)
            return !is_first;
        if (!read_message(r))
            return false;
        size_t len = (size_t)(scan->at - from);
        const char *behind = scan->at;
        clnrm_scan_blank(scan);
        bool is_last = scan->at == scan->end;
        if ((!is_first || !is_last) && memchr(from, '\n', len))
            return false;
        if (!is_last && !memchr(behind, '\n', (size_t)(scan->at - behind)))
            return false;
    }
}

int clnrm_spans_read(struct clnrm_slice text, const struct clnrm_spans_options *o,
                     struct clnrm_spans **out)
{
    struct clnrm_spans *spans = clnrm_xcalloc(sizeof(*spans));
    struct spans_reader r = {.out = spans, .scan = &spans->scan, .o = o, .bytes.max = SIZE_MAX / 2};
    clnrm_scan_open(&spans->scan, text);
    bool ok = clnrm_utf8_check(text) == text.len && read_messages(&r) &&
              clnrm_spans_plant(spans, o->depth_max);
    free(r.entries);
    clnrm_buf_free(&r.bytes);
    if (!ok) {
        clnrm_spans_free(spans);
        return CLNRM_ESYNTAX;
    }
    *out = spans;
    return 0;
}
