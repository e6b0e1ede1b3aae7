/* plain_run.h -- runs what is plainest in programs of core/plain.h.  Layer: bind. */
#ifndef CLNRM_PLAIN_RUN_H
#define CLNRM_PLAIN_RUN_H

#include <lua.h>

/* run(program, pc, pieces, slots, context, out, from?) -> pc, pieces
 *
 * The function of Lua that core.tags has: see stdlib/_meta/tags.lua.  It calls nothing of Lua, and
 * neither asks metatables nor says what is wrong with a template: where that is wanted it ends. */
int clnrm_plain_run(lua_State *L);

#endif
