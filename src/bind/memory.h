/* memory.h -- what Lua's heap may grow to while the task of a script runs.
 *
 * The allocator of the state counts every byte.  While a task with a limit runs, an allocation past it
 * fails: Lua collects all garbage and tries again, then raises "not enough memory" in that task.  The
 * engine's own tasks have no limit.  Threads: loop thread only.  Layer: bind. */
#ifndef CLNRM_MEMORY_H
#define CLNRM_MEMORY_H

#include "base/small.h"

#include <lua.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#define CLNRM_REFUSED_FRAMES 16 /* of the stack that are remembered */

struct clnrm_memory {
    size_t used, max; /* max 0: no limit now */
    size_t floor;     /* what was in use when the first limit was set; 0: none was */
    bool is_abandoned;
    jmp_buf over; /* where the end of the state leaves it, when all finalizers were called */
    bool warns, is_within; /* warn() is switched on; a text of it goes on */
    struct clnrm_small small;
    lua_State *running;
    struct clnrm_refusal {
        size_t size; /* that was asked for; 0: nothing was refused yet */
        int count;
        struct {
            char file[LUA_IDSIZE];
            int line;
        } frames[CLNRM_REFUSED_FRAMES]; /* of Lua, innermost first */
    } refusal;
};

/* Makes a state as luaL_newstate() does, with this allocator: most blocks of Lua are small, and it says
 * how large they are.  Returns NULL when there is no memory.  `m` must be zeroed and outlive it. */
lua_State *clnrm_memory_state(struct clnrm_memory *m);

/* Sets the limit for what `co` does from now on (0: none). */
void clnrm_memory_enter(struct clnrm_memory *m, lua_State *co, size_t max);

/* Returns the limit for a task that may add `bytes` to what is in use; a quarter of them may be in use
 * already.  Collects garbage when it is more.  All that scripts hold together stays below four times
 * `bytes`. */
size_t clnrm_memory_limit(struct clnrm_memory *m, lua_State *L, size_t bytes);

/* Ends a state for a process that ends: finalizers are called, and nothing is given back any more.
 * Where leaks are looked for it is closed as any other. */
void clnrm_memory_close(struct clnrm_memory *m, lua_State *L);

#endif
