/* bind_lru.c -- Lua module core.lru over core/lru.h.  Types: stdlib/_meta/lru.lua.
 *
 * The values stand in a table (user value 1), the core holds their slots.  Slots that the core drops
 * are collected during its call and emptied behind it, so no Lua runs inside the core. */
#include "bind/bind.h"
#include "bind/cache_stats.h"
#include "core/clock.h"
#include "core/lru.h"

#define TYPE "core.lru"

struct lru_ud {
    struct clnrm_lru *core; /* NULL once closed */
    bool has_bytes;         /* opened with a limit of bytes */
    lua_Integer slots;      /* highest slot ever used */
    lua_Integer *freed;     /* slots without a value; from `fresh` on not emptied yet */
    size_t freed_count, freed_cap, fresh;
};

static void on_drop(void *data, void *value)
{
    struct lru_ud *ud = data;
    if (ud->freed_count == ud->freed_cap) {
        ud->freed_cap = ud->freed_cap ? ud->freed_cap * 2 : 16;
        ud->freed = clnrm_xrealloc(ud->freed, ud->freed_cap * sizeof(*ud->freed));
    }
    ud->freed[ud->freed_count++] = (lua_Integer)(intptr_t)value;
}

static struct lru_ud *check_lru(lua_State *L)
{
    struct lru_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "cache is closed");
    return ud;
}

static struct clnrm_slice check_key(lua_State *L)
{
    struct clnrm_slice key;
    luaL_checktype(L, 2, LUA_TSTRING); /* 1 and "1" would be the same */
    key.data = lua_tolstring(L, 2, &key.len);
    return key;
}

/* Empties the slots that the last call of the core dropped; setting nil allocates nothing. */
static void empty_dropped(lua_State *L, struct lru_ud *ud)
{
    if (ud->fresh == ud->freed_count)
        return;
    lua_getiuservalue(L, 1, 1); /* values */
    for (; ud->fresh < ud->freed_count; ud->fresh++) {
        lua_pushnil(L);
        lua_rawseti(L, -2, ud->freed[ud->fresh]);
    }
    lua_pop(L, 1);
}

static int l_open(lua_State *L) /* open{count= [, bytes=, ttl_ms=]} -> lru */
{
    static const char *const names[] = {"count", "bytes", "ttl_ms", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    clnrm_opt_check(L, 1, names);
    lua_Integer count = clnrm_opt_integer(L, 1, "count", 0);
    lua_Integer bytes = clnrm_opt_integer(L, 1, "bytes", -1);
    lua_Integer ttl_ms = clnrm_opt_integer(L, 1, "ttl_ms", 0);
    luaL_argcheck(L, count >= 1, 1, "option 'count' must be 1 or more");
    luaL_argcheck(L, bytes >= -1, 1, "option 'bytes' must not be negative");
    luaL_argcheck(L, ttl_ms >= 0 && ttl_ms <= INT64_MAX / 1000000, 1, "ttl_ms out of range");
    struct lru_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    lua_newtable(L);
    lua_setiuservalue(L, -2, 1);
    struct clnrm_lru_limits limits = {.count_max = (size_t)count,
                                      .bytes_max = bytes < 0 ? SIZE_MAX : (size_t)bytes,
                                      .ttl_ns = ttl_ms * 1000000};
    ud->has_bytes = bytes >= 0;
    ud->core = clnrm_lru_open(&limits, on_drop, ud);
    return 1;
}

static int l_get(lua_State *L) /* lru:get(key) -> value | nil */
{
    struct lru_ud *ud = check_lru(L);
    lua_Integer slot =
        (lua_Integer)(intptr_t)clnrm_lru_get(ud->core, check_key(L), clnrm_clock_now());
    empty_dropped(L, ud); /* it may have been too old */
    if (slot == 0)
        return lua_pushnil(L), 1;
    lua_getiuservalue(L, 1, 1);
    lua_rawgeti(L, -1, slot);
    return 1;
}

static int l_put(lua_State *L) /* lru:put(key, value [, bytes]) -> true | nil, err */
{
    struct lru_ud *ud = check_lru(L);
    struct clnrm_slice key = check_key(L);
    luaL_argcheck(L, !lua_isnoneornil(L, 3), 3, "a value is not nil");
    bool is_text = lua_type(L, 3) == LUA_TSTRING;
    luaL_argcheck(L, is_text || !ud->has_bytes || !lua_isnoneornil(L, 4), 4,
                  "the bytes of this value must be told");
    lua_Integer bytes = luaL_optinteger(L, 4, is_text ? (lua_Integer)lua_rawlen(L, 3) : 0);
    luaL_argcheck(L, bytes >= 0, 4, "bytes are not negative");
    bool is_reused = ud->freed_count > 0;
    lua_Integer slot = is_reused ? ud->freed[ud->freed_count - 1] : ud->slots + 1;
    lua_getiuservalue(L, 1, 1); /* key value bytes values */
    lua_pushvalue(L, 3);
    lua_rawseti(L, -2, slot); /* may raise: the slot is still free then */
    if (is_reused)
        ud->fresh = --ud->freed_count;
    else
        ud->slots = slot;
    int status =
        clnrm_lru_put(ud->core, key, (void *)(intptr_t)slot, (size_t)bytes, clnrm_clock_now());
    if (status < 0)
        on_drop(ud, (void *)(intptr_t)slot);
    empty_dropped(L, ud);
    if (status < 0)
        return clnrm_fail(L, "lru.put", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_del(lua_State *L) /* lru:del(key) -> boolean: was it there */
{
    struct lru_ud *ud = check_lru(L);
    bool was_there = clnrm_lru_del(ud->core, check_key(L));
    empty_dropped(L, ud);
    lua_pushboolean(L, was_there);
    return 1;
}

static int l_clear(lua_State *L) /* lru:clear() */
{
    struct lru_ud *ud = check_lru(L);
    clnrm_lru_clear(ud->core);
    empty_dropped(L, ud);
    return 0;
}

static int l_stats(lua_State *L) /* lru:stats() -> {hits=, misses=, evictions=, count=, bytes=} */
{
    struct clnrm_lru_stats stats = clnrm_lru_stats(check_lru(L)->core);
    clnrm_push_cache_stats(L, &stats);
    return 1;
}

static int l_close(lua_State *L) /* lru:close(), __close and __gc */
{
    struct lru_ud *ud = luaL_checkudata(L, 1, TYPE);
    clnrm_lru_close(ud->core);
    ud->core = NULL;
    free(ud->freed);
    ud->freed = NULL;
    ud->freed_count = ud->freed_cap = ud->fresh = 0;
    lua_pushnil(L);
    lua_setiuservalue(L, 1, 1);
    return 0;
}

int luaopen_core_lru(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"clear", l_clear}, {"del", l_del}, {"get", l_get}, {"put", l_put}, {"stats", l_stats}, {0},
    };
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
