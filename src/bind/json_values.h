/* json_values.h -- what the two directions of core.json share: the values that Lua has no own form of.
 *
 * Layer: bind. */
#ifndef CLNRM_JSON_VALUES_H
#define CLNRM_JSON_VALUES_H

#include "bind/bind.h"

/* Pushes the metatable that marks a table as an array, and the null value. */
void clnrm_json_push_marks(lua_State *L);

/* Registers the type of the encoder. */
void clnrm_json_open_encoder(lua_State *L);

/* The function core.json.encode. */
int clnrm_l_json_encode(lua_State *L);

#endif
