/* bind_embed.c -- Lua module core.embed: finds the modules that are built into the program.
 * Types: stdlib/_meta/embed.lua. */
#include "bind/bind.h"
#include "bind/embed.h"

#include <sys/mman.h>
#include <unistd.h>

static int compare(const void *name, const void *entry)
{
    return strcmp(name, ((const struct clnrm_embedded *)entry)->name);
}

static int l_find(lua_State *L) /* find(module) -> function, file | nil */
{
    const char *name = luaL_checkstring(L, 1);
    const struct clnrm_embedded *e =
        bsearch(name, clnrm_embedded, clnrm_embedded_count, sizeof(*e), compare);
    if (!e)
        return 0;
    const char *chunk = clnrm_embedded_blob + e->offset;
    if (luaL_loadbufferx(L, chunk, e->len, e->file, "b") != LUA_OK)
        return lua_error(L);
    lua_pushstring(L, e->file);
    return 2;
}

static int l_list(lua_State *L) /* list() -> string[]: the names of all modules, sorted */
{
    lua_createtable(L, (int)clnrm_embedded_count, 0);
    for (size_t i = 0; i < clnrm_embedded_count; i++) {
        lua_pushstring(L, clnrm_embedded[i].name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int l_release(lua_State *L) /* release() -> nothing: pages that `find` has read go */
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)clnrm_embedded_blob + page - 1) / page * page;
    const struct clnrm_embedded *last = &clnrm_embedded[clnrm_embedded_count - 1];
    uintptr_t end = (uintptr_t)clnrm_embedded_blob + last->offset + last->len;
    (void)L;
    if (end / page * page > first) /* they are the file's: read again when they are needed */
        (void)madvise((void *)first, end / page * page - first, MADV_DONTNEED);
    return 0;
}

int luaopen_core_embed(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"find", l_find}, {"list", l_list}, {"release", l_release}, {0}};
    return clnrm_newmodule(L, "core.embed", functions, NULL, NULL);
}
