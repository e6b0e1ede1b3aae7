/* bind_fs.c -- Lua module core.fs over core/fs.h.  Types: stdlib/_meta/fs.lua.
 *
 * Most functions are there twice: fs.read(path) anywhere, root:read(path) below a root only.  The
 * one C function takes its place from the arguments. */
#include "bind/fs_file.h"
#include "bind/fs_target.h"
#include "bind/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define LIST "core.fs.list"

struct list_ud {
    struct clnrm_fs_list list;
};

/* read(path [, {max=, nofollow=, nolinks=, owned=}]) -> bytes | nil, err */
static int l_read(lua_State *L)
{
    static const char *const names[] = {"max", "nofollow", "nolinks", "owned", NULL};
    static const char key;
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.read");
    clnrm_opt_check(L, t.next, names);
    size_t max = (size_t)clnrm_fs_check_max(L, t.next, CLNRM_FS_READ_MAX);
    bool nofollow = clnrm_opt_boolean(L, t.next, "nofollow", false);
    t.place.no_links = clnrm_opt_boolean(L, t.next, "nolinks", false);
    t.place.owned = clnrm_opt_boolean(L, t.next, "owned", false);
    struct clnrm_buf *b = clnrm_scratch(L, &key, max);
    int status = t.status ? t.status : clnrm_fs_read(&t.place, nofollow, b);
    if (status < 0)
        return clnrm_fs_fail(L, t.op, t.place.path, status);
    clnrm_scratch_push(L, b);
    return 1;
}

/* write_atomic(path, data [, {mode=, sync=, nofollow=}]) -> true | nil, err */
static int l_write_atomic(lua_State *L)
{
    static const char *const names[] = {"mode", "sync", "nofollow", NULL};
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.write_atomic");
    struct clnrm_slice data;
    data.data = luaL_checklstring(L, t.next, &data.len);
    clnrm_opt_check(L, t.next + 1, names);
    int mode = clnrm_fs_check_new_mode(L, t.next + 1);
    bool sync = clnrm_opt_boolean(L, t.next + 1, "sync", true);
    t.place.nofollow = clnrm_opt_boolean(L, t.next + 1, "nofollow", false);
    return clnrm_fs_done(L, &t,
                         t.status ? t.status : clnrm_fs_write_atomic(&t.place, data, mode, sync));
}

static int l_append(lua_State *L) /* append(path, data [, {mode=}]) -> true | nil, err */
{
    static const char *const names[] = {"mode", NULL};
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.append");
    struct clnrm_slice data;
    data.data = luaL_checklstring(L, t.next, &data.len);
    clnrm_opt_check(L, t.next + 1, names);
    mode_t mode = clnrm_fs_check_mode(L, t.next + 1, "mode", 0666);
    return clnrm_fs_done(L, &t, t.status ? t.status : clnrm_fs_append(&t.place, data, mode));
}

static int l_copy(lua_State *L) /* copy(from, to [, {mode=, max=}]) -> true | nil, err */
{
    static const char *const names[] = {"mode", "max", NULL};
    struct clnrm_fs_target from = clnrm_fs_check_target(L, "fs.copy"),
                           to = clnrm_fs_check_second(L, &from);
    int options = from.next + 1;
    clnrm_opt_check(L, options, names);
    int mode = clnrm_fs_check_new_mode(L, options);
    lua_Integer max = clnrm_fs_check_max(L, options, CLNRM_FS_COPY_MAX);
    int status = to.status ? to.status : clnrm_fs_copy(&from.place, &to.place, mode, max);
    return clnrm_fs_done(L, &from, status);
}

static int l_rename(lua_State *L) /* rename(from, to) -> true | nil, err */
{
    struct clnrm_fs_target from = clnrm_fs_check_target(L, "fs.rename"),
                           to = clnrm_fs_check_second(L, &from);
    return clnrm_fs_done(L, &from, to.status ? to.status : clnrm_fs_rename(&from.place, &to.place));
}

