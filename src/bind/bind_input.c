/* bind_input.c -- Lua module core.input over core/input.h.  Types: stdlib/_meta/input.lua. */
#include "bind/bind.h"
#include "core/input.h"

#include <errno.h>

#define TYPE "core.input"

struct input_ud {
    struct clnrm_input *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

static void on_input(void *data)
{
    struct input_ud *ud = data; /* lives until __gc, which closes the core first */
    clnrm_waiters_wake(&ud->waiters, 0);
}

static int l_open(lua_State *L) /* open(fd) -> input | nil, err */
{
    lua_Integer fd = luaL_checkinteger(L, 1);
    luaL_argcheck(L, fd >= 0 && fd <= INT_MAX, 1, "not a file descriptor");
    struct input_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_input_open(clnrm_loop(L), (int)fd, on_input, ud, &ud->core);
    return status < 0 ? clnrm_fail(L, "input.open", status) : 1;
}

static int next_bytes(lua_State *L, struct input_ud *ud);

static int on_woken(lua_State *L, int status, lua_KContext ctx)
{
    struct input_ud *ud = (struct input_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "input.next", status);
    return next_bytes(L, ud);
}

/* Pushes what came, or parks until something does. */
static int next_bytes(lua_State *L, struct input_ud *ud)
{
    char bytes[CLNRM_INPUT_MAX];
    if (!ud->core)
        return clnrm_fail(L, "input.next", UV_ECANCELED);
    int n = clnrm_input_read(ud->core, bytes);
    if (n > 0) {
        lua_pushlstring(L, bytes, (size_t)n);
        return 1;
    }
    if (n == 0) {
        lua_pushnil(L);
        return 1;
    }
    if (n != -EAGAIN)
        return clnrm_fail(L, "input.next", n);
    clnrm_check_can_wait(L);
    return clnrm_waiters_wait(L, &ud->waiters, on_woken, (lua_KContext)ud);
}

static int l_next(lua_State *L) /* input:next() -> bytes | nil, err */
{
    struct input_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "input is closed");
    return next_bytes(L, ud);
}

static int l_close(lua_State *L) /* input:close(), __close and __gc */
{
    struct input_ud *ud = luaL_checkudata(L, 1, TYPE);
    if (ud->core)
        clnrm_input_close(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, UV_ECANCELED);
    return 0;
}

int luaopen_core_input(lua_State *L)
{
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    static const luaL_Reg methods[] = {{"next", l_next}, {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
