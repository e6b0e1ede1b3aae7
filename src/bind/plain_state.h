/* plain_state.h -- a run of a program of core/plain.h, as the files of bind/plain_* share it.
 * Layer: bind. */
#ifndef CLNRM_PLAIN_STATE_H
#define CLNRM_PLAIN_STATE_H

#include <lua.h>

#include "base/base.h"
#include "bind/plain_program.h"

/* What stands on the stack of a run. */
enum {
    PROGRAM = 1,
    FUNCTIONS,
    TEMPLATE,
    CONTEXT,
    OUT,
    PIECES,
    FROM,
    SLOTS,
    KEPT,
    STATE,
    TEXT,
    LISTS
};

enum {
    SHORT = 40,   /* bytes of a text that is not counted: of engine.template.output, too */
    FLUSH = 8192, /* pieces behind which a turn of a loop asks for room: there, too */
    TEXT_MIN = 256,
    TEXT_MAX = 64 << 10, /* bytes that are joined to one piece */
};

struct
    clnrm_plain_loop { /* its list and, of an object, that object are on the stack from LISTS on */
    uint32_t body, slot;
    lua_Integer turn, count;
    bool is_object;
};

struct clnrm_plain_state {
    const struct clnrm_plain_program *program;
    const struct clnrm_plain_word *words;
    const char *source;
    size_t source_len;
    lua_Integer pieces;
    char *text;          /* where pieces are not told apart: what they are joined to, at TEXT */
    size_t len, cap;     /* of it */
    lua_Integer longest; /* bytes of one piece that was joined */
    uint32_t pc;         /* the word that comes next, from 0 */
    uint32_t op;         /* of OUT, SET or FOR whose value is on the top, its word */
    uint32_t filters;    /* how many of them are left, from `pc` on */
    bool has_value;
    uint32_t depth;
    struct clnrm_plain_loop loops[]; /* as many as the program has in each other */
};

static inline uint32_t int_at(const struct clnrm_plain_state *s, uint32_t word)
{
    return (uint32_t)s->words[word].value;
}

static inline void push_word(lua_State *L, const struct clnrm_plain_state *s, uint32_t word)
{
    clnrm_plain_push_word(L, s->source, &s->words[word]);
}

/* Pushes a function under the `args` values on the top, which it will be called with. */
static inline void push_function(lua_State *L, const char *name, int args)
{
    lua_getfield(L, FUNCTIONS, name);
    lua_insert(L, -1 - args);
}

/* Raises that there is no such value. */
void clnrm_plain_undefined(lua_State *L, const struct clnrm_plain_state *s, uint32_t at);

/* Makes what was joined a piece. */
void clnrm_plain_flush(lua_State *L, struct clnrm_plain_state *s);

/* Gives the pieces away. */
void clnrm_plain_give_away(lua_State *L, struct clnrm_plain_state *s);

/* Tells where the piece that comes next comes from: also when that cannot be written. */
void clnrm_plain_begin_piece(lua_State *L, struct clnrm_plain_state *s, uint32_t from);

/* Adds a text between tags; one that is a piece of its own is made once, and kept. */
void clnrm_plain_put_text(lua_State *L, struct clnrm_plain_state *s, uint32_t word);

/* Adds the value on the top, as its text. */
void clnrm_plain_write(lua_State *L, struct clnrm_plain_state *s);

/* Pushes the value of the path at `pc`, which may be nil, and goes on behind it. */
void clnrm_plain_push_path(lua_State *L, struct clnrm_plain_state *s);

/* Puts the literal at `word` in the place of the value on the top, where that is missing. */
void clnrm_plain_use_default(lua_State *L, const struct clnrm_plain_state *s, uint32_t word);

/* Reckons with the value on the top, of the path at word `at`: by the operator and the number from
 * `word` on. */
void clnrm_plain_reckon(lua_State *L, const struct clnrm_plain_state *s, uint32_t word,
                        uint32_t at);

/* Takes the value on the top: whether it counts as true. */
bool clnrm_plain_take_truth(lua_State *L);

/* Takes the value on the top, and compares it with the number at `other`. */
bool clnrm_plain_take_order(lua_State *L, const struct clnrm_plain_state *s, uint32_t how,
                            uint32_t other, uint32_t at);

/* Takes the value on the top: whether it is word `other`, or is not. */
bool clnrm_plain_take_equal(lua_State *L, const struct clnrm_plain_state *s, uint32_t how,
                            uint32_t other, uint32_t at);

#endif
