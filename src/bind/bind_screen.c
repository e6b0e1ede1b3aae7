/* bind_screen.c -- Lua module core.screen over core/screen.h.  Types: stdlib/_meta/screen.lua. */
#include "bind/bind.h"
#include "core/plugin.h"
#include "core/screen.h"

#define TYPE "core.screen"

struct screen_ud {
    struct clnrm_screen *core; /* NULL once closed */
    struct clnrm_waiters waiters;
};

static void on_key(void *data)
{
    struct screen_ud *ud = data; /* lives until __gc, which closes the core first */
    clnrm_waiters_wake(&ud->waiters, 0);
}

static struct clnrm_screen *check_open(lua_State *L)
{
    struct screen_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->core, 1, "screen is closed");
    return ud->core;
}

static int l_open(lua_State *L) /* open(term, has_color) -> screen | nil, err */
{
    const char *term = luaL_checkstring(L, 1);
    bool has_color = lua_toboolean(L, 2);
    struct screen_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    int status = clnrm_screen_open(clnrm_loop(L), 0, 1, term, has_color, on_key, ud, &ud->core);
    if (status == CLNRM_EPLUGIN)
        return clnrm_failf(L, "screen.open", "EPLUGIN", "%s", clnrm_plugin_error());
    return status < 0 ? clnrm_fail(L, "screen.open", status) : 1;
}

static int l_enter(lua_State *L) /* screen:enter() -> true | nil, err */
{
    int status = clnrm_screen_enter(check_open(L));
    if (status < 0)
        return clnrm_fail(L, "screen.enter", status);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_leave(lua_State *L) /* screen:leave() */
{
    clnrm_screen_leave(check_open(L));
    return 0;
}

static int l_resize(lua_State *L) /* screen:resize() -> has_changed */
{
    lua_pushboolean(L, clnrm_screen_resize(check_open(L)) > 0);
    return 1;
}

static int l_size(lua_State *L) /* screen:size() -> rows, columns */
{
    int rows, columns;
    clnrm_screen_size(check_open(L), &rows, &columns);
    lua_pushinteger(L, rows);
    lua_pushinteger(L, columns);
    return 2;
}

static int l_erase(lua_State *L) /* screen:erase() */
{
    clnrm_screen_erase(check_open(L));
    return 0;
}

/* Reads a style: words with blanks between, as "bold red". */
static unsigned check_style(lua_State *L, int arg)
{
    static const struct {
        const char *name;
        unsigned style;
    } words[] = {{"red", 1},
                 {"green", 2},
                 {"yellow", 3},
                 {"blue", 4},
                 {"magenta", 5},
                 {"cyan", 6},
                 {"bold", CLNRM_STYLE_BOLD},
                 {"dim", CLNRM_STYLE_DIM},
                 {"reverse", CLNRM_STYLE_REVERSE},
                 {"underline", CLNRM_STYLE_UNDERLINE}};
    unsigned style = 0;
    const char *at = luaL_optstring(L, arg, "");
    while (*at) {
        size_t len = strcspn(at, " "), i = 0, count = sizeof(words) / sizeof(words[0]);
        while (i < count && (strncmp(words[i].name, at, len) != 0 || words[i].name[len]))
            i++;
        luaL_argcheck(L, i < count || len == 0, arg, "not a style");
        style |= len > 0 ? words[i].style : 0;
        at += len + (at[len] == ' ');
    }
    return style;
}

static int check_cell(lua_State *L, int arg)
{
    lua_Integer n = luaL_checkinteger(L, arg);
    luaL_argcheck(L, n >= INT_MIN && n <= INT_MAX, arg, "out of range");
    return (int)n;
}

static int l_put(lua_State *L) /* screen:put(y, x, width, text, style) -> columns */
{
    size_t len;
    struct clnrm_screen *s = check_open(L);
    int y = check_cell(L, 2), x = check_cell(L, 3), width = check_cell(L, 4);
    const char *text = luaL_checklstring(L, 5, &len);
    lua_pushinteger(L, clnrm_screen_put(s, y, x, width, check_style(L, 6), text, len));
    return 1;
}

static int push_written(lua_State *L, const char *op, int status)
{
    if (status < 0)
        return clnrm_fail(L, op, status);
    lua_pushboolean(L, status);
    return 1;
}

static int l_frame(lua_State *L) /* screen:frame() -> is_drawn | nil, err */
{
    return push_written(L, "screen.frame", clnrm_screen_frame(check_open(L)));
}

static int l_send(lua_State *L) /* screen:send(bytes) -> is_sent | nil, err */
{
    size_t len;
    struct clnrm_screen *s = check_open(L);
    const char *bytes = luaL_checklstring(L, 2, &len);
    return push_written(L, "screen.send", clnrm_screen_send(s, bytes, len));
}

static int next_key(lua_State *L, struct screen_ud *ud);

static int on_woken(lua_State *L, int status, lua_KContext ctx)
{
    struct screen_ud *ud = (struct screen_ud *)ctx; /* on the stack as argument 1 */
    clnrm_waiters_done(L);
    if (status < 0)
        return clnrm_fail(L, "screen.next", status);
    return next_key(L, ud);
}

/* Pushes the next key, or parks until there is one. */
static int next_key(lua_State *L, struct screen_ud *ud)
{
    char key[CLNRM_SCREEN_KEY_MAX];
    bool is_special = false;
    if (!ud->core)
        return clnrm_fail(L, "screen.next", UV_ECANCELED);
    int n = clnrm_screen_key(ud->core, key, &is_special);
    if (n < 0)
        return clnrm_fail(L, "screen.next", n);
    if (n > 0) {
        lua_pushlstring(L, key, (size_t)n);
        lua_pushboolean(L, is_special);
        return 2;
    }
    clnrm_check_can_wait(L);
    return clnrm_waiters_wait(L, &ud->waiters, on_woken, (lua_KContext)ud);
}

static int l_next(lua_State *L) /* screen:next() -> key, is_special | nil, err */
{
    check_open(L);
    return next_key(L, lua_touserdata(L, 1));
}

static int l_close(lua_State *L) /* screen:close(), __close and __gc */
{
    struct screen_ud *ud = luaL_checkudata(L, 1, TYPE);
    if (ud->core)
        clnrm_screen_close(ud->core);
    ud->core = NULL;
    clnrm_waiters_wake(&ud->waiters, UV_ECANCELED);
    return 0;
}

int luaopen_core_screen(lua_State *L)
{
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    static const luaL_Reg methods[] = {{"enter", l_enter},   {"erase", l_erase},
                                       {"frame", l_frame},   {"leave", l_leave},
                                       {"next", l_next},     {"put", l_put},
                                       {"resize", l_resize}, {"send", l_send},
                                       {"size", l_size},     {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