static int l_mkdir_p(lua_State *L) /* mkdir_p(path [, {mode=}]) -> true | nil, err */
{
    static const char *const names[] = {"mode", NULL};
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.mkdir_p");
    clnrm_opt_check(L, t.next, names);
    mode_t mode = clnrm_fs_check_mode(L, t.next, "mode", 0777);
    return clnrm_fs_done(L, &t, t.status ? t.status : clnrm_fs_mkdir_p(&t.place, mode));
}

static int l_remove(lua_State *L) /* remove(path) -> true | nil, err */
{
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.remove");
    return clnrm_fs_done(L, &t, t.status ? t.status : clnrm_fs_remove(&t.place));
}

static int l_remove_tree(lua_State *L) /* remove_tree(path [, {max=}]) -> true | nil, err */
{
    static const char *const names[] = {"max", NULL};
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.remove_tree");
    clnrm_opt_check(L, t.next, names);
    size_t max = (size_t)clnrm_fs_check_max(L, t.next, CLNRM_FS_ENTRIES_MAX);
    return clnrm_fs_done(L, &t, t.status ? t.status : clnrm_fs_remove_tree(&t.place, max));
}

static int l_chmod(lua_State *L) /* chmod(path, mode) -> true | nil, err */
{
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.chmod");
    lua_Integer mode = luaL_checkinteger(L, t.next);
    luaL_argcheck(L, mode >= 0 && mode <= 07777, t.next, "mode out of range");
    return clnrm_fs_done(L, &t, t.status ? t.status : clnrm_fs_chmod(&t.place, (mode_t)mode));
}

static int l_chown(lua_State *L) /* chown(path, uid, gid) -> true | nil, err */
{
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.chown");
    lua_Integer uid = luaL_checkinteger(L, t.next), gid = luaL_checkinteger(L, t.next + 1);
    luaL_argcheck(L, uid >= 0 && uid < UINT32_MAX, t.next, "user out of range");
    luaL_argcheck(L, gid >= 0 && gid < UINT32_MAX, t.next + 1, "group out of range");
    return clnrm_fs_done(L, &t,
                         t.status ? t.status : clnrm_fs_chown(&t.place, (uid_t)uid, (gid_t)gid));
}

static int l_symlink(lua_State *L) /* symlink(path, target) -> true | nil, err */
{
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.symlink");
    const char *target = clnrm_fs_check_path(L, t.next, &t.status);
    return clnrm_fs_done(L, &t, t.status ? t.status : clnrm_fs_symlink(target, &t.place));
}

static int l_readlink(lua_State *L) /* readlink(path) -> target | nil, err */
{
    static const char key;
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.readlink");
    struct clnrm_buf *b = clnrm_scratch(L, &key, PATH_MAX);
    int status = t.status ? t.status : clnrm_fs_readlink(&t.place, b);
    if (status < 0)
        return clnrm_fs_fail(L, t.op, t.place.path, status);
    clnrm_scratch_push(L, b);
    return 1;
}

static int push_stat(lua_State *L, const char *op, bool nofollow)
{
    struct clnrm_fs_stat st;
    struct clnrm_fs_target t = clnrm_fs_check_target(L, op);
    int status = t.status ? t.status : clnrm_fs_stat(&t.place, nofollow, &st);
    if (status < 0)
        return clnrm_fs_fail(L, t.op, t.place.path, status);
    clnrm_fs_push_stat(L, &st);
    return 1;
}

static int l_stat(lua_State *L) /* stat(path) -> stat | nil, err */
{
    return push_stat(L, "fs.stat", false);
}

static int l_lstat(lua_State *L) /* lstat(path) -> stat | nil, err: of a link itself */
{
    return push_stat(L, "fs.lstat", true);
}

