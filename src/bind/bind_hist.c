/* bind_hist.c -- Lua module core.hist over core/hist.h.  Types: stdlib/_meta/hist.lua. */
#include "bind/bind.h"
#include "core/hist.h"

#define TYPE "core.hist"

struct hist_ud {
    struct clnrm_hist *core; /* NULL once closed */
};

static struct clnrm_hist *check_hist(lua_State *L, int arg)
{
    struct hist_ud *ud = luaL_checkudata(L, arg, TYPE);
    luaL_argcheck(L, ud->core, arg, "hist is closed");
    return ud->core;
}

static int l_open(lua_State *L) /* open() -> hist */
{
    struct hist_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    ud->core = clnrm_hist_open();
    return 1;
}

static int l_record(lua_State *L) /* hist:record(value [, times]) */
{
    struct clnrm_hist *h = check_hist(L, 1);
    lua_Integer value = luaL_checkinteger(L, 2), times = luaL_optinteger(L, 3, 1);
    luaL_argcheck(L, value >= 0, 2, "a value is not negative");
    luaL_argcheck(L, times >= 0, 3, "a count is not negative");
    clnrm_hist_record(h, value, (uint64_t)times);
    return 0;
}

static int l_merge(lua_State *L) /* hist:merge(other) */
{
    clnrm_hist_merge(check_hist(L, 1), check_hist(L, 2));
    return 0;
}

static int l_reset(lua_State *L) /* hist:reset() */
{
    clnrm_hist_reset(check_hist(L, 1));
    return 0;
}

static int l_count(lua_State *L) /* hist:count() -> integer */
{
    lua_pushinteger(L, (lua_Integer)clnrm_hist_count(check_hist(L, 1)));
    return 1;
}

static int l_min(lua_State *L) /* hist:min() -> integer */
{
    lua_pushinteger(L, clnrm_hist_min(check_hist(L, 1)));
    return 1;
}

static int l_max(lua_State *L) /* hist:max() -> integer */
{
    lua_pushinteger(L, clnrm_hist_max(check_hist(L, 1)));
    return 1;
}

static int l_mean(lua_State *L) /* hist:mean() -> number */
{
    lua_pushnumber(L, clnrm_hist_mean(check_hist(L, 1)));
    return 1;
}

static int l_percentile(lua_State *L) /* hist:percentile(percent) -> integer */
{
    struct clnrm_hist *h = check_hist(L, 1);
    lua_Number percent = luaL_checknumber(L, 2);
    luaL_argcheck(L, percent >= 0 && percent <= 100, 2, "a percentage is 0 to 100");
    lua_pushinteger(L, clnrm_hist_percentile(h, percent));
    return 1;
}

static int l_close(lua_State *L) /* hist:close(), __close and __gc */
{
    struct hist_ud *ud = luaL_checkudata(L, 1, TYPE);
    clnrm_hist_close(ud->core);
    ud->core = NULL;
    return 0;
}

int luaopen_core_hist(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"count", l_count},   {"max", l_max},     {"mean", l_mean},
        {"merge", l_merge},   {"min", l_min},     {"percentile", l_percentile},
        {"record", l_record}, {"reset", l_reset}, {0},
    };
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
