/* bind_linehook.c -- Lua module core.linehook: a coroutine that stops at lines, for a debugger.
 * Types: stdlib/_meta/linehook.lua.
 *
 * A hook cannot wait, and can yield: the coroutine is suspended in the middle of a function, with
 * no values, and goes on there when it is resumed.  A thread has one hook, so that this one does
 * the work of a task's limit as well.  Coroutines that the hooked one makes inherit the hook and
 * have no entry: they never stop. */
#include "bind/sched_task.h"

#define TYPE "core.linehook"

enum { LINES_MAX = 256, COUNT_STEP = 10000 };

/* The coroutine is the user value; `decide` stands in the registry at the object's address. */
struct linehook_ud {
    const void *key; /* of the coroutine in the registry, where this object stands; NULL: closed */
    bool is_every, is_sampling;
    int count, lines[LINES_MAX];
};

static bool is_wanted(const struct linehook_ud *ud, int line)
{
    if (ud->is_every)
        return true;
    for (int i = 0; i < ud->count; i++)
        if (ud->lines[i] == line)
            return true;
    return false;
}

/* Whether an event is one that `decide` is asked about. */
static bool is_asked(lua_State *L, const struct linehook_ud *ud, const lua_Debug *ar)
{
    if (ar->event == LUA_HOOKCOUNT)
        return ud->is_sampling;
    return lua_isyieldable(L) && is_wanted(ud, ar->currentline);
}

static void on_event(lua_State *L, lua_Debug *ar)
{
    if (ar->event == LUA_HOOKCOUNT)
        clnrm_task_on_count(L, ar);
    bool stops = false;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, L) == LUA_TUSERDATA &&
        is_asked(L, lua_touserdata(L, -1), ar)) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, lua_touserdata(L, -1));
        lua_pushinteger(L, ar->currentline);
        lua_call(L, 1, 1);
        stops = ar->event == LUA_HOOKLINE && lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    if (stops)
        lua_yield(L, 0); /* takes effect when the hook has returned */
}

static struct linehook_ud *check_open(lua_State *L)
{
    struct linehook_ud *ud = luaL_checkudata(L, 1, TYPE);
    luaL_argcheck(L, ud->key, 1, "line hook is closed");
    return ud;
}

static int limit_mask(lua_State *L)
{
    struct clnrm_task *t = clnrm_sched_of(L)->current;
    return t && t->instructions_max > 0 ? LUA_MASKCOUNT : 0;
}

static int l_open(lua_State *L) /* open(co, decide) -> hook */
{
    luaL_checktype(L, 1, LUA_TTHREAD);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_State *co = lua_tothread(L, 1);
    luaL_argcheck(L, lua_rawgetp(L, LUA_REGISTRYINDEX, co) == LUA_TNIL, 1, "has a line hook");
    struct linehook_ud *ud = clnrm_newobject(L, TYPE, sizeof(*ud));
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    lua_pushvalue(L, 2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, ud);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, co);
    ud->key = co;
    lua_sethook(co, on_event, LUA_MASKLINE | limit_mask(L), COUNT_STEP);
    return 1;
}

static int l_lines(lua_State *L) /* hook:lines(list): where it asks */
{
    struct linehook_ud *ud = check_open(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_Integer count = luaL_len(L, 2);
    luaL_argcheck(L, count <= LINES_MAX, 2, "more than 256 lines");
    ud->count = 0;
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, 2, i);
        ud->lines[ud->count++] = (int)luaL_checkinteger(L, -1);
        lua_pop(L, 1);
    }
    return 0;
}

static int l_every(lua_State *L) /* hook:every(is_every): it asks at each line */
{
    struct linehook_ud *ud = check_open(L);
    ud->is_every = lua_toboolean(L, 2);
    return 0;
}

static int l_sample(lua_State *L) /* hook:sample(step): it asks each `step` instructions as well */
{
    struct linehook_ud *ud = check_open(L);
    lua_Integer step = luaL_checkinteger(L, 2);
    luaL_argcheck(L, step >= 100 && step <= COUNT_STEP, 2, "must be 100 to 10000");
    ud->is_sampling = true;
    lua_getiuservalue(L, 1, 1);
    lua_sethook(lua_tothread(L, -1), on_event, LUA_MASKLINE | LUA_MASKCOUNT, (int)step);
    return 0;
}

static int l_close(lua_State *L) /* hook:close(), __close and __gc */
{
    struct linehook_ud *ud = luaL_checkudata(L, 1, TYPE);
    if (!ud->key)
        return 0;
    lua_getiuservalue(L, 1, 1);
    lua_State *co = lua_tothread(L, -1);
    int mask = limit_mask(L);
    if (lua_gethook(co) == on_event)
        lua_sethook(co, mask ? clnrm_task_on_count : NULL, mask, COUNT_STEP);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, ud);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, ud->key);
    ud->key = NULL;
    return 0;
}

int luaopen_core_linehook(lua_State *L)
{
    static const luaL_Reg functions[] = {{"open", l_open}, {0}};
    static const luaL_Reg methods[] = {
        {"every", l_every}, {"lines", l_lines}, {"sample", l_sample}, {0}};
    return clnrm_newmodule(L, TYPE, functions, methods, l_close);
}
