/* memory.h -- what Lua's heap may grow to while the task of a script runs.
 *
 * The allocator of the state counts every byte.  While a task with a limit runs, an allocation past it
 * fails: Lua collects all garbage and tries again, then raises "not enough memory" in that task.  The
 * engine's own tasks have no limit.  Threads: loop thread only.  Layer: bind. */
#ifndef CLNRM_MEMORY_H
#define CLNRM_MEMORY_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#define CLNRM_REFUSED_FRAMES 16 /* of the stack that are remembered */

struct clnrm_memory {
    size_t used, max; /* max 0: no limit now */
    size_t floor;     /* what was in use when the first limit was set; 0: none was */
    bool is_abandoned;
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

/* Gives a fresh state the allocator; `m` must be zeroed and outlive the state. */
void clnrm_memory_install(struct clnrm_memory *m, lua_State *L);

/* Sets the limit for what `co` does from now on (0: none). */
void clnrm_memory_enter(struct clnrm_memory *m, lua_State *co, size_t max);

/* Returns the limit for a task that may add `bytes` to what is in use; a quarter of them may be in use
 * already.  Collects garbage when it is more.  All that scripts hold together stays below four times
 * `bytes`. */
size_t clnrm_memory_limit(struct clnrm_memory *m, lua_State *L, size_t bytes);

/* Lets the heap be as it is, for a process that ends: nothing is given back any more.  Where leaks are
 * looked for, nothing happens. */
void clnrm_memory_abandon(struct clnrm_memory *m);

#endif
