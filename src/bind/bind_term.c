/* bind_term.c -- Lua module core.term over core/term.h.  Types: stdlib/_meta/term.lua. */
#include "bind/bind.h"
#include "core/term.h"

static int check_fd(lua_State *L, int arg)
{
    lua_Integer fd = luaL_checkinteger(L, arg);
    luaL_argcheck(L, fd >= 0 && fd <= INT_MAX, arg, "not a file descriptor");
    return (int)fd;
}

static int l_is_tty(lua_State *L) /* is_tty(fd) -> boolean */
{
    lua_pushboolean(L, clnrm_term_is_tty(check_fd(L, 1)));
    return 1;
}

static int l_width(lua_State *L) /* width(fd) -> integer: COLUMNS, else the terminal's, else 80 */
{
    lua_pushinteger(L, clnrm_term_width(check_fd(L, 1)));
    return 1;
}

static int l_is_utf8(lua_State *L) /* is_utf8() -> boolean: by LC_ALL, LC_CTYPE, LANG */
{
    lua_pushboolean(L, clnrm_term_is_utf8());
    return 1;
}

static int l_write_some(lua_State *L) /* write_some(fd, bytes) -> count | nil, err: never waits */
{
    size_t len, written = 0;
    int fd = check_fd(L, 1);
    const char *bytes = luaL_checklstring(L, 2, &len);
    int status = clnrm_term_write_some(fd, bytes, len, &written);
    if (status < 0)
        return clnrm_fail(L, "term.write", status);
    lua_pushinteger(L, (lua_Integer)written);
    return 1;
}

static int l_write(lua_State *L) /* write(fd, bytes) -> true | nil, err: blocks the whole program */
{
    size_t len;
    int fd = check_fd(L, 1);
    const char *bytes = luaL_checklstring(L, 2, &len);
    int status = clnrm_term_write(fd, bytes, len);
    if (status < 0)
        return clnrm_fail(L, "term.write", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int
l_guard(lua_State *L) /* guard() -> boolean: there is a terminal to give back as it was */
{
    lua_pushboolean(L, clnrm_term_guard());
    return 1;
}

static int l_restore(lua_State *L) /* restore() */
{
    (void)L;
    clnrm_term_restore();
    return 0;
}

int luaopen_core_term(lua_State *L)
{
    static const luaL_Reg functions[] = {{"guard", l_guard},           {"is_tty", l_is_tty},
                                         {"is_utf8", l_is_utf8},       {"restore", l_restore},
                                         {"width", l_width},           {"write", l_write},
                                         {"write_some", l_write_some}, {0}};
    return clnrm_newmodule(L, "core.term", functions, NULL, NULL);
}
