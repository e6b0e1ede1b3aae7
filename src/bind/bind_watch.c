/* bind_watch.c -- Lua module core.watch over core/watch.h.  Types: stdlib/_meta/watch.lua. */
#include "bind/bind.h"
#include "core/watch.h"

#define TYPE "core.watch"

enum { SKIPPED_MAX = 256, BATCH_MAX = 4096 };

struct watch_ud {
    struct clnrm_watch *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

static void on_change(void *data)
{
    struct watch_ud *ud = data; /* lives until __gc, which closes the core first */
    clnrm_waiters_wake(&ud->waiters, 0);
}

static struct watch_ud *check_open(lua_State *L)
{
    struct watch_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "watch is closed");
    return ud;
}

/* Reads opts.skip; the texts stay in the table. */
static void read_skipped(lua_State *L, const char *names[SKIPPED_MAX + 1])
{
    names[0] = NULL;
    if (lua_isnoneornil(L, 1) || lua_getfield(L, 1, "skip") == LUA_TNIL)
        return;
    luaL_argcheck(L, lua_istable(L, -1), 1, "skip is a list of names");
    lua_Integer count = luaL_len(L, -1);
    luaL_argcheck(L, count <= SKIPPED_MAX, 1, "skip has too many names");
    for (lua_Integer i = 1; i <= count; i++) {
        luaL_argcheck(L, lua_geti(L, -1, i) == LUA_TSTRING, 1, "skip is a list of names");
        names[i - 1] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    names[count] = NULL;
}

static int l_open(lua_State *L) /* open([opts]) -> watch | nil, err */
{
    static const char *const known[] = {"skip", "poll_ms", "only_polls", NULL};
    const char *names[SKIPPED_MAX + 1];
    clnrm_opt_check(L, 1, known);
    lua_Integer poll_ms = clnrm_opt_integer(L, 1, "poll_ms", 0);
    luaL_argcheck(L, poll_ms >= 0 && poll_ms <= 3600000, 1, "poll_ms is out of bounds");
    bool only_polls = clnrm_opt_boolean(L, 1, "only_polls", false);
    read_skipped(L, names);
    struct clnrm_watch_options options = {
        .skipped = names, .poll_ms = (unsigned)poll_ms, .only_polls = only_polls};
    struct watch_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_watch_open(clnrm_loop(L), &options, on_change, ud, &ud->core);
    return status < 0 ? clnrm_fail(L, "watch.open", status) : 1;
}

static int l_add(lua_State *L) /* watch:add(path [, {flat=}]) -> true | nil, err */
{
    static const char *const known[] = {"flat", NULL};
    struct watch_ud *ud = check_open(L);
    size_t len;
    const char *path = luaL_checklstring(L, 2, &len);
    luaL_argcheck(L, path[0] == '/' && strlen(path) == len, 2, "not an absolute path");
    clnrm_opt_check(L, 3, known);
    int status = clnrm_watch_add(ud->core, path, clnrm_opt_boolean(L, 3, "flat", false));
    if (status < 0)
        return clnrm_fail(L, "watch.add", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Pushes a list of what is there; returns how many. */
static lua_Integer push_events(lua_State *L, struct clnrm_watch *w)
{
    static const char *const kinds[] = {
        [CLNRM_WATCH_WRITTEN] = "written", [CLNRM_WATCH_MODIFIED] = "modified",
        [CLNRM_WATCH_REMOVED] = "removed", [CLNRM_WATCH_MODE] = "mode",
        [CLNRM_WATCH_LINK] = "link",       [CLNRM_WATCH_OVERFLOW] = "overflow"};
    enum clnrm_watch_kind kind;
    const char *path;
    lua_Integer count = 0;
    lua_newtable(L);
    while (count < BATCH_MAX && clnrm_watch_next(w, &kind, &path)) {
        lua_createtable(L, 0, 2);
        lua_pushstring(L, kinds[kind]);
        lua_setfield(L, -2, "kind");
        if (kind != CLNRM_WATCH_OVERFLOW) {
            lua_pushstring(L, path);
            lua_setfield(L, -2, "path");
        }
        lua_seti(L, -2, ++count);
    }
    return count;
}

static int next_events(lua_State *L, struct watch_ud *ud);

static int on_woken(lua_State *L, int status, lua_KContext ctx)
{
    struct watch_ud *ud = (struct watch_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "watch.next", status);
    return next_events(L, ud);
}

/* Pushes what has changed, or parks until something does. */
static int next_events(lua_State *L, struct watch_ud *ud)
{
    if (!ud->core)
        return clnrm_fail(L, "watch.next", UV_ECANCELED);
    if (push_events(L, ud->core) > 0)
        return 1;
    lua_pop(L, 1);
    clnrm_check_can_wait(L);
    return clnrm_waiters_wait(L, &ud->waiters, on_woken, (lua_KContext)ud);
}

static int l_next(lua_State *L) /* watch:next() -> events | nil, err */
{
    return next_events(L, check_open(L));
}

static int l_stats(lua_State *L) /* watch:stats() -> table */
{
    struct clnrm_watch_stats stats;
    clnrm_watch_stats(check_open(L)->core, &stats);
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, (lua_Integer)stats.folders);
    lua_setfield(L, -2, "folders");
    lua_pushinteger(L, (lua_Integer)stats.polled);
    lua_setfield(L, -2, "polled");
    lua_pushinteger(L, (lua_Integer)stats.events);
    lua_setfield(L, -2, "events");
    lua_pushinteger(L, (lua_Integer)stats.overflows);
    lua_setfield(L, -2, "overflows");
    return 1;
}

static int l_close(lua_State *L) /* watch:close(), __close and __gc */
{
    struct watch_ud *ud = luaL_checkudata(L, 1, TYPE);
    if (ud->core)
        clnrm_watch_close(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, UV_ECANCELED);
    return 0;
}

int luaopen_core_watch(lua_State *L)
{
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    static const luaL_Reg methods[] = {{"add", l_add}, {"next", l_next}, {"stats", l_stats}, {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
