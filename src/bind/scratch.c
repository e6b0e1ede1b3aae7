/* scratch.c -- see scratch.h for the contract. */
#include "bind/scratch.h"
#include "base/base.h"

#include <lauxlib.h>

enum { KEEP_MAX = 1024 * 1024 }; /* a bigger buffer is freed after use */

static int l_gc(lua_State *L)
{
    clnrm_buf_free(lua_touserdata(L, 1));
    return 0;
}

struct clnrm_buf *clnrm_scratch(lua_State *L, const void *key, size_t max)
{
    struct clnrm_buf *b;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TUSERDATA) {
        b = lua_touserdata(L, -1);
    } else {
        b = lua_newuserdatauv(L, sizeof(*b), 0);
        *b = (struct clnrm_buf){0};
        if (luaL_newmetatable(L, "core.scratch")) {
            lua_pushcfunction(L, l_gc);
            lua_setfield(L, -2, "__gc");
        }
        lua_setmetatable(L, -2);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, key);
        lua_remove(L, -2);
    }
    lua_pop(L, 1);
    b->len = 0;
    b->max = max;
    return b;
}

void clnrm_scratch_push(lua_State *L, struct clnrm_buf *b)
{
    lua_pushlstring(L, b->len ? b->data : "", b->len);
    if (b->cap > KEEP_MAX)
        clnrm_buf_free(b);
    b->len = 0;
}
