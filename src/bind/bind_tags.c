/* bind_tags.c -- Lua module core.tags over core/tags.h and core/plain.h.
 * Types: stdlib/_meta/tags.lua. */
#include "bind/bind.h"
#include "bind/plain_program.h"
#include "bind/plain_run.h"
#include "bind/scratch.h"
#include "core/plain.h"
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

static const char words_key; /* of the buffer that plain templates are read to */

enum { WORDS_BYTES_MAX = 16 << 20, WORDS_KEEP_MAX = 1 << 20 };

/* Reads the text at 1; returns the words, or NULL when it is not plain. */
static struct clnrm_buf *read_plain(lua_State *L, struct clnrm_slice *s, struct clnrm_plain *plain)
{
    s->data = luaL_checklstring(L, 1, &s->len);
    struct clnrm_buf *words = clnrm_scratch(L, &words_key, WORDS_BYTES_MAX);
    luaL_argcheck(L, s->len <= INT32_MAX, 1, "too long");
    return clnrm_plain_read(*s, words, plain) ? words : NULL;
}

static void end_plain(struct clnrm_buf *words)
{
    if (words->cap > WORDS_KEEP_MAX)
        clnrm_buf_free(words);
}

static int l_plain(lua_State *L) /* plain(s) -> program, longest, words | nil */
{
    struct clnrm_slice s;
    struct clnrm_plain plain;
    struct clnrm_buf *words = read_plain(L, &s, &plain);
    if (!words)
        return 0;
    clnrm_plain_push(L, &plain);
    lua_pushinteger(L, plain.longest);
    lua_pushinteger(L, plain.count);
    end_plain(words);
    return 3;
}

static int l_plain_names(lua_State *L) /* plain_names(s) -> used | nil */
{
    struct clnrm_slice s;
    struct clnrm_plain plain;
    struct clnrm_buf *words = read_plain(L, &s, &plain);
    if (!words)
        return 0;
    const struct clnrm_plain_word *word = (const void *)words->data;
    size_t count = words->len / sizeof(*word);
    lua_newtable(L);
    for (size_t i = 0; i < count; i++) {
        if (word[i].kind != CLNRM_PLAIN_NAME && word[i].kind != CLNRM_PLAIN_NAME_USED)
            continue;
        clnrm_plain_push_word(L, s.data, &word[i]);
        lua_pushvalue(L, -1);
        lua_pushliteral(L, "."); /* used name name "." */
        size_t step = i + 1;
        while (step < count && word[step].kind == CLNRM_PLAIN_INT)
            step++;
        if (step < count &&
            (word[step].kind == CLNRM_PLAIN_STEP || word[step].kind == CLNRM_PLAIN_STEP_USED))
            clnrm_plain_push_word(L, s.data, &word[step]);
        else
            lua_pushliteral(L, "*");
        lua_concat(L, 3);
        lua_pushboolean(L, 1);
        lua_rawset(L, -4);
        lua_pushboolean(L, 1);
        lua_rawset(L, -3);
    }
    end_plain(words);
    return 1;
}

int luaopen_core_tags(lua_State *L)
{
    static const luaL_Reg functions[] = {{"cut", l_cut},
                                         {"plain", l_plain},
                                         {"plain_names", l_plain_names},
                                         {"run", clnrm_plain_run},
                                         {"walks_more", clnrm_plain_walks_more},
                                         {0}};
    return clnrm_newmodule(L, "core.tags", functions, NULL, NULL);
}
