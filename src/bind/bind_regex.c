/* bind_regex.c -- Lua module core.regex over core/regex.h.  Types: stdlib/_meta/regex.lua. */
#include "bind/bind.h"
#include "bind/cache_stats.h"
#include "core/regex.h"

#define TYPE "core.regex"
#define SCAN_TYPE "core.regex.scan"

struct regex_ud {
    struct clnrm_regex *core; /* NULL once closed */
    int64_t budget_ms;
};

struct scan_ud {
    struct regex_ud *regex; /* kept alive by the user value, with the subject */
    struct clnrm_regex_scan core;
};

static struct regex_ud *check_regex(lua_State *L, int arg)
{
    struct regex_ud *ud = luaL_checkudata(L, arg, TYPE);
    luaL_argcheck(L, ud->core, arg, "regex is closed");
    return ud;
}

static int flag(lua_State *L, int arg, const char *name, int value)
{
    return clnrm_opt_boolean(L, arg, name, false) ? value : 0;
}

static int l_compile(lua_State *L) /* compile(pattern [, options]) -> regex | nil, err */
{
    static const char *const names[] = {"caseless", "multiline", "dotall", "extended",
                                        "jit",      "budget_ms", NULL};
    struct clnrm_slice pattern;
    struct clnrm_regex_error err;
    pattern.data = luaL_checklstring(L, 1, &pattern.len);
    clnrm_opt_check(L, 2, names);
    int flags = flag(L, 2, "caseless", CLNRM_REGEX_CASELESS) |
                flag(L, 2, "multiline", CLNRM_REGEX_MULTILINE) |
                flag(L, 2, "dotall", CLNRM_REGEX_DOTALL) |
                flag(L, 2, "extended", CLNRM_REGEX_EXTENDED);
    flags |= clnrm_opt_boolean(L, 2, "jit", true) ? 0 : CLNRM_REGEX_NO_JIT;
    lua_Integer budget_ms = clnrm_opt_integer(L, 2, "budget_ms", 0);
    luaL_argcheck(L, budget_ms >= 0 && budget_ms <= CLNRM_REGEX_BUDGET_MS_MAX, 2,
                  "budget_ms out of range");
    struct regex_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    ud->budget_ms = budget_ms;
    int status = clnrm_regex_open(pattern, flags, &ud->core, &err);
    if (status == 0)
        return 1;
    clnrm_failf(L, "regex.compile", clnrm_code(status), "%s (at byte %d of the pattern)", err.why,
                (int)err.offset + 1);
    lua_createtable(L, 0, 1); /* nil err detail */
    lua_pushinteger(L, (lua_Integer)err.offset + 1);
    lua_setfield(L, -2, "position");
    lua_setfield(L, -2, "detail");
    return 2;
}

static void push_part(lua_State *L, const char *subject, const size_t *span)
{
    if (span[0] == SIZE_MAX)
        lua_pushboolean(L, 0);
    else
        lua_pushlstring(L, subject + span[0], span[1] - span[0]);
}

/* Pushes the table of a match. */
static void push_match(lua_State *L, const struct clnrm_regex_scan *scan, const size_t *spans)
{
    unsigned groups = clnrm_regex_groups(scan->re), names = clnrm_regex_names(scan->re);
    lua_createtable(L, (int)groups, 4); /* match */
    lua_pushinteger(L, (lua_Integer)spans[0] + 1);
    lua_setfield(L, -2, "first");
    lua_pushinteger(L, (lua_Integer)spans[1]);
    lua_setfield(L, -2, "last");
    for (unsigned i = 0; i <= groups; i++) {
        push_part(L, scan->subject.data, spans + 2 * (size_t)i);
        lua_rawseti(L, -2, i);
    }
    if (names == 0)
        return;
    lua_createtable(L, 0, (int)names); /* match named */
    for (unsigned i = 0; i < names; i++) {
        unsigned group;
        struct clnrm_slice name = clnrm_regex_name(scan->re, i, &group);
        const size_t *span = spans + 2 * (size_t)group;
        bool is_known = lua_getfield(L, -1, name.data) != LUA_TNIL;
        lua_pop(L, 1);
        if (is_known && span[0] == SIZE_MAX)
            continue; /* (?J): another group of this name is set */
        push_part(L, scan->subject.data, span);
        lua_setfield(L, -2, name.data);
    }
    lua_setfield(L, -2, "named");
}

/* Begins a scan of the text at argument 2, from the position at argument `init` on. */
static int begin(lua_State *L, struct clnrm_regex_scan *scan, int init)
{
    struct regex_ud *ud = check_regex(L, 1);
    struct clnrm_slice subject;
    subject.data = luaL_checklstring(L, 2, &subject.len);
    lua_Integer at = init ? luaL_optinteger(L, init, 1) : 1;
    luaL_argcheck(L, at >= 1, init, "position must be positive");
    size_t start = (lua_Unsigned)at - 1 > subject.len ? subject.len + 1 : (size_t)at - 1;
    return clnrm_regex_begin(scan, ud->core, subject, start, ud->budget_ms);
}

