/* bind_tags.c -- Lua module core.tags over core/tags.h.  Types: stdlib/_meta/tags.lua. */
#include "bind/bind.h"
#include "core/tags.h"

enum { AT_ONCE = 1024 }; /* tags that one call cuts: the list is on the stack */

enum { PLACES = 3, TAGS, TEXTS, PERIODS, COUNTS };

/* Adds entry `i`: a tag (or nothing) and the text behind it. */
static void push(lua_State *L, const char *s, lua_Integer i, const struct clnrm_tag *tag)
{
    lua_pushinteger(L, (lua_Integer)tag->at + 1);
    lua_rawseti(L, PLACES, i);
    lua_pushlstring(L, s + tag->at, tag->size);
    lua_rawseti(L, TAGS, i);
    lua_pushlstring(L, s + tag->at + tag->size, tag->gap);
    lua_rawseti(L, TEXTS, i);
    lua_pushinteger(L, tag->period);
    lua_rawseti(L, PERIODS, i);
    lua_pushinteger(L, tag->count);
    lua_rawseti(L, COUNTS, i);
}

static int l_cut(lua_State *L) /* cut(s, from) -> places, tags, texts, periods, counts */
{
    struct clnrm_tag tags[AT_ONCE];
    struct clnrm_slice s;
    s.data = luaL_checklstring(L, 1, &s.len);
    lua_Integer from = luaL_checkinteger(L, 2);
    luaL_argcheck(L, from >= 1 && (lua_Unsigned)from <= s.len + 1, 2, "not a place of the text");
    lua_settop(L, 2);
    struct clnrm_tag head = {.at = (size_t)from - 1};
    size_t count = clnrm_tags_cut(s, head.at, tags, AT_ONCE, &head.gap);
    clnrm_tags_repeat(s, tags, count);
    for (int i = PLACES; i <= COUNTS; i++)
        lua_createtable(L, (int)count, 1);
    push(L, s.data, 0, &head);
    for (size_t i = 0; i < count; i++)
        push(L, s.data, (lua_Integer)i + 1, &tags[i]);
    return COUNTS - PLACES + 1;
}

int luaopen_core_tags(lua_State *L)
{
    static const luaL_Reg functions[] = {{"cut", l_cut}, {0}};
    return clnrm_newmodule(L, "core.tags", functions, NULL, NULL);
}
