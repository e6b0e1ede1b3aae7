/* plain_run.h -- runs programs of core/plain.h.  Layer: bind. */
#ifndef CLNRM_PLAIN_RUN_H
#define CLNRM_PLAIN_RUN_H

#include <lua.h>

/* run(program, functions, file, context, out, pieces, from?) -> pieces
 * walks_more(program, functions, context, count) -> boolean
 *
 * Functions of Lua that core.tags has: see stdlib/_meta/tags.lua. */
int clnrm_plain_run(lua_State *L);
int clnrm_plain_walks_more(lua_State *L);

#endif
