/* bind_clock.c -- Lua module core.clock over core/clock.h.  Types: stdlib/_meta/clock.lua. */
#include "bind/bind.h"
#include "core/clock.h"

static int l_now(lua_State *L) /* now() -> ns, never goes back */
{
    lua_pushinteger(L, clnrm_clock_now());
    return 1;
}

static int l_wall(lua_State *L) /* wall() -> ns since 1970 */
{
    lua_pushinteger(L, clnrm_clock_wall());
    return 1;
}

static int l_cpu(lua_State *L) /* cpu() -> ns of processor time of this thread */
{
    lua_pushinteger(L, clnrm_clock_cpu());
    return 1;
}

static int l_format(lua_State *L) /* format(wall_ns [, digits]) -> RFC 3339 text, UTC */
{
    char text[CLNRM_CLOCK_TEXT_MAX];
    lua_Integer wall_ns = luaL_checkinteger(L, 1), digits = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, digits >= 0 && digits <= 9, 2, "digits out of range");
    lua_pushlstring(L, text, clnrm_clock_format(wall_ns, (int)digits, text));
    return 1;
}

static int l_parse(lua_State *L) /* parse(text) -> wall_ns | nil, err */
{
    struct clnrm_slice text;
    int64_t wall_ns;
    text.data = luaL_checklstring(L, 1, &text.len);
    int status = clnrm_clock_parse(text, &wall_ns);
    if (status == CLNRM_ESYNTAX)
        return clnrm_failf(L, "clock.parse", "ESYNTAX", "not an RFC 3339 time");
    if (status < 0)
        return clnrm_failf(L, "clock.parse", clnrm_code(status), "beyond the years 1677 to 2262");
    lua_pushinteger(L, wall_ns);
    return 1;
}

int luaopen_core_clock(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"cpu", l_cpu},     {"format", l_format}, {"now", l_now},
        {"parse", l_parse}, {"wall", l_wall},     {0},
    };
    return clnrm_newmodule(L, "core.clock", functions, NULL, NULL);
}
