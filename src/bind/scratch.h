/* scratch.h -- a buffer that a binding fills in C and hands to Lua, without leaking when Lua raises.
 *
 * One buffer per Lua state and `key`, owned by the registry.  It is empty when handed out; the next
 * clnrm_scratch() of the same key takes it back, so it is for one call of a C function that runs no
 * Lua in between.  Layer: bind. */
#ifndef CLNRM_SCRATCH_H
#define CLNRM_SCRATCH_H

#include <lua.h>

#include "base/buf.h"

/* Returns the empty buffer of `key` (any address of the caller's own), able to hold `max` bytes. */
struct clnrm_buf *clnrm_scratch(lua_State *L, const void *key, size_t max);

/* Pushes what `b` holds as a string, then empties it; a big one gives its memory back. */
void clnrm_scratch_push(lua_State *L, struct clnrm_buf *b);

#endif
