/* bind.c -- see bind.h for the contract. */
#include "bind/bind.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_MAX = 1024 };

void *clnrm_newobject(lua_State *L, const char *name, size_t size)
{
    void *object = lua_newuserdatauv(L, size, 1);
    memset(object, 0, size);
    int type = luaL_getmetatable(L, name);
    if (type != LUA_TTABLE)
        luaL_error(L, "type %s is not registered", name);
    lua_setmetatable(L, -2);
    return object;
}

static int l_tostring(lua_State *L)
{
    void **object = lua_touserdata(L, 1);
    const char *name = lua_tostring(L, lua_upvalueindex(1));
    if (!object || !*object)
        lua_pushfstring(L, "%s (closed)", name);
    else
        lua_pushfstring(L, "%s: %p", name, (void *)object);
    return 1;
}

void clnrm_newtype(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close)
{
    luaL_newmetatable(L, name); /* meta */
    lua_newtable(L);            /* meta methods */
    luaL_setfuncs(L, methods, 0);
    if (close) {
        lua_pushcfunction(L, close);
        lua_setfield(L, -2, "close");
        lua_pushcfunction(L, close);
        lua_setfield(L, -3, "__close");
        lua_pushcfunction(L, close);
        lua_setfield(L, -3, "__gc");
    }
    lua_setfield(L, -2, "__index"); /* meta */
    lua_pushstring(L, name);
    lua_pushcclosure(L, l_tostring, 1);
    lua_setfield(L, -2, "__tostring");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

int clnrm_newmodule(lua_State *L, const char *name, const luaL_Reg *functions,
                    const luaL_Reg *methods, lua_CFunction close)
{
    if (methods)
        clnrm_newtype(L, name, methods, close);
    lua_newtable(L);
    luaL_setfuncs(L, functions, 0);
    return 1;
}

void clnrm_push_array_mark(lua_State *L)
{
    if (luaL_newmetatable(L, "core.array")) { /* mark */
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
}

void clnrm_push_error(lua_State *L, const char *op, const char *code, const char *message)
{
    lua_createtable(L, 0, 3);
    lua_pushstring(L, code);
    lua_setfield(L, -2, "code");
    lua_pushstring(L, message);
    lua_setfield(L, -2, "message");
    lua_pushstring(L, op);
    lua_setfield(L, -2, "op");
    luaL_setmetatable(L, "core.Error");
}

const char *clnrm_code(int status)
{
    const char *name = clnrm_status_name(status);
    char known[64];
    if (name || strncmp(uv_err_name_r(status, known, sizeof(known)), "Unknown", 7) != 0)
        return name ? name : uv_err_name(status);
    name = strerrorname_np(-status); /* libuv does not know them all: EDQUOT, ESTALE */
    return name ? name : "EUNKNOWN";
}

const char *clnrm_reason(int status)
{
    const char *text = clnrm_status_text(status);
    char known[64];
    if (text || strncmp(uv_err_name_r(status, known, sizeof(known)), "Unknown", 7) != 0)
        return text ? text : uv_strerror(status);
    text = strerrordesc_np(-status);
    return text ? text : "unknown error";
}

int clnrm_fail(lua_State *L, const char *op, int status)
{
    lua_pushnil(L);
    clnrm_push_error(L, op, clnrm_code(status), clnrm_reason(status));
    return 2;
}

int clnrm_failf(lua_State *L, const char *op, const char *code, const char *fmt, ...)
{
    char message[MESSAGE_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    lua_pushnil(L);
    clnrm_push_error(L, op, code, message);
    return 2;
}

static bool is_listed(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

void clnrm_opt_check(lua_State *L, int arg, const char *const *names)
{
    if (lua_isnoneornil(L, arg))
        return;
    luaL_checktype(L, arg, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        if (!name || !is_listed(name, names))
            luaL_argerror(L, arg, lua_pushfstring(L, "unknown option '%s'", name ? name : "?"));
    }
}

/* Pushes the option's value; false (and nothing pushed) when it is absent. */
static bool push_option(lua_State *L, int arg, const char *name)
{
    if (lua_isnoneornil(L, arg))
        return false;
    if (lua_getfield(L, arg, name) != LUA_TNIL)
        return true;
    lua_pop(L, 1);
    return false;
}

static void type_error(lua_State *L, int arg, const char *name, const char *wanted)
{
    luaL_argerror(L, arg, lua_pushfstring(L, "option '%s' must be %s", name, wanted));
}

lua_Integer clnrm_opt_integer(lua_State *L, int arg, const char *name, lua_Integer fallback)
{
    if (!push_option(L, arg, name))
        return fallback;
    int is_integer = 0;
    lua_Integer value = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer || lua_type(L, -1) != LUA_TNUMBER)
        type_error(L, arg, name, "an integer");
    lua_pop(L, 1);
    return value;
}

lua_Number clnrm_opt_number(lua_State *L, int arg, const char *name, lua_Number fallback)
{
    if (!push_option(L, arg, name))
        return fallback;
    if (lua_type(L, -1) != LUA_TNUMBER)
        type_error(L, arg, name, "a number");
    lua_Number value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return value;
}

bool clnrm_opt_boolean(lua_State *L, int arg, const char *name, bool fallback)
{
    if (!push_option(L, arg, name))
        return fallback;
    if (lua_type(L, -1) != LUA_TBOOLEAN)
        type_error(L, arg, name, "a boolean");
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

const char *clnrm_opt_text(lua_State *L, int arg, const char *name, const char *fallback,
                           size_t *len)
{
    if (!push_option(L, arg, name)) {
        if (len)
            *len = fallback ? strlen(fallback) : 0;
        return fallback;
    }
    if (lua_type(L, -1) != LUA_TSTRING)
        type_error(L, arg, name, "a string");
    const char *value = lua_tolstring(L, -1, len);
    lua_pop(L, 1);
    return value;
}
