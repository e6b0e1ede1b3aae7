/* bind_archive.c -- Lua module core.archive over core/unpack.h, archive_list.h and tree_digest.h.
 * Types: stdlib/_meta/archive.lua.
 *
 * What reads much runs in a thread: see archive_job.h. */
#include "bind/archive_job.h"
#include "core/encoding.h"
#include "core/tree_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_MAX ((lua_Integer)16 << 20)

static const char *check_path(lua_State *L, int arg)
{
    size_t len;
    const char *path = luaL_checklstring(L, arg, &len);
    luaL_argcheck(L, strlen(path) == len, arg, "a path has no NUL");
    return path;
}

static int open_file(lua_State *L, struct clnrm_archive_job *j, const char *path)
{
    struct clnrm_fs_place at = {.dir = AT_FDCWD, .path = path};
    int status = clnrm_layer_library(&j->layer.lib);
    if (status == 0)
        status = clnrm_fs_open_file(&at, false, &j->fd);
    (void)L;
    return status;
}

static void begin_layer(struct clnrm_archive_job *j, int64_t offset, int64_t size, int64_t max)
{
    j->layer.part = (struct clnrm_layer_part){j->fd, offset, size};
    j->layer.cancel = &j->cancel;
    j->layer.out_max = max;
}

static int run_list(struct clnrm_archive_job *j)
{
    int status = clnrm_layer_open(&j->layer, true);
    if (status == 0)
        status = clnrm_archive_list(&j->layer, &j->list);
    clnrm_layer_close(&j->layer);
    return status;
}

static void set_text(lua_State *L, const char *name, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, int64_t number)
{
    lua_pushinteger(L, (lua_Integer)number);
    lua_setfield(L, -2, name);
}

static void set_hex(lua_State *L, const char *name, const struct clnrm_digest *digest)
{
    char text[2 * CLNRM_HASH_SIZE_MAX + 1] = "";
    for (size_t i = 0; i < digest->len; i++)
        snprintf(text + 2 * i, 3, "%02x", digest->bytes[i]);
    set_text(L, name, text);
}

static const char *kind_name(char kind)
{
    switch (kind) {
    case 'f':
        return "file";
    case 'd':
        return "directory";
    case 'l':
        return "link";
    case 'h':
        return "hardlink";
    case 's':
        return "sparse";
    default:
        return "other";
    }
}

