/* toml_build.h -- Lua values from the tree of a TOML text, and their kinds.
 *
 * Layer: bind. */
#ifndef CLNRM_TOML_BUILD_H
#define CLNRM_TOML_BUILD_H

#include <lua.h>

#include "core/toml.h"

/* Makes the metatables of dates and times; before anything is built. */
void clnrm_toml_open_kinds(lua_State *L);

/* Pushes what stands for a value that could not be read. */
void clnrm_toml_push_bad(lua_State *L);

/* Pushes other values, and the value of `doc` on top of them; it was read as `version`.  With `ids`, the stack index of a table, each table and array that is made becomes a
 * key there, with its node's number. */
void clnrm_toml_build(lua_State *L, const struct clnrm_toml_doc *doc,
                      enum clnrm_toml_version version, int ids);

/* core.toml's type(value) -> kind | nil */
int clnrm_toml_l_type(lua_State *L);

#endif
