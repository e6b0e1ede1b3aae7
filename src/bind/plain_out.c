/* plain_out.c -- what a run of a plain template writes: pieces, or bytes that are joined to few.
 * See plain_state.h for the contract. */
#include <lauxlib.h>

#include "bind/plain_state.h"

void clnrm_plain_flush(lua_State *L, struct clnrm_plain_state *s)
{
    if (s->len == 0)
        return;
    lua_pushlstring(L, s->text, s->len);
    lua_rawseti(L, OUT, ++s->pieces);
    if ((lua_Integer)s->len > s->longest)
        s->longest = (lua_Integer)s->len;
    s->len = 0;
}

void clnrm_plain_give_away(lua_State *L, struct clnrm_plain_state *s)
{
    lua_getfield(L, FUNCTIONS, "GA");
    lua_pushvalue(L, OUT);
    lua_pushinteger(L, s->pieces);
    lua_pushinteger(L, s->longest);
    lua_call(L, 3, 1);
    s->pieces = luaL_checkinteger(L, -1);
    lua_pop(L, 1);
    if (s->pieces < 0 || s->pieces > INT32_MAX)
        luaL_error(L, "not a number of pieces");
}

/* Makes room for so many bytes; false: they are a piece of their own. */
static bool make_room(lua_State *L, struct clnrm_plain_state *s, size_t len)
{
    if (len <= s->cap - s->len)
        return true;
    if (len > TEXT_MAX - s->len) {
        if (s->len > 0) {
            clnrm_plain_flush(L, s);
            clnrm_plain_give_away(L, s);
        }
        if (len <= s->cap)
            return true;
        if (len > TEXT_MAX)
            return false;
    }
    size_t cap = s->cap;
    while (cap < s->len + len)
        cap *= 2;
    char *text = lua_newuserdatauv(L, cap, 0);
    memcpy(text, s->text, s->len);
    lua_replace(L, TEXT);
    s->text = text;
    s->cap = cap;
    return true;
}

static void join(struct clnrm_plain_state *s, const char *data, size_t len)
{
    memcpy(s->text + s->len, data, len);
    s->len += len;
}

void clnrm_plain_begin_piece(lua_State *L, struct clnrm_plain_state *s, uint32_t from)
{
    if (s->text)
        return;
    lua_pushinteger(L, int_at(s, from));
    lua_rawseti(L, FROM, ++s->pieces);
}

/* Adds the text on the top. */
static void put(lua_State *L, struct clnrm_plain_state *s)
{
    size_t len;
    const char *data = lua_tolstring(L, -1, &len);
    if (!data)
        luaL_error(L, "a value has no text");
    if (!s->text) {
        lua_rawseti(L, OUT, s->pieces);
    } else if (make_room(L, s, len)) {
        join(s, data, len);
        lua_pop(L, 1);
    } else {
        lua_rawseti(L, OUT, ++s->pieces);
    }
}

void clnrm_plain_put_text(lua_State *L, struct clnrm_plain_state *s, uint32_t word)
{
    const struct clnrm_plain_word *text = &s->words[word];
    if (s->text && make_room(L, s, text->size)) {
        join(s, s->source + text->value, text->size);
        return;
    }
    if (text->size <= SHORT) {
        push_word(L, s, word);
    } else if (lua_rawgeti(L, KEPT, (lua_Integer)word + 1) == LUA_TNIL) {
        lua_pop(L, 1);
        push_word(L, s, word);
        lua_pushvalue(L, -1);
        lua_rawseti(L, KEPT, (lua_Integer)word + 1);
    }
    if (s->text)
        s->pieces++;
    lua_rawseti(L, OUT, s->pieces);
}

void clnrm_plain_write(lua_State *L, struct clnrm_plain_state *s)
{
    if (lua_isinteger(L, -1)) {
        lua_tostring(L, -1);
    } else if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) > SHORT) {
        lua_getfield(L, FUNCTIONS, "K");
        lua_insert(L, -2);
        lua_gettable(L, -2);
        lua_remove(L, -2);
    }
    put(L, s);
}
