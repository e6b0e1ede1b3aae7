/* plain_run.c -- see plain_run.h for the contract.
 *
 * What it does is what lua/engine/template/direct.lua does at the same words, for values whose
 * meaning is certain without a call: texts, numbers, and tables without a metatable.  A function
 * that returns 0 or false has left the place to Lua, and nothing on the stack. */
#include "bind/plain_run.h"

#include "bind/bind.h"
#include "core/plain.h"

enum { PROGRAM = 1, PC, PIECES, SLOTS, CONTEXT, OUT, FROM };

enum { SHORT = 40 }; /* bytes of a text that is not counted: of engine.template.output, too */

/* Reads word `i` of the program. */
static lua_Integer int_at(lua_State *L, lua_Integer i)
{
    int is_int;
    lua_rawgeti(L, PROGRAM, i);
    lua_Integer value = lua_tointegerx(L, -1, &is_int);
    luaL_argcheck(L, is_int && i > 0 && i <= INT32_MAX, PROGRAM, "not a program");
    lua_pop(L, 1);
    return value;
}

/* Reads where the program goes on: never back, so that it ends. */
static lua_Integer place_at(lua_State *L, lua_Integer i)
{
    lua_Integer place = int_at(L, i);
    luaL_argcheck(L, place > i, PROGRAM, "not a program");
    return place;
}

/* Adds the value on the top to the pieces, and where it came from, which is word `from`. */
static void add_piece(lua_State *L, lua_Integer n, lua_Integer from)
{
    lua_rawseti(L, OUT, n);
    if (lua_isnil(L, FROM))
        return;
    lua_rawgeti(L, PROGRAM, from);
    lua_rawseti(L, FROM, n);
}

static bool is_short(lua_State *L)
{
    return lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -1) <= SHORT;
}

/* Whether the value on the top is an object: a table that is no list and has no metatable. */
static bool is_object(lua_State *L)
{
    if (lua_type(L, -1) != LUA_TTABLE)
        return false;
    if (lua_getmetatable(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    bool is_empty = lua_rawgeti(L, -1, 1) == LUA_TNIL;
    lua_pop(L, 1);
    return is_empty;
}

/* Pushes the number of a loop's turn, or whether it is the first or last. */
static bool push_turn(lua_State *L, lua_Integer mode, lua_Integer slot)
{
    luaL_argcheck(L, slot >= 0 && slot <= INT32_MAX, PROGRAM, "not a program");
    lua_rawgeti(L, SLOTS, slot);
    if (!lua_isinteger(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    lua_Integer turn = lua_tointeger(L, -1);
    if (mode == CLNRM_PLAIN_LOOP_INDEX)
        return true;
    lua_pop(L, 1);
    if (mode == CLNRM_PLAIN_LOOP_INDEX0) {
        lua_pushinteger(L, turn - (turn > 0));
    } else if (mode == CLNRM_PLAIN_LOOP_FIRST) {
        lua_pushboolean(L, turn == 1);
    } else {
        lua_rawgeti(L, SLOTS, slot + 1);
        bool is_last = lua_isinteger(L, -1) && lua_tointeger(L, -1) == turn;
        lua_pop(L, 1);
        lua_pushboolean(L, is_last);
    }
    return true;
}

/* Pushes the value of a path at word `pc`, which may be nil; returns the word behind it. */
static lua_Integer push_path(lua_State *L, lua_Integer pc)
{
    lua_Integer mode = int_at(L, pc), count = int_at(L, pc + 3);
    luaL_argcheck(L, count >= 0 && count <= INT32_MAX, PROGRAM, "not a program");
    if (mode == CLNRM_PLAIN_IN_CONTEXT) {
        lua_rawgeti(L, PROGRAM, pc + 1);
        if (lua_rawget(L, CONTEXT) == LUA_TNIL && lua_getmetatable(L, CONTEXT)) {
            lua_pop(L, 2);
            return 0;
        }
    } else if (mode == CLNRM_PLAIN_IS_SET || mode == CLNRM_PLAIN_IS_BOUND) {
        lua_rawgeti(L, SLOTS, int_at(L, pc + 1));
    } else if (mode < CLNRM_PLAIN_LOOP_INDEX || mode > CLNRM_PLAIN_LOOP_LAST ||
               !push_turn(L, mode, int_at(L, pc + 1))) {
        return 0;
    }
    for (lua_Integer i = pc + 4; i < pc + 4 + count; i++) {
        if (!is_object(L)) {
            lua_pop(L, 1);
            return 0;
        }
        lua_rawgeti(L, PROGRAM, i);
        lua_rawget(L, -2);
        lua_remove(L, -2);
    }
    return pc + 4 + count;
}

/* OUT of a path without filters, or with a default that is used. */
static lua_Integer put_value(lua_State *L, lua_Integer pc, lua_Integer n)
{
    lua_Integer stop = push_path(L, pc + 2);
    if (!stop)
        return 0;
    if (int_at(L, stop) == 1) {
        stop++;
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            lua_rawgeti(L, PROGRAM, stop);
        }
    }
    lua_Integer mode = int_at(L, pc + 2);
    if (int_at(L, stop + 1) == 0 &&
        (mode == CLNRM_PLAIN_LOOP_INDEX || mode == CLNRM_PLAIN_LOOP_INDEX0)) {
        lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, -1));
        lua_remove(L, -2);
    }
    if (int_at(L, stop + 1) != 0 || !is_short(L)) {
        lua_pop(L, 1);
        return 0;
    }
    add_piece(L, n, pc + 1);
    return stop + 2;
}

static bool put_named(lua_State *L, lua_Integer pc, lua_Integer n)
{
    lua_rawgeti(L, PROGRAM, pc + 2);
    lua_rawget(L, CONTEXT);
    if (!is_short(L)) {
        lua_pop(L, 1);
        return false;
    }
    add_piece(L, n, pc + 1);
    return true;
}

/* Whether the value on the top counts as true; -1: Lua must say. */
static int truth(lua_State *L)
{
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        return 0;
    case LUA_TBOOLEAN:
        return lua_toboolean(L, -1);
    case LUA_TSTRING:
        return lua_rawlen(L, -1) > 0;
    case LUA_TTABLE:
        if (!is_object(L))
            return -1;
        lua_pushnil(L);
        if (!lua_next(L, -2))
            return 0;
        lua_pop(L, 2);
        return 1;
    default:
        return -1;
    }
}

