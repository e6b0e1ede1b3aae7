/* bind_watcher.c -- Lua module core.watcher over core/watcher.h.  Types: stdlib/_meta/watcher.lua. */
#include "bind/bind.h"
#include "core/watcher.h"

#define TYPE "core.watcher"

struct watcher_ud {
    struct clnrm_watcher *core; /* NULL once closed */
};

static int l_open(lua_State *L) /* open(text[, cwd]) -> watcher | nil, err */
{
    struct clnrm_slice text;
    text.data = luaL_checklstring(L, 1, &text.len);
    const char *cwd = luaL_optstring(L, 2, NULL);
    luaL_argcheck(L, text.len > 0 && text.data[text.len - 1] != '\n', 1, "empty, or ends a line");
    luaL_argcheck(L, !memchr(text.data, '\0', text.len), 1, "a text has no NUL");
    struct watcher_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_watcher_open(text, cwd, &ud->core);
    return status < 0 ? clnrm_fail(L, "watcher.open", status) : 1;
}

static struct clnrm_watcher *check_open(lua_State *L)
{
    struct watcher_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "watcher is closed");
    return ud->core;
}

static int l_is_alive(lua_State *L) /* watcher:is_alive() -> boolean */
{
    lua_pushboolean(L, clnrm_watcher_is_alive(check_open(L)));
    return 1;
}

static int l_pid(lua_State *L) /* watcher:pid() -> integer */
{
    lua_pushinteger(L, clnrm_watcher_pid(check_open(L)));
    return 1;
}

static int finish(lua_State *L, bool dismiss)
{
    struct watcher_ud *ud = luaL_checkudata(L, 1, TYPE);
    if (ud->core)
        clnrm_watcher_close(ud->core, dismiss);
    ud->core = NULL;
    return 0;
}

static int l_dismiss(lua_State *L) /* watcher:dismiss() */
{
    return finish(L, true);
}

static int l_close(lua_State *L) /* watcher:close(), __close and __gc */
{
    return finish(L, false);
}

int luaopen_core_watcher(lua_State *L)
{
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    static const luaL_Reg methods[] = {
        {"dismiss", l_dismiss}, {"is_alive", l_is_alive}, {"pid", l_pid}, {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
