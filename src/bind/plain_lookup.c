/* plain_lookup.c -- values of plain templates: paths, and what conditions ask of them.
 * See plain_state.h for the contract. */
#include <lauxlib.h>

#include "bind/plain_state.h"

void clnrm_plain_undefined(lua_State *L, const struct clnrm_plain_state *s, uint32_t at)
{
    lua_getfield(L, FUNCTIONS, "U");
    lua_pushvalue(L, TEMPLATE);
    lua_pushinteger(L, int_at(s, at));
    lua_call(L, 2, 0);
    luaL_error(L, "a value is missing");
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

/* Pushes the number of a loop's turn, or whether it is the first or last; `word` has the slot of
 * the number. */
static void push_turn(lua_State *L, const struct clnrm_plain_state *s, uint32_t mode, uint32_t word)
{
    uint32_t slot = int_at(s, word) - 2;
    const struct clnrm_plain_loop *loop = &s->loops[s->depth - 1];
    while (loop->slot != slot)
        loop--;
    if (mode == CLNRM_PLAIN_LOOP_FIRST)
        lua_pushboolean(L, loop->turn == 1);
    else if (mode == CLNRM_PLAIN_LOOP_LAST)
        lua_pushboolean(L, loop->turn == loop->count);
    else
        lua_pushinteger(L, loop->turn - (mode == CLNRM_PLAIN_LOOP_INDEX0));
}

void clnrm_plain_push_path(lua_State *L, struct clnrm_plain_state *s)
{
    uint32_t word = s->pc, mode = int_at(s, word), count = int_at(s, word + 3);
    s->pc += 4 + count;
    if (mode == CLNRM_PLAIN_IN_CONTEXT) {
        push_word(L, s, word + 1);
        lua_gettable(L, CONTEXT);
    } else if (mode <= CLNRM_PLAIN_IS_BOUND) {
        lua_rawgeti(L, SLOTS, int_at(s, word + 1));
    } else if (mode == CLNRM_PLAIN_LITERAL) {
        push_word(L, s, word + 1);
    } else {
        push_turn(L, s, mode, word + 1);
    }
    for (uint32_t i = word + 4; i < s->pc; i++) {
        push_word(L, s, i);
        lua_insert(L, -2);
        if (is_object(L)) {
            lua_insert(L, -2);
            lua_rawget(L, -2);
            lua_remove(L, -2);
        } else {
            lua_insert(L, -2);
            push_function(L, "I", 2);
            lua_call(L, 2, 1);
        }
    }
}

void clnrm_plain_use_default(lua_State *L, const struct clnrm_plain_state *s, uint32_t word)
{
    int type = lua_type(L, -1);
    if (type != LUA_TNIL && type != LUA_TUSERDATA)
        return;
    push_word(L, s, word);
    if (type == LUA_TUSERDATA) { /* null, perhaps */
        push_function(L, "DL", 2);
        lua_call(L, 2, 1);
    } else {
        lua_remove(L, -2);
    }
}

void clnrm_plain_reckon(lua_State *L, const struct clnrm_plain_state *s, uint32_t word, uint32_t at)
{
    static const char *const names[] = {"add", "sub", "mul", "div", "mod"};
    if (lua_type(L, -1) != LUA_TNUMBER) {
        lua_pushvalue(L, TEMPLATE);
        push_word(L, s, at);
        push_function(L, "N", 3);
        lua_call(L, 3, 1);
    }
    push_word(L, s, word + 1);
    lua_pushvalue(L, TEMPLATE);
    push_word(L, s, word + 2);
    push_function(L, names[int_at(s, word)], 4);
    lua_call(L, 4, 1);
    if (!lua_isinteger(L, -1)) {
        push_function(L, "NV", 1);
        lua_call(L, 1, 1);
    }
}

/* Calls a function with the value on the top and takes whether what it gives is true. */
static bool ask(lua_State *L, const char *name, int args)
{
    push_function(L, name, args);
    lua_call(L, args, 1);
    bool is_so = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return is_so;
}

bool clnrm_plain_take_truth(lua_State *L)
{
    bool is_so;
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        is_so = lua_toboolean(L, -1);
        break;
    case LUA_TSTRING:
        is_so = lua_rawlen(L, -1) > 0;
        break;
    default:
        return ask(L, "B", 1);
    }
    lua_pop(L, 1);
    return is_so;
}

bool clnrm_plain_take_order(lua_State *L, const struct clnrm_plain_state *s, uint32_t how,
                            uint32_t other, uint32_t at)
{
    if (lua_type(L, -1) != LUA_TNUMBER) {
        lua_pushvalue(L, TEMPLATE);
        push_word(L, s, at);
        push_function(L, "NI", 3);
        lua_call(L, 3, 1);
    }
    lua_Number v = lua_tonumber(L, -1), with = (lua_Number)s->words[other].value;
    lua_pop(L, 1);
    return how == CLNRM_PLAIN_LESS         ? v < with
           : how == CLNRM_PLAIN_LESS_EQUAL ? v <= with
           : how == CLNRM_PLAIN_MORE       ? v > with
                                           : v >= with;
}

bool clnrm_plain_take_equal(lua_State *L, const struct clnrm_plain_state *s, uint32_t how,
                            uint32_t other, uint32_t at)
{
    if (lua_isnil(L, -1))
        clnrm_plain_undefined(L, s, at);
    push_word(L, s, other);
    if (how == CLNRM_PLAIN_EQUAL_TEXT) {
        bool is_so = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
        return is_so;
    }
    if (lua_type(L, -1) == LUA_TNUMBER && lua_type(L, -2) == LUA_TNUMBER) {
        bool is_so = lua_tonumber(L, -1) == lua_tonumber(L, -2);
        lua_pop(L, 2);
        return is_so == (how == CLNRM_PLAIN_EQUAL);
    }
    if (how == CLNRM_PLAIN_EQUAL)
        return ask(L, "Q", 2);
    lua_pushboolean(L, 1);
    lua_pushboolean(L, 0);
    return ask(L, "QN", 4);
}
