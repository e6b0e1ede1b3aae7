/* bind_lock.c -- Lua module core.lock over core/lock.h.  Types: stdlib/_meta/lock.lua. */
#include "bind/bind.h"
#include "core/lock.h"

#include <unistd.h>

#define TYPE "core.lock"

struct lock_ud {
    bool *held; /* NULL once given back; first, so that a closed one prints as such */
    bool is_held;
    int fd;
};

static int l_try(lua_State *L) /* try(path, shared) -> lock | nil, err */
{
    size_t len;
    const char *path = luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, strlen(path) == len, 1, "a path has no NUL");
    bool shared = lua_toboolean(L, 2);
    struct lock_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_lock_try(path, shared, &ud->fd);
    if (status < 0)
        return clnrm_fail(L, "lock.try", status);
    ud->is_held = true;
    ud->held = &ud->is_held;
    return 1;
}

static int l_close(lua_State *L) /* lock:close(), __close and __gc */
{
    struct lock_ud *ud = luaL_checkudata(L, 1, TYPE);
    if (ud->held)
        close(ud->fd);
    ud->held = NULL;
    return 0;
}

int luaopen_core_lock(lua_State *L)
{
    static const luaL_Reg methods[] = {{0}};
    static const luaL_Reg functions[] = {{"try", l_try}, {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
