/* bind_error.c -- Lua module core.error: the one form in which the world's failures travel.
 * Types: stdlib/_meta/error.lua. */
#include "bind/bind.h"

enum { CHAIN_MAX = 16 }; /* causes shown in one line */

/* Adds "op: message (code)" of the error table on top of the stack; pops the table. */
static void add_one(lua_State *L, luaL_Buffer *b, int error)
{
    lua_getfield(L, error, "op");
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_addvalue(b);
        luaL_addstring(b, ": ");
    } else {
        lua_pop(L, 1);
    }
    lua_getfield(L, error, "message");
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(b);
    luaL_addstring(b, " (");
    lua_getfield(L, error, "code");
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(b);
    luaL_addstring(b, ")");
}

static int l_tostring(lua_State *L) /* "op: message (code)", then each cause after "; because " */
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L); /* err lines */
    lua_pushvalue(L, 1);
    for (int i = 1; i <= CHAIN_MAX && lua_istable(L, 3); i++) {
        luaL_Buffer b;
        luaL_buffinit(L, &b);
        add_one(L, &b, 3);
        luaL_pushresult(&b); /* err lines current text */
        lua_rawseti(L, 2, i);
        lua_getfield(L, 3, "cause");
        lua_replace(L, 3);
    }
    lua_settop(L, 2);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, 2); i++) {
        if (i > 1)
            luaL_addstring(&b, "; because ");
        lua_rawgeti(L, 2, i);
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
    return 1;
}

static int l_new(lua_State *L) /* new{code=, message=, op=, cause=, detail=, pos=} -> core.Error */
{
    static const char *const names[] = {"code", "message", "op", "cause", "detail", "pos", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    clnrm_opt_check(L, 1, names);
    if (!clnrm_opt_text(L, 1, "code", NULL, NULL) || !clnrm_opt_text(L, 1, "message", NULL, NULL))
        luaL_argerror(L, 1, "an error needs a code and a message");
    lua_settop(L, 1);
    luaL_setmetatable(L, "core.Error");
    return 1;
}

static int l_wrap(lua_State *L) /* wrap(cause, op, message [, code]) -> core.Error */
{
    luaL_checkany(L, 1);
    const char *op = luaL_checkstring(L, 2), *message = luaL_checkstring(L, 3);
    const char *code = luaL_optstring(L, 4, NULL);
    if (!code && lua_istable(L, 1) && lua_getfield(L, 1, "code") == LUA_TSTRING)
        code = lua_tostring(L, -1);
    clnrm_push_error(L, op, code ? code : "EFAILED", message);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "cause");
    return 1;
}

static int l_is(lua_State *L) /* is(value [, code]) -> boolean */
{
    const char *code = luaL_optstring(L, 2, NULL);
    bool is = lua_istable(L, 1) && lua_getmetatable(L, 1);
    if (is) {
        luaL_getmetatable(L, "core.Error");
        is = lua_rawequal(L, -1, -2);
    }
    if (is && code) {
        lua_getfield(L, 1, "code");
        is = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), code) == 0;
    }
    lua_pushboolean(L, is);
    return 1;
}

int luaopen_core_error(lua_State *L)
{
    static const luaL_Reg functions[] = {{"is", l_is}, {"new", l_new}, {"wrap", l_wrap}, {0}};
    luaL_newmetatable(L, "core.Error");
    lua_pushcfunction(L, l_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "core.Error");
    lua_setfield(L, -2, "__name");
    lua_pop(L, 1);
    return clnrm_newmodule(L, "core.error", functions, NULL, NULL);
}