static int push_list(lua_State *L, struct clnrm_archive_job *j)
{
    lua_createtable(L, (int)j->list.count, 2);
    set_number(L, "bytes", j->layer.out);
    set_number(L, "read", j->layer.in);
    for (size_t i = 0; i < j->list.count; i++) {
        const struct clnrm_archive_item *item = &j->list.items[i];
        lua_createtable(L, 0, 5);
        set_text(L, "name", item->name);
        set_text(L, "kind", kind_name(item->kind));
        if (*item->link)
            set_text(L, "link", item->link);
        set_number(L, "size", item->size);
        set_number(L, "offset", item->offset);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int l_list(lua_State *L) /* list(path) -> {entries, bytes=, read=} | nil, err */
{
    const char *path = check_path(L, 1);
    struct clnrm_archive_job *j = clnrm_archive_job_new(L, "archive.list");
    int status = open_file(L, j, path);
    if (status < 0)
        return clnrm_archive_job_fail(L, j, status);
    begin_layer(j, 0, -1, 4 * CLNRM_UNPACK_BYTES_MAX);
    j->run = run_list;
    j->push = push_list;
    return clnrm_archive_job_start(L, j);
}

static int run_inflate(struct clnrm_archive_job *j)
{
    int status = clnrm_layer_open(&j->layer, false);
    if (status == 0)
        status = clnrm_archive_inflate(&j->layer, j->dir);
    clnrm_layer_close(&j->layer);
    return status;
}

static int push_bytes(lua_State *L, struct clnrm_archive_job *j)
{
    lua_pushinteger(L, (lua_Integer)j->layer.out);
    return 1;
}

static int l_inflate(lua_State *L) /* inflate(path, to) -> bytes | nil, err */
{
    const char *path = check_path(L, 1), *to = check_path(L, 2);
    struct clnrm_archive_job *j = clnrm_archive_job_new(L, "archive.inflate");
    int status = open_file(L, j, path);
    if (status == 0) {
        j->dir = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        status = j->dir < 0 ? -errno : 0;
    }
    if (status < 0)
        return clnrm_archive_job_fail(L, j, status);
    begin_layer(j, 0, -1, CLNRM_UNPACK_BYTES_MAX);
    j->run = run_inflate;
    j->push = push_bytes;
    return clnrm_archive_job_start(L, j);
}

static int run_unpack(struct clnrm_archive_job *j)
{
    int status = clnrm_layer_open(&j->layer, true);
    if (status == 0)
        status = clnrm_unpack(&j->layer, j->dir, j->files, j->bytes, &j->unpacked);
    clnrm_layer_close(&j->layer);
    if (status == 0)
        status = clnrm_hash_finish(j->layer.raw, &j->raw);
    if (status == 0)
        status = clnrm_hash_finish(j->layer.plain, &j->plain);
    return status;
}

static int push_unpacked(lua_State *L, struct clnrm_archive_job *j)
{
    lua_createtable(L, 0, 6);
    set_number(L, "files", j->unpacked.files);
    set_number(L, "bytes", j->unpacked.bytes);
    set_number(L, "devices", j->unpacked.devices);
    set_number(L, "fifos", j->unpacked.fifos);
    set_hex(L, "raw", &j->raw);
    set_hex(L, "plain", &j->plain);
    return 1;
}

/* unpack(path, into [, {offset=, size=, files=, bytes=}]) -> {files=, ...} | nil, err */
static int l_unpack(lua_State *L)
{
    static const char *const names[] = {"offset", "size", "files", "bytes", NULL};
    const char *path = check_path(L, 1), *into = check_path(L, 2);
    clnrm_opt_check(L, 3, names);
    int64_t offset = clnrm_opt_integer(L, 3, "offset", 0),
            size = clnrm_opt_integer(L, 3, "size", -1);
    struct clnrm_archive_job *j = clnrm_archive_job_new(L, "archive.unpack");
    j->files = clnrm_opt_integer(L, 3, "files", CLNRM_UNPACK_FILES_MAX);
    j->bytes = clnrm_opt_integer(L, 3, "bytes", CLNRM_UNPACK_BYTES_MAX);
    luaL_argcheck(L, offset >= 0 && size >= -1, 3, "offset or size out of range");
    int status = open_file(L, j, path);
    if (status == 0)
        status = clnrm_hash_open(CLNRM_HASH_SHA256, &j->layer.raw);
    if (status == 0)
        status = clnrm_hash_open(CLNRM_HASH_SHA256, &j->layer.plain);
    if (status == 0) {
        j->dir = open(into, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        status = j->dir < 0 ? -errno : 0;
    }
    if (status < 0)
        return clnrm_archive_job_fail(L, j, status);
    begin_layer(j, offset, size, 2 * CLNRM_UNPACK_BYTES_MAX);
    j->run = run_unpack;
    j->push = push_unpacked;
    return clnrm_archive_job_start(L, j);
}

static int run_tree(struct clnrm_archive_job *j)
{
    return clnrm_tree_digest(j->dir, j->wants_full, &j->cancel, &j->digest);
}

static int push_tree(lua_State *L, struct clnrm_archive_job *j)
{
    lua_createtable(L, 0, 4);
    set_hex(L, "quick", &j->digest.quick);
    if (j->wants_full)
        set_hex(L, "full", &j->digest.full);
    set_number(L, "files", j->digest.files);
    set_number(L, "bytes", j->digest.bytes);
    return 1;
}

static int
l_tree(lua_State *L) /* tree(dir [, {full=}]) -> {quick=, full=, files=, bytes=} | nil, err */
{
    static const char *const names[] = {"full", NULL};
    const char *path = check_path(L, 1);
    clnrm_opt_check(L, 2, names);
    struct clnrm_archive_job *j = clnrm_archive_job_new(L, "archive.tree");
    j->wants_full = clnrm_opt_boolean(L, 2, "full", false);
    j->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (j->dir < 0)
        return clnrm_archive_job_fail(L, j, -errno);
    j->run = run_tree;
    j->push = push_tree;
    return clnrm_archive_job_start(L, j);
}

static int run_remove(struct clnrm_archive_job *j)
{
    return clnrm_tree_remove(j->dir, j->name, SIZE_MAX);
}

static int push_true(lua_State *L, struct clnrm_archive_job *j)
{
    (void)j;
    lua_pushboolean(L, 1);
    return 1;
}

static int l_remove(lua_State *L) /* remove(path) -> true | nil, err */
{
    struct clnrm_fs_place at = {.dir = AT_FDCWD, .path = check_path(L, 1)};
    struct clnrm_archive_job *j = clnrm_archive_job_new(L, "archive.remove");
    int status = clnrm_fs_parent(&at, &j->dir, j->name);
    if (status < 0)
        return clnrm_archive_job_fail(L, j, status);
    j->run = run_remove;
    j->push = push_true;
    return clnrm_archive_job_start(L, j);
}

static int l_read(lua_State *L) /* read(path, offset, size) -> bytes | nil, err */
{
    const char *path = check_path(L, 1);
    lua_Integer offset = luaL_checkinteger(L, 2), size = luaL_checkinteger(L, 3);
    luaL_argcheck(L, offset >= 0, 2, "out of range");
    luaL_argcheck(L, size >= 0 && size <= READ_MAX, 3, "out of range");
    struct clnrm_fs_place at = {.dir = AT_FDCWD, .path = path};
    luaL_Buffer b;
    char *to = luaL_buffinitsize(L, &b, (size_t)size);
    int fd, status = clnrm_fs_open_file(&at, false, &fd);
    if (status < 0)
        return clnrm_fail(L, "archive.read", status);
    ssize_t n = pread(fd, to, (size_t)size, offset);
    status = n < 0 ? -errno : n < size ? CLNRM_ESYNTAX : 0;
    close(fd);
    if (status < 0)
        return clnrm_fail(L, "archive.read", status);
    luaL_pushresultsize(&b, (size_t)n);
    return 1;
}

static int
l_stamp(lua_State *L) /* stamp(path) -> text that changes when the file does | nil, err */
{
    struct stat st;
    if (stat(check_path(L, 1), &st) < 0)
        return clnrm_fail(L, "archive.stamp", -errno);
    lua_pushfstring(L, "%I.%I.%I.%I.%I.%I.%I", (LUAI_UACINT)st.st_dev, (LUAI_UACINT)st.st_ino,
                    (LUAI_UACINT)st.st_size, (LUAI_UACINT)st.st_mtim.tv_sec,
                    (LUAI_UACINT)st.st_mtim.tv_nsec, (LUAI_UACINT)st.st_ctim.tv_sec,
                    (LUAI_UACINT)st.st_ctim.tv_nsec);
    return 1;
}

int luaopen_core_archive(lua_State *L)
{
    static const luaL_Reg methods[] = {{0}};
    static const luaL_Reg functions[] = {
        {"inflate", l_inflate}, {"list", l_list}, {"read", l_read},     {"remove", l_remove},
        {"stamp", l_stamp},     {"tree", l_tree}, {"unpack", l_unpack}, {0},
    };
    return clnrm_newmodule(L, CLNRM_ARCHIVE_JOB, functions, methods, clnrm_archive_job_close);
}
