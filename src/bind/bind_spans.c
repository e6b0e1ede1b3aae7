/* bind_spans.c -- Lua module core.spans over core/spans.h.  Types: stdlib/_meta/spans.lua.
 *
 * The text stands in user value 1: what was read are slices of it. */
#include "bind/bind.h"
#include "core/hash.h"
#include "core/spans.h"

#define TYPE "core.spans"

enum { KEYS_MAX = 256 };

struct spans_ud {
    struct clnrm_spans *core; /* NULL once closed */
};

static struct clnrm_spans *check_spans(lua_State *L, int arg)
{
    struct spans_ud *ud = luaL_checkudata(L, arg, TYPE);
    luaL_argcheck(L, ud->core, arg, "spans are closed");
    return ud->core;
}

static const struct clnrm_span *check_span(lua_State *L, int arg)
{
    uint32_t count;
    const struct clnrm_span *list = clnrm_spans_list(check_spans(L, arg), &count);
    lua_Integer i = luaL_checkinteger(L, arg + 1);
    luaL_argcheck(L, i >= 1 && i <= (lua_Integer)count, arg + 1, "no such span");
    return &list[i - 1];
}

/* Reads the list of texts that is the option `name`. */
static size_t read_keys(lua_State *L, int arg, const char *name, unsigned flag,
                        struct clnrm_spans_key *keys, size_t count)
{
    if (lua_getfield(L, arg, name) == LUA_TNIL)
        return count;
    luaL_argcheck(L, lua_istable(L, -1), arg, "keys are lists of texts");
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
        luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, arg, "keys are lists of texts");
        luaL_argcheck(L, count < KEYS_MAX, arg, "too many keys");
        keys[count].flags = flag;
        keys[count].key.data = lua_tolstring(L, -1, &keys[count].key.len);
        count++;
        lua_pop(L, 1);
    }
    return count;
}

static void read_options(lua_State *L, int arg, struct clnrm_spans_key *keys,
                         struct clnrm_spans_options *o)
{
    static const char *const names[] = {"depth", "own_way", "volatile", "port", NULL};
    clnrm_opt_check(L, arg, names);
    lua_Integer depth = clnrm_opt_integer(L, arg, "depth", 500);
    luaL_argcheck(L, depth >= 1 && depth <= 100000, arg, "depth out of range");
    o->depth_max = (size_t)depth;
    if (lua_istable(L, arg)) {
        size_t count = read_keys(L, arg, "own_way", CLNRM_SPANS_OWN_WAY, keys, 0);
        count = read_keys(L, arg, "volatile", CLNRM_SPANS_VOLATILE, keys, count);
        o->key_count = read_keys(L, arg, "port", CLNRM_SPANS_PORT, keys, count);
    }
}

static int l_read(lua_State *L) /* read(text [, {depth=, own_way= ...}]) -> spans | nil, err */
{
    struct clnrm_spans_key keys[KEYS_MAX];
    struct clnrm_spans_options o = {.keys = keys};
    struct clnrm_slice text;
    text.data = luaL_checklstring(L, 1, &text.len);
    read_options(L, 2, keys, &o);
    lua_settop(L, 2);
    struct spans_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    int status = clnrm_spans_read(text, &o, &ud->core);
    return status < 0 ? clnrm_fail(L, "spans.read", status) : 1;
}

static struct clnrm_slice check_item(lua_State *L, int arg, lua_Integer i)
{
    struct clnrm_slice text = {0};
    luaL_argcheck(L, lua_rawgeti(L, arg, i) == LUA_TSTRING, arg, "a text for each is wanted");
    text.data = lua_tolstring(L, -1, &text.len); /* the list holds it */
    lua_pop(L, 1);
    return text;
}

static int l_odds(lua_State *L) /* spans:odds() -> texts, are_quoted: two lists */
{
    uint32_t count;
    const struct clnrm_spans_odd *odds = clnrm_spans_odds(check_spans(L, 1), &count);
    lua_createtable(L, (int)count, 0);
    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 0; i < count; i++) {
        lua_pushlstring(L, odds[i].text.data, odds[i].text.len);
        lua_rawseti(L, -3, (lua_Integer)i + 1);
        lua_pushboolean(L, odds[i].is_quoted);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 2;
}

