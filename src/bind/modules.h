/* modules.h -- every C primitive, by its Lua name; the list is made at build time from the files
 * src/bind/bind_<stem>.c (tools/modules.lua).  Layer: bind. */
#ifndef CLNRM_MODULES_H
#define CLNRM_MODULES_H

#include <lauxlib.h>
#include <lua.h>

extern const luaL_Reg clnrm_modules[]; /* ends with {NULL, NULL} */

#endif
