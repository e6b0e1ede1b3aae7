/* http.h -- what bind_docker.c takes from bind_http.c.
 *
 * Layer: bind. */
#ifndef CLNRM_BIND_HTTP_H
#define CLNRM_BIND_HTTP_H

#include <lua.h>

#include "core/http.h"

/* Takes the call out of the core.http.call at `index`, which is closed from then on; raises when it
 * is none, or closed.  The caller owns the call. */
struct clnrm_http_call *clnrm_http_take_over(lua_State *L, int index);

#endif
