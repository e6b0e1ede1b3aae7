/* toml_problems.h -- what is wrong with a TOML text, as Lua values.
 *
 * Layer: bind. */
#ifndef CLNRM_TOML_PROBLEMS_H
#define CLNRM_TOML_PROBLEMS_H

#include <lua.h>

#include "core/toml.h"

/* Pushes the core.Error that says what is wrong with a text (`doc` has at least one error); its array
 * part holds all problems. */
void clnrm_toml_push_problems(lua_State *L, const struct clnrm_toml_doc *doc, const char *op,
                              int status, const char *source);

#endif
