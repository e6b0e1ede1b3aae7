/* fs_target.c -- see fs_target.h for the contract. */
#include "bind/fs_target.h"

#include <errno.h>
#include <fcntl.h>

lua_Integer clnrm_fs_count(int more)
{
    static lua_Integer calls; /* of the one thread that runs Lua */
    calls += more;
    return calls;
}

const char *clnrm_fs_check_path(lua_State *L, int arg, int *status)
{
    size_t len;
    clnrm_fs_count(1);
    const char *path = luaL_checklstring(L, arg, &len);
    if (strlen(path) != len)
        *status = -EINVAL;
    return path;
}

struct clnrm_fs_target clnrm_fs_check_target(lua_State *L, const char *op)
{
    struct clnrm_fs_target t = {.place = {.dir = AT_FDCWD}, .op = op, .next = 2};
    struct clnrm_fs_root *root = luaL_testudata(L, 1, CLNRM_FS_ROOT);
    if (root) {
        luaL_argcheck(L, root->path, 1, "root is closed");
        t.place.dir = root->fd;
        t.place.is_beneath = true;
        t.next = 3;
    }
    t.place.path = clnrm_fs_check_path(L, t.next - 1, &t.status);
    return t;
}

struct clnrm_fs_target clnrm_fs_check_second(lua_State *L, const struct clnrm_fs_target *t)
{
    struct clnrm_fs_target second = *t;
    second.place.path = clnrm_fs_check_path(L, t->next, &second.status);
    return second;
}

int clnrm_fs_fail(lua_State *L, const char *op, const char *path, int status)
{
    clnrm_failf(L, op, clnrm_code(status), "%s: %s", path, clnrm_reason(status));
    lua_createtable(L, 0, 1); /* nil err detail */
    lua_pushstring(L, path);
    lua_setfield(L, -2, "path");
    lua_setfield(L, -2, "detail");
    return 2;
}

int clnrm_fs_done(lua_State *L, const struct clnrm_fs_target *t, int status)
{
    if (status < 0)
        return clnrm_fs_fail(L, t->op, t->place.path, status);
    lua_pushboolean(L, 1);
    return 1;
}

mode_t clnrm_fs_check_mode(lua_State *L, int arg, const char *name, mode_t fallback)
{
    lua_Integer mode = clnrm_opt_integer(L, arg, name, (lua_Integer)fallback);
    luaL_argcheck(L, mode >= 0 && mode <= 07777, arg, "mode out of range");
    return (mode_t)mode;
}

int clnrm_fs_check_new_mode(lua_State *L, int arg)
{
    lua_Integer mode = clnrm_opt_integer(L, arg, "mode", CLNRM_FS_MODE_KEEP);
    luaL_argcheck(L, mode >= CLNRM_FS_MODE_KEEP && mode <= 07777, arg, "mode out of range");
    return (int)mode;
}

lua_Integer clnrm_fs_check_max(lua_State *L, int arg, lua_Integer fallback)
{
    lua_Integer max = clnrm_opt_integer(L, arg, "max", fallback);
    luaL_argcheck(L, max >= 0, arg, "max out of range");
    return max;
}

const char *clnrm_fs_kind_name(char kind)
{
    switch (kind) {
    case 'f':
        return "file";
    case 'd':
        return "directory";
    case 'l':
        return "link";
    case 'p':
        return "fifo";
    case 's':
        return "socket";
    case 'c':
    case 'b':
        return "device";
    default:
        return "unknown";
    }
}

static void set_integer(lua_State *L, const char *name, int64_t value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

void clnrm_fs_push_stat(lua_State *L, const struct clnrm_fs_stat *st)
{
    lua_createtable(L, 0, 9); /* stat */
    lua_pushstring(L, clnrm_fs_kind_name(st->kind));
    lua_setfield(L, -2, "type");
    set_integer(L, "mode", st->mode);
    set_integer(L, "size", st->size);
    set_integer(L, "mtime_ns", st->mtime_ns);
    set_integer(L, "ctime_ns", st->ctime_ns);
    set_integer(L, "ino", (int64_t)st->ino);
    set_integer(L, "dev", (int64_t)st->dev);
    set_integer(L, "nlink", (int64_t)st->nlink);
    set_integer(L, "uid", st->uid);
    set_integer(L, "gid", st->gid);
}