static int l_exists(lua_State *L) /* exists(path) -> boolean | nil, err */
{
    struct clnrm_fs_stat st;
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.exists");
    int status = t.status ? t.status : clnrm_fs_stat(&t.place, false, &st);
    if (status < 0 && status != -ENOENT && status != -ENOTDIR)
        return clnrm_fs_fail(L, t.op, t.place.path, status);
    lua_pushboolean(L, status == 0);
    return 1;
}

static void set_count(lua_State *L, const char *name, uint64_t n)
{
    lua_pushinteger(L, n > LUA_MAXINTEGER ? LUA_MAXINTEGER : (lua_Integer)n);
    lua_setfield(L, -2, name);
}

static int l_space(lua_State *L) /* space(path) -> space | nil, err */
{
    struct clnrm_fs_space space;
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.space");
    int status = t.status ? t.status : clnrm_fs_space(&t.place, &space);
    if (status < 0)
        return clnrm_fs_fail(L, t.op, t.place.path, status);
    lua_createtable(L, 0, 4);
    set_count(L, "total", space.total);
    set_count(L, "free", space.free);
    if (space.files_free != UINT64_MAX)
        set_count(L, "files_free", space.files_free);
    lua_pushboolean(L, space.is_read_only);
    lua_setfield(L, -2, "is_read_only");
    return 1;
}

static int l_list_gc(lua_State *L)
{
    struct list_ud *ud = luaL_checkudata(L, 1, LIST);
    clnrm_fs_list_free(&ud->list);
    return 0;
}

