/* bind.h -- what every bind_<stem>.c is made with: objects, modules, errors, options.
 *
 * Conventions (docs/architecture.md): arguments are checked first, then the closed object is made,
 * then the C resource; from then on Lua may raise.  `close`, `__close` and `__gc` are one function
 * that may run twice.  Layer: bind. */
#ifndef CLNRM_BIND_H
#define CLNRM_BIND_H

#include <lauxlib.h>
#include <lua.h>
#include <uv.h>

#include "base/base.h"
#include "bind/sched.h"

/* Pushes a zeroed userdata of `size` bytes that has the metatable `name`; the module of that name
 * must have been opened.  Returns its memory. */
void *clnrm_newobject(lua_State *L, const char *name, size_t size);

/* Makes the metatable `name` for objects with `methods`; `close` (may be NULL) becomes close(),
 * __close and __gc.  Objects print as "name (closed)" or "name: 0x..." by their first pointer. */
void clnrm_newtype(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close);

/* Pushes the table of a module with `functions`, after making its type when `methods` is not NULL.
 * Returns 1: `return clnrm_newmodule(...)` ends a luaopen function. */
int clnrm_newmodule(lua_State *L, const char *name, const luaL_Reg *functions,
                    const luaL_Reg *methods, lua_CFunction close);

/* Pushes the one metatable that marks a table as an array, for all formats that tell an empty array
 * from an empty object. */
void clnrm_push_array_mark(lua_State *L);

/* Pushes a core.Error.  `code` is stable, `message` is for people, `op` says what was tried. */
void clnrm_push_error(lua_State *L, const char *op, const char *code, const char *message);

/* Returns the stable code of a status: "ENOENT", "ELIMIT". */
const char *clnrm_code(int status);

/* Returns a short sentence for a status: "no such file or directory". */
const char *clnrm_reason(int status);

/* Pushes nil and the core.Error of a status; returns 2. */
int clnrm_fail(lua_State *L, const char *op, int status);

/* The same with a code and a message of its own. */
int clnrm_failf(lua_State *L, const char *op, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Options are one table.  Raises unless argument `arg` is absent, nil, or a table whose keys all
 * stand in the NULL-terminated `names`: a misspelt option is an error, not a default. */
void clnrm_opt_check(lua_State *L, int arg, const char *const *names);

/* Each reads one option of the table at `arg`; a wrong type raises and names the option. */
lua_Integer clnrm_opt_integer(lua_State *L, int arg, const char *name, lua_Integer fallback);
lua_Number clnrm_opt_number(lua_State *L, int arg, const char *name, lua_Number fallback);
bool clnrm_opt_boolean(lua_State *L, int arg, const char *name, bool fallback);

/* The text stays valid while the options table holds it.  `len` may be NULL. */
const char *clnrm_opt_text(lua_State *L, int arg, const char *name, const char *fallback,
                           size_t *len);

#endif
