/* bind_words.c -- Lua module core.words over core/words.h.  Types: stdlib/_meta/words.lua. */
#include "bind/bind.h"
#include "core/words.h"

struct finder_ud {
    struct clnrm_words *core; /* NULL: closed */
};

static int l_compile(lua_State *L) /* compile(list) -> finder | nil, err */
{
    static struct clnrm_slice words[CLNRM_WORDS_MAX]; /* Lua runs on one thread */
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t count = lua_rawlen(L, 1);
    if (count > CLNRM_WORDS_MAX)
        return clnrm_fail(L, "words.compile", CLNRM_ELIMIT);
    struct finder_ud *ud = clnrm_newobject(L, "core.words.finder", sizeof(*ud)); /* may collect */
    for (size_t i = 0; i < count; i++) {
        luaL_argcheck(L, lua_rawgeti(L, 1, (lua_Integer)i + 1) == LUA_TSTRING, 1,
                      "not a list of texts");
        words[i].data = lua_tolstring(L, -1, &words[i].len);
        lua_pop(L, 1); /* the list holds it */
    }
    int status = clnrm_words_open(words, count, &ud->core);
    return status < 0 ? clnrm_fail(L, "words.compile", status) : 1;
}

static int l_find(lua_State *L) /* finder:find(text) -> indices of the words that it holds */
{
    struct finder_ud *ud = luaL_checkudata(L, 1, "core.words.finder");
    luaL_argcheck(L, ud->core, 1, "finder is closed");
    struct clnrm_slice text;
    text.data = luaL_checklstring(L, 2, &text.len);
    uint16_t found[CLNRM_WORDS_MAX];
    size_t count = clnrm_words_find(ud->core, text, found);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushinteger(L, (lua_Integer)found[i] + 1);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int l_close(lua_State *L) /* finder:close(), __close and __gc */
{
    struct finder_ud *ud = luaL_checkudata(L, 1, "core.words.finder");
    clnrm_words_close(ud->core);
    ud->core = NULL;
    return 0;
}

int luaopen_core_words(lua_State *L)
{
    static const luaL_Reg methods[] = {{"find", l_find}, {0}};
    static const luaL_Reg functions[] = {{"compile", l_compile}, {0}};
    clnrm_newtype(L, "core.words.finder", methods, l_close);
    return clnrm_newmodule(L, "core.words", functions, NULL, NULL);
}
