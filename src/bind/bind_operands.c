/* bind_operands.c -- Lua module core.operands: what the two sides of a comparison in an `assert` were.
 * Types: stdlib/_meta/operands.lua.  engine.script.rewrite makes `assert(A == B)` into
 * `assert(left(N, A) == right(N, B))`, and nothing else changes: both give back what they are given,
 * the comparison stays where it was, and `assert` may be any function.
 *
 * A comparison is known by the frame that makes it.  `left` keeps a value for its frame and the depth
 * of its site (asserts may stand in the sides of others); `right` puts both sides of a site down as
 * the frame's last comparison; our own `assert`, called next by that frame, takes them.  A frame is
 * named by the address of its CallInfo, the one thing of a lua_Debug that tells two frames apart: as
 * each of the three is called in turn by one frame that is alive, a dead frame's address that comes
 * back is always written before it is read. */
#include "bind/bind.h"

enum { DEPTH_MAX = 8 }; /* CallInfos are at least so far apart */

/* The tables that all states share, in the registry by these addresses. */
static const char lefts, firsts, seconds, sites;

static void push_table(lua_State *L, const char *key)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

/* The calling frame as a number; 0 when there is none. */
static lua_Integer caller(lua_State *L, lua_Debug *ar)
{
    return lua_getstack(L, 1, ar) ? (lua_Integer)(uintptr_t)ar->i_ci : 0;
}

/* Keeps the value at `index` (0: nil) under `frame`. */
static void keep(lua_State *L, const char *table, lua_Integer frame, int index)
{
    push_table(L, table);
    if (index)
        lua_pushvalue(L, index);
    else
        lua_pushnil(L);
    lua_rawseti(L, -2, frame);
    lua_pop(L, 1);
}

/* Pushes the value under `frame` and forgets it. */
static void take(lua_State *L, const char *table, lua_Integer frame)
{
    push_table(L, table);
    lua_rawgeti(L, -1, frame);
    lua_pushnil(L);
    lua_rawseti(L, -3, frame);
    lua_remove(L, -2);
}

static int l_left(lua_State *L) /* left(depth, value, ...) -> value */
{
    lua_Debug ar;
    lua_settop(L, 2); /* the side may give none, or several */
    keep(L, &lefts, caller(L, &ar) + lua_tointeger(L, 1), 2);
    return 1;
}

static int l_right(lua_State *L) /* right(site, value, ...) -> value; upvalue: the sites */
{
    lua_Debug ar;
    lua_settop(L, 2);
    lua_Integer frame = caller(L, &ar);
    lua_rawgeti(L, lua_upvalueindex(1), lua_tointeger(L, 1)); /* site value entry */
    lua_getfield(L, 3, "depth");
    take(L, &lefts, frame + lua_tointeger(L, 4)); /* ... depth left */
    keep(L, &firsts, frame, 5);
    keep(L, &seconds, frame, 2);
    keep(L, &sites, frame, 3);
    lua_settop(L, 2);
    return 1;
}

/* sides(sites) -> left, right: for one text.  Each of `sites` has `depth`, 0 to 7. */
static int l_sides(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    for (lua_Integer i = 1; lua_rawgeti(L, 1, i) == LUA_TTABLE; i++) {
        lua_getfield(L, -1, "depth");
        lua_Integer depth = luaL_checkinteger(L, -1);
        luaL_argcheck(L, depth >= 0 && depth < DEPTH_MAX, 1, "a depth must be 0 to 7");
        lua_pop(L, 2);
    }
    lua_pushcfunction(L, l_left);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, l_right, 1);
    return 2;
}

/* Whether the comparison at the top of the stack (a site) is the one that this call of assert judges.
 * The name and the line of the call must be the site's: a line with a site on it has no other call
 * by the name `assert` (the rewriting sees to that). */
static bool is_of_call(lua_State *L, lua_Debug *frame)
{
    lua_Debug call;
    if (lua_type(L, -1) != LUA_TTABLE || !lua_getstack(L, 0, &call))
        return false;
    lua_getinfo(L, "n", &call);
    lua_getinfo(L, "Sl", frame);
    if (!call.name || strcmp(call.name, "assert") != 0 ||
        (strcmp(call.namewhat, "global") != 0 && strcmp(call.namewhat, "local") != 0 &&
         strcmp(call.namewhat, "upvalue") != 0))
        return false;
    lua_getfield(L, -1, "line");
    lua_getfield(L, -2, "source");
    const char *source = lua_tostring(L, -1);
    bool same =
        lua_tointeger(L, -2) == frame->currentline && source && strcmp(source, frame->source) == 0;
    lua_pop(L, 2);
    return same;
}

/* Takes the frame's last comparison: pushes first, second and site, the site nil when there is none
 * or it is not what this call judges. */
static void take_sides(lua_State *L)
{
    lua_Debug ar;
    lua_Integer frame = caller(L, &ar);
    take(L, &firsts, frame);
    take(L, &seconds, frame);
    take(L, &sites, frame);
    if (frame == 0 || !is_of_call(L, &ar)) {
        lua_pop(L, 1);
        lua_pushnil(L);
    }
}

static void push_failure(lua_State *L) /* the error is at 1 */
{
    lua_createtable(L, 0, 6); /* failure */
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "value");
    take_sides(L); /* failure first second site */
    if (!lua_isnil(L, -1)) {
        lua_setfield(L, -4, "site");
        lua_setfield(L, -3, "b");
        lua_setfield(L, -2, "a");
    } else {
        lua_pop(L, 3);
    }
    lua_Debug ar;
    if (lua_getstack(L, 1, &ar) && lua_getinfo(L, "Sl", &ar)) {
        lua_pushstring(L, ar.source);
        lua_setfield(L, -2, "source");
        lua_pushinteger(L, ar.currentline);
        lua_setfield(L, -2, "line");
    }
}

/* As Lua's own; upvalue: a function that is told of each, or nil. */
static int l_assert_call(lua_State *L) /* (value, message, ...) -> value, message, ... */
{
    bool tell = !lua_isnil(L, lua_upvalueindex(1));
    if (lua_toboolean(L, 1)) {
        int results = lua_gettop(L);
        lua_Debug ar;
        lua_Integer frame = caller(L, &ar);
        luaL_checkstack(L, 5, NULL);
        keep(L, &firsts, frame, 0);
        keep(L, &seconds, frame, 0);
        keep(L, &sites, frame, 0);
        if (tell) {
            lua_pushvalue(L, lua_upvalueindex(1));
            lua_pushboolean(L, 1);
            lua_pushnil(L);
            lua_pushvalue(L, 1);
            lua_call(L, 3, 0);
        }
        return results;
    }
    luaL_checkany(L, 1);
    lua_remove(L, 1);
    lua_pushliteral(L, "assertion failed!"); /* when there is no other */
    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, 1);
        lua_concat(L, 2);
    }
    if (tell) {
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_pushboolean(L, 0);
        push_failure(L); /* error hook false failure */
        lua_call(L, 2, 0);
    }
    return lua_error(L);
}

static int
l_assert(lua_State *L) /* assert([tell]) -> function: tell(ok, failure, value) must not wait */
{
    lua_settop(L, 1);
    if (!lua_isnil(L, 1))
        luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushcclosure(L, l_assert_call, 1);
    return 1;
}

int luaopen_core_operands(lua_State *L)
{
    static const luaL_Reg functions[] = {{"assert", l_assert}, {"sides", l_sides}, {0}};
    return clnrm_newmodule(L, "core.operands", functions, NULL, NULL);
}