static int l_scandir(lua_State *L) /* scandir(path [, {max=, stat=, nolinks=}]) -> entries */
{
    static const char *const names[] = {"max", "stat", "nolinks", NULL};
    struct clnrm_fs_target t = clnrm_fs_check_target(L, "fs.scandir");
    clnrm_opt_check(L, t.next, names);
    size_t max = (size_t)clnrm_fs_check_max(L, t.next, CLNRM_FS_ENTRIES_MAX);
    bool with_stat = clnrm_opt_boolean(L, t.next, "stat", false);
    t.place.no_links = clnrm_opt_boolean(L, t.next, "nolinks", false);
    struct list_ud *ud = clnrm_newobject(L, LIST, sizeof(*ud));
    int status = t.status ? t.status : clnrm_fs_scandir(&t.place, max, with_stat, &ud->list);
    if (status < 0)
        return clnrm_fs_fail(L, t.op, t.place.path, status);
    lua_createtable(L, (int)ud->list.count, 0); /* list entries */
    for (size_t i = 0; i < ud->list.count; i++) {
        const struct clnrm_fs_entry *entry = &ud->list.entries[i];
        lua_createtable(L, 0, with_stat ? 4 : 2); /* list entries entry */
        lua_pushstring(L, entry->name);
        lua_setfield(L, -2, "name");
        lua_pushstring(L, clnrm_fs_kind_name(entry->kind));
        lua_setfield(L, -2, "type");
        if (with_stat) {
            lua_pushinteger(L, entry->size);
            lua_setfield(L, -2, "size");
            lua_pushinteger(L, entry->mtime_ns);
            lua_setfield(L, -2, "mtime_ns");
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    clnrm_fs_list_free(&ud->list);
    return 1;
}

static int l_realpath(lua_State *L) /* realpath(path) -> path | nil, err */
{
    char real[PATH_MAX];
    int status = 0;
    const char *path = clnrm_fs_check_path(L, 1, &status);
    if (status == 0 && !realpath(path, real))
        status = -errno;
    if (status < 0)
        return clnrm_fs_fail(L, "fs.realpath", path, status);
    lua_pushstring(L, real);
    return 1;
}

static int l_getcwd(lua_State *L) /* getcwd() -> path | nil, err */
{
    char path[PATH_MAX];
    clnrm_fs_count(1);
    if (!getcwd(path, sizeof(path)))
        return clnrm_fail(L, "fs.getcwd", -errno);
    lua_pushstring(L, path);
    return 1;
}

static int l_calls(lua_State *L) /* calls() -> integer: of functions that look at files */
{
    lua_pushinteger(L, clnrm_fs_count(0));
    return 1;
}

static int l_chdir(lua_State *L) /* chdir(path) -> true | nil, err */
{
    struct clnrm_fs_target t = {.op = "fs.chdir"};
    t.place.path = clnrm_fs_check_path(L, 1, &t.status);
    return clnrm_fs_done(L, &t, t.status ? t.status : chdir(t.place.path) < 0 ? -errno : 0);
}

static int l_tempdir(lua_State *L) /* tempdir([{parent=, prefix=}]) -> path | nil, err */
{
    static const char *const names[] = {"parent", "prefix", NULL};
    char path[PATH_MAX];
    clnrm_fs_count(1);
    clnrm_opt_check(L, 1, names);
    const char *env = getenv("TMPDIR");
    const char *parent = clnrm_opt_text(L, 1, "parent", env && *env ? env : "/tmp", NULL);
    const char *prefix = clnrm_opt_text(L, 1, "prefix", "clnrm-", NULL);
    luaL_argcheck(L, !strchr(prefix, '/'), 1, "a prefix has no slash");
    int n = snprintf(path, sizeof(path), "%s/%sXXXXXX", parent, prefix);
    if (n < 0 || (size_t)n >= sizeof(path))
        return clnrm_fs_fail(L, "fs.tempdir", parent, -ENAMETOOLONG);
    if (!mkdtemp(path))
        return clnrm_fs_fail(L, "fs.tempdir", parent, -errno);
    lua_pushstring(L, path);
    return 1;
}

static int l_open_root(lua_State *L) /* open_root(path [, {nolinks=}]) -> root | nil, err */
{
    static const char *const names[] = {"nolinks", NULL};
    int status = 0;
    const char *path = clnrm_fs_check_path(L, 1, &status);
    clnrm_opt_check(L, 2, names);
    struct clnrm_fs_root *ud = clnrm_newobject(L, CLNRM_FS_ROOT, sizeof(*ud));
    struct clnrm_fs_place at = {.dir = AT_FDCWD, .path = path};
    at.no_links = clnrm_opt_boolean(L, 2, "nolinks", false);
    status = status ? status : clnrm_fs_open(&at, O_PATH | O_DIRECTORY, 0, &ud->fd);
    if (status < 0)
        return clnrm_fs_fail(L, "fs.open_root", path, status);
    ud->path = clnrm_xstrdup(path);
    return 1;
}

static int l_close(lua_State *L) /* root:close(), __close and __gc */
{
    struct clnrm_fs_root *ud = luaL_checkudata(L, 1, CLNRM_FS_ROOT);
    if (ud->path)
        close(ud->fd);
    free(ud->path);
    ud->path = NULL;
    return 0;
}

int luaopen_core_fs(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"append", l_append},
        {"chmod", l_chmod},
        {"chown", l_chown},
        {"copy", l_copy},
        {"exists", l_exists},
        {"lstat", l_lstat},
        {"mkdir_p", l_mkdir_p},
        {"open", clnrm_fs_file_open},
        {"read", l_read},
        {"readlink", l_readlink},
        {"remove", l_remove},
        {"remove_tree", l_remove_tree},
        {"rename", l_rename},
        {"scandir", l_scandir},
        {"space", l_space},
        {"stat", l_stat},
        {"symlink", l_symlink},
        {"write_atomic", l_write_atomic},
        {0},
    };
    static const luaL_Reg functions[] = {
        {"calls", l_calls},
        {"chdir", l_chdir},
        {"getcwd", l_getcwd},
        {"open_root", l_open_root},
        {"realpath", l_realpath},
        {"tempdir", l_tempdir},
        {0},
    };
    static const luaL_Reg none[] = {{0}};
    clnrm_newtype(L, LIST, none, l_list_gc);
    clnrm_fs_file_newtype(L);
    clnrm_newmodule(L, CLNRM_FS_ROOT, functions, methods, l_close); /* module */
    luaL_setfuncs(L, methods, 0);
    return 1;
}