/* Fills in what was replaced in the odd texts: lists of texts at `arg`, one for each of them. */
static void read_replaced(lua_State *L, int arg, struct clnrm_spans_norm *norms, uint32_t count)
{
    size_t total = 0, done = 0;
    for (uint32_t i = 0; i < count; i++) {
        luaL_argcheck(L, lua_rawgeti(L, arg, (lua_Integer)i + 1) == LUA_TTABLE, arg,
                      "a list for each is wanted");
        norms[i].count = (uint32_t)lua_rawlen(L, -1);
        total += norms[i].count;
        lua_pop(L, 1);
    }
    uint64_t *hashes = lua_newuserdatauv(L, total * sizeof(*hashes) + 1, 0); /* stays there */
    for (uint32_t i = 0; i < count; i++) {
        lua_rawgeti(L, arg, (lua_Integer)i + 1);
        norms[i].replaced = hashes + done;
        for (uint32_t k = 0; k < norms[i].count; k++)
            hashes[done++] = clnrm_hash_integer(check_item(L, lua_gettop(L), (lua_Integer)k + 1));
        lua_pop(L, 1);
    }
}

static int l_settle(lua_State *L) /* spans:settle(norms, replaced, opts) -> spans: read once more */
{
    struct clnrm_spans_key keys[KEYS_MAX];
    uint32_t count;
    struct clnrm_spans_options o = {.keys = keys, .odds = check_spans(L, 1)};
    struct clnrm_slice text;
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TTABLE);
    read_options(L, 4, keys, &o);
    lua_settop(L, 4);
    clnrm_spans_odds(o.odds, &count);
    struct clnrm_spans_norm *norms = lua_newuserdatauv(L, count * sizeof(*norms) + 1, 0);
    for (uint32_t i = 0; i < count; i++)
        norms[i].norm = check_item(L, 2, (lua_Integer)i + 1);
    read_replaced(L, 3, norms, count);
    o.norms = norms;
    struct spans_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    lua_getiuservalue(L, 1, 1);
    text.data = lua_tolstring(L, -1, &text.len);
    lua_setiuservalue(L, -2, 1);
    int status = clnrm_spans_read(text, &o, &ud->core);
    return status < 0 ? clnrm_fail(L, "spans.settle", status) : 1;
}

static int
l_tell(lua_State *L) /* spans:tell() -> {count, orphans, cycles, twins, from_ns, to_ns} */
{
    struct clnrm_spans_told told;
    uint32_t count;
    struct clnrm_spans *spans = check_spans(L, 1);
    clnrm_spans_tell(spans, &told);
    clnrm_spans_list(spans, &count);
    lua_createtable(L, 0, 8);
    lua_pushboolean(L, told.has_free), lua_setfield(L, -2, "has_free");
    lua_pushinteger(L, count), lua_setfield(L, -2, "count");
    lua_pushinteger(L, told.orphans), lua_setfield(L, -2, "orphans");
    lua_pushinteger(L, told.cycles), lua_setfield(L, -2, "cycles");
    lua_pushinteger(L, told.twins), lua_setfield(L, -2, "twins");
    if (count > 0) {
        lua_pushinteger(L, told.from_ns), lua_setfield(L, -2, "from_ns");
        lua_pushinteger(L, told.to_ns), lua_setfield(L, -2, "to_ns");
    }
    return 1;
}

static int l_children(lua_State *L) /* spans:children(i) -> integers: those below i; 0: the roots */
{
    uint32_t count;
    const struct clnrm_span *list = clnrm_spans_list(check_spans(L, 1), &count);
    lua_Integer i = luaL_checkinteger(L, 2), found = 0;
    luaL_argcheck(L, i >= 0 && i <= (lua_Integer)count, 2, "no such span");
    uint32_t end = i ? (uint32_t)i - 1 + list[i - 1].extent : count;
    lua_newtable(L);
    for (uint32_t at = (uint32_t)i; at < end; at += list[at].extent) {
        lua_pushinteger(L, (lua_Integer)at + 1);
        lua_rawseti(L, -2, ++found);
    }
    return 1;
}

static void push_digest(lua_State *L, const unsigned char *digest, bool is_known)
{
    if (is_known)
        lua_pushlstring(L, (const char *)digest, CLNRM_SPANS_DIGEST);
    else
        lua_pushboolean(L, 0);
}

