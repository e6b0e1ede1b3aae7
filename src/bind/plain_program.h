/* plain_program.h -- programs of core/plain.h as objects of Lua.  Layer: bind. */
#ifndef CLNRM_PLAIN_PROGRAM_H
#define CLNRM_PLAIN_PROGRAM_H

#include <lua.h>

#include "base/slice.h"
#include "core/plain.h"

/* Its words are those that count, by the numbers from 1 that words give each other as places: word
 * 1 is `words[0]`.  Of a CLNRM_PLAIN_TABLE, and of a text once it was wanted, `KEPT` has the value
 * under the word's number.  Never changed. */
struct clnrm_plain_program {
    uint32_t count, slots, depth;
    uint32_t loops[CLNRM_PLAIN_LOOPS_MAX]; /* places of the first loops that no other is around */
    uint32_t loop_count;
    struct clnrm_plain_word words[];
};

enum { CLNRM_PLAIN_SOURCE = 1, CLNRM_PLAIN_KEPT }; /* its user values: a string, a table */

/* Pushes the program of what `clnrm_plain_read` read of the string at 1.  Its words are in `plain`
 * as that left them, and are the caller's to free. */
void clnrm_plain_push(lua_State *L, const struct clnrm_plain *plain);

/* Returns the program at `arg`; raises when that is none. */
const struct clnrm_plain_program *clnrm_plain_check(lua_State *L, int arg);

/* Pushes a word that is a number, a text or a boolean; `source` is the template. */
void clnrm_plain_push_word(lua_State *L, const char *source, const struct clnrm_plain_word *word);

#endif
