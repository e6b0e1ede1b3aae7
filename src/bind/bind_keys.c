/* bind_keys.c -- Lua module core.keys over core/keys.h.  Types: stdlib/_meta/keys.lua. */
#include "bind/bind.h"
#include "core/keys.h"

#define TYPE "core.keys"

struct keys_ud {
    struct clnrm_keys *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

static void on_keys(void *data)
{
    struct keys_ud *ud = data; /* lives until __gc, which closes the core first */
    clnrm_waiters_wake(&ud->waiters, 0);
}

static struct keys_ud *check_open(lua_State *L)
{
    struct keys_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "keys are closed");
    return ud;
}

static int l_open(lua_State *L) /* open(fd) -> keys | nil, err */
{
    lua_Integer fd = luaL_checkinteger(L, 1);
    luaL_argcheck(L, fd >= 0 && fd <= INT_MAX, 1, "not a file descriptor");
    struct keys_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_keys_open(clnrm_loop(L), (int)fd, on_keys, ud, &ud->core);
    return status < 0 ? clnrm_fail(L, "keys.open", status) : 1;
}

static int l_grab(lua_State *L) /* keys:grab([whole]) -> true | nil, err */
{
    int status = clnrm_keys_grab(check_open(L)->core, lua_toboolean(L, 2));
    if (status < 0)
        return clnrm_fail(L, "keys.grab", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_release(lua_State *L) /* keys:release() */
{
    clnrm_keys_release(check_open(L)->core);
    return 0;
}

static int next_keys(lua_State *L, struct keys_ud *ud);

static int on_woken(lua_State *L, int status, lua_KContext ctx)
{
    struct keys_ud *ud = (struct keys_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "keys.next", status);
    return next_keys(L, ud);
}

/* Pushes what was pressed, or parks until something is. */
static int next_keys(lua_State *L, struct keys_ud *ud)
{
    char bytes[CLNRM_KEYS_MAX];
    if (!ud->core)
        return clnrm_fail(L, "keys.next", UV_ECANCELED);
    int n = clnrm_keys_read(ud->core, bytes);
    if (n < 0)
        return clnrm_fail(L, "keys.next", n);
    if (n > 0) {
        lua_pushlstring(L, bytes, (size_t)n);
        return 1;
    }
    clnrm_check_can_wait(L);
    return clnrm_waiters_wait(L, &ud->waiters, on_woken, (lua_KContext)ud);
}

static int l_next(lua_State *L) /* keys:next() -> bytes | nil, err */
{
    return next_keys(L, check_open(L));
}

static int l_close(lua_State *L) /* keys:close(), __close and __gc */
{
    struct keys_ud *ud = luaL_checkudata(L, 1, TYPE);
    if (ud->core)
        clnrm_keys_close(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, UV_ECANCELED);
    return 0;
}

int luaopen_core_keys(lua_State *L)
{
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    static const luaL_Reg methods[] = {
        {"grab", l_grab}, {"next", l_next}, {"release", l_release}, {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
