/* toml_shape.h -- the part of core.toml that tells whether a text fits a shape.  Layer: bind. */
#ifndef CLNRM_BIND_TOML_SHAPE_H
#define CLNRM_BIND_TOML_SHAPE_H

#include <lua.h>

/* Adds shape() and fits() to the module on top of the stack. */
void clnrm_toml_open_shape(lua_State *L);

#endif
