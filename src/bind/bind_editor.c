/* bind_editor.c -- Lua module core.editor over core/editor.h.  Types: stdlib/_meta/editor.lua. */
#include "bind/bind.h"
#include "core/editor.h"
#include "core/plugin.h"

#include <stdlib.h>

#define TYPE "core.editor"

struct editor_ud {
    struct clnrm_editor *core; /* NULL once closed */
    int waiting;
    struct clnrm_waiters waiters;
};

static void on_event(void *data)
{
    struct editor_ud *ud = data; /* lives until __gc, which closes the core first */
    clnrm_waiters_wake(&ud->waiters, 0);
}

static struct clnrm_editor *check_open(lua_State *L)
{
    struct editor_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "editor is closed");
    return ud->core;
}

static int l_open(lua_State *L) /* open() -> editor | nil, err: on standard input and output */
{
    struct editor_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_editor_open(clnrm_loop(L), 0, 1, on_event, ud, &ud->core);
    if (status == CLNRM_EPLUGIN)
        return clnrm_failf(L, "editor.open", "EPLUGIN", "%s", clnrm_plugin_error());
    return status < 0 ? clnrm_fail(L, "editor.open", status) : 1;
}

static int l_line(lua_State *L) /* editor:line(prompt) */
{
    clnrm_editor_line(check_open(L), luaL_checkstring(L, 2));
    return 0;
}

static int l_answer(lua_State *L) /* editor:answer(insert, below) */
{
    struct clnrm_editor *e = check_open(L);
    clnrm_editor_answer(e, luaL_checkstring(L, 2), luaL_checkstring(L, 3));
    return 0;
}

static int l_remember(lua_State *L) /* editor:remember(line) */
{
    clnrm_editor_remember(check_open(L), luaL_checkstring(L, 2));
    return 0;
}

static int l_show(lua_State *L) /* editor:show(text) */
{
    clnrm_editor_show(check_open(L), luaL_checkstring(L, 2));
    return 0;
}

static int l_leave(lua_State *L) /* editor:leave() */
{
    clnrm_editor_leave(check_open(L));
    return 0;
}

static int l_resize(lua_State *L) /* editor:resize() */
{
    clnrm_editor_resize(check_open(L));
    return 0;
}

static int l_suspend(lua_State *L) /* editor:suspend() */
{
    clnrm_editor_suspend(check_open(L));
    return 0;
}

static int l_resume(lua_State *L) /* editor:resume() */
{
    clnrm_editor_resume(check_open(L));
    return 0;
}

static int next_event(lua_State *L, struct editor_ud *ud);

static int on_woken(lua_State *L, int status, lua_KContext ctx)
{
    struct editor_ud *ud = (struct editor_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (--ud->waiting == 0 && ud->core)
        clnrm_editor_keep_alive(ud->core, 0);
    if (status < 0)
        return clnrm_fail(L, "editor.next", status);
    return next_event(L, ud);
}

/* Pushes what happened first, or parks until something does. */
static int next_event(lua_State *L, struct editor_ud *ud)
{
    static const char *const names[] = {"none", "line", "left", "end", "complete"};
    if (!ud->core)
        return clnrm_fail(L, "editor.next", UV_ECANCELED);
    struct clnrm_editor_event event = clnrm_editor_take(ud->core);
    if (event.kind == CLNRM_EDITOR_NONE) {
        clnrm_check_can_wait(L);
        if (ud->waiting++ == 0)
            clnrm_editor_keep_alive(ud->core, 1);
        return clnrm_waiters_wait(L, &ud->waiters, on_woken, (lua_KContext)ud);
    }
    lua_pushstring(L, names[event.kind]);
    lua_pushstring(L, event.text); /* NULL: nil */
    free(event.text);
    if (event.kind != CLNRM_EDITOR_COMPLETE)
        return 2;
    lua_pushinteger(L, (lua_Integer)event.cursor);
    return 3;
}

static int l_next(lua_State *L) /* editor:next() -> kind, text, cursor | nil, err */
{
    check_open(L);
    return next_event(L, lua_touserdata(L, 1));
}

static int l_close(lua_State *L) /* editor:close(), __close and __gc */
{
    struct editor_ud *ud = luaL_checkudata(L, 1, TYPE);
    if (ud->core)
        clnrm_editor_close(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, UV_ECANCELED);
    return 0;
}

int luaopen_core_editor(lua_State *L)
{
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    static const luaL_Reg methods[] = {{"answer", l_answer},     {"leave", l_leave},
                                       {"line", l_line},         {"next", l_next},
                                       {"remember", l_remember}, {"resize", l_resize},
                                       {"resume", l_resume},     {"show", l_show},
                                       {"suspend", l_suspend},   {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
