/* bind_hash.c -- Lua module core.hash over core/hash.h and encoding.h.  Types: stdlib/_meta/hash.lua. */
#include "bind/bind.h"
#include "bind/scratch.h"
#include "core/encoding.h"
#include "core/hash.h"
#include "core/plugin.h"

#include <errno.h>
#include <fcntl.h>

#define TYPE "core.hash"
#define TEXT_MAX ((size_t)1 << 30)
#define FILE_MAX ((lua_Integer)1 << 40)

struct hash_ud {
    struct clnrm_hash *core; /* NULL once closed */
};

static const char *const kind_names[] = {"xxh3", "xxh128", "sha256", NULL}; /* as clnrm_hash_kind */

static struct clnrm_slice check_slice(lua_State *L, int arg)
{
    struct clnrm_slice s;
    s.data = luaL_checklstring(L, arg, &s.len);
    return s;
}

static int fail(lua_State *L, const char *op, int status)
{
    if (status == CLNRM_EPLUGIN)
        return clnrm_failf(L, op, "EPLUGIN", "SHA-256 cannot be had: %s", clnrm_plugin_error());
    return clnrm_fail(L, op, status);
}

static struct clnrm_buf *scratch(lua_State *L)
{
    static const char key;
    return clnrm_scratch(L, &key, TEXT_MAX);
}

static void push_hex(lua_State *L, const struct clnrm_digest *digest)
{
    struct clnrm_buf *b = scratch(L);
    clnrm_hex_print((struct clnrm_slice){(const char *)digest->bytes, digest->len}, b);
    clnrm_scratch_push(L, b);
}

static int push_digest(lua_State *L, const char *op, enum clnrm_hash_kind kind)
{
    struct clnrm_digest digest;
    int status = clnrm_hash_bytes(kind, check_slice(L, 1), &digest);
    if (status < 0)
        return fail(L, op, status);
    push_hex(L, &digest);
    return 1;
}

static int l_xxh3(lua_State *L) /* xxh3(bytes) -> 16 hex digits */
{
    return push_digest(L, "hash.xxh3", CLNRM_HASH_XXH3);
}

static int l_xxh128(lua_State *L) /* xxh128(bytes) -> 32 hex digits */
{
    return push_digest(L, "hash.xxh128", CLNRM_HASH_XXH128);
}

static int l_sha256(lua_State *L) /* sha256(bytes) -> 64 hex digits | nil, err */
{
    return push_digest(L, "hash.sha256", CLNRM_HASH_SHA256);
}

static int l_integer(lua_State *L) /* integer(bytes) -> xxh3 as an integer */
{
    lua_pushinteger(L, (lua_Integer)clnrm_hash_integer(check_slice(L, 1)));
    return 1;
}

static int l_file(lua_State *L) /* file(kind, path [, {max=}]) -> hex digits | nil, err */
{
    static const char *const names[] = {"max", NULL};
    enum clnrm_hash_kind kind = (enum clnrm_hash_kind)luaL_checkoption(L, 1, NULL, kind_names);
    struct clnrm_slice path = check_slice(L, 2);
    struct clnrm_fs_place at = {.dir = AT_FDCWD, .path = path.data};
    struct clnrm_digest digest;
    clnrm_opt_check(L, 3, names);
    lua_Integer max = clnrm_opt_integer(L, 3, "max", FILE_MAX);
    luaL_argcheck(L, max >= 0, 3, "max out of range");
    int status = strlen(path.data) == path.len ? clnrm_hash_file(kind, &at, max, &digest) : -EINVAL;
    if (status == 0) {
        push_hex(L, &digest);
        return 1;
    }
    if (status == CLNRM_EPLUGIN)
        return fail(L, "hash.file", status);
    return clnrm_failf(L, "hash.file", clnrm_code(status), "%s: %s", path.data,
                       clnrm_reason(status));
}

static int l_open(lua_State *L) /* open(kind) -> hasher | nil, err */
{
    enum clnrm_hash_kind kind = (enum clnrm_hash_kind)luaL_checkoption(L, 1, NULL, kind_names);
    struct hash_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_hash_open(kind, &ud->core);
    return status < 0 ? fail(L, "hash.open", status) : 1;
}

static struct hash_ud *check_hasher(lua_State *L)
{
    struct hash_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "hasher is closed");
    return ud;
}

static int l_add(lua_State *L) /* hasher:add(bytes) -> hasher | nil, err */
{
    struct hash_ud *ud = check_hasher(L);
    int status = clnrm_hash_add(ud->core, check_slice(L, 2));
    lua_settop(L, 1);
    return status < 0 ? fail(L, "hash.add", status) : 1;
}

static int l_close(lua_State *L) /* hasher:close(), __close and __gc */
{
    struct hash_ud *ud = luaL_checkudata(L, 1, TYPE);
    clnrm_hash_close(ud->core);
    ud->core = NULL;
    return 0;
}

static int l_finish(lua_State *L) /* hasher:finish() -> hex digits | nil, err; closes the hasher */
{
    struct hash_ud *ud = check_hasher(L);
    struct clnrm_digest digest;
    int status = clnrm_hash_finish(ud->core, &digest);
    clnrm_hash_close(ud->core);
    ud->core = NULL;
    if (status < 0)
        return fail(L, "hash.finish", status);
    push_hex(L, &digest);
    return 1;
}

typedef int convert_fn(struct clnrm_slice, struct clnrm_buf *);

static int convert(lua_State *L, const char *op, convert_fn *function)
{
    struct clnrm_slice in = check_slice(L, 1);
    struct clnrm_buf *b = scratch(L);
    int status = function(in, b);
    if (status < 0)
        return clnrm_fail(L, op, status);
    clnrm_scratch_push(L, b);
    return 1;
}

static int l_hex(lua_State *L) /* hex(bytes) -> text | nil, err */
{
    return convert(L, "hash.hex", clnrm_hex_print);
}

static int l_unhex(lua_State *L) /* unhex(text) -> bytes | nil, err */
{
    return convert(L, "hash.unhex", clnrm_hex_parse);
}

static int l_base64(lua_State *L) /* base64(bytes) -> text | nil, err */
{
    return convert(L, "hash.base64", clnrm_base64_print);
}

static int l_unbase64(lua_State *L) /* unbase64(text) -> bytes | nil, err */
{
    return convert(L, "hash.unbase64", clnrm_base64_parse);
}

int luaopen_core_hash(lua_State *L)
{
    static const luaL_Reg methods[] = {{"add", l_add}, {"finish", l_finish}, {0}};
    static const luaL_Reg functions[] = {
        {"base64", l_base64},
        {"file", l_file},
        {"hex", l_hex},
        {"integer", l_integer},
        {"open", l_open},
        {"sha256", l_sha256},
        {"unhex", l_unhex},
        {"unbase64", l_unbase64},
        {"xxh128", l_xxh128},
        {"xxh3", l_xxh3},
        {0},
    };
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
