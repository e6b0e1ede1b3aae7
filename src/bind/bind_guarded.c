/* bind_guarded.c -- Lua module core.guarded: functions of Lua's libraries that may run for ever inside
 * C, where no limit reaches them, with their work counted beforehand.
 * Types: stdlib/_meta/guarded.lua.
 *
 * Each does its check and then is the original: the C function is called in the same frame, so that
 * arguments, results and the messages of errors are Lua's own.  What is counted are instructions of
 * the running task (core.task.limit); without a limit nothing is checked. */
#include "bind/sched_task.h"
#include "core/pattern.h"

#include <string.h>

enum {
    CHEAP = 10000, /* a search that cannot take more steps is not walked through first */
    LEVELS_MAX = 4000,
    LENGTH_MAX = 10 * 1000 * 1000 /* that a __len may answer */
};

static int original(lua_State *L)
{
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static bool is_limited(lua_State *L)
{
    return clnrm_task_budget(L) != LUA_MAXINTEGER;
}

/* An argument that Lua takes for an integer: 3, 3.0, "3". */
static lua_Integer integer_or(lua_State *L, int arg, lua_Integer fallback)
{
    int is_integer;
    lua_Integer value = lua_tointegerx(L, arg, &is_integer);
    return is_integer ? value : fallback;
}

static size_t start_of(lua_State *L, int arg, size_t len)
{
    lua_Integer at = integer_or(L, arg, 1);
    if (at > 0)
        return (size_t)at - 1;
    return at == 0 || at < -(lua_Integer)len ? 0 : len - (size_t)-at;
}

/* Counts a search with the subject and the pattern at 1 and 2, when they are such. */
static void charge_search(lua_State *L, int start_arg, uint64_t matches, bool can_anchor)
{
    if (!is_limited(L) || !lua_isstring(L, 1) || !lua_isstring(L, 2))
        return;
    struct clnrm_pattern_search search = {.matches = matches, .is_anchored = can_anchor};
    search.subject = lua_tolstring(L, 1, &search.subject_len);
    search.pattern = lua_tolstring(L, 2, &search.pattern_len);
    search.start = start_arg ? start_of(L, start_arg, search.subject_len) : 0;
    if (search.start > search.subject_len)
        return;
    uint64_t bound = clnrm_pattern_bound(&search);
    if (bound > CHEAP)
        bound = clnrm_pattern_cost(&search, (uint64_t)clnrm_task_budget(L));
    clnrm_task_charge(L, (lua_Integer)bound);
}

/* Lua's plain search compares the whole text at each place where it begins; this one does not. */
static int find_plain(lua_State *L)
{
    size_t len, wanted_len;
    const char *s = luaL_checklstring(L, 1, &len), *wanted = luaL_checklstring(L, 2, &wanted_len);
    luaL_optinteger(L, 3, 1);
    size_t start = start_of(L, 3, len);
    const char *at = start <= len ? memmem(s + start, len - start, wanted, wanted_len) : NULL;
    if (!at) {
        luaL_pushfail(L);
        return 1;
    }
    lua_pushinteger(L, at - s + 1);
    lua_pushinteger(L, at - s + (lua_Integer)wanted_len);
    return 2;
}

static int l_find(lua_State *L) /* find(s, pattern [, init [, plain]]) */
{
    if (lua_toboolean(L, 4))
        return find_plain(L);
    charge_search(L, 3, 1, true);
    return original(L);
}

static int l_match(lua_State *L) /* match(s, pattern [, init]) */
{
    charge_search(L, 3, 1, true);
    return original(L);
}

static int l_gmatch(lua_State *L) /* gmatch(s, pattern [, init]): all of it is counted at once */
{
    charge_search(L, 3, UINT64_MAX, false);
    return original(L);
}

static int l_gsub(lua_State *L) /* gsub(s, pattern, replacement [, n]) */
{
    lua_Integer n = integer_or(L, 4, LUA_MAXINTEGER);
    charge_search(L, 0, n > 0 ? (uint64_t)n : 0, true);
    return original(L);
}

static int l_rep(lua_State *L) /* rep(s, n [, separator]): Lua counts to n for an empty text, too */
{
    size_t len = 1, separator_len = 0;
    if (lua_isstring(L, 1))
        lua_tolstring(L, 1, &len);
    if (lua_isstring(L, 3))
        lua_tolstring(L, 3, &separator_len);
    if (len + separator_len == 0 && integer_or(L, 2, 0) > 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    return original(L);
}

/* Refuses a length that only a metamethod can name: Lua would count to it. */
static void check_length(lua_State *L)
{
    if (!is_limited(L) || !lua_istable(L, 1) || luaL_getmetafield(L, 1, "__len") == LUA_TNIL)
        return;
    lua_pop(L, 1);
    lua_Integer length = luaL_len(L, 1);
    luaL_argcheck(L, length <= LENGTH_MAX, 1, "its __len is too large");
    if (length > 0)
        clnrm_task_charge(L, length);
}

static int
l_counted(lua_State *L) /* concat, insert, remove, sort: of a table as long as its __len */
{
    check_length(L);
    return original(L);
}

static int l_move(lua_State *L) /* move(a, first, last, to [, b]) */
{
    lua_Integer first = integer_or(L, 2, 1), last = integer_or(L, 3, 0);
    lua_Unsigned count = last >= first ? (lua_Unsigned)last - (lua_Unsigned)first : 0;
    clnrm_task_charge(L, count > LUA_MAXINTEGER ? LUA_MAXINTEGER : (lua_Integer)count);
    return original(L);
}

/* In a coroutine, each error that pcall catches gives the C stack back, so that functions which pcall
 * themselves go down to the end of Lua's own stack; the way up from there is quadratic. */
static void check_levels(lua_State *L)
{
    lua_Debug ar;
    if (is_limited(L) && lua_getstack(L, LEVELS_MAX, &ar))
        luaL_error(L, "stack overflow (more than %d calls inside each other)", LEVELS_MAX);
}

static int l_pcall(lua_State *L) /* pcall(fn, ...) */
{
    check_levels(L);
    return original(L);
}

/* Hooks are off while a message handler handles what a hook has raised: nothing would end it. */
static int l_handle(lua_State *L) /* upvalue: the handler */
{
    if (clnrm_task_budget(L) == 0)
        return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int l_xpcall(lua_State *L) /* xpcall(fn, handler, ...) */
{
    check_levels(L);
    if (lua_isfunction(L, 2)) {
        lua_pushvalue(L, 2);
        lua_pushcclosure(L, l_handle, 1);
        lua_replace(L, 2);
    }
    return original(L);
}

/* So they are in a coroutine that a hook has ended: its <close> variables are left as they are. */
static int l_close(lua_State *L) /* close(co) */
{
    if (clnrm_task_budget(L) == 0)
        clnrm_task_charge(L, 1);
    return original(L);
}

/* Adds to the table at the top a guard around each original of a library. */
static void add(lua_State *L, const char *library, const luaL_Reg *guards)
{
    lua_getglobal(L, library);
    for (const luaL_Reg *guard = guards; guard->name; guard++) {
        lua_getfield(L, -1, guard->name);
        lua_pushcclosure(L, guard->func, 1);
        lua_setfield(L, -3, guard->name);
    }
    lua_pop(L, 1);
}

int luaopen_core_guarded(lua_State *L)
{
    static const luaL_Reg texts[] = {{"find", l_find},   {"gmatch", l_gmatch}, {"gsub", l_gsub},
                                     {"match", l_match}, {"rep", l_rep},       {0}};
    static const luaL_Reg tables[] = {{"concat", l_counted}, {"insert", l_counted},
                                      {"move", l_move},      {"remove", l_counted},
                                      {"sort", l_counted},   {0}};
    static const luaL_Reg coroutines[] = {{"close", l_close}, {0}};
    static const luaL_Reg basic[] = {{"pcall", l_pcall}, {"xpcall", l_xpcall}, {0}};
    lua_newtable(L);
    add(L, "_G", basic);
    add(L, "coroutine", coroutines);
    add(L, "string", texts);
    add(L, "table", tables);
    return 1;
}