/* Compares the value on the top with word `other`, which must be what `how` needs. */
static int compared(lua_State *L, lua_Integer how, lua_Integer other)
{
    if (how == CLNRM_PLAIN_EQUAL_TEXT) {
        if (lua_isnil(L, -1))
            return -1;
        lua_rawgeti(L, PROGRAM, other);
        int is_equal = lua_rawequal(L, -1, -2);
        lua_pop(L, 1);
        return is_equal;
    }
    if (how < CLNRM_PLAIN_LESS || how > CLNRM_PLAIN_MORE_EQUAL || lua_type(L, -1) != LUA_TNUMBER)
        return -1;
    lua_Number v = lua_tonumber(L, -1), with = (lua_Number)int_at(L, other);
    return how == CLNRM_PLAIN_LESS         ? v < with
           : how == CLNRM_PLAIN_LESS_EQUAL ? v <= with
           : how == CLNRM_PLAIN_MORE       ? v > with
                                           : v >= with;
}

/* IF. */
static lua_Integer judge(lua_State *L, lua_Integer pc)
{
    lua_Integer how = int_at(L, pc + 2), stop = push_path(L, pc + 3);
    if (!stop)
        return 0;
    bool is_alone = how == CLNRM_PLAIN_TRUE || how == CLNRM_PLAIN_NOT;
    int is_so = is_alone ? truth(L) : compared(L, how, stop);
    lua_pop(L, 1);
    if (is_so < 0)
        return 0;
    if (is_so == (how == CLNRM_PLAIN_NOT))
        return place_at(L, pc + 1);
    return is_alone ? stop : stop + 1;
}

/* IF of a name of the context and a text. */
static lua_Integer judge_text(lua_State *L, lua_Integer pc)
{
    lua_rawgeti(L, PROGRAM, pc + 2);
    lua_rawget(L, CONTEXT);
    int is_so = compared(L, CLNRM_PLAIN_EQUAL_TEXT, pc + 4);
    lua_pop(L, 1);
    return is_so < 0 ? 0 : is_so ? pc + 5 : place_at(L, pc + 1);
}

/* Does what stands at word `pc`; returns where it goes on. */
static lua_Integer step(lua_State *L, lua_Integer pc, lua_Integer *n)
{
    lua_Integer next = 0;
    switch (int_at(L, pc)) {
    case CLNRM_PLAIN_PUT:
        lua_rawgeti(L, PROGRAM, pc + 1);
        add_piece(L, ++*n, pc + 2);
        return pc + 3;
    case CLNRM_PLAIN_OUT_NAME:
        next = put_named(L, pc, *n + 1) ? pc + 4 : 0;
        *n += next > 0;
        return next;
    case CLNRM_PLAIN_OUT:
        next = put_value(L, pc, *n + 1);
        *n += next > 0;
        return next;
    case CLNRM_PLAIN_IF:
        return judge(L, pc);
    case CLNRM_PLAIN_IF_TEXT:
        return judge_text(L, pc);
    case CLNRM_PLAIN_JUMP:
        return place_at(L, pc + 1);
    default:
        return 0;
    }
}

int clnrm_plain_run(lua_State *L)
{
    luaL_checktype(L, PROGRAM, LUA_TTABLE);
    lua_Integer pc = luaL_checkinteger(L, PC), n = luaL_checkinteger(L, PIECES), next;
    luaL_argcheck(L, n >= 0 && n <= INT32_MAX, PIECES, "not a number of pieces");
    for (int i = SLOTS; i <= OUT; i++)
        luaL_checktype(L, i, LUA_TTABLE);
    lua_settop(L, FROM);
    luaL_argcheck(L, lua_isnil(L, FROM) || lua_istable(L, FROM), FROM, "not a table");
    while ((next = step(L, pc, &n)) > 0)
        pc = next;
    lua_pushinteger(L, pc);
    lua_pushinteger(L, n);
    return 2;
}
