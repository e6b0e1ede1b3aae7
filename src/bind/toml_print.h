/* toml_print.h -- format, same and tokens of core.toml.
 *
 * Layer: bind. */
#ifndef CLNRM_TOML_PRINT_H
#define CLNRM_TOML_PRINT_H

#include <lua.h>

/* Makes the type of their workspace, and sets the functions in the module on top of the stack. */
void clnrm_toml_open_print(lua_State *L);

#endif
