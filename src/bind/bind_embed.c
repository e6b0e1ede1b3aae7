/* bind_embed.c -- Lua module core.embed: finds the modules that are built into the program.
 * Types: stdlib/_meta/embed.lua. */
#include "base/base.h"
#include "bind/bind.h"
#include "bind/embed.h"
#include "core/packed.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

static int compare(const void *name, const void *entry)
{
    return strcmp(name, ((const struct clnrm_embedded *)entry)->name);
}

/* Loads a module: pushes its function, or an error, and returns as luaL_loadbufferx() does. */
static int load_module(lua_State *L, const struct clnrm_embedded *e)
{
    struct clnrm_packed packed = {
        .data = clnrm_embedded_blob + e->offset,
        .data_len = e->packed,
        .known = clnrm_embedded_blob,
        .known_len = clnrm_embedded_known,
    };
    char *chunk = clnrm_xmalloc(e->len);
    int status = LUA_ERRRUN;
    if (clnrm_packed_read(&packed, chunk, e->len))
        status = luaL_loadbufferx(L, chunk, e->len, e->file, "b"); /* raises nothing */
    free(chunk);
    if (status == LUA_ERRRUN)
        lua_pushfstring(L, "%s in the program is damaged", e->file);
    return status;
}

static int l_find(lua_State *L) /* find(module) -> function, file | nil */
{
    const char *name = luaL_checkstring(L, 1);
    const struct clnrm_embedded *e =
        bsearch(name, clnrm_embedded, clnrm_embedded_count, sizeof(*e), compare);
    if (!e)
        return 0;
    if (load_module(L, e) != LUA_OK)
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

static void release_pages(uintptr_t from, uintptr_t to)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    from = (from + page - 1) / page * page;
    to = to / page * page;
    if (to > from) /* they are the file's: read again when they are needed */
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
}

/* Segments that cannot be written hold nothing but the file's bytes.  What relocations have changed
 * is in one that can. */
static int release_object(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size, (void)data;
    bool is_program = info->dlpi_name[0] == '\0';
    if (!is_program && !strchr(info->dlpi_name, '/'))
        return 0; /* the kernel's own */
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + p->p_vaddr;
        if (p->p_type == PT_LOAD && !(p->p_flags & PF_W))
            release_pages(from, from + p->p_filesz);
    }
    return 0;
}

static int l_release(lua_State *L) /* release() -> nothing: pages of the program's files go */
{
    (void)L;
    dl_iterate_phdr(release_object, NULL);
    return 0;
}

int luaopen_core_embed(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"find", l_find}, {"list", l_list}, {"release", l_release}, {0}};
    return clnrm_newmodule(L, "core.embed", functions, NULL, NULL);
}