/* The first match: 1, 0 or a negative status. */
static int first(lua_State *L, struct clnrm_regex_scan *scan, const size_t **spans)
{
    int status = begin(L, scan, 3);
    return status < 0 ? status : clnrm_regex_next(scan, spans);
}

static int l_test(lua_State *L) /* regex:test(text [, init]) -> boolean | nil, err */
{
    struct clnrm_regex_scan scan;
    const size_t *spans;
    int found = first(L, &scan, &spans);
    if (found < 0)
        return clnrm_fail(L, "regex.test", found);
    lua_pushboolean(L, found);
    return 1;
}

static int l_find(lua_State *L) /* regex:find(text [, init]) -> first, last | nil | nil, err */
{
    struct clnrm_regex_scan scan;
    const size_t *spans;
    int found = first(L, &scan, &spans);
    if (found < 0)
        return clnrm_fail(L, "regex.find", found);
    if (found == 0)
        return lua_pushnil(L), 1;
    lua_pushinteger(L, (lua_Integer)spans[0] + 1);
    lua_pushinteger(L, (lua_Integer)spans[1]);
    return 2;
}

static int l_match(lua_State *L) /* regex:match(text [, init]) -> match | nil | nil, err */
{
    struct clnrm_regex_scan scan;
    const size_t *spans;
    int found = first(L, &scan, &spans);
    if (found < 0)
        return clnrm_fail(L, "regex.match", found);
    if (found == 0)
        lua_pushnil(L);
    else
        push_match(L, &scan, spans);
    return 1;
}

static int l_count(lua_State *L) /* regex:count(text) -> count | nil, err */
{
    struct clnrm_regex_scan scan;
    const size_t *spans;
    lua_Integer count = 0;
    int found = begin(L, &scan, 0);
    while (found >= 0 && (found = clnrm_regex_next(&scan, &spans)) > 0)
        count++;
    if (found < 0)
        return clnrm_fail(L, "regex.count", found);
    lua_pushinteger(L, count);
    return 1;
}

static int l_all(lua_State *L) /* regex:all(text [, max]) -> matches | nil, err */
{
    struct clnrm_regex_scan scan;
    const size_t *spans;
    lua_Integer max = luaL_optinteger(L, 3, LUA_MAXINTEGER), count = 0;
    int found = begin(L, &scan, 0);
    lua_newtable(L); /* matches */
    while (found >= 0 && count < max && (found = clnrm_regex_next(&scan, &spans)) > 0) {
        push_match(L, &scan, spans);
        lua_rawseti(L, -2, ++count);
    }
    return found < 0 ? clnrm_fail(L, "regex.all", found) : 1;
}

static int next_match(lua_State *L) /* upvalue: the scan */
{
    struct scan_ud *ud = lua_touserdata(L, lua_upvalueindex(1));
    const size_t *spans;
    if (!ud->regex->core)
        return luaL_error(L, "regex is closed");
    int found = clnrm_regex_next(&ud->core, &spans);
    if (found < 0) { /* ending the loop would look like "no more matches" */
        clnrm_fail(L, "regex.gmatch", found);
        return lua_error(L);
    }
    if (found == 0)
        lua_pushnil(L);
    else
        push_match(L, &ud->core, spans);
    return 1;
}

static int l_gmatch(lua_State *L) /* regex:gmatch(text) -> iterator of matches; raises the err */
{
    struct regex_ud *regex = check_regex(L, 1);
    luaL_checktype(L, 2, LUA_TSTRING);
    struct scan_ud *ud = lua_newuserdatauv(L, sizeof(*ud), 2);
    ud->regex = regex;
    int status = begin(L, &ud->core, 0);
    if (status < 0) {
        clnrm_fail(L, "regex.gmatch", status);
        return lua_error(L);
    }
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, -2, 2);
    lua_pushcclosure(L, next_match, 1);
    return 1;
}

static int l_close(lua_State *L) /* regex:close(), __close and __gc */
{
    struct regex_ud *ud = luaL_checkudata(L, 1, TYPE);
    clnrm_regex_close(ud->core);
    ud->core = NULL;
    return 0;
}

static int l_escape(lua_State *L) /* escape(text) -> pattern that matches just this text */
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (size_t i = 0; i < len; i++) {
        if (text[i] && strchr("\\^$.|?*+()[]{}-/# \t\n\v\f\r", text[i]))
            luaL_addchar(&b, '\\');
        luaL_addchar(&b, text[i]);
    }
    luaL_pushresult(&b);
    return 1;
}

static int l_cache(lua_State *L) /* cache() -> {hits=, misses=, evictions=, count=, bytes=} */
{
    struct clnrm_lru_stats stats = clnrm_regex_cache();
    clnrm_push_cache_stats(L, &stats);
    return 1;
}

int luaopen_core_regex(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"all", l_all},
        {"count", l_count},
        {"find", l_find},
        {"gmatch", l_gmatch},
        {"match", l_match},
        {"test", l_test},
        {0},
    };
    static const luaL_Reg functions[] = {
        {"cache", l_cache},
        {"compile", l_compile},
        {"escape", l_escape},
        {0},
    };
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
