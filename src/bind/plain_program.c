/* plain_program.c -- see plain_program.h for the contract. */
#include "bind/plain_program.h"

#include <lauxlib.h>

#include "base/base.h"

static const char NAME[] = "core.tags.program";

void clnrm_plain_push_word(lua_State *L, const char *source, const struct clnrm_plain_word *word)
{
    if (word->kind == CLNRM_PLAIN_INT)
        lua_pushinteger(L, word->value);
    else if (word->kind == CLNRM_PLAIN_BOOL)
        lua_pushboolean(L, word->value != 0);
    else
        lua_pushlstring(L, source + word->value, word->size);
}

/* Keeps the arguments of a filter, a table of the pairs behind `word`, in KEPT on the top. */
static void keep_table(lua_State *L, const char *source, const struct clnrm_plain_word *word,
                       uint32_t number)
{
    int64_t pairs = word->value;
    lua_createtable(L, 0, (int)pairs);
    for (int64_t i = 0; i < pairs; i++) {
        clnrm_plain_push_word(L, source, ++word);
        clnrm_plain_push_word(L, source, ++word);
        lua_rawset(L, -3);
    }
    lua_rawseti(L, -2, number);
}

void clnrm_plain_push(lua_State *L, const struct clnrm_plain *plain)
{
    const char *source = lua_tostring(L, 1);
    size_t size =
        sizeof(struct clnrm_plain_program) + plain->count * sizeof(struct clnrm_plain_word);
    struct clnrm_plain_program *p = lua_newuserdatauv(L, size, CLNRM_PLAIN_KEPT);
    p->count = 0;
    p->slots = plain->slots;
    p->depth = plain->depth;
    p->loop_count = plain->loop_count;
    memcpy(p->loops, plain->loops, sizeof(p->loops));
    luaL_newmetatable(L, NAME);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, CLNRM_PLAIN_SOURCE);
    lua_newtable(L); /* program kept */
    const struct clnrm_plain_word *word = (const void *)plain->words->data;
    const struct clnrm_plain_word *end = word + plain->words->len / sizeof(*word);
    for (; word < end; word++) {
        if (word->kind == CLNRM_PLAIN_NAME_USED || word->kind == CLNRM_PLAIN_STEP_USED)
            continue;
        p->words[p->count++] = *word;
        if (word->kind == CLNRM_PLAIN_TABLE) {
            keep_table(L, source, word, p->count);
            word += 2 * word->value;
        }
    }
    lua_setiuservalue(L, -2, CLNRM_PLAIN_KEPT);
}

const struct clnrm_plain_program *clnrm_plain_check(lua_State *L, int arg)
{
    return luaL_checkudata(L, arg, NAME);
}
