/* bind_version.c -- Lua module core.version over core/version.h.
 * Types: stdlib/_meta/version.lua. */
#include "bind/bind.h"
#include "core/version.h"

static int l_number(lua_State *L) /* number() -> string: "1.2.3" */
{
    lua_pushstring(L, clnrm_version_number());
    return 1;
}

static int l_build(lua_State *L) /* build() -> bytes | nil */
{
    unsigned char id[CLNRM_BUILD_MAX];
    size_t len = clnrm_version_build(id);
    if (len > 0)
        lua_pushlstring(L, (const char *)id, len);
    else
        lua_pushnil(L);
    return 1;
}

static int l_describe(lua_State *L) /* describe() -> table: the build and the linked libraries */
{
    struct clnrm_library libraries[CLNRM_LIBRARIES_MAX];
    size_t count = clnrm_version_libraries(libraries);
    lua_createtable(L, 0, 5); /* about */
    lua_pushstring(L, clnrm_version_number());
    lua_setfield(L, -2, "version");
    lua_pushstring(L, clnrm_version_variant());
    lua_setfield(L, -2, "variant");
    lua_pushstring(L, clnrm_version_compiler());
    lua_setfield(L, -2, "compiler");
    lua_pushliteral(L, LUA_RELEASE);
    lua_setfield(L, -2, "lua");
    lua_createtable(L, (int)count, 0); /* about libraries */
    for (size_t i = 0; i < count; i++) {
        lua_createtable(L, 0, 2);
        lua_pushstring(L, libraries[i].name);
        lua_setfield(L, -2, "name");
        lua_pushstring(L, libraries[i].version);
        lua_setfield(L, -2, "version");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "libraries");
    return 1;
}

int luaopen_core_version(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"build", l_build}, {"describe", l_describe}, {"number", l_number}, {0}};
    return clnrm_newmodule(L, "core.version", functions, NULL, NULL);
}