static int l_get(lua_State *L) /* spans:get(i, is_exact) -> what it is: name, from, to, size ... */
{
    const struct clnrm_span *one = check_span(L, 1);
    unsigned mask = CLNRM_SPANS_OWN_WAY | (lua_toboolean(L, 3) ? 0 : CLNRM_SPANS_FREE);
    lua_pushlstring(L, one->name.data, one->name.len);
    lua_pushinteger(L, one->start_ns);
    lua_pushinteger(L, one->end_ns);
    lua_pushinteger(L, one->size);
    lua_pushboolean(L, one->has_events);
    push_digest(L, one->tree, !(one->tree_flags & mask));
    push_digest(L, one->own, !(one->own_flags & mask));
    lua_pushboolean(L, one->is_elsewhere);
    return 8;
}

static int l_text(lua_State *L) /* spans:text(i) -> its object of JSON */
{
    const struct clnrm_span *one = check_span(L, 1);
    lua_pushlstring(L, one->text.data, one->text.len);
    return 1;
}

static void push_optional(lua_State *L, struct clnrm_slice text)
{
    if (text.data)
        lua_pushlstring(L, text.data, text.len);
    else
        lua_pushnil(L);
}

static int
l_source(lua_State *L) /* spans:source(i) -> number, resource | nil, scope | nil: as JSON */
{
    const struct clnrm_span *one = check_span(L, 1);
    const struct clnrm_spans_source *source = clnrm_spans_source(check_spans(L, 1), one->source);
    lua_pushinteger(L, one->source);
    push_optional(L, source->resource);
    push_optional(L, source->scope);
    return 3;
}

static void push_hex(lua_State *L, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char text[32];
    for (size_t i = 0; i < count; i++) {
        text[i * 2] = digits[bytes[i] >> 4];
        text[i * 2 + 1] = digits[bytes[i] & 15];
    }
    lua_pushlstring(L, text, count * 2);
}

static int l_ids(lua_State *L) /* spans:ids() -> {[id] = true}: of traces and spans */
{
    uint32_t count;
    const struct clnrm_span *list = clnrm_spans_list(check_spans(L, 1), &count);
    lua_createtable(L, 0, (int)count + 1);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || memcmp(list[i].trace_id, list[i - 1].trace_id, 16) != 0) {
            push_hex(L, list[i].trace_id, 16);
            lua_pushboolean(L, 1);
            lua_rawset(L, -3);
        }
        push_hex(L, list[i].span_id, 8);
        lua_pushboolean(L, 1);
        lua_rawset(L, -3);
    }
    return 1;
}

static int l_same(lua_State *L) /* spans:same(i, other, j, noise_ms, ratio) -> ignored | nil */
{
    const struct clnrm_span *a = check_span(L, 1), *b = check_span(L, 3);
    struct clnrm_spans *one = check_spans(L, 1), *other = check_spans(L, 3);
    int64_t ignored = 0, found = 0;
    if (a->extent != b->extent ||
        !clnrm_spans_same_times(a, b, luaL_checknumber(L, 5), luaL_checknumber(L, 6)))
        return 0;
    for (uint32_t i = 0; i < a->extent && found >= 0; i++, ignored += found)
        found = clnrm_spans_ignored(one, &a[i], other, &b[i], true);
    if (found < 0)
        return 0;
    lua_pushinteger(L, ignored);
    return 1;
}

static int l_same_own(lua_State *L) /* spans:same_own(i, other, j) -> ignored | nil */
{
    const struct clnrm_span *a = check_span(L, 1), *b = check_span(L, 3);
    int64_t ignored = clnrm_spans_ignored(check_spans(L, 1), a, check_spans(L, 3), b, false);
    if (ignored < 0)
        return 0;
    lua_pushinteger(L, ignored);
    return 1;
}

static int l_is_plain(lua_State *L) /* is_plain(text) -> boolean: no id, time or port is in it */
{
    struct clnrm_slice text;
    text.data = luaL_checklstring(L, 1, &text.len);
    lua_pushboolean(L, clnrm_spans_is_plain(text));
    return 1;
}

static int l_close(lua_State *L) /* spans:close(), __close and __gc */
{
    struct spans_ud *ud = luaL_checkudata(L, 1, TYPE);
    clnrm_spans_free(ud->core);
    ud->core = NULL;
    return 0;
}

int luaopen_core_spans(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"children", l_children},
        {"get", l_get},
        {"ids", l_ids},
        {"odds", l_odds},
        {"same", l_same},
        {"same_own", l_same_own},
        {"settle", l_settle},
        {"source", l_source},
        {"tell", l_tell},
        {"text", l_text},
        {0},
    };
    static const luaL_Reg functions[] = {{"is_plain", l_is_plain}, {"read", l_read}, {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
