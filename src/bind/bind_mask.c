/* bind_mask.c -- Lua module core.mask over core/mask.h.  Types: stdlib/_meta/mask.lua. */
#include "bind/bind.h"
#include "bind/scratch.h"
#include "core/mask.h"

#define TYPE "core.mask"
#define TEXT_MAX ((size_t)1 << 30)
#define DEFAULT "***"

struct mask_ud {
    struct clnrm_mask *core; /* NULL once closed */
};

static const char *const kind_names[] = {"plain", "base64", "hex", NULL}; /* as clnrm_mask_kind */

/* Adds the list of patterns at the top of the stack; returns 0 or a status. */
static int add_list(lua_State *L, struct clnrm_mask *m, enum clnrm_mask_kind kind)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
    int status = 0;
    for (lua_Integer i = 1; i <= n && status == 0; i++) {
        struct clnrm_slice s;
        if (lua_rawgeti(L, -1, i) != LUA_TSTRING)
            return luaL_error(L, "mask.open: %s[%d] is no text", kind_names[kind], (int)i);
        s.data = lua_tolstring(L, -1, &s.len);
        status = clnrm_mask_add(m, kind, s);
        lua_pop(L, 1);
    }
    return status;
}

static int l_open(lua_State *L) /* open({plain=, base64=, hex=}) -> mask | nil, err */
{
    luaL_checktype(L, 1, LUA_TTABLE);
    clnrm_opt_check(L, 1, kind_names);
    struct mask_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    ud->core = clnrm_mask_open();
    for (int kind = 0; kind_names[kind]; kind++) {
        int type = lua_getfield(L, 1, kind_names[kind]);
        if (type != LUA_TNIL && type != LUA_TTABLE)
            return luaL_error(L, "mask.open: %s must be a list", kind_names[kind]);
        int status = type == LUA_TTABLE ? add_list(L, ud->core, (enum clnrm_mask_kind)kind) : 0;
        if (status < 0)
            return clnrm_fail(L, "mask.open", status);
        lua_pop(L, 1);
    }
    return 1;
}

static struct mask_ud *check_mask(lua_State *L)
{
    struct mask_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "mask is closed");
    return ud;
}

static int apply(lua_State *L, const char *op, struct clnrm_slice with)
{
    static const char key;
    struct mask_ud *ud = check_mask(L);
    struct clnrm_slice s;
    s.data = luaL_checklstring(L, 2, &s.len);
    struct clnrm_buf *b = clnrm_scratch(L, &key, TEXT_MAX);
    int count = clnrm_mask_apply(ud->core, s, with, b);
    if (count < 0)
        return clnrm_fail(L, op, count);
    if (count == 0)
        lua_pushvalue(L, 2);
    else
        clnrm_scratch_push(L, b);
    lua_pushinteger(L, count);
    return 2;
}

static int l_text(lua_State *L) /* mask:text(s) -> masked, count | nil, err */
{
    return apply(L, "mask.text", clnrm_slice_of(DEFAULT));
}

static int l_stars(lua_State *L) /* mask:stars(s) -> masked, count | nil, err */
{
    return apply(L, "mask.stars", (struct clnrm_slice){NULL, 0});
}

static int l_open_end(lua_State *L) /* mask:open_end(s) -> bytes */
{
    struct mask_ud *ud = check_mask(L);
    struct clnrm_slice s;
    s.data = luaL_checklstring(L, 2, &s.len);
    lua_pushinteger(L, (lua_Integer)clnrm_mask_open_end(ud->core, s));
    return 1;
}

static int l_close(lua_State *L) /* mask:close(), __close and __gc */
{
    struct mask_ud *ud = luaL_checkudata(L, 1, TYPE);
    clnrm_mask_close(ud->core);
    ud->core = NULL;
    return 0;
}

int luaopen_core_mask(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"open_end", l_open_end}, {"stars", l_stars}, {"text", l_text}, {0}};
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
