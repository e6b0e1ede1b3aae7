/* bind_term.c -- Lua module core.term over core/term.h.  Types: stdlib/_meta/term.lua. */
#include "bind/bind.h"
#include "core/term.h"

#include <fcntl.h>
#include <unistd.h>

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

static int l_rows(lua_State *L) /* rows(fd) -> integer: 0 when the terminal does not say */
{
    lua_pushinteger(L, clnrm_term_rows(check_fd(L, 1)));
    return 1;
}

static int l_size(lua_State *L) /* size(fd) -> rows, columns | nil, err */
{
    unsigned rows, columns;
    int status = clnrm_term_size(check_fd(L, 1), &rows, &columns);
    if (status < 0)
        return clnrm_fail(L, "term.size", status);
    lua_pushinteger(L, rows);
    lua_pushinteger(L, columns);
    return 2;
}

static int l_is_foreground(lua_State *L) /* is_foreground(fd) -> boolean */
{
    lua_pushboolean(L, clnrm_term_is_foreground(check_fd(L, 1)));
    return 1;
}

static int l_is_heard(lua_State *L) /* is_heard(fd) -> boolean: somebody can still read */
{
    lua_pushboolean(L, clnrm_term_is_heard(check_fd(L, 1)));
    return 1;
}

static int l_reopen(lua_State *L) /* reopen(fd) -> fd | nil, err: for writes that never wait */
{
    int own = clnrm_term_reopen(check_fd(L, 1), O_WRONLY);
    if (own < 0)
        return clnrm_fail(L, "term.reopen", own);
    lua_pushinteger(L, own);
    return 1;
}

static int l_close(lua_State *L) /* close(fd) */
{
    int fd = check_fd(L, 1);
    luaL_argcheck(L, fd > STDERR_FILENO, 1, "a standard descriptor stays open");
    close(fd);
    return 0;
}

static int l_undo(lua_State *L) /* undo(fd, bytes): what restore() writes, once */
{
    size_t len;
    int fd = check_fd(L, 1);
    const char *bytes = luaL_checklstring(L, 2, &len);
    luaL_argcheck(L, clnrm_term_undo(fd, bytes, len) == 0, 2, "too long");
    return 0;
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

static int l_give(lua_State *L) /* give(fd [, group]) -> true | nil, err: without a group to us */
{
    int fd = check_fd(L, 1);
    lua_Integer group = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, group >= 0 && group <= INT_MAX, 2, "not a process group");
    int status = clnrm_term_give(fd, (pid_t)group);
    if (status < 0)
        return clnrm_fail(L, "term.give", status);
    lua_pushboolean(L, 1);
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
    static const luaL_Reg functions[] = {{"close", l_close},
                                         {"give", l_give},
                                         {"guard", l_guard},
                                         {"is_foreground", l_is_foreground},
                                         {"is_heard", l_is_heard},
                                         {"is_tty", l_is_tty},
                                         {"is_utf8", l_is_utf8},
                                         {"reopen", l_reopen},
                                         {"restore", l_restore},
                                         {"rows", l_rows},
                                         {"size", l_size},
                                         {"undo", l_undo},
                                         {"width", l_width},
                                         {"write", l_write},
                                         {"write_some", l_write_some},
                                         {0}};
    return clnrm_newmodule(L, "core.term", functions, NULL, NULL);
}
