/* fs_file.c -- see fs_file.h for the contract.  Types: stdlib/_meta/fs.lua. */
#include "bind/fs_file.h"
#include "bind/fs_target.h"
#include "bind/scratch.h"

#include <unistd.h>

#define FILE_TYPE "core.fs.file"

struct file_ud {
    char *path; /* NULL once closed; for messages */
    int fd;
};

static struct file_ud *check_file(lua_State *L)
{
    struct file_ud *ud = luaL_checkudata(L, 1, FILE_TYPE);
    luaL_argcheck(L, ud->path, 1, "file is closed");
    clnrm_fs_count(1);
    return ud;
}

int clnrm_fs_file_open(lua_State *L) /* open(path [, {nofollow=, nolinks=, owned=}]) -> file */
{
    static const char *const names[] = {"nofollow", "nolinks", "owned", NULL};
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.open");
    clnrm_opt_check(L, t.next, names);
    bool nofollow = clnrm_opt_boolean(L, t.next, "nofollow", false);
    t.place.no_links = clnrm_opt_boolean(L, t.next, "nolinks", false);
    t.place.owned = clnrm_opt_boolean(L, t.next, "owned", false);
    struct file_ud *ud = clnrm_newobject(L, FILE_TYPE, sizeof(*ud));
    int status = t.status ? t.status : clnrm_fs_open_file(&t.place, nofollow, &ud->fd);
    if (status < 0)
        return clnrm_fs_fail(L, t.op, t.place.path, status);
    ud->path = clnrm_xstrdup(t.place.path);
    return 1;
}

static int l_read(lua_State *L) /* file:read(offset, size) -> bytes | nil, err */
{
    static const char key;
    struct file_ud *ud = check_file(L);
    lua_Integer offset = luaL_checkinteger(L, 2), size = luaL_checkinteger(L, 3);
    luaL_argcheck(L, offset >= 0, 2, "out of range");
    luaL_argcheck(L, size >= 0 && size <= (lua_Integer)CLNRM_FS_READ_MAX, 3, "out of range");
    struct clnrm_buf *b = clnrm_scratch(L, &key, (size_t)size);
    int status = clnrm_fs_pread(ud->fd, offset, (size_t)size, b);
    if (status < 0)
        return clnrm_fs_fail(L, "fs.read", ud->path, status);
    clnrm_scratch_push(L, b);
    return 1;
}

static int l_stat(lua_State *L) /* file:stat() -> stat | nil, err */
{
    struct clnrm_fs_stat st;
    struct file_ud *ud = check_file(L);
    int status = clnrm_fs_stat_fd(ud->fd, &st);
    if (status < 0)
        return clnrm_fs_fail(L, "fs.stat", ud->path, status);
    clnrm_fs_push_stat(L, &st);
    return 1;
}

static int l_close(lua_State *L) /* file:close(), __close and __gc */
{
    struct file_ud *ud = luaL_checkudata(L, 1, FILE_TYPE);
    if (ud->path)
        close(ud->fd);
    free(ud->path);
    ud->path = NULL;
    return 0;
}

void clnrm_fs_file_newtype(lua_State *L)
{
    static const luaL_Reg methods[] = {{"read", l_read}, {"stat", l_stat}, {0}};
    clnrm_newtype(L, FILE_TYPE, methods, l_close);
}
